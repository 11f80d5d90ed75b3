"""Autopsies: what is told of an end, and what is guessed, from when things happened. No end in good order is noise."""

from typing import Any

import pytest

from tests.common_events import HANDSHAKE
from wsinspect.autopsy import IDLE, LARGE, LIFETIMES, autopsy, guess
from wsinspect.close_codes import PLAIN_TONGUE
from wsinspect.errors import Exit
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    FRAME,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Frame,
    Moment,
    Row,
)
from wsinspect.timeline import LATELY_S, Sent, Timeline

OPENED = 1000.0
LOST = Closed("nobody", False, 1006, "", None, "the server ended the TCP connection", Exit.LOST)
FRAME_ROW: Row = (FRAME, Frame(True, 0, 1, None, 2, b"a", None, 0), 3)
ENDS: dict[str, tuple[Direction, Row]] = {
    "lost": ("in", (CLOSED, LOST, 0)),
    "close": ("in", (CLOSE, b"\x03\xe8", 4)),
    "closing": ("out", (CLOSING, b"\x03\xe8", 8)),
    "error": ("in", (ERROR, None, 0)),
}

Happening = tuple[float, Direction, int, int]
"""Seconds after opening, the way, the type of a row, and the size of its payload."""


def batch(seconds: float, direction: Direction, *rows: Row) -> Batch:
    data = [row for row in rows if row[0] in (TEXT, BINARY)]
    return Batch(
        Moment(0.0, OPENED + seconds),
        direction,
        list(rows),
        messages=len(data),
        payload=sum(len(row[1]) for row in data),
        uniform=len(data) == len(rows),
    )


def timeline(end: float, *happenings: Happening, how: str = "lost") -> Timeline:
    made = Timeline(OPENED)
    for seconds, direction, type, size in happenings:
        made.see(batch(seconds, direction, (type, b"a" * size, size + 2)))
    made.see(batch(end, ENDS[how][0], ENDS[how][1]))
    return made


def by_peer(code: int, sent: int | None = None, *, clean: bool = True) -> Closed:
    exit = Exit.OK if code in (1000, 1001, 1005) else Exit.CLOSED_BADLY
    return Closed("peer", clean, code, "", code if sent is None else sent, "", exit)


def guessed(closed: Closed, end: float, *happenings: Happening, handshake: Any = HANDSHAKE) -> str:
    return guess(closed, timeline(end, *happenings), handshake)


# --- the timeline ----------------------------------------------------------------------------------------------------


def test_what_went_last_each_way() -> None:
    seen = timeline(
        100, (1, "in", TEXT, 5), (2, "out", BINARY, 6), (3, "in", PING, 1), (3, "out", PONG, 1), (50, "in", TEXT, 7)
    )
    assert seen.over == OPENED + 100
    assert (seen.since(seen.last_data["in"]), seen.since(seen.last_data["out"])) == (50, 98)
    assert (seen.since(seen.last_ping["in"]), seen.since(seen.last_ping["out"])) == (97, None)
    assert seen.last_pong == {"in": None, "out": OPENED + 3}
    assert (seen.quiet("in", "out"), seen.quiet("in"), seen.quiet("out")) == (50, 50, 97)
    assert seen.uptime == 100


def test_without_a_frame_it_is_quiet_since_the_opening() -> None:
    seen = timeline(60)
    assert seen.quiet("in", "out") == seen.quiet("out") == seen.uptime == 60
    assert seen.since(None) is None
    empty = Timeline(OPENED)
    empty.see(batch(3, "in"))
    assert (empty.uptime, empty.over) == (0, None)


@pytest.mark.parametrize("how", ENDS)
def test_the_first_sign_of_the_end_ends_it(how: str) -> None:
    seen = timeline(10, (1, "in", TEXT, 5), how=how)
    for row in ((TEXT, b"late", 6), (PING, b"", 2), (CLOSED, LOST, 0)):
        seen.see(batch(20, "in", row))
    assert seen.over == OPENED + 10
    assert seen.last_data["in"] == OPENED + 1


