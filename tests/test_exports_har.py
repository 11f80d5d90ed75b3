"""HAR written and read back: the same rows and times, however connections mix; and what HAR cannot hold is told."""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import ENDS, HANDSHAKE, START, batches
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    FRAME,
    GAP,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Frame,
    Gap,
    Handshake,
    Moment,
    Row,
    Step,
    TlsFacts,
    Violation,
    alone,
)
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.exports.har import har
from wsinspect.recordings.har import read
from wsinspect.recordings.reading import read as read_lines
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson
from wsinspect.render.pieces import text_of

FULL = HANDSHAKE._replace(
    url="wss://example.com/feed?a=1&b=%20x&b",
    resource="/feed?a=1&b=%20x&b",
    steps=(Step("resolve", 0.001, "127.0.0.1"), Step("connect", 0.0005), Step("tls", 0.001), Step("upgrade", 0.0006)),
    tls=TlsFacts("TLSv1.3", "TLS_AES", "http/1.1", True, "ab" * 32, ("example.com",), "Us", 2e9, 1e9, "1.2", "1.3"),
)
OPEN = alone(START, "in", (BEGINS, FULL, 0))


def written(given: Iterable[Batch]) -> tuple[bytes, list[str]]:
    told: list[str] = []
    return b"".join(har(given, told.append)), told


def parsed(given: Iterable[Batch]) -> Any:
    return json.loads(written(given)[0])["log"]


def back(given: Iterable[Batch]) -> list[Batch]:
    notes: list[str] = []
    made = list(read(io.BytesIO(written(given)[0]), notes.append))
    assert not notes
    return made


def lines(given: Iterable[Batch]) -> list[dict[str, Any]]:
    """Return what NDJSON writes, each connection for itself, without its number."""
    render = ndjson(Look())
    made = [json.loads(line) for batch in given for line in text_of(render(batch)).splitlines()]
    return [{key: value for key, value in line.items() if key != "conn"} for line in made]


