"""Keepalive and round trips: the machines by rows of time, then pings and pongs on real sockets."""

import itertools
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import Peer, close, command, ended, environment, open_, ping, ran_on, run, serving, text, together
from wsinspect.events import Direction
from wsinspect.keepalive import LONGEST_TABLE, PREFIX, Keepalive
from wsinspect.roundtrips import RoundTrips
from wsinspect.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, write_frame

# Round trips.

OUT, IN = "out", "in"
Row = tuple[Direction, int, bytes, float]


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        ([(OUT, PING, b"a", 1.0), (IN, PONG, b"a", 1.5)], [None, 0.5]),
        ([(OUT, PING, b"", 1.0), (IN, PONG, b"", 1.25), (IN, PONG, b"", 2.0)], [None, 0.25, None]),
        # A later pong answers earlier pings as well; theirs come too late.
        (
            [(OUT, PING, b"a", 1), (OUT, PING, b"b", 2), (IN, PONG, b"b", 4), (IN, PONG, b"a", 5)],
            [None, None, 2, None],
        ),
        ([(OUT, PING, b"a", 1), (OUT, PING, b"b", 2), (IN, PONG, b"a", 4), (IN, PONG, b"b", 5)], [None, None, 3, 3]),
        # Of two pings alike it is the later one.
        ([(OUT, PING, b"a", 1), (OUT, PING, b"b", 2), (OUT, PING, b"a", 3), (IN, PONG, b"a", 4)], [None] * 3 + [1]),
        ([(IN, PONG, b"a", 1), (OUT, PONG, b"a", 2), (IN, PING, b"a", 3), (IN, PONG, b"a", 4)], [None] * 4),
        ([(OUT, TEXT, b"a", 1), (IN, BINARY, b"a", 2), (IN, PONG, b"a", 4)], [None] * 3),
    ],
)
def test_round_trips(rows: list[Row], seconds: list[float | None]) -> None:
    trips = RoundTrips()
    assert [trips.seen(*row) for row in rows] == seconds


def test_pings_that_nobody_answers_are_forgotten() -> None:
    trips = RoundTrips()
    for number in range(5000):
        trips.seen(OUT, PING, b"%d" % number, float(number))
    assert trips.unanswered == 1000
    assert trips.seen(IN, PONG, b"3999", 6000.0) is None
    assert trips.seen(IN, PONG, b"4000", 6000.0) == 2000.0
    assert trips.unanswered == 999


# The machine of keepalive.


class Loop:
    """Asks a machine again when it wants to be asked, on a clock of its own; ``answers`` tells what a peer does.

    A ping is followed by its pong after so many seconds, or never.
    """

    def __init__(self, machine: Keepalive, answers: Callable[[int], float | None] = lambda number: None) -> None:
        self.machine = machine
        self.now = self.paused_s = 0.0
        self.sent: list[float] = []
        self.ended: float | None = None
        self._answers = answers
        self._pongs: list[tuple[float, bytes]] = []

    def run(self, until: float, *, paused: bool = False) -> "Loop":
        while self.now < until and self.ended is None:
            payload = self.machine.ping(self.now, self.paused_s)
            if self.machine.overdue:
                self.ended = self.now
                break
            if payload is not None:
                self.sent.append(self.now)
                delay = self._answers(len(self.sent))
                if delay is not None:
                    self._pongs.append((self.now + delay, payload))
            waking = min(self.now + self.machine.rest_s(self.now), until)
            assert waking > self.now or payload is not None
            if not paused:
                for at, pong in sorted(self._pongs):
                    if at <= waking:
                        self._pongs.remove((at, pong))
                        self.machine.ponged(pong)
            self.paused_s += waking - self.now if paused else 0.0
            self.now = waking
        return self


def test_pings_by_the_clock() -> None:
    loop = Loop(Keepalive(10, 20, 0.0), answers=lambda number: 0.1).run(45)
    assert loop.sent == [10, 20, 30, 40]
    assert loop.ended is None


@pytest.mark.parametrize(("interval_s", "timeout_s", "ended"), [(10, 20, 30), (10, 5, 15), (1, 0.5, 1.5), (60, 20, 80)])
def test_a_peer_that_never_pongs(interval_s: float, timeout_s: float, ended: float) -> None:
    loop = Loop(Keepalive(interval_s, timeout_s, 0.0)).run(1000)
    assert loop.ended == pytest.approx(ended, abs=0.06)


def test_without_a_timeout() -> None:
    loop = Loop(Keepalive(1, float("inf"), 0.0)).run(3000)
    assert len(loop.sent) == 2999
    assert loop.ended is None
    loop.machine.ponged(PREFIX + b"2999")
    assert not loop.machine._waiting


def test_a_later_pong_answers_earlier_pings() -> None:
    loop = Loop(Keepalive(10, 25, 0.0), answers=lambda number: 1 if number % 3 == 0 else None).run(200)
    assert loop.ended is None