def test_data_in_the_chunk_of_the_close_counts_and_what_follows_does_not() -> None:
    seen = Timeline(OPENED)
    seen.see(batch(5, "in", (TEXT, b"a", 3), FRAME_ROW, (CLOSE, b"", 2), (PING, b"", 2)))
    assert (seen.last_data["in"], seen.over, seen.last_ping["in"]) == (OPENED + 5, OPENED + 5, None)
    assert seen.last_frame["in"] == OPENED + 5


def test_the_largest_message_is_that_of_late() -> None:
    seen = Timeline(OPENED)
    seen.see(batch(1, "out", (TEXT, b"a" * 500, 0), (BINARY, b"a" * 900, 0), (TEXT, b"a" * 3, 0)))
    assert (seen.largest_sent, seen.last_sent) == (Sent(BINARY, 900, OPENED + 1), Sent(TEXT, 3, OPENED + 1))
    seen.see(batch(2, "out", (TEXT, b"a" * 600, 0), (TEXT, b"a" * 600, 0)))
    assert seen.largest_sent == Sent(BINARY, 900, OPENED + 1)
    seen.see(batch(1 + LATELY_S + 0.1, "out", (PONG, b"", 0), (TEXT, b"a" * 7, 0)))
    assert seen.largest_sent == seen.last_sent == Sent(TEXT, 7, OPENED + 1 + LATELY_S + 0.1)
    seen.see(batch(8, "in", (TEXT, b"a" * 10_000, 0)))
    assert seen.largest_sent.size == 7


class Untouchable(list[Any]):
    """Rows that may be counted, but not looked at."""

    def __iter__(self) -> Any:
        raise AssertionError("the rows of a uniform batch were looked at")

    __reversed__ = __getitem__ = __iter__


def test_a_batch_of_received_data_costs_nothing_by_the_row() -> None:
    seen = Timeline(OPENED)
    rows = Untouchable([(TEXT, b"a", 3)])
    seen.see(Batch(Moment(0.0, OPENED + 1), "in", rows, messages=1, payload=1, uniform=True))
    assert seen.last_data["in"] == seen.last_frame["in"] == OPENED + 1


# --- guesses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", IDLE, ids=lambda limit: f"{limit.seconds:g}s")
@pytest.mark.parametrize("off", [0.0, 0.3, -0.9])
def test_idle_timeouts(limit: Any, off: float) -> None:
    end = 7 + limit.seconds + off
    said = guessed(LOST, end, (3, "out", TEXT, 4), (7, "in", TEXT, 5))
    assert said == (
        f"{limit.seconds + off:,.1f} s after the last frame: looks like an idle timeout of a proxy or the server "
        f"({limit.whose})"
    )
    for code in (1000, 1001, 1005, 1008, 1011, 4000):
        assert guessed(by_peer(code), end, (3, "out", TEXT, 4), (7, "in", TEXT, 5)) == said


@pytest.mark.parametrize("limit", LIFETIMES, ids=lambda limit: f"{limit.seconds:g}s")
def test_lifetimes(limit: Any) -> None:
    busy: list[Happening] = [(limit.seconds - 3, "in", TEXT, 5), (limit.seconds - 2, "out", TEXT, 5)]
    assert guessed(by_peer(1001), limit.seconds + 0.2, *busy) == (
        f"open for {limit.seconds + 0.2:,.1f} s: looks like the longest that is allowed ({limit.whose})"
    )


def test_idle_in_one_direction_alone() -> None:
    busy: list[Happening] = [(5, "in", TEXT, 1), *[(float(at), "out", TEXT, 1) for at in range(6, 64)]]
    assert guessed(LOST, 65.1, *busy).startswith("60.1 s after the server's last frame: looks like an idle timeout")
    busy = [(5, "out", TEXT, 1), *[(float(at), "in", TEXT, 1) for at in range(6, 64)]]
    assert guessed(LOST, 65.1, *busy).startswith("60.1 s after our last frame: looks like an idle timeout")
    busy = [(float(at), "in", TEXT, 1) for at in range(1, 59)]
    assert guessed(LOST, 60, *busy) == ""
    assert guessed(LOST, 60.2).startswith("60.2 s after the handshake, without a frame: looks like an idle timeout")


