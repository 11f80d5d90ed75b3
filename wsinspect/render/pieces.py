"""What is made of large payloads, piece by piece while it is written: a peer may send 16 MiB of what each takes six or
more bytes to show, and memory is bounded. Knows no format.

What comes out is byte for byte what would have been made at once.
"""

from binascii import b2a_base64
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import TypeAlias

from wsinspect.events import FRAME, Batch, Row
from wsinspect.render.safe import neutral

LARGE = 1 << 18
"""Bytes of payload in a batch, beyond which it is rendered piece by piece."""

SLICE = 1 << 16
"""Bytes of a payload that become one piece."""


class Pieces:
    """Texts and bytes to be written one behind the other, made when they are asked for."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Iterable[str | bytes]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[str | bytes]:
        return iter(self._make())


Shown: TypeAlias = str | bytes | Pieces
"""What is to be written of a batch."""


def pieces_of(shown: Shown) -> Iterable[str | bytes]:
    """Return what is to be written as pieces; mostly it is one."""
    return (shown,) if isinstance(shown, (str, bytes)) else shown


def bytes_of(shown: Shown) -> Iterator[bytes]:
    """Yield what is to be written as bytes."""
    for piece in pieces_of(shown):
        yield piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece


def text_of(shown: Shown) -> str:
    """Return what is to be written as one text."""
    if isinstance(shown, str):
        return shown
    return "".join([piece if isinstance(piece, str) else piece.decode("utf-8", "backslashreplace")
                    for piece in pieces_of(shown)])  # fmt: skip


def at_once_or_in_pieces(shown: Shown, most: int) -> str | Pieces:
    """Return what is to be written as one text where that is no longer than ``most``, else in pieces, to take once."""
    pieces = iter(pieces_of(shown))
    first: list[str | bytes] = []
    size = 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > most:
            return Pieces(lambda: chain(first, pieces))
    return text_of(Pieces(lambda: first))


def has_large_frames(batch: Batch, large: int = LARGE) -> bool:
    """Tell whether a batch holds a frame of more than ``large`` bytes, which are not counted in its payload."""
    return any(row[0] == FRAME and len(row[1].payload) > large for row in batch.rows)


def in_pieces(
    render: Callable[[Batch], str], alone: Callable[[Batch, Row], Iterable[str] | None], large: int
) -> Callable[[Batch], Shown]:
    """Make a renderer of one that does it at once: ``alone`` has pieces for each row of more than ``large`` bytes."""

    def sparing(batch: Batch) -> Shown:
        if batch.payload <= large:
            return render(batch)
        return Pieces(lambda: row_by_row(batch, render, partial(alone, batch), large))

    return sparing


def row_by_row(
    batch: Batch,
    render: Callable[[Batch], str | bytes],
    alone: Callable[[Row], Iterable[str | bytes] | None],
    most: int,
) -> Iterator[str | bytes]:
    """Yield what ``render`` makes of a batch, in pieces: of rows up to ``most`` bytes together, and of each for which
    ``alone`` has pieces of its own, those."""
    rows: list[Row] = []
    size = 0
    for row in batch.rows:
        pieces = alone(row)
        if pieces is not None or size > most:
            if rows:
                yield render(batch.holding(rows))
            rows, size = [], 0
        if pieces is not None:
            yield from pieces
        else:
            rows.append(row)
            size += len(row[1]) if isinstance(row[1], bytes) else row[2]
    if rows:
        yield render(batch.holding(rows))


def texts(payload: bytes, errors: str = "strict", size: int = SLICE) -> Iterator[str]:
    """Yield UTF-8 as texts of moderate length; what is cut between two bytes of a character is put together."""
    decode = getincrementaldecoder("utf-8")(errors).decode
    for start in range(0, len(payload), size):
        text = decode(payload[start : start + size], start + size >= len(payload))
        if text:
            yield text


def neutral_texts(payload: bytes, errors: str = "strict", size: int = SLICE) -> Iterator[str]:
    """Yield the same, safe to show."""
    before = ""
    for text in texts(payload, errors, size):
        # Whether a selector may stand is seen from the character before it.
        yield neutral(before + text)[len(neutral(before)) :]
        before = text[-1]


def enclosed(head: str, inside: Iterable[str | bytes], tail: str) -> Iterator[str | bytes]:
    """Yield pieces with something before and behind them."""
    yield head
    yield from inside
    yield tail


def base64(payload: bytes, size: int = SLICE) -> Iterator[bytes]:
    """Yield a payload in base64."""
    step = max(size // 3, 1) * 3
    for start in range(0, len(payload), step):
        yield b2a_base64(payload[start : start + step], newline=False)