def test_one_pong_that_is_missing() -> None:
    loop = Loop(Keepalive(10, 15, 0.0), answers=lambda number: 1 if number < 3 else None).run(200)
    assert loop.ended == pytest.approx(45, abs=0.06)


def test_the_deadline_rests_while_nothing_is_read() -> None:
    """The pong may lie unread; pings go on, for they keep the connection open."""
    machine = Keepalive(10, 20, 0.0)
    loop = Loop(machine, answers=lambda number: 1).run(10.5)
    loop.run(1000, paused=True)
    assert len(loop.sent) == 99
    # Once reading goes on, the time that is left goes on as well.
    loop._pongs.clear()
    loop._answers = lambda number: None
    loop.run(2000)
    assert loop.ended == pytest.approx(1019.5, abs=0.06)


def test_a_program_that_was_stopped() -> None:
    """Time in which we did not run at all is no time in which a pong was missing."""
    machine = Keepalive(10, 20, 0.0)
    loop = Loop(machine).run(15)
    loop.now = 3600.0
    loop.run(3600.1)
    assert loop.ended is None
    assert len(loop.sent) == 2, "what was missed is not made up for"
    loop.run(4000)
    assert loop.ended == pytest.approx(3609.5, abs=0.06)


def test_what_is_no_pong_of_ours() -> None:
    machine = Keepalive(1, 20, 0.0)
    assert machine.ping(1.0, 0.0) == PREFIX + b"1"
    for payload in (b"", b"1", PREFIX, PREFIX + b"2", PREFIX + b"-1", PREFIX + b"1 ", PREFIX + "²".encode(), b"\xff"):
        machine.ponged(payload)
    assert machine._waiting
    machine.ponged(PREFIX + b"1")
    assert not machine._waiting


def test_more_pings_than_the_table_holds() -> None:
    loop = Loop(Keepalive(0.01, 20, 0.0)).run(100)
    assert loop.ended == pytest.approx(20.01, abs=0.06)
    assert len(loop.sent) > LONGEST_TABLE


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.booleans())), st.floats(0.01, 50), st.floats(0.01, 50)
)
def test_whatever_the_clocks_say(steps: list[tuple[float, float, bool]], interval_s: float, timeout_s: float) -> None:
    """Asking early, late or in a pause never raises, and time never runs backwards."""
    machine = Keepalive(interval_s, timeout_s, 0.0)
    now = paused = 0.0
    for forward, pause, ponged in steps:
        before = machine._reading_s
        now += forward
        paused += min(pause, forward)
        payload = machine.ping(now, paused)
        assert machine._reading_s >= before
        assert machine.rest_s(now) >= 0
        if ponged and payload is not None:
            machine.ponged(payload)
            assert not machine.overdue


# On sockets.


def pongs_to(peer: Peer) -> None:
    """Step: answer each ping, to the close."""
    while (frame := peer.frame()) is not None and frame[0] != CLOSE:
        if frame[0] == PING:
            peer.send(write_frame(frame[1], PONG))
    if not peer.gone:
        peer.send(write_frame(peer.received[-1][1], CLOSE))


def test_keepalive_with_a_server_that_answers() -> None:
    with serving(open_, pongs_to) as served:
        ran = run("connect", served.url, "-n", "--ping-interval", "50ms", "--ping-timeout", "1.5s", "--for", "2.2s")
    assert ran.exit == 0
    pings = [payload for opcode, payload in served.received() if opcode == PING]
    assert pings == [PREFIX + b"%d" % number for number in range(1, len(pings) + 1)]
    assert len(pings) >= 2
    assert ran.out.count("↑ PING") == len(pings)
    assert "rtt" in ran.out


def test_keepalive_with_a_server_that_never_answers() -> None:
    def case(arguments: tuple[str, ...]) -> tuple[int, str, list[tuple[int, bytes]]]:
        with serving(open_, text("hi"), Peer.answer_close) as served:
            ran = run("connect", served.url, "-n", *arguments)
        return ran.exit, ran.err, served.received()

    for exit, err, frames in together(
        case,
        [
            ("--ping-interval", "100ms", "--ping-timeout", "300ms"),
            ("--ping-interval", "100ms", "--ping-timeout", "300ms", "-q"),
        ],
    ):
        assert exit == 9
        assert "no pong came within 0.3 s (see --ping-timeout)" in err
        assert frames[0] == (PING, PREFIX + b"1")
        assert frames[-1] == (CLOSE, (1011).to_bytes(2, "big") + b"no pong came within 0.3 s")


def test_other_pongs_do_not_count() -> None:
    def misses(peer: Peer) -> None:
        while not peer.received or peer.received[-1][0] != CLOSE:
            peer.send(write_frame(b"wsinspect", PONG) + text("busy"))
            peer.listen(0.02)
        peer.send(close(1011))

    ran = ran_on([open_, misses], "-n", "--ping-interval", "50ms", "--ping-timeout", "400ms")
    assert ran.exit == 9


