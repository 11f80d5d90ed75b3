"""What is left of batches: by type, expression, pattern and part; rows in, rows out."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    FRAME,
    GAP,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Frame,
    Gap,
    Moment,
    Row,
    Violation,
)
from wsinspect.filters.expression import expression
from wsinspect.filters.looking import TYPES, Looking
from wsinspect.filters.sieve import Watch, sieve
from wsinspect.wire.frames import write_frame
from wsinspect.wire.reader import Reader

CLOSED_ROW: Row = (CLOSED, Closed("nobody", False, 1006, "", None, "", 7), 0)
GAP_ROW: Row = (GAP, Gap(1.0, 1, 1006), 0)
HANDSHAKE_ROW: Row = (HANDSHAKE, None, 0)
ERROR_ROW: Row = (ERROR, Violation("rsv", "5.2", "it set RSV1", 3, b"", 1002), 0)
CLOSE_ROW: Row = (CLOSE, b"\x03\xe8", 4)
CLOSING_ROW: Row = (CLOSING, b"\x03\xe8", 8)
ROWS: list[Row] = [
    HANDSHAKE_ROW,
    (TEXT, b'{"op": "a", "n": 1}', 21),
    (PING, b"beat", 6),
    (BINARY, b"\x00\xff", 4),
    (PONG, b"", 2),
    (TEXT, b'{"op": "b", "n": 2}', 21),
    (TEXT, b"hello", 7),
    CLOSE_ROW,
    CLOSING_ROW,
    ERROR_ROW,
    GAP_ROW,
    CLOSED_ROW,
]


def batch(rows: Sequence[Row], direction: Direction = "in", mono: float = 0.0) -> Batch:
    data = [row for row in rows if row[0] in DATA]
    return Batch(
        Moment(mono, mono),
        direction,
        list(rows),
        messages=len(data),
        payload=sum(len(row[1]) for row in data),
        wire=sum(row[2] for row in rows),
        uniform=len(data) == len(rows),
    )


def looking(
    types: str = "", where: Sequence[str] = (), grep: Sequence[str] = (), select: str = "", frames: bool = False
) -> Looking:
    return Looking(
        types=frozenset(number for name in types.split(",") for number in TYPES[name]) if types else None,
        where=tuple(map(expression, where)),
        grep=tuple(map(re.compile, grep)),
        select=expression(select) if select else None,
    )


def left(wanted: Looking, rows: Sequence[Row] = ROWS, direction: Direction = "in") -> list[int]:
    """Return the indices of the rows that are left."""
    sift = sieve(wanted)
    assert sift is not None
    kept = sift(batch(rows, direction)).rows
    return [index for index, row in enumerate(rows) if any(row is other for other in kept)]


ENDS = [7, 8, 9, 10, 11]
LEFT: list[tuple[Looking, list[int]]] = [
    (looking(types="text"), [0, 1, 5, 6, 10, 11]),
    (looking(types="binary,ping"), [0, 2, 3, 10, 11]),
    (looking(types="pong,close"), [0, 4, 7, 8, 10, 11]),
    (looking(types="error"), [0, 9, 10, 11]),
    (looking(types="frame"), [0, 10, 11]),
    (looking(where=["op == 'a'"]), [0, 1, *ENDS]),
    (looking(where=["op"]), [0, 1, 5, *ENDS]),
    (looking(where=["op", "n > 1"]), [0, 5, *ENDS]),
    (looking(where=["!op"]), [0, 2, 3, 4, 6, *ENDS]),
    (looking(where=[":type == 'ping'"]), [0, 2, *ENDS]),
    (looking(where=["false"]), [0, *ENDS]),
    (looking(where=["true"]), list(range(len(ROWS)))),
    (looking(grep=["hel+o"]), [0, 6, *ENDS]),
    (looking(grep=["beat|b"]), [0, 2, 5, *ENDS]),
    (looking(grep=["(?i)HELLO", "l"]), [0, 6, *ENDS]),
    (looking(grep=["hello", "x"]), [0, *ENDS]),
    (looking(grep=["\xff"]), [0, 3, *ENDS]),
    (looking(grep=["^$"]), [0, 4, *ENDS]),
    (looking(types="text", where=["n < 2"]), [0, 1, 10, 11]),
    (looking(types="text,close", grep=["hello"]), [0, 6, 7, 8, 10, 11]),
    (looking(where=["op"], grep=['"b"']), [0, 5, *ENDS]),
]


@pytest.mark.parametrize(("wanted", "indices"), LEFT)
def test_what_is_left(wanted: Looking, indices: list[int]) -> None:
    assert left(wanted) == indices
    assert left(wanted, direction="out") == indices, "what we send is filtered in the same way"


def test_nothing_to_do_is_nothing() -> None:
    assert sieve(Looking()) is None
    assert sieve(Looking(until=expression("a"), enough=3)) is None


def test_what_is_left_counts_itself() -> None:
    for wanted in (looking(types="text"), looking(where=["op || :type == 'ping'"])):
        sift = sieve(wanted)
        assert sift is not None
        given = batch(ROWS)
        found = sift(given)
        sizes = [len(row[1]) for row in found.rows if row[0] in DATA]
        assert (found.messages, found.payload) == (len(sizes), sum(sizes))
        assert (found.at, found.direction, found.wire) == (given.at, given.direction, given.wire)
        uniform = sift(batch([row for row in ROWS if row[0] in DATA]))
        assert uniform.uniform


def test_gaps_are_those_of_what_came_and_not_of_what_is_shown() -> None:
    sift = sieve(looking(types="text", where=[":gap > 1"]))
    assert sift is not None
    shown = []
    kinds = [(0.0, TEXT, "in"), (5.0, BINARY, "in"), (5.5, TEXT, "in"), (7.0, TEXT, "out"), (7.2, TEXT, "in")]
    for mono, kind, direction in [*kinds, (7.3, TEXT, "in")]:
        found = sift(batch([(kind, b"x", 3)], "in" if direction == "in" else "out", mono))
        shown.append(len(found.rows))
    assert shown == [0, 0, 0, 1, 1, 0]
    first = sieve(looking(where=["!:gap"]))
    assert first is not None
    assert len(first(batch([(TEXT, b"a", 3), (TEXT, b"b", 3)])).rows) == 1, "before the first there is no gap"


SELECTED: list[tuple[str, list[Any]]] = [
    ("op", [b"a", b"b"]),
    ("n", [b"1", b"2"]),
    ("@", [b'{"op":"a","n":1}', b'{"op":"b","n":2}']),
    (":size", [b"19", b"2", b"19", b"5"]),
    ("n > 1 && op || null", [b"b"]),
]


@pytest.mark.parametrize(("select", "payloads"), SELECTED)
def test_select(select: str, payloads: list[bytes]) -> None:
    sift = sieve(looking(select=select))
    assert sift is not None
    found = sift(batch(ROWS))
    assert [row[1] for row in found.rows if row[0] == TEXT] == payloads
    assert [row for row in found.rows if row[0] not in DATA] == [row for row in ROWS if row[0] not in DATA]
    assert not [row for row in found.rows if row[0] == BINARY], "what is selected is text"
    assert found.payload == sum(map(len, payloads))


def test_select_looks_at_the_whole_and_so_do_filters() -> None:
    sift = sieve(looking(types="text", where=["n == 2"], grep=["op"], select="op"))
    assert sift is not None
    assert [row[1:] for row in sift(batch(ROWS)).rows if row[0] == TEXT] == [(b"b", 21)], "the size on the wire stays"


# Frames go with their messages.

OPCODES = {TEXT: 1, BINARY: 2, PING: 9}


def frames_of(*sent: bytes) -> list[Row]:
    reader = Reader("in", masked=False, frames=True)
    return reader.feed(b"".join(sent), Moment(0.0, 0.0)).rows


PARTS = [write_frame(b'{"a":', TEXT, fin=False), write_frame(b"1}", 0)]
FRAMES = frames_of(
    write_frame(b'{"a": 2}', TEXT),
    PARTS[0],
    write_frame(b"beat", PING),
    PARTS[1],
    write_frame(b"z", BINARY),
    PARTS[0],
)


def shown(wanted: Looking) -> list[str]:
    sift = sieve(wanted)
    assert sift is not None
    found = []
    for type, payload, _ in sift(batch(FRAMES)).rows:
        text = payload.payload if isinstance(payload, Frame) else payload
        found.append(f"{'frame ' if type == FRAME else ''}{text.decode()}")
    return found


FRAMES_LEFT: list[tuple[Looking, list[str]]] = [
    (looking(where=["a == 2"]), ['frame {"a": 2}', '{"a": 2}', 'frame {"a":']),
    (looking(where=["a == 1"]), ['frame {"a":', "frame 1}", '{"a":1}', 'frame {"a":']),
    (looking(grep=["beat"]), ["frame beat", "beat", 'frame {"a":']),
    (looking(types="frame", where=["a == 1"]), ['frame {"a":', "frame 1}", 'frame {"a":']),
    (looking(types="text", where=["a == 1"]), ['{"a":1}']),
    (looking(types="binary,frame", grep=["z"]), ["frame z", "z", 'frame {"a":']),
    (looking(types="ping"), ["beat"]),
    (looking(types="text,frame", select="a"), ["2", "1"]),
]


@pytest.mark.parametrize(("wanted", "texts"), FRAMES_LEFT)
def test_frames(wanted: Looking, texts: list[str]) -> None:
    assert [text for text in shown(wanted) if wanted.select is None or not text.startswith("frame")] == texts


# A fast way and a plain one give the same.

ANY_ROW = st.one_of(
    st.tuples(st.sampled_from([TEXT, BINARY]), st.sampled_from([b'{"a": 1}', b'{"a": 2}', b"x", b""]), st.just(9)),
    st.tuples(st.sampled_from([PING, PONG]), st.sampled_from([b"", b"x"]), st.just(2)),
    st.sampled_from([CLOSE_ROW, CLOSING_ROW, ERROR_ROW, CLOSED_ROW, GAP_ROW]),
)
WANTED = [
    looking(types="text"),
    looking(types="ping,close", where=["a"]),
    looking(where=["a == 1"]),
    looking(grep=["x"]),
    looking(where=[":gap > 0.5"]),
    looking(types="text,binary", select="a"),
    looking(where=["a || :type == 'ping'"], grep=["."], select="a"),
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["in", "out"]), st.lists(ANY_ROW, max_size=6)), max_size=5),
    st.sampled_from(WANTED),
)
def test_rows_pass_alike_however_they_come(batches: list[tuple[Direction, list[Row]]], wanted: Looking) -> None:
    """All rows of a moment in one batch, or each in a batch of its own."""
    together, alone = sieve(wanted), sieve(wanted)
    assert together is not None
    assert alone is not None
    for mono, (direction, rows) in enumerate(batches):
        found = together(batch(rows, direction, float(mono))).rows
        single = [row for each in rows for row in alone(batch([each], direction, float(mono))).rows]
        assert found == single


def test_watch_sees_the_gaps() -> None:
    watch = Watch(expression(":gap > 1").holds)
    found = [watch(TEXT, b"", Moment(0.0, mono)) for mono in (0.0, 0.5, 2.0, 2.0)]
    assert found == [False, False, True, False]


def test_deep_payloads_do_not_break_a_sieve() -> None:
    sift = sieve(looking(where=["@ == null"], select=":size"))
    assert sift is not None
    deep = b"[" * 200_000 + b"]" * 200_000
    odd = json.dumps({"a": "\ud800"}).encode()
    assert [row[1] for row in sift(batch([(TEXT, deep, 0), (TEXT, odd, 0)])).rows] == [b"400000"]
