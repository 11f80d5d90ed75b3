"""Limits in size, and memory whatever the peer does. Times are measured in tests/bench, not here."""

import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import pytest

from tests.wire_peer import AT, BINARY, ERROR, TEXT, Compressor, fragments, read, read_bytewise, same, violation_in
from wsinspect.events import Row
from wsinspect.wire.frames import CONTINUATION, write_frame
from wsinspect.wire.gather import FLUSH, SMALL, Gather
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

MIB = 1 << 20
HALF = MIB // 2
KEY = b"\x11\x22\x33\x44"
DEFLATE: dict[str, Any] = {"deflate": Deflate()}


def stored(payload: bytes) -> bytes:
    """Compress without making smaller: what is sent is larger than the message."""
    stream = zlib.compressobj(0, wbits=-15)
    return (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


def fixed(payload: bytes) -> bytes:
    """Compress with fixed codes, which take nine bits for half of the bytes."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15, 1, zlib.Z_FIXED)
    return (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


WAYS: dict[str, tuple[dict[str, Any], Callable[[int], bytes]]] = {
    "one text frame": ({}, lambda size: write_frame(b"a" * size)),
    "one binary frame": ({}, lambda size: write_frame(b"a" * size, BINARY)),
    "masked": ({"masked": True}, lambda size: write_frame(b"a" * size, mask=KEY)),
    "fragments": ({}, lambda size: b"".join(fragments(b"a" * size, TEXT, [size // 2, 0, size // 3]))),
    "frame rows": ({"frames": True}, lambda size: write_frame(b"a" * size)),
    "deflate agreed, not used": (DEFLATE, lambda size: write_frame(b"a" * size, BINARY)),
    "compressed": (DEFLATE, lambda size: write_frame(Compressor(Deflate()).message(b"a" * size), rsv=4)),
    "compressed fragments": (
        DEFLATE,
        lambda size: b"".join(fragments(Compressor(Deflate()).message(b"a" * size), TEXT, [1, 0, 2], rsv=4)),
    ),
    "stored": (DEFLATE, lambda size: write_frame(stored(b"a" * size), rsv=4)),
    "fixed codes": (DEFLATE, lambda size: write_frame(fixed(b"a" * size), rsv=4)),
    "after another": ({}, lambda size: write_frame(b"a" * size) * 2),
}  # fmt: skip


def sizes(rows: Iterable[Row]) -> list[int]:
    return [len(row[1]) for row in rows if row[0] in (TEXT, BINARY)]


@pytest.mark.parametrize("limit", [0, 1, 124, 125, 126, 1000, 65535, 65536])
@pytest.mark.parametrize("way", WAYS)
def test_limit_itself_is_allowed_and_one_more_is_not(way: str, limit: int) -> None:
    options, write = WAYS[way]
    for size in (limit, limit + 1):
        sent = write(size)
        for rows in (read(sent, max_size=limit, **options), read(sent, [5, 9, 77], max_size=limit, **options)):
            if size <= limit:
                assert set(sizes(rows)) == {limit}
            else:
                violation = violation_in(rows)
                assert (violation.rule, violation.code) == ("too-big", 1009)
                assert violation.sentence == f"a message is larger than the limit of {limit} bytes"
                assert sizes(rows) == []


@pytest.mark.parametrize("write", [stored, fixed])
def test_what_deflate_adds_does_not_count(write: Callable[[bytes], bytes]) -> None:
    payload = bytes(Random(1).choices(range(144, 256), k=70_000))
    sent = write_frame(write(payload), BINARY, rsv=4)
    assert len(sent) > len(payload)
    assert sizes(read(sent, max_size=len(payload), **DEFLATE)) == [len(payload)]


def test_compressed_frame_far_beyond_the_limit_is_refused_by_its_header() -> None:
    header = write_frame(b"", rsv=4, claimed=1 << 62)
    assert violation_in(read(header, max_size=16 * MIB, **DEFLATE)).data == header
    assert read(write_frame(b"", rsv=4, claimed=32 * MIB), max_size=16 * MIB, **DEFLATE) == []


def test_claimed_length_costs_nothing() -> None:
    """With no limit of ours, a claim is believed, and only what comes is kept."""
    reader = Reader()
    assert reader.feed(write_frame(b"abc", BINARY, claimed=1 << 62), AT).rows == []
    assert reader.unfinished().startswith("inside a BINARY frame, 3 of 4,611,686,018,427,387,904 payload bytes")


def test_control_frames_are_not_held_to_the_limit() -> None:
    sent = write_frame(b"x" * 125, 9) + write_frame(b"\x03\xe8bye", 8)
    assert len(read(sent, max_size=0)) == 2


def peak_while(chunks: Iterable[bytes], **options: Any) -> tuple[int, list[Row], int]:
    """Feed a reader; return the peak of memory, the last rows, and what is still held without them."""
    reader = Reader(**options)
    rows: list[Row] = []
    tracemalloc.start()
    try:
        for chunk in chunks:
            if found := reader.feed(chunk, AT).rows:
                rows = found
        peak = tracemalloc.get_traced_memory()[1]
        last: list[Row] = [(type, payload if type == ERROR else len(payload), wire) for type, payload, wire in rows]
        del rows, found, chunk
        return peak, last, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def bomb() -> bytes:
    """A megabyte that inflates to a gigabyte."""
    stream = zlib.compressobj(wbits=-15)
    block = stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    return write_frame(block * 1024, BINARY, rsv=4)


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("chunk_size", [1 << 30, 256 * 1024, 1000])
def test_bomb_stops_at_the_limit(chunk_size: int, takeover: bool) -> None:
    sent = bomb()
    chunks = [sent[start : start + chunk_size] for start in range(0, len(sent), chunk_size)]
    agreed = Deflate(15, takeover)
    peak, rows, held = peak_while(chunks, deflate=agreed, max_size=8 * MIB)
    assert violation_in(rows)[:2] == ("too-big", "RFC 6455 §7.4.1")
    # The message so far, what one step inflates to, and the copies of the chunk that Python makes.
    assert peak < 8 * MIB + 9 * MIB + 2 * min(chunk_size, len(sent))
    assert held < MIB


def drip(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, write_frame(b"a" * HALF, BINARY)),
        ({}, write_frame("é".encode() * (HALF // 2))),
        ({"masked": True}, write_frame(b"a" * HALF, BINARY, mask=KEY)),
        ({"frames": True}, write_frame(b"a" * HALF, BINARY)),
        (DEFLATE, write_frame(stored(b"a" * HALF), BINARY, rsv=4)),
    ],
    ids=["binary", "text", "masked", "frames", "compressed"],
)
def test_drips_cost_little_more_than_their_message(options: dict[str, Any], sent: bytes) -> None:
    """Pieces of a few bytes would cost ten times their size if they were kept one by one."""
    peak, rows, held = peak_while(drip(sent, 12), **options)
    assert rows[-1][1] == HALF
    # The pieces and the whole, and the frame's payload where that is told too; the window of a compressed message.
    assert peak < (3 if options.get("frames") else 2) * HALF + HALF // 4
    assert held < HALF // 4


@pytest.mark.parametrize(
    ("options", "frame"),
    [
        ({}, write_frame(b"", CONTINUATION, fin=False)),
        ({"masked": True}, write_frame(b"", CONTINUATION, fin=False, mask=KEY)),
        (DEFLATE, write_frame(b"\x00\x00\x00\xff\xff", CONTINUATION, fin=False)),
        (DEFLATE, write_frame(b"\x03\x00", CONTINUATION, fin=False)),
    ],
    ids=["plain", "masked", "empty blocks", "empty streams"],
)
def test_endless_empty_fragments_cost_nothing(options: dict[str, Any], frame: bytes) -> None:
    first = write_frame(
        b"", fin=False, rsv=4 if "deflate" in options else 0, mask=KEY if options.get("masked") else None
    )
    peak, rows, held = peak_while([first, *[frame * 100] * 200], max_size=1000, **options)
    assert rows == []
    assert peak < MIB // 4
    assert held < MIB // 8


def test_hundred_thousand_fragments() -> None:
    sent = b"".join(fragments(b"0123456789" * 100_000, TEXT, [10] * 99_999))
    assert read(sent) == read(sent, range(0, len(sent), 65536)) == [(TEXT, b"0123456789" * 100_000, 12 * 100_000)]
    assert len(read(sent, frames=True)) == 100_001


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_hundred_thousand_one_byte_messages_in_a_chunk(opcode: int) -> None:
    batch = Reader().feed(write_frame(b"a", opcode) * 100_000, AT)
    assert batch.rows == [(opcode, b"a", 3)] * 100_000
    assert (batch.messages, batch.payload, batch.uniform) == (100_000, 100_000, True)


def test_message_of_many_chunks_is_let_go() -> None:
    sent = write_frame("é".encode() * (4 * MIB))
    peak, rows, held = peak_while(drip(sent, 65536))
    assert rows[-1][:2] == (TEXT, 8 * MIB)
    assert peak < 2 * 8 * MIB + MIB
    assert held < MIB // 8


def test_text_fed_whole_is_not_kept_as_characters() -> None:
    sent = write_frame("😀".encode() * (2 * MIB))
    peak, rows, _ = peak_while([sent])
    assert rows[-1][:2] == (TEXT, 8 * MIB)
    assert peak < 8 * MIB + MIB


@pytest.mark.parametrize(
    "sizes", [[1] * 5, [SMALL], [SMALL - 1, SMALL, 1], [FLUSH, 3, FLUSH], [1000] * 200, [0, 0], []]
)
def test_gather_gives_back_what_was_added(sizes: list[int]) -> None:
    gather = Gather()
    for _ in range(2):
        for index, size in enumerate(sizes):
            gather.add(bytes([index % 251]) * size)
        assert gather.size == sum(sizes)
        assert gather.take() == b"".join(bytes([index % 251]) * size for index, size in enumerate(sizes))
        assert gather.size == 0


def test_limits_hold_byte_by_byte() -> None:
    sent = write_frame(b"a" * 10) + write_frame(b"a" * 11)
    assert same(read_bytewise(sent, max_size=10), read(sent, max_size=10))
    assert read(sent, max_size=10)[0] == (TEXT, b"a" * 10, 12)
