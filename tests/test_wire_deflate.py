"""permessage-deflate: windows, blocks with BFINAL, and streams that end where they should not."""

import zlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire_peer import (
    AT,
    BINARY,
    ERROR,
    TAIL,
    TEXT,
    Compressor,
    feed,
    fragments,
    read,
    read_bytewise,
    violation_in,
)
from wsinspect.wire.frames import write_frame
from wsinspect.wire.inflate import Deflate, Inflate
from wsinspect.wire.reader import Reader

WORDS = b"the quick brown fox jumps over the lazy dog, and the dog lets it pass. "
NO_REPEAT = b"".join(index.to_bytes(2, "big") for index in range(20000))  # 40,000 bytes: more than any window
STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED)


def compressed(payload: bytes, *, level: int = 6, strategy: int = 0, memory: int = 8, zdict: bytes = b"") -> bytes:
    stream = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy, zdict)
    return (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", range(9, 16))
@pytest.mark.parametrize("flush", [zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_FINISH])
def test_every_window_and_flush(bits: int, takeover: bool, flush: int) -> None:
    agreed = Deflate(bits, takeover)
    compressor = Compressor(agreed)
    said = [WORDS * 3, b"", NO_REPEAT, WORDS, NO_REPEAT[:300], b"x"]
    sent = b"".join(write_frame(compressor.message(one, flush, 3), BINARY, rsv=4) for one in said)
    whole = read(sent, deflate=agreed)
    assert [row[1] for row in whole] == said
    assert read(sent, range(0, len(sent), 999), deflate=agreed) == whole


@pytest.mark.parametrize("takeover", [True, False])
def test_window_of_eight_bits(takeover: bool) -> None:
    """zlib cannot compress with one, but what it makes of short messages fits."""
    agreed = Deflate(8, takeover)
    compressor = Compressor(agreed)
    sent = b"".join(write_frame(compressor.message(WORDS[:40]), rsv=4) for _ in range(3))
    assert [row[1] for row in read(sent, deflate=agreed)] == [WORDS[:40]] * 3


def test_window_larger_than_agreed_is_told() -> None:
    sent = write_frame(compressed(NO_REPEAT[:600]), BINARY, rsv=4)
    sent += write_frame(compressed(NO_REPEAT[:60], zdict=NO_REPEAT[:600]), BINARY, rsv=4)
    assert [row[0] for row in read(sent, deflate=Deflate(15))] == [BINARY, BINARY]
    violation = violation_in(read(sent, deflate=Deflate(9)))
    assert (violation.rule, violation.sentence) == (
        "deflate",
        "a compressed message cannot be inflated: invalid distance too far back",
    )


def test_window_goes_on_after_bfinal_to_its_full_length() -> None:
    """The second message refers back over a stream's end, as far as 32 KiB; with no takeover nothing stands there."""
    first = zlib.compressobj(wbits=-15)
    ended = first.compress(NO_REPEAT) + first.flush(zlib.Z_FINISH) + b"\x00"
    second = compressed(NO_REPEAT[-32000:-31000], zdict=NO_REPEAT[-32768:])
    sent = write_frame(ended, BINARY, rsv=4) + write_frame(second, BINARY, rsv=4)
    rows = read(sent, deflate=Deflate())
    assert [row[1] for row in rows] == [NO_REPEAT, NO_REPEAT[-32000:-31000]]
    assert read(sent, range(0, len(sent), 7), deflate=Deflate()) == rows
    assert violation_in(read(sent, deflate=Deflate(context_takeover=False))).rule == "deflate"
    # Within one message the window goes on in any case.
    both = write_frame(ended[:-1] + second, BINARY, rsv=4)
    assert read(both, deflate=Deflate(context_takeover=False))[0][1] == NO_REPEAT + NO_REPEAT[-32000:-31000]


def test_context_takeover_that_was_not_agreed_is_told() -> None:
    compressor = Compressor(Deflate())
    sent = [write_frame(compressor.message(WORDS), rsv=4) for _ in range(2)]
    violation = violation_in(read(b"".join(sent), deflate=Deflate(context_takeover=False)))
    assert (violation.rule, violation.offset) == ("deflate", len(sent[0]))


def test_many_tiny_streams_in_one_message() -> None:
    """An empty final block is two bytes long: a chunk may hold very many streams."""
    payload = b"\x03\x00" * 5000 + compressed(b"end")
    sent = write_frame(payload, rsv=4)
    assert read(sent, deflate=Deflate()) == [(TEXT, b"end", len(sent))]
    # So may a message whose window is full.
    sent = write_frame(compressed(NO_REPEAT), BINARY, rsv=4) + write_frame(payload, rsv=4)
    assert [row[1] for row in read(sent, deflate=Deflate())] == [NO_REPEAT, b"end"]


@given(
    payload=st.sampled_from([WORDS, WORDS * 9, b"", b"a", NO_REPEAT[:700]]) | st.binary(max_size=100),
    at=st.integers(0, 1 << 16),
    level=st.integers(0, 9),
    strategy=st.sampled_from(STRATEGIES),
    takeover=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_message_cut_short_is_told_at_once(payload: bytes, at: int, level: int, strategy: int, takeover: bool) -> None:
    """What is cut off is not made up for by the next message, which would come out wrong."""
    data = compressed(payload, level=level, strategy=strategy)
    at %= len(data)
    part = data[:at]
    rows = read(write_frame(compressed(WORDS), rsv=4) + write_frame(part, BINARY, rsv=4), deflate=Deflate(15, takeover))
    stream = zlib.decompressobj(-15)
    try:
        plain = stream.decompress(part)
        # The four bytes that were taken off bring nothing, and a last block may stand behind them.
        ends_well = not part or (stream.decompress(TAIL + b"\x01\x00\x00\xff\xff") == b"" and stream.eof)
    except zlib.error:
        ends_well = False
    if ends_well:
        assert rows[-1] == (BINARY, plain, at + 2)
    else:
        assert violation_in(rows).rule == "deflate"


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ("06", "invalid block type"),
        ("00 05 00 00 00", "invalid stored block lengths"),
        ("ff ff ff ff", "invalid block type"),
        ("fc ff ff ff ff ff ff ff ff ff", "too many length or distance symbols"),
        ("04", "it ends inside a block"),
        ("f2 48 cd c9 c9 07", "it ends inside a block"),
        ("00 05 00 fa ff 48 65", "it ends inside a block"),
        ("02", "it ends inside a block"),
    ],
)
def test_broken_streams(payload: str, fault: str) -> None:
    for takeover in (True, False):
        sent = b"\x82\x01a" + write_frame(bytes.fromhex(payload), BINARY, rsv=4)
        violation = violation_in(read(sent, deflate=Deflate(15, takeover)))
        assert violation.sentence == f"a compressed message cannot be inflated: {fault}"
        assert (violation.offset, violation.code, violation.section) == (3, 1002, "RFC 7692 §7.2.2")
        again = violation_in(read_bytewise(sent, deflate=Deflate(15, takeover)))
        assert again == violation._replace(data=sent[3:5])


