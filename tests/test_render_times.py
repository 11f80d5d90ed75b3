"""The column of the time, and how long pongs took."""

import os
import time
from collections.abc import Iterator

import pytest

from tests.common_events import BINARY, HANDSHAKE, PING, PONG, TEXT
from wsinspect.events import CLOSED, FRAME, GAP, Batch, Closed, Direction, Event, Frame, Gap, Moment, Row
from wsinspect.events import HANDSHAKE as HANDSHAKE_TYPE
from wsinspect.registry import FORMATS
from wsinspect.render.look import Look, Time
from wsinspect.render.pongs import REMEMBERED, PongTimes
from wsinspect.render.times import COLUMNS

AT = Moment(1795349071.207123, 12.5)


@pytest.fixture
def vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    assert os.environ.get("TZ") == before
    time.tzset()


def batch(mono: float, direction: Direction, *rows: Row) -> Batch:
    return Batch(Moment(1795349071.207123 + mono, mono), direction, list(rows))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("clock", "13:04:31.207"),
        ("utc", "12:04:31.207Z"),
        ("epoch", "1795349071.207"),
        ("delta", "      +0.000"),
        ("none", ""),
    ],
)
@pytest.mark.usefixtures("vienna")
def test_each_kind(name: Time, text: str) -> None:
    column = COLUMNS[name]
    assert column.stamper()(AT) == text
    assert column.width == len(text)


@pytest.mark.parametrize("name", ["pretty", "plain"])
def test_the_difference_is_to_the_line_before_that_was_shown(name: str) -> None:
    render = FORMATS.load(name)(Look(time="delta", width=80))
    clean = Closed("peer", True, 1000, "", 1000, "", 0)
    frame = Frame(True, 0, 1, None, 2, b"a", None, 0)
    shown = [
        render(batch(10.0, "in", (HANDSHAKE_TYPE, HANDSHAKE, 0))),
        render(batch(12.0, "in", (TEXT, b"a", 3), (TEXT, b"b", 3))),
        render(batch(13.0, "in", (FRAME, frame, 3), (CLOSED, clean, 0))),
        render(batch(14.5, "out", (BINARY, b"", 3))),
        render(batch(99999.25, "in", (GAP, Gap(1.0, 1, 1006), 0))),
    ]
    times = [line[:12] for text in shown for line in text.split("\n") if "+" in line[:12]]
    assert times == ["      +0.000", "      +0.000", "      +2.500", "  +99984.750"]


@pytest.mark.parametrize("name", ["pretty", "plain"])
@pytest.mark.parametrize(("time", "bare"), [("clock", 35), ("utc", 36), ("epoch", 37), ("none", 21)])
def test_a_narrow_terminal_does_without_the_time(name: str, time: Time, bare: int) -> None:
    for width in range(20, 60):
        line = FORMATS.load(name)(Look(width=width, time=time))(batch(0.0, "in", (TEXT, b"ab", 4)))
        assert line.startswith("↓ TEXT") == (width < bare or time == "none")


@pytest.mark.parametrize("name", ["pretty", "plain"])
def test_what_stands_below_stands_further_right_than_the_line(name: str) -> None:
    for kind in COLUMNS:
        for width in (20, 34, 60, None):
            look = Look(time=kind, width=width, json_indent=1)
            first, *below = FORMATS.load(name)(look)(batch(0.0, "in", (TEXT, b'{"a":1}', 4))).split("\n")[:-1]
            margin = len(first) - len(first.lstrip())
            assert "↓" in first
            assert all(line.startswith(" " * (margin + 2)) for line in below)


# --- round trips -----------------------------------------------------------------------------------------------------

PINGS = [
    batch(1.0, "out", (PING, b"a", 7)),
    batch(1.25, "in", (TEXT, b"x", 3), (PONG, b"a", 3)),
    batch(1.5, "in", (PONG, b"a", 3)),
    batch(2.0, "in", (PING, b"b", 3)),
    batch(2.1, "out", (PONG, b"b", 7)),
]


@pytest.mark.parametrize("name", ["pretty", "plain"])
def test_a_pong_tells_its_round_trip_once(name: str) -> None:
    render = FORMATS.load(name)(Look(width=80))
    shown = "".join(render(each) for each in PINGS)
    assert [line[14:] for line in shown.split("\n")] == [
        '↑ PING        1 B  "a"',
        "↓ TEXT        1 B  x",
        '↓ PONG        1 B  "a"  rtt 250 ms',
        '↓ PONG        1 B  "a"',
        '↓ PING        1 B  "b"',
        '↑ PONG        1 B  "b"',
        "",
    ]


def test_ndjson_tells_it_in_seconds() -> None:
    render = FORMATS.load("ndjson")(Look())
    lines = "".join(render(each) for each in PINGS).splitlines()
    assert [',"rtt":0.250000}' in line for line in lines] == [False, False, True, False, False, False]


def test_ndjson_tells_it_beside_what_is_not_ascii() -> None:
    render = FORMATS.load("ndjson")(Look())
    render(PINGS[0])
    shown = render(batch(1.25, "in", (TEXT, "é".encode(), 4), (PONG, b"a", 3)))
    assert shown.endswith(',"rtt":0.250000}\n')


def test_a_long_pong_has_it_below() -> None:
    render = FORMATS.load("pretty")(Look(width=80))
    render(batch(1.0, "out", (PING, b"a" * 40, 7)))
    shown = render(batch(2.0, "in", (PONG, b"a" * 40, 7)))
    assert shown.split("\n")[1] == " " * 14 + "rtt 1.0 s"


@pytest.mark.parametrize("name", ["pretty", "plain", "ndjson"])
def test_it_is_known_where_pings_are_not_shown(name: str) -> None:
    pongs = PongTimes()
    render = FORMATS.load(name)(Look(rtt=pongs.of))
    for each in PINGS:
        pongs.see(each)
    shown = render(Batch(PINGS[1].at, "in", [row for row in PINGS[1].rows if row[0] == PONG]))
    assert "rtt" in shown
    # A ping of theirs, and a pong of ours, take no time.
    assert "rtt" not in render(PINGS[3]) + render(PINGS[4]) + render(PINGS[2])


def test_another_connection_answers_no_ping_of_the_last() -> None:
    pongs = PongTimes()
    pongs.see(PINGS[0])
    pongs.see(batch(1.1, "in", (HANDSHAKE_TYPE, HANDSHAKE, 0)))
    pongs.see(PINGS[1])
    assert [pongs.of(event) for event in PINGS[1]] == [None, None]


def test_memory_is_bounded() -> None:
    pongs = PongTimes()
    for number in range(REMEMBERED + 10):
        for direction, type, mono in (("out", PING, number), ("in", PONG, number + 0.5)):
            pongs.see(batch(mono, direction, (type, b"%d" % number, 0)))  # type: ignore[arg-type]
    first, last = (batch(number + 0.5, "in", (PONG, b"%d" % number, 0)) for number in (0, REMEMBERED + 9))
    assert [pongs.of(event) for each in (first, last) for event in each] == [None, 0.5]
    assert pongs.of(Event(AT, "in", Gap(1.0, 1, 1006), 0)) is None