def test_a_pong_that_lies_unread_while_the_output_stands_still() -> None:
    """It was sent in time, behind more than we take: its deadline rests with us."""
    flood = binary_flood()

    def late(peer: Peer) -> None:
        frame = peer.frame()
        assert frame is not None
        assert frame[0] == PING
        peer.send(flood + write_frame(frame[1], PONG) + text("last"))
        pongs_to(peer)

    with serving(open_, late) as served:
        process = subprocess.Popen(
            command("connect", served.url, "-n", "-r", "--ping-interval", "200ms", "--ping-timeout", "1s", "-c", "81"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        # Nothing is read for far longer than a pong may be missing.
        time.sleep(2.5)
        assert process.poll() is None
        ran = ended(process)
    assert "no pong" not in ran.err
    assert ran.exit == 0, ran.err
    assert ran.out.endswith("last\n")


def binary_flood() -> bytes:
    return write_frame(b"x" * 65_535, BINARY) * 80


def test_a_peer_that_reads_nothing_is_noticed_all_the_same() -> None:
    """Our pings stand behind what it does not take, and the deadline does not wait for them."""
    reader, writer = os.pipe()
    with serving(open_, Peer.keep) as served, open(writer, "wb", closefd=True) as file:
        process = subprocess.Popen(
            command("connect", served.url, "-r", "--ping-interval", "100ms", "--ping-timeout", "500ms"),
            stdin=reader,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        os.close(reader)

        def feed() -> None:
            try:
                for _ in itertools.repeat(None):
                    file.write(b"x" * 65_535 + b"\n")
            except OSError:
                pass

        feeding = threading.Thread(target=feed, daemon=True)
        feeding.start()
        ran = ended(process)
        feeding.join(5)
    assert ran.exit == 9
    assert "no pong came within 0.5 s" in ran.err


def test_without_keepalive_nothing_is_pinged() -> None:
    with serving(open_, Peer.answer_close) as served:
        ran = run("connect", served.url, "-n", "--for", "300ms")
    assert ran.exit == 0
    assert served.received() == [(CLOSE, b"\x03\xe8")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ping-timeout", "1s"], "--ping-timeout needs --ping-interval"),
        (["--ping-interval", "0"], "--ping-interval must be more than 0"),
        (["--ping-interval", "1s", "--ping-timeout", "0s"], "--ping-timeout must be more than 0"),
        (["--ping-interval", "inf"], "is not a time"),
    ],
)
def test_wishes_that_make_no_sense(arguments: list[str], said: str) -> None:
    ran = run("connect", ":1", *arguments)
    assert ran.exit == 2
    assert said in ran.err


# Pings of the peer.


def test_no_pong() -> None:
    """The pings are shown, and not answered; a close still is."""
    script = (open_, ping(b"a") + ping(b"b"), 0.2, ping(b"c") + close(1000), Peer.until_close)

    def case(arguments: tuple[str, ...]) -> tuple[int, str, list[tuple[int, bytes]]]:
        with serving(*script) as served:
            ran = run("connect", served.url, "-n", *arguments)
        return ran.exit, ran.out, served.received()

    silent, polite = together(case, [("--no-pong",), ()])
    assert silent[0] == polite[0] == 0
    assert silent[2] == [(CLOSE, b"\x03\xe8")]
    assert polite[2] == [(PONG, b"a"), (PONG, b"b"), (PONG, b"c"), (CLOSE, b"\x03\xe8")]
    assert silent[1].count("↓ PING") == polite[1].count("↓ PING") == 3


def test_round_trip_times_are_shown() -> None:
    def slowly(peer: Peer) -> None:
        frame = peer.frame()
        time.sleep(0.2)
        peer.send(write_frame(frame[1] if frame else b"", PONG))
        peer.answer_close()

    ran = ran_on([open_, slowly], "-n", "--send", "/ping beat", "--linger", "500ms")
    told = re.search(r"PONG .*rtt ([0-9.]+) ms", ran.out)
    assert told is not None, ran.out
    assert 200 <= float(told[1]) < 5000


def test_a_deadline_that_stands_still_just_ahead_is_not_asked_for_all_the_time() -> None:
    machine = Keepalive(10.0, 5.0, 0.0)
    assert machine.ping(10.0, 0.0) is not None
    machine.rest_s(10.0)
    # All but a moment of the five seconds was spent reading; since then reading rests.
    machine.ping(14.9999, 0.0)
    asked, now = 0, 14.9999
    while now < 19.0:
        now += machine.rest_s(now)
        machine.ping(now, now - 14.9999)
        assert not machine.overdue
        asked += 1
    assert asked < 500
