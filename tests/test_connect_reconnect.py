"""Staying connected, over real sockets: servers that come and go, and the gap that is shown."""

import json
import signal
from collections.abc import Callable, Iterator

from tests.servers import Peer, Step, answer, close, ended, open_, run, serving, start, text

QUICK = ("--retry-max-delay", "50ms", "-n")


def in_turn(*steps: Callable[[Peer], object]) -> Callable[[Peer], object]:
    """Return a step that does one thing for each connection that comes."""
    turns: Iterator[Callable[[Peer], object]] = iter(steps)

    def step(peer: Peer) -> object:
        return next(turns)(peer)

    return step


def closing(code: int, *before: bytes) -> Callable[[Peer], object]:
    def step(peer: Peer) -> None:
        peer.open()
        peer.send(b"".join(before) + close(code))

    return step


def losing(peer: Peer) -> None:
    peer.open()
    peer.sock.close()


def refusing(status: str, *headers: str) -> Callable[[Peer], object]:
    def step(peer: Peer) -> None:
        peer.ask()
        peer.send(answer(status, b"", *headers))

    return step


def types(out: str) -> list[str]:
    return [json.loads(line)["type"] for line in out.splitlines()]


def test_it_comes_back_and_shows_the_gap() -> None:
    steps: Step = in_turn(closing(1011, text("one")), losing, closing(1000, text("two")))
    with serving(steps) as served:
        ran = run("connect", served.url, "--reconnect", "-f", "ndjson", *QUICK)
    assert ran.exit == 0
    kinds = types(ran.out)
    assert kinds == [
        *("HANDSHAKE", "TEXT", "CLOSE", "CLOSING", "CLOSED"),
        *("GAP", "HANDSHAKE", "CLOSED"),
        *("GAP", "HANDSHAKE", "TEXT", "CLOSE", "CLOSING", "CLOSED"),
    ]
    gaps = [json.loads(line) for line in ran.out.splitlines() if '"GAP"' in line]
    assert [(gap["code"], gap["attempts"]) for gap in gaps] == [(1011, 1), (1006, 1)]
    assert all(gap["seconds"] > 0 for gap in gaps)
    assert "not connecting again: closed with 1000 OK" in ran.err


def test_the_gap_is_a_line_in_plain() -> None:
    with serving(in_turn(closing(1011), closing(1000))) as served:
        ran = run("connect", served.url, "--reconnect", *QUICK)
    assert "✕ GAP" in ran.out
    assert "without a connection, 1 attempt" in ran.out


def test_without_being_asked_it_stays_away() -> None:
    with serving(in_turn(closing(1011), closing(1000))) as served:
        assert run("connect", served.url, "-n").exit == 6


def test_a_code_that_would_end_the_same_way_stops() -> None:
    with serving(in_turn(closing(1008))) as served:
        ran = run("connect", served.url, "--reconnect", *QUICK)
    assert ran.exit == 6
    assert "closed with 1008 POLICY_VIOLATION: the same would end the same way" in ran.err


def test_tries_are_counted_and_the_last_error_is_told_once() -> None:
    with serving(refusing("503 Busy")) as served:
        ran = run("connect", served.url, "--retries", "2", "-f", "ndjson", *QUICK)
    assert ran.exit == 5
    assert ran.err.count("connecting again in") == 2
    assert ran.err.count("error: the server answered 503 Busy") == 1
    assert types(ran.out) == ["HANDSHAKE", "CLOSED"]


def test_what_a_try_ended_with_is_told_without_secrets_unless_they_are_asked_for() -> None:
    for given, shown in (((), "***"), (("--show-secrets",), "hunter_2")):
        with serving(in_turn(refusing("503 Bearer hunter_2"), closing(1000))) as served:
            ran = run("connect", served.url, "--reconnect", *QUICK, *given)
        assert f"● the server answered 503 Bearer {shown} instead" in ran.err, ran.err


def test_retry_after_is_obeyed() -> None:
    steps = in_turn(refusing("429 Slow", "Retry-After: 0"), refusing("503 Busy", "Retry-After: 3600"))
    with serving(steps) as served:
        ran = run("connect", served.url, "--reconnect", *QUICK)
    assert ran.exit == 5
    assert "the server says when (Retry-After)" in ran.err
    assert "asks to wait 60 min 0 s, longer than --retry-max-delay allows" in ran.err


def test_counting_goes_on_over_connections() -> None:
    steps = in_turn(closing(1011, text("one")), closing(1011, text("two")), closing(1011, text("three"), text("four")))
    with serving(steps) as served:
        ran = run("connect", served.url, "--reconnect", "--count", "3", "--raw", *QUICK)
    assert ran.exit == 0
    assert ran.out == "one\ntwo\nthree\n"


def test_a_signal_ends_the_wait() -> None:
    with serving(in_turn(closing(1012))) as served:
        process = start("connect", served.url, "--reconnect", "-n")
        assert process.stderr is not None
        while b"connecting again" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        assert ended(process).exit == 130


def test_a_limit_in_time_holds_for_all_of_it() -> None:
    with serving(in_turn(closing(1012))) as served:
        ran = run("connect", served.url, "--reconnect", "-n", "--max-time", "300ms")
    assert ran.exit == 9
    assert "--max-time of 0.3 s is over" in ran.err


def test_time_that_is_up_while_waiting_is_no_error() -> None:
    with serving(in_turn(closing(1012, text("one")))) as served:
        assert run("connect", served.url, "--reconnect", "-n", "--for", "300ms").exit == 0


def test_nobody_there_yet() -> None:
    # A port that was free a moment ago.
    with serving(open_) as served:
        url = served.url
    ran = run("connect", url, "--retries", "1", *QUICK)
    assert ran.exit == 3
    assert ran.err.count("refused the connection") == 2


def test_time_that_is_up_between_two_connections_makes_no_count_good() -> None:
    with serving(closing(1012, text("one"))) as served:
        enough = ("--count", "2"), ("--until", "two"), ("--on-connect", "/wait two")
        rans = [run("connect", served.url, "--reconnect", "-n", "--for", "500ms", *what) for what in enough]
    assert [ran.exit for ran in rans] == [1, 1, 1]
    assert "2 messages were wanted, but 1 of them did not come" in rans[0].err
    assert "no message matched `two`" in rans[1].err
    assert "the connection ended before a message matched `two`" in rans[2].err


def test_output_that_is_lost_at_the_last_moment_is_told() -> None:
    with serving(closing(1000, text("one"))) as served, open("/dev/full", "wb") as full:
        ran = run("connect", served.url, "--reconnect", *QUICK, stdout=full)
    assert ran.exit == 11
    assert "cannot write the output" in ran.err