def test_text_that_is_wrong_inside_an_unfinished_compressed_message() -> None:
    payload = compressed(b"abc\xc3\xff" + WORDS, level=0)
    frames = list(fragments(payload, TEXT, [9, 9], rsv=4))
    batches = feed(Reader(deflate=Deflate()), [frames[0], frames[1][:2], frames[1][2:3]])
    assert [len(batch.rows) for batch in batches] == [0, 0, 1]
    violation = violation_in(batches[2].rows)
    assert (violation.rule, violation.offset, violation.data) == ("utf8", len(frames[0]), b"\xc3\xff")


def test_compressed_binary_is_no_text() -> None:
    sent = write_frame(compressed(b"\xff\xfe"), BINARY, rsv=4)
    assert read(sent, deflate=Deflate()) == [(BINARY, b"\xff\xfe", len(sent))]


@pytest.mark.parametrize("rows", [1, 3])
def test_first_fault_ends_reading_at_any_cut(rows: int) -> None:
    sent = write_frame(compressed(WORDS), rsv=4) * rows + b"\xc1\x01\x06" + b"\x81\x01a"
    agreed = Deflate(context_takeover=False)
    for start, stop in pairwise(range(0, len(sent), 5)):
        got = read(sent, [start, stop], deflate=agreed)
        assert [row[0] for row in got] == [TEXT] * rows + [ERROR]


def test_inflate_alone() -> None:
    inflate = Inflate(Deflate())
    assert inflate.feed(b"", 0) == b""
    inflate.finish()
    assert inflate.feed(bytes.fromhex("f248cdc9c90700"), 5) == b"Hello"
    inflate.finish()
    assert Reader(deflate=Deflate()).feed(b"", AT).rows == []
