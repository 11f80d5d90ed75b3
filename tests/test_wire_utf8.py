"""UTF-8 checked as it comes, against a machine made of table 3-7 of the Unicode Standard."""

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.wire_peer import AT, ERROR, TEXT, bytewise, cut, feed, fragments, read, rows_of, violation_in
from wsinspect.wire.frames import write_frame
from wsinspect.wire.reader import Reader
from wsinspect.wire.utf8 import BLOCK, BadText, TextCheck

# Table 3-7, well-formed UTF-8 byte sequences: first bytes, and the ranges of those that follow.
TABLE_3_7 = [
    (range(0x80), []),
    (range(0xC2, 0xE0), [range(0x80, 0xC0)]),
    (range(0xE0, 0xE1), [range(0xA0, 0xC0), range(0x80, 0xC0)]),
    (range(0xE1, 0xED), [range(0x80, 0xC0), range(0x80, 0xC0)]),
    (range(0xED, 0xEE), [range(0x80, 0xA0), range(0x80, 0xC0)]),
    (range(0xEE, 0xF0), [range(0x80, 0xC0), range(0x80, 0xC0)]),
    (range(0xF0, 0xF1), [range(0x90, 0xC0), range(0x80, 0xC0), range(0x80, 0xC0)]),
    (range(0xF1, 0xF4), [range(0x80, 0xC0), range(0x80, 0xC0), range(0x80, 0xC0)]),
    (range(0xF4, 0xF5), [range(0x80, 0x90), range(0x80, 0xC0), range(0x80, 0xC0)]),
]


def fault_in(data: bytes) -> tuple[int, int] | None:
    """Return where the first wrong character begins, and the end of the bytes after which nothing can mend it.

    The second is beyond the data where only its end is wrong; None stands for valid text.
    """
    at = 0
    while at < len(data):
        rest = next((rest for first, rest in TABLE_3_7 if data[at] in first), None)
        if rest is None:
            return at, at + 1
        for index, allowed in enumerate(rest, at + 1):
            if index == len(data):
                return at, index + 1
            if data[index] not in allowed:
                return at, index + 1
        at += 1 + len(rest)
    return None


# Bytes at the edges of the ranges, so that nearly valid sequences are common.
EDGES = sorted(
    {edge for first, rest in TABLE_3_7 for span in [first, *rest] for edge in (span.start, span.stop - 1)}
    | {0xC0, 0xC1, 0xF5, 0xFF}
)
edge = st.sampled_from(EDGES).map(lambda byte: bytes([byte]))
near_text = st.lists(edge | st.text(max_size=3).map(str.encode) | st.binary(max_size=3), max_size=12).map(b"".join)


def judge(pieces: list[bytes]) -> tuple[int, bytes] | None:
    """Check the pieces of one message that stand side by side; return what `BadText` tells."""
    check, at = TextCheck(), 0
    try:
        for piece in pieces:
            check.check(piece, at)
            at += len(piece)
        check.check(b"", at, final=True)
    except BadText as fault:
        return fault.offset, fault.data
    return None


@given(data=near_text, cuts=st.lists(st.integers(0, 40), max_size=6))
@example(data=b"\xed\xa0\x80", cuts=[])
@example(data=b"\xf4\x90\x80\x80", cuts=[1])
@settings(max_examples=300, deadline=None)
def test_check_finds_the_same_fault_at_any_cut(data: bytes, cuts: list[int]) -> None:
    fault = fault_in(data)
    wanted = fault and (fault[0], data[fault[0] : fault[1]])
    assert judge([data]) == judge(bytewise(data)) == judge(cut(data, cuts)) == wanted


def test_check_agrees_with_the_table_on_every_short_sequence() -> None:
    for first in range(0x80, 0x100):
        for tail in product(EDGES, EDGES):
            data = bytes([first, *tail])
            fault = fault_in(data)
            assert judge([data]) == judge(bytewise(data)) == (fault and (fault[0], data[fault[0] : fault[1]])), (
                data.hex()
            )


@given(data=near_text, masked=st.booleans(), fragmented=st.booleans())
@settings(max_examples=150, deadline=None)
def test_fault_is_told_with_the_byte_that_makes_it(data: bytes, masked: bool, fragmented: bool) -> None:
    """The message is never finished: more frames or bytes would follow."""
    mask = b"\x12\x34\x56\x78" if masked else None
    fault = fault_in(data)
    seen = len(data) + 1 if fault is None else fault[1]
    if fragmented:
        frames = [write_frame(data[i : i + 1], 0 if i else TEXT, fin=False, mask=mask) for i in range(len(data))]
        starts = [len(frame) * i + len(frame) - 1 for i, frame in enumerate(frames)]
    else:
        frames = bytewise(write_frame(data, TEXT, claimed=len(data) + 1000, mask=mask))
        header = len(frames) - len(data)
        starts = [header + i for i in range(len(data))]
        frames = [b"".join(frames[:header]), *frames[header:]]
    reader = Reader(masked=masked)
    batches = [batch.rows for batch in feed(reader, frames)]
    skip = 0 if fragmented else 1
    assert all(rows == [] for rows in batches[: skip + seen - 1])
    if seen <= len(data):
        assert fault is not None
        violation = violation_in(batches[skip + seen - 1])
        assert (violation.rule, violation.code) == ("utf8", 1007)
        assert violation.offset == starts[fault[0]]
        assert violation.data == data[fault[0] : fault[1]]
    else:
        assert not reader.over


@given(data=near_text, sizes=st.lists(st.integers(0, 5), max_size=5), cuts=st.lists(st.integers(0, 90), max_size=6))
@settings(max_examples=200, deadline=None)
def test_message_is_valid_exactly_where_the_table_says_so(data: bytes, sizes: list[int], cuts: list[int]) -> None:
    sent = b"".join(fragments(data, TEXT, sizes))
    for rows in (read(sent), read(sent, cuts), read(sent, cuts, frames=True)):
        fault = fault_in(data)
        if fault is None:
            assert rows[-1] == (TEXT, data, len(sent))
        else:
            assert rows[-1][0] == ERROR
            assert violation_in(rows).data == data[fault[0] : fault[1]]


@given(data=near_text)
@settings(max_examples=100, deadline=None)
def test_reason_of_a_close_frame_is_held_to_the_same_table(data: bytes) -> None:
    rows = read(write_frame(b"\x03\xe8" + data, 8))
    fault = fault_in(data)
    if fault is None:
        assert rows[-1][1] == b"\x03\xe8" + data
    else:
        violation = violation_in(rows)
        assert (violation.rule, violation.offset) == ("close-utf8", 4 + fault[0])
        assert violation.data == data[fault[0] : fault[1]]


@pytest.mark.parametrize("shift", range(4))
def test_long_text_is_checked_across_blocks(shift: int) -> None:
    text = (b"a" * shift + "😀".encode() * BLOCK)[: 3 * BLOCK + shift]
    assert rows_of([Reader().feed(write_frame(text), AT)])[0][1] == text
    at = 2 * BLOCK - 2 + (shift + 2) % 4  # where a character begins that a block's end cuts
    bad = text[: at + 2] + b"!" + text[at + 3 :]
    fault = fault_in(bad)
    violation = violation_in(read(write_frame(bad)))
    assert fault is not None
    assert (violation.offset - 10, violation.data) == (fault[0], bad[fault[0] : fault[1]])