@pytest.mark.parametrize("end", [5.0, 29 - 0.1, 45.0, 58.9, 61.1, 98.0, 102.0, 400.0, 7000.0, 80000.0])
def test_numbers_that_say_nothing(end: float) -> None:
    assert guessed(LOST, end, (0.0, "in", TEXT, 1)) == ""


@pytest.mark.parametrize("code", [1002, 1003, 1007, 1009, 1012, 1013, 1014, 3000, 3003])
def test_codes_that_speak_for_themselves_are_no_timeout(code: int) -> None:
    assert guessed(by_peer(code), 67.0, (7, "in", TEXT, 1)) == ""


def test_a_ping_that_was_not_answered() -> None:
    pings: list[Happening] = [(5, "in", PING, 0), (5, "out", PONG, 0), (40, "in", PING, 0)]
    assert guessed(by_peer(1011), 60.0, *pings) == "20.0 s after a ping that we did not answer: it was waited for"
    assert "ping" not in guessed(by_peer(1011), 60.0, *pings, (40.1, "out", PONG, 0))
    assert "ping" not in guessed(by_peer(1011), 40.5, *pings)


@pytest.mark.parametrize("code", [1008, 3000, 3003, 4401, 4403])
def test_refused_right_after_the_handshake(code: int) -> None:
    said = guessed(by_peer(code), 0.25, handshake=HANDSHAKE._replace(request=[("Host", "a"), ("X-Api-Key", "s3cret")]))
    assert said == "250 ms after the handshake: looks like missing or wrong credentials (sent were: X-Api-Key)"
    said = guessed(by_peer(code), 0.25, handshake=HANDSHAKE._replace(request=[("Host", "a")]))
    assert said.endswith("(no credentials were sent in a header)")
    assert "credentials" not in guessed(by_peer(code), 3.0)


def test_too_large() -> None:
    large: Happening = (5, "out", BINARY, LARGE * 8)
    assert guessed(by_peer(1009), 5.2, large) == "the largest message that we sent of late had 131.1 kB"
    assert guessed(by_peer(1009), 5.2, (5, "in", TEXT, 9)) == ""
    assert guessed(LOST, 5.2, large) == (
        "200 ms after our message of 131.1 kB: looks like a limit in size of the server or a proxy"
    )
    assert guessed(LOST, 8.0, large) == ""
    assert guessed(LOST, 5.2, (5, "out", TEXT, LARGE - 1)) == ""


@pytest.mark.parametrize("code", [1002, 1003, 1007])
def test_our_fault(code: int) -> None:
    said = guessed(by_peer(code), 5.1, (1, "out", TEXT, 99), (5, "out", BINARY, 12), (5.05, "in", TEXT, 9))
    assert said == "100 ms after the last message that we sent: BINARY of 12 B"
    assert guessed(by_peer(code), 5.1, (1, "in", TEXT, 99)) == ""


def test_dropped_before_any_frame() -> None:
    assert guessed(LOST, 0.1).startswith("100 ms after the upgrade, before any frame of the server: looks like a proxy")
    assert guessed(LOST, 0.1, (0.05, "out", TEXT, 3)).startswith("100 ms after the upgrade")
    assert guessed(LOST, 0.1, (0.05, "in", TEXT, 3)) == guessed(LOST, 1.5) == ""


def test_of_a_message_that_did_not_end_the_bytes_count() -> None:
    seen = Timeline(OPENED)
    for seconds in (0.05, 59.0):
        seen.see(Batch(Moment(0.0, OPENED + seconds), "in", [], wire=5, uniform=True))
    seen.see(batch(60.0, *ENDS["lost"]))
    assert autopsy(LOST, seen, HANDSHAKE, PLAIN_TONGUE) == ["no whole message went either way"]


