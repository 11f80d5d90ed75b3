"""A peer for the reader: it writes what a client or a server would send, and feeds it in pieces of any size."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from wsinspect.events import FRAME, Batch, Moment, Row, Violation
from wsinspect.vocabulary import WSMsgType
from wsinspect.wire.frames import CONTINUATION, write_frame
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

AT = Moment(1700000000.0, 5.0)
TEXT, BINARY, CLOSE, PING, PONG = (
    int(type) for type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE, WSMsgType.PING, WSMsgType.PONG)
)
ERROR = int(WSMsgType.ERROR)
TAIL = b"\x00\x00\xff\xff"


def feed(reader: Reader, chunks: Iterable[bytes]) -> list[Batch]:
    return [reader.feed(chunk, AT) for chunk in chunks]


def rows_of(batches: Iterable[Batch]) -> list[Row]:
    return [row for batch in batches for row in batch.rows]


def read(data: bytes, cuts: Iterable[int] | None = None, **options: Any) -> list[Row]:
    """Read bytes with a new reader, cut at the given offsets, or fed whole."""
    chunks = [data] if cuts is None else cut(data, cuts)
    return rows_of(feed(Reader(**options), chunks))


def read_bytewise(data: bytes, **options: Any) -> list[Row]:
    return rows_of(feed(Reader(**options), bytewise(data)))


def bytewise(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


def cut(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Cut bytes at offsets, taken modulo their length; empty chunks are left out."""
    marks = sorted({0, len(data), *(at % (len(data) + 1) for at in cuts)})
    return [data[start:stop] for start, stop in pairwise(marks)]


def without_frames(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row[0] != FRAME]


def same(one: Sequence[Row], other: Sequence[Row], *, compressed: bool = False) -> bool:
    """Compare what two cuts of the same bytes brought.

    A violation may show fewer of the offending bytes where fewer had come. In a compressed message that is wrong in
    two ways, zlib gives up before the text that stands before the fault is seen, if both come in one piece.
    """
    if len(one) != len(other):
        return False
    for left, right in zip(one, other, strict=True):
        if left == right:
            continue
        if left[0] != ERROR or right[0] != ERROR:
            return False
        a, b = left[1], right[1]
        if compressed and {a.rule, b.rule} <= {"deflate", "utf8", "too-big"}:
            return bool(a.offset == b.offset)
        if a._replace(data=b"") != b._replace(data=b"") or not (a.data.startswith(b.data) or b.data.startswith(a.data)):
            return False
    return True


def violation_in(rows: Sequence[Row]) -> Violation:
    """Return the violation that ends the rows."""
    type, payload, wire = rows[-1]
    assert type == ERROR
    assert wire == 0
    assert isinstance(payload, Violation)
    assert all(row[0] != ERROR for row in rows[:-1])
    return payload


class Compressor:
    """Compresses messages as a sender would (RFC 7692 section 7.2.1), with any flush that is legal there."""

    def __init__(self, agreed: Deflate) -> None:
        self._agreed = agreed
        self._stream = self._new()

    def _new(self) -> "zlib._Compress":
        # zlib itself cannot compress with a window of 8 bits; what it makes with 9 only fits if it is short.
        return zlib.compressobj(wbits=-max(9, self._agreed.window_bits))

    def message(self, payload: bytes, flush: int = zlib.Z_SYNC_FLUSH, pieces: int = 1) -> bytes:
        """Compress a message; ``Z_FINISH`` ends every piece with a block that has BFINAL set."""
        if not self._agreed.context_takeover:
            self._stream = self._new()
        size = len(payload) // pieces + 1
        out = b""
        for start in range(0, len(payload) or 1, size):
            out += self._stream.compress(payload[start : start + size]) + self._stream.flush(flush)
            if flush == zlib.Z_FINISH:
                self._stream = self._new()
        if flush == zlib.Z_FINISH:
            return out + b"\x00"  # section 7.2.3.4
        return out.removesuffix(TAIL)


def fragments(
    payload: bytes, opcode: int, sizes: Sequence[int], *, rsv: int = 0, mask: bytes | None = None
) -> Iterator[bytes]:
    """Write a message as frames of the given payload sizes, and a last one with the rest."""
    start = 0
    for index in range(len(sizes) + 1):
        last = index == len(sizes)
        stop = len(payload) if last else min(start + sizes[index], len(payload))
        yield write_frame(
            payload[start:stop],
            opcode if index == 0 else CONTINUATION,
            fin=last,
            rsv=rsv if index == 0 else 0,
            mask=mask,
        )
        start = stop