def alike(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    """Compare lines: all the same, but for the last digit of the second clock."""
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one["mono"] == pytest.approx(other["mono"], abs=1e-5)
        assert {**one, "mono": 0} == {**other, "mono": 0}


@pytest.mark.parametrize("number", [0, 2])
def test_large_messages_stand_as_small_ones_do(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    payload = 'é\x01"\\😀\x7f'.encode() * 30_000
    given = [alone(START, "in", (TEXT, payload, 9), number // 2), alone(START, "out", (BINARY, payload, 9), number)]
    made = written(given)
    monkeypatch.setattr("wsinspect.exports.har.LARGE", 1 << 30)
    assert made == written(given)


def test_all_common_events_come_back() -> None:
    given = [OPEN, *[batch for _, batch in batches()]]
    kept = [batch for batch in given if batch.rows[0][0] != FRAME]
    # What tells of the end and of a gap stands behind the messages.
    ends = [batch for batch in kept if batch.rows[0][0] in (CLOSED, GAP)]
    alike(lines([batch for batch in kept if batch not in ends] + ends), lines(back(given)))


@pytest.mark.parametrize("closed", [pytest.param(closed, id=name) for name, closed in ENDS])
def test_each_end_comes_back(closed: Closed) -> None:
    given = [OPEN, alone(START, "in", (CLOSED, closed, 0))]
    alike(lines(given), lines(back(given)))


def test_without_a_handshake() -> None:
    given = [batch for _, batch in batches()[:4]]
    alike(lines(given), lines(back(given)))
    (entry,) = parsed(given)["entries"]
    assert (entry["request"]["url"], entry["response"]["status"]) == ("ws://unknown.invalid/", 0)


def test_it_is_as_chrome_writes_it() -> None:
    violation = Violation("opcode", "RFC 6455 §5.2", "opcode 0x3 is reserved", 0, b"\x83", 1002)
    rows: list[tuple[Direction, Row]] = [
        ("out", (TEXT, b"hi", 8)),
        ("in", (BINARY, b"\x00\x01", 4)),
        ("in", (PING, b"beat", 6)),
        ("out", (PONG, b"beat", 10)),
        ("in", (ERROR, violation, 0)),
        ("in", (CLOSE, b"\x03\xe8bye", 7)),
        ("out", (CLOSING, b"\x03\xe8", 8)),
    ]
    log = parsed([OPEN, *[alone(START, direction, row) for direction, row in rows]])
    assert (log["version"], log["creator"]["name"]) == ("1.2", "wsinspect")
    (entry,) = log["entries"]
    assert entry["_resourceType"] == "websocket"
    assert entry["startedDateTime"] == "2026-11-22T12:04:31.204023Z"
    assert entry["time"] == 3.1
    assert entry["request"]["url"] == FULL.url
    assert entry["request"]["queryString"] == [
        {"name": "a", "value": "1"}, {"name": "b", "value": " x"}, {"name": "b", "value": ""}
    ]  # fmt: skip
    assert entry["request"]["headers"][0] == {"name": "Host", "value": "127.0.0.1:40123"}
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (101, "Switching Protocols")
    assert (entry["serverIPAddress"], entry["connection"]) == ("127.0.0.1", "40123")
    assert entry["timings"] == {
        "blocked": -1, "dns": 1.0, "connect": 1.5, "ssl": 1.0, "send": 0, "wait": 0.6, "receive": 0
    }  # fmt: skip
    time = START.wall
    told = [(one["type"], one["opcode"], one["data"]) for one in entry["_webSocketMessages"]]
    assert told == [
        ("send", 1, "hi"),
        ("receive", 2, "AAE="),
        ("receive", 9, "YmVhdA=="),
        ("send", 10, "YmVhdA=="),
        ("error", -1, "opcode 0x3 is reserved"),
        ("receive", 8, "A+hieWU="),
        ("send", 8, "A+g="),
    ]
    assert {one["time"] for one in entry["_webSocketMessages"]} == {time}
    # Where there is nothing to add, nothing is added.
    assert [list(one) for one in entry["_webSocketMessages"] if "_wsinspect" in one] == [
        ["type", "time", "opcode", "data", "_wsinspect"]
    ]


def test_a_clock_that_jumped_comes_back() -> None:
    jumped = [Moment(START.wall + 1, START.mono + 1), Moment(START.wall + 1.5, START.mono + 2)]
    given = [OPEN, *[alone(at, "in", (TEXT, b"x", 3)) for at in jumped]]
    alike(lines(given), lines(back(given)))
    (entry,) = parsed(given)["entries"]
    assert ["_wsinspect" in message for message in entry["_webSocketMessages"]] == [False, True]


def test_frames_are_left_out_and_told() -> None:
    frame = Frame(True, 0, 1, None, 2, b"", None, 0)
    _, told = written([OPEN, *[alone(START, "in", (FRAME, frame, 2))] * 12])
    assert told == ["HAR holds no frames: 12 are left out"]
    assert written([OPEN, alone(START, "in", (FRAME, frame, 2))])[1] == ["HAR holds no frames: 1 is left out"]
    assert len(parsed([alone(START, "in", (FRAME, frame, 2), 9), OPEN])["entries"]) == 1


def test_nothing_is_a_har_file_too() -> None:
    assert parsed([])["entries"] == []


def test_it_is_written_as_it_comes() -> None:
    def endless() -> Iterator[Batch]:
        yield OPEN
        while True:
            yield alone(START, "in", (TEXT, b"x", 3))

    pieces = har(endless(), print)
    assert b"".join([next(pieces) for _ in range(10)]).count(b'"data":"x"') >= 8


def test_connections_that_mix_stand_one_behind_the_other() -> None:
    def rows(number: int, count: int) -> list[Batch]:
        begins = alone(START, "in", (BEGINS, FULL, 0), number)
        return [begins, *[alone(START, "in", (TEXT, b"%d:%d" % (number, each), 5), number) for each in range(count)]]

    first, second, third = rows(1, 4), rows(2, 4), rows(3, 0)
    mixed = [first[0], second[0], second[1], first[1], third[0], *second[2:], *first[2:]]
    assert [(batch.connection, repr(batch.rows)) for batch in back(mixed)] == [
        (batch.connection, repr(batch.rows)) for batch in [*first, *second, *third]
    ]
    assert len(parsed(mixed)["entries"]) == 3


def test_connections_in_turn_are_entries_of_their_own() -> None:
    closed = Closed("nobody", False, 1006, "", None, "reset", 7)
    turn = [OPEN, alone(START, "in", (TEXT, b"a", 3)), alone(START, "in", (CLOSED, closed, 0))]
    given = [*turn, alone(START, "in", (GAP, Gap(1.5, 2, 1006), 0)), *turn]
    alike(lines(given), lines(back(given)))
    assert [batch.connection for batch in back(given)] == [1, 1, 1, 1, 2, 2, 2]


MOMENTS = st.builds(Moment, st.floats(1e9, 4e9), st.floats(-1e6, 1e9))
CONTROL = st.binary(max_size=20)
CODES = st.integers(0, 65535).filter(lambda code: code != 1005)
BODIES = st.just(b"") | st.builds(lambda code, reason: code.to_bytes(2, "big") + reason.encode(), CODES, st.text())
VIOLATIONS = st.builds(Violation, st.text(), st.text(), st.text(), st.integers(0, 99), CONTROL, CODES)
WIRE = st.integers(0, 1 << 40)
MESSAGES = st.one_of(
    st.tuples(st.just(TEXT), st.text().map(str.encode), WIRE),
    st.tuples(st.just(BINARY), st.binary(), WIRE),
    st.tuples(st.sampled_from([PING, PONG]), CONTROL, WIRE),
    st.tuples(st.sampled_from([CLOSE, CLOSING]), BODIES, WIRE),
    st.tuples(st.just(ERROR), VIOLATIONS, st.just(0)),
)
BEGINNINGS = st.builds(
    Handshake, MOMENTS, st.text(), st.text(), st.integers(0, 999), st.floats(0, 99).map(lambda one: round(one, 6)),
    st.none() | st.text(), st.text(), st.lists(st.tuples(st.text(), st.text())),
    st.lists(st.tuples(st.text(), st.text())), resource=st.text(), reason=st.text(), steps=st.just(()), tls=st.none(),
    secrets=st.just(frozenset()),
)  # fmt: skip
SESSIONS = st.lists(
    st.builds(alone, MOMENTS, st.sampled_from(["in", "out"]), MESSAGES, st.just(1)), max_size=6
).flatmap(lambda found: BEGINNINGS.map(lambda begins: [alone(begins.at, "in", (BEGINS, begins, 0), 1), *found]))


@given(SESSIONS)
def test_from_ndjson_to_har_and_back_it_is_the_same(session: list[Batch]) -> None:
    render = ndjson(Look(), 1 << 30)
    text = "".join([str(render(batch)) for batch in session])
    from_lines = list(read_lines(text.splitlines(keepends=True)))
    alike(lines(from_lines), lines(back(from_lines)))