def test_what_came_and_was_faulty_is_not_nothing() -> None:
    broke = Closed("us", False, 1006, "", 1002, "the server masked a frame", Exit.VIOLATION)
    assert autopsy(broke, timeline(0.1, how="error"), HANDSHAKE, PLAIN_TONGUE) == ["no whole message went either way"]


def test_of_our_own_end_nothing_is_guessed() -> None:
    for closed in (
        Closed("us", True, 1000, "", 1000, "", Exit.OK),
        Closed("us", False, 1006, "", 1000, "", Exit.OK),
        Closed("us", False, 1006, "", 1002, "opcode 0x3 is reserved", Exit.VIOLATION),
    ):
        assert guessed(closed, 60.0) == ""


# --- all of it -------------------------------------------------------------------------------------------------------


def found(closed: Closed, end: float, *happenings: Happening) -> list[str]:
    return autopsy(closed, timeline(end, *happenings), HANDSHAKE, PLAIN_TONGUE)


@pytest.mark.parametrize(
    "closed",
    [
        by_peer(1000),
        by_peer(1005),
        by_peer(1001, 1000),
        Closed("us", True, 1000, "", 1000, "", Exit.OK),
        Closed("us", True, 1005, "", 1000, "", Exit.OK),
        Closed("us", True, 1000, "", 1000, "", Exit.SIGINT),
        Closed("us", True, 1000, "", 1000, "--max-time of 5 s is over", Exit.TIMEOUT),
    ],
)
def test_an_ordinary_end_says_nothing_more(closed: Closed) -> None:
    assert found(closed, 12.0, (1, "in", TEXT, 5), (3, "in", PING, 0), (3, "out", PONG, 0)) == []


def test_a_lost_connection() -> None:
    happenings: list[Happening] = [
        (3, "out", TEXT, 4), (30, "in", PING, 0), (30, "out", PONG, 0), (40, "out", PING, 0), (65, "in", TEXT, 5),
    ]  # fmt: skip
    assert found(LOST, 125.2, *happenings) == [
        "last data ↓ 60.2 s, ↑ 2 min 2 s before the end · last ping ↓ 95.2 s, ↑ 85.2 s before it, ours unanswered",
        "60.2 s after the last frame: looks like an idle timeout of a proxy or the server "
        "(nginx, Apache, AWS ALB, Cowboy: 60 s)",
    ]
    assert found(LOST, 12.0, (3, "in", PING, 0), (3, "out", PONG, 0)) == [
        "no data went either way · last ping ↓ 9.0 s before it"
    ]


def test_codes_that_differ() -> None:
    assert found(by_peer(1008, 1000), 12.0, (11, "in", TEXT, 1)) == [
        "the codes differ: the server said 1008 POLICY_VIOLATION, we answered 1000 OK",
        "last data ↓ 1.0 s before the end",
    ]
    assert found(Closed("us", True, 1011, "", 1000, "", Exit.OK), 12.0) == [
        "the codes differ: we said 1000 OK, the server answered 1011 INTERNAL_ERROR"
    ]
    assert found(Closed("us", True, 1005, "", 1009, "", Exit.TOO_BIG), 12.0) == [
        "the codes differ: we said 1009 MESSAGE_TOO_BIG, the server answered no code"
    ]


def test_an_answer_that_did_not_leave() -> None:
    closed = Closed("peer", False, 1011, "", None, "", Exit.CLOSED_BADLY)
    assert found(closed, 2.5, (2, "in", TEXT, 1)) == [
        "our answer to the close did not leave",
        "last data ↓ 500 ms before the end",
    ]


def test_a_good_end_after_a_round_time_is_told() -> None:
    assert found(by_peer(1001), 62.1, (2, "in", TEXT, 1)) == [
        "60.1 s after the last frame: looks like an idle timeout of a proxy or the server "
        "(nginx, Apache, AWS ALB, Cowboy: 60 s)"
    ]
