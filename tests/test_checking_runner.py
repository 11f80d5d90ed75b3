"""Checks at work, on real sockets: opened, followed and ended whatever the server does; many side by side."""

import asyncio
import base64
import gc
import json
import os
import resource
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.servers import BOUND_S, Peer, answer, close, open_, opened, ping, serving, text
from wsinspect.checking import jobs, runner
from wsinspect.checking.jobs import run_checks
from wsinspect.checking.prepared import Prepared, Running
from wsinspect.checking.recorder import Recording, make_folder, safe_name
from wsinspect.checking.runner import Run, pieces
from wsinspect.checks.judging.machine import Machine
from wsinspect.checks.plan import (
    Action,
    Check,
    Close,
    Expect,
    Expectation,
    ExpectClose,
    HandshakeWish,
    Link,
    Reject,
    Retry,
    Send,
    Step,
    Wait,
)
from wsinspect.checks.result import CheckResult, Outcome, Results, RunResult
from wsinspect.clock import now
from wsinspect.connecting import Connecting
from wsinspect.errors import Exit, InspectError
from wsinspect.events import TEXT, Batch, Moment
from wsinspect.net.inbox import Inbox
from wsinspect.open_files import room_for
from wsinspect.target import parse_target

MISSING = "ws://127.0.0.1:9/"


class Looking:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def began(self, checks: tuple[Check, ...]) -> None:
        self.seen.append(("began", len(checks)))

    def started(self, index: int) -> None:
        self.seen.append(("started", index))

    def stepped(self, index: int, done: int) -> None:
        self.seen.append(("stepped", index, done))

    def ended(self, index: int, result: CheckResult) -> None:
        self.seen.append(("ended", index, result.outcome.value))


def expectation(within_s: float = 5.0, **wanted: Any) -> Expectation:
    return Expectation(wanted, f"a message: {wanted}", within_s=within_s)


def expect(within_s: float = 5.0, **wanted: Any) -> Expect:
    return Expect((expectation(within_s, **wanted),))


def check(*actions: Action | tuple[str, Action], url: str = "", name: str = "it works", **options: Any) -> Prepared:
    """Prepare a check with these steps; ``links`` maps names to URLs, ``wish`` is that of each handshake."""
    links: dict[str, str] = options.pop("links", {"": url})
    wish: HandshakeWish = options.pop("wish", HandshakeWish())
    headers: tuple[tuple[str, str], ...] = options.pop("headers", ())
    steps = []
    for number, action in enumerate(actions, 1):
        on, doing = action if isinstance(action, tuple) and isinstance(action[0], str) else ("", action)
        steps.append(Step(number, doing, f"step {number}", on))  # type: ignore[arg-type]
    demos = {on: url.removeprefix("demo:") for on, url in links.items() if url.startswith("demo:")}
    return Prepared(
        Check(name, tuple([Link(on, url, wish=wish) for on, url in links.items()]), tuple(steps), **options),
        {
            on: Connecting(parse_target("ws://localhost/" if on in demos else url), headers=headers)
            for on, url in links.items()
        },
        demos,
    )


def ran(*prepared: Prepared, looking: Looking | None = None, **running: Any) -> Results:
    return asyncio.run(run_checks(prepared, Running(**running), now, looking or Looking()))


def once(prepared: Prepared) -> RunResult:
    return asyncio.run(Run(prepared, now).run())


def fault(result: RunResult | CheckResult) -> tuple[int, str]:
    assert result.fault is not None
    return int(result.fault.exit), result.fault.sentence


def files_open() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No socket and no file stays open behind a check."""
    before = files_open()
    yield
    if files_open() > before:
        gc.collect()
        assert files_open() <= before


def echo(peer: Peer) -> None:
    """Answer the handshake, send all back, and answer the close."""
    peer.open()
    while (frame := peer.frame()) is not None:
        opcode, payload = frame
        if opcode == 8:
            peer.send(bytes([0x88, len(payload)]) + payload)
            return
        if opcode == 1:
            peer.send(text(payload))


# One run.


def test_a_conversation() -> None:
    with serving(echo) as served:
        result = once(check(Send({"text": "hello"}), expect(text="hello"), Close(1001, "done"), url=served.url))
        assert result.fault is None
        assert [step.outcome for step in result.steps] == [Outcome.PASSED] * 3
    assert served.peers[0].received[-1] == (8, b"\x03\xe9done")


def test_what_came_before_its_step_is_seen() -> None:
    with serving(opened(glued=text("welcome")), lambda peer: peer.answer_close()) as served:
        assert once(check(expect(text="welcome"), url=served.url)).fault is None


def test_a_check_without_steps_opens_and_closes() -> None:
    with serving(open_, lambda peer: peer.answer_close()) as served:
        assert once(check(url=served.url)).fault is None
    assert served.peers[0].received == [(8, b"\x03\xe8")]


def test_two_connections() -> None:
    peers: list[Peer] = []

    def relay(peer: Peer) -> None:
        peers.append(peer)
        peer.open()
        while (frame := peer.frame()) is not None and frame[0] != 8:
            for other in peers:
                if other is not peer:
                    other.send(text(frame[1]))
        peer.send(close())

    with serving(relay) as served:
        links = {"alice": served.url, "bob": served.url}
        steps = ("alice", Send({"text": "hi"})), ("bob", expect(text="hi")), ("bob", Send({"text": "ho"}))
        result = once(check(*steps, ("alice", expect(text="ho")), links=links))
    assert result.fault is None


def test_pings_are_answered_and_a_violation_fails() -> None:
    def pinging(peer: Peer) -> None:
        peer.open(glued=ping(b"beat"))
        assert peer.frame() == (10, b"beat")
        peer.send(b"\x83\x00")
        peer.until_close()

    with serving(pinging) as served:
        result = once(check(Wait(5.0), url=served.url))
    assert fault(result)[0] == Exit.VIOLATION


@pytest.mark.parametrize(
    ("script", "exit"),
    [
        ([b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"], Exit.REFUSED),
        ([b"SSH-2.0-OpenSSH_9\r\n"], Exit.REFUSED),
        ([open_, close(1011, "oops")], Exit.UNMET),
        ([open_], Exit.UNMET),
        ([open_, lambda peer: peer.reset()], Exit.UNMET),
    ],
    ids=["refused", "no HTTP", "closed", "ended", "reset"],
)
def test_what_ends_a_check(script: Sequence[Any], exit: Exit) -> None:
    first = [] if callable(script[0]) else [lambda peer: peer.ask()]
    with serving(*first, *script) as served:
        assert fault(once(check(expect(text="never"), url=served.url)))[0] == exit


def test_nobody_is_there() -> None:
    result = once(check(Send({"text": "hello"}), url=MISSING))
    assert fault(result)[0] == Exit.UNREACHABLE
    assert [step.outcome for step in result.steps] == [Outcome.SKIPPED]


def test_to_be_refused_is_what_is_wanted() -> None:
    script = [lambda peer: peer.ask(), answer("401 Unauthorized", b"token expired")]
    with serving(*script) as served:
        wish = HandshakeWish(status=frozenset({401}), body="token expired")
        assert once(check(url=served.url, wish=wish)).fault is None
        wish = HandshakeWish(status=frozenset({401}), body="no such user")
        assert fault(once(check(url=served.url, wish=wish)))[0] == Exit.UNMET
        wish = HandshakeWish(status=frozenset({403}))
        assert fault(once(check(url=served.url, wish=wish)))[0] == Exit.UNMET


def test_a_redirect_can_be_what_is_wanted_and_is_followed_else() -> None:
    with serving(open_, lambda peer: peer.answer_close()) as there:
        script = [lambda peer: peer.ask(), answer("302 Found", b"", f"Location: {there.url}x")]
        with serving(*script) as served:
            wish = HandshakeWish(status=frozenset({302}))
            assert once(check(url=served.url, wish=wish)).fault is None
            assert not there.peers
            result = once(check(url=served.url))
            assert result.fault is None
            assert f"302 redirects to {there.url}x" in result.notes


def test_one_of_two_cannot_be_opened() -> None:
    """The other is closed politely, or its opening given up."""
    with serving(open_, lambda peer: peer.answer_close()) as served, serving(lambda peer: peer.keep()) as mute:
        links = {"a": served.url, "b": mute.url, "c": MISSING}
        began = time.monotonic()
        assert fault(once(check(links=links)))[0] == Exit.UNREACHABLE
    assert time.monotonic() - began < BOUND_S


def test_a_limit_in_time() -> None:
    with serving(open_, lambda peer: peer.answer_close()) as served:
        assert fault(once(check(expect(0.1, text="never"), url=served.url)))[0] == Exit.UNMET
        assert fault(once(check(Wait(60.0), url=served.url, timeout_s=0.1)))[0] == Exit.TIMEOUT
    with serving(lambda peer: peer.keep()) as mute:
        assert fault(once(check(url=mute.url, timeout_s=0.1)))[0] == Exit.TIMEOUT


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers that do not answer are waited for, but not for long: the whole suite would pay."""
    monkeypatch.setattr("wsinspect.net.tap.LINGER_S", 0.2)
    monkeypatch.setattr(runner, "POLITE_S", 0.4)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("reading", [True, False], ids=["reads", "reads nothing"])
def test_a_peer_that_never_ends_anything(reading: bool) -> None:
    def deaf(peer: Peer) -> None:
        peer.open()
        peer.absorb() if reading else peer.keep()

    with serving(deaf) as served:
        large = Send({"payload": bytes(8 << 20), "type": "binary"})
        result = once(check(large, expect(0.1, text="never"), url=served.url))
        assert fault(result)[0] == Exit.UNMET
        result = once(check(large, url=served.url, timeout_s=0.3))
        # Where it took all, it was sent all; that it answers nothing is no fault of the check's.
        assert (result.fault is None) is reading


def test_a_large_payload_is_sent_whole_before_the_close() -> None:
    size = 8 << 20

    def slow(peer: Peer) -> None:
        peer.open()
        time.sleep(0.1)
        peer.answer_close()

    with serving(slow) as served:
        result = once(check(Send({"payload": bytes(size), "type": "binary"}), url=served.url))
        assert result.fault is None
    assert [len(payload) for _, payload in served.peers[0].received] == [size, 2]


def flood(peer: Peer) -> None:
    """Send small messages until the client is gone; what it sends is not read."""
    peer.open()
    block = text("noise") * 20_000
    while True:
        peer.send(block)


@pytest.mark.usefixtures("impatient")
def test_a_flood_starves_nobody() -> None:
    """Deadlines are kept, and other checks go on."""
    with serving(flood) as noisy, serving(echo) as served:
        floods = [check(expect(0.5, text="never"), url=noisy.url, name="flood") for _ in range(2)]
        calm = [check(Send({"text": "x"}), expect(text="x"), url=served.url) for _ in range(10)]
        results = ran(*floods, *calm, jobs=12)
    assert [result.exit for result in results.checks] == [Exit.UNMET] * 2 + [Exit.OK] * 10
    assert all(result.seconds < BOUND_S for result in results.checks)


def test_a_batch_is_looked_at_piece_by_piece() -> None:
    rows = [(TEXT, b"12", 4)] * 600
    at = Moment(1.0, 2.0)
    parts = list(pieces(Batch(at, "in", rows, messages=600, payload=1200, wire=2400, uniform=True)))
    assert [len(piece.rows) for piece, _ in parts] == [256, 256, 88]
    assert [more for _, more in parts] == [True, True, False]
    assert sum(piece.messages for piece, _ in parts) == 600
    assert sum(piece.payload for piece, _ in parts) == 1200
    assert sum(piece.wire for piece, _ in parts) == 2400
    whole = Batch(at, "in", [])
    assert list(pieces(whole)) == [(whole, False)]


def test_what_came_before_a_deadline_is_judged_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop stands still past the deadline, while the message is there already, behind others."""
    monkeypatch.setattr(runner, "ROWS_AT_ONCE", 1)
    original = Inbox.put

    def stand_still(self: Inbox, batch: Batch) -> None:
        original(self, batch)
        if batch.direction == "in" and batch.messages:
            time.sleep(0.6)

    monkeypatch.setattr(Inbox, "put", stand_still)
    with serving(open_, text("noise") * 20 + text("in time"), lambda peer: peer.answer_close()) as served:
        assert once(check(expect(0.5, text="in time"), url=served.url)).fault is None


# A fault of ours.


def test_a_fault_of_ours_is_the_checks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    original = runner.Machine.saw

    def faulty(self: Any, on: str, batch: Batch) -> Any:
        if any(row[1] == b"trigger" for row in batch.rows):
            raise ZeroDivisionError("ours")
        return original(self, on, batch)

    monkeypatch.setattr(runner.Machine, "saw", faulty)
    with serving(echo) as served:
        bad, good = (check(Send({"text": said}), expect(text=said), url=served.url) for said in ("trigger", "fine"))
        results = ran(bad, good)
    assert fault(results.checks[0]) == (70, "internal fault: ZeroDivisionError: ours")
    assert [result.outcome for result in results.checks] == [Outcome.ERROR, Outcome.PASSED]
    assert results.exit == Exit.INTERNAL


def test_a_machine_that_cannot_even_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def unmade(*_: Any, **__: Any) -> None:
        raise InspectError("no variable is called `X`", hint="set it")

    monkeypatch.setattr(runner, "Machine", unmade)
    (result,) = ran(check(Wait(1.0), url=MISSING)).checks
    assert fault(result) == (2, "no variable is called `X`")
    assert result.fault is not None
    assert result.fault.hint == "set it"
    assert result.outcome is Outcome.ERROR


def test_a_fault_in_a_callback_belongs_to_no_check() -> None:
    def faulty() -> None:
        raise ZeroDivisionError("stray")

    class Calling(Looking):
        def started(self, index: int) -> None:
            asyncio.get_running_loop().call_soon(faulty)

    results = ran(check(url="demo:echo"), looking=Calling())
    assert results.checks[0].outcome is Outcome.PASSED
    assert (results.exit, results.notes) == (Exit.INTERNAL, ("internal fault: ZeroDivisionError: stray",))


def test_steps_can_be_added_while_it_runs() -> None:
    async def talk() -> tuple[list[Any], RunResult]:
        with serving(echo) as served:
            prepared = check(url=served.url)
            machine = Machine(prepared.check, now().mono, open_ended=True)
            run = Run(prepared, now, machine=machine)
            running = asyncio.create_task(run.run())
            await run.until(lambda: machine.idle)
            machine.add(Step(1, Send({"text": "hello"}), "send"))
            machine.add(Step(2, expect(text="hello"), "expect"))
            run.advance()
            await run.until(lambda: machine.idle)
            matches = machine.last_matches
            machine.finish()
            run.advance()
            return matches, await running

    matches, result = asyncio.run(talk())
    assert [match[:2] for match in matches] == [(TEXT, b"hello")]
    assert (result.fault, len(result.steps)) == (None, 2)


# Many.


def test_results_stand_in_order_and_the_watcher_sees_all() -> None:
    looking = Looking()
    waits = [check(Wait(0.3 - 0.1 * number), url="demo:echo", name=str(number)) for number in range(3)]
    results = ran(*waits, looking=looking)
    assert [result.name for result in results.checks] == ["0", "1", "2"]
    assert results.exit == Exit.OK
    assert looking.seen[0] == ("began", 3)
    assert sorted(seen for seen in looking.seen if seen[0] == "ended") == [("ended", n, "passed") for n in range(3)]
    assert [seen[1] for seen in looking.seen if seen[0] == "ended"] == [2, 1, 0]
    for number in range(3):
        assert looking.seen.index(("started", number)) < looking.seen.index(("stepped", number, 1))


def test_no_more_than_so_many_at_once() -> None:
    lock, now_open, most = threading.Lock(), 0, 0

    def counting(peer: Peer) -> None:
        nonlocal now_open, most
        with lock:
            now_open += 1
            most = max(most, now_open)
        peer.open()
        time.sleep(0.05)
        with lock:
            now_open -= 1
        peer.answer_close()

    with serving(counting) as served:
        assert ran(*[check(Wait(0.05), url=served.url) for _ in range(9)], jobs=3).exit == Exit.OK
    assert most <= 3


def test_few_open_in_the_same_moment_and_time_runs_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "OPENING_AT_ONCE", 1)
    lock, opening, most = threading.Lock(), 0, 0

    def slow(peer: Peer) -> None:
        nonlocal opening, most
        with lock:
            opening += 1
            most = max(most, opening)
        peer.ask()
        time.sleep(0.1)
        with lock:
            opening -= 1
        peer.open()
        peer.answer_close()

    with serving(slow) as served:
        prepared = [check(Wait(0.01), url=served.url, timeout_s=0.7) for _ in range(8)]
        results = ran(*prepared, jobs=8)
    assert results.exit == Exit.OK, [result.fault for result in results.checks]
    assert most == 1
    # Waiting is none of it: they open one after the other.
    assert sum(result.seconds for result in results.checks) < 3 * results.seconds


def failing_first(times: int) -> Callable[[Peer], None]:
    """Return a step that refuses so many connections, and serves the next."""
    left = times

    def serve(peer: Peer) -> None:
        nonlocal left
        peer.ask()
        if left:
            left -= 1
            peer.send(answer("503 Busy"))
        else:
            peer.open()
            peer.answer_close()

    return serve


def test_it_is_tried_again() -> None:
    looking = Looking()
    with serving(failing_first(2)) as served:
        (result,) = ran(check(url=served.url, retry=Retry(2, 0.05)), looking=looking).checks
    assert (result.outcome, result.attempts, result.runs, result.failed_runs) == (Outcome.PASSED, 3, 1, 0)
    assert looking.seen.count(("started", 0)) == 3
    with serving(failing_first(2)) as served:
        (result,) = ran(check(url=served.url, retry=Retry(1, 0.05))).checks
    assert (result.exit, result.attempts) == (Exit.REFUSED, 2)


def test_repeats_and_copies() -> None:
    with serving(echo) as served:
        steps = Send({"text": "a"}), expect(text="a")
        (result,) = ran(check(*steps, url=served.url, repeat=3, copies=4)).checks
        assert (result.outcome, result.runs, result.failed_runs) == (Outcome.PASSED, 12, 0)
        assert len(served.peers) == 12
    with serving(open_, close(1011)) as served:
        (result,) = ran(check(expect(text="a"), url=served.url, repeat=2, copies=2)).checks
        assert (result.exit, result.runs, result.failed_runs) == (Exit.UNMET, 4, 4)
    with serving(failing_first(9)) as served:
        (result,) = ran(check(url=served.url, repeat=5)).checks
        assert (result.exit, result.runs) == (Exit.REFUSED, 1)


def test_fail_fast() -> None:
    looking = Looking()
    checks = [check(url=MISSING), *[check(url="demo:echo") for _ in range(3)]]
    results = ran(*checks, jobs=1, fail_fast=True, looking=looking)
    assert [result.outcome.value for result in results.checks] == ["error", "skipped", "skipped", "skipped"]
    assert results.exit == Exit.UNREACHABLE
    assert results.checks[1].notes == ("not run: an earlier check was not passed",)
    assert looking.seen[-1] == ("ended", 3, "skipped")


def test_no_check_at_all() -> None:
    assert ran() == Results((), pytest.approx(0.0, abs=5), pytest.approx(time.time(), abs=60))


def test_the_embedded_endpoint() -> None:
    steps = Send({"text": "again"}), expect(text="again")
    results = ran(check(*steps, url="demo:echo"), check(ExpectClose(frozenset({1012})), url="demo:1012"))
    assert [result.fault for result in results.checks] == [None, None]


def test_a_watcher_whose_output_is_gone_ends_the_run() -> None:
    class Gone(Looking):
        def ended(self, index: int, result: CheckResult) -> None:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        ran(check(url="demo:echo"), check(Wait(60.0), url="demo:echo"), looking=Gone())


# Signals.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_politely(number: signal.Signals) -> None:
    with serving(open_, lambda peer: peer.answer_close()) as served:

        class Stopping(Looking):
            def ended(self, index: int, result: CheckResult) -> None:
                super().ended(index, result)
                if index == 0:
                    asyncio.get_running_loop().call_later(0.3, os.kill, os.getpid(), number)

        waiting = [check(Wait(60.0), url=served.url) for _ in range(3)]
        results = ran(check(Wait(0.0), url=served.url), *waiting, jobs=2, looking=Stopping())
    assert [result.outcome.value for result in results.checks] == ["passed", "skipped", "skipped", "skipped"]
    assert results.checks[1].notes == ("not finished: the run was stopped",)
    assert results.checks[3].notes == ("not run: the run was stopped",)
    assert results.exit == results.stopped == Exit[number.name]
    assert len(served.peers) == 3
    assert [peer.received[-1:] for peer in served.peers] == [[(8, b"\x03\xe8")]] * 3


def test_the_second_signal_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.net.tap.LINGER_S", 60.0)
    monkeypatch.setattr(runner, "POLITE_S", 60.0)

    def deaf(peer: Peer) -> None:
        peer.open()
        peer.absorb()

    with serving(deaf) as served:

        class Impatient(Looking):
            def stepped(self, index: int, done: int) -> None:
                if done == 1:
                    loop = asyncio.get_running_loop()
                    loop.call_later(0.1, os.kill, os.getpid(), signal.SIGINT)
                    loop.call_later(0.2, os.kill, os.getpid(), signal.SIGINT)

        began = time.monotonic()
        results = ran(check(Wait(0.0), Wait(60.0), url=served.url), looking=Impatient())
    assert results.exit == Exit.SIGINT
    assert time.monotonic() - began < BOUND_S


def test_a_signal_cuts_the_wait_before_another_try() -> None:
    class Stopping(Looking):
        def started(self, index: int) -> None:
            asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGINT)

    results = ran(check(url=MISSING, retry=Retry(1, 60.0)), looking=Stopping())
    assert results.exit == Exit.SIGINT
    assert results.checks[0].exit == Exit.UNREACHABLE


# Recordings.


def lines(path: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def test_a_recording_is_kept_of_what_failed_alone(tmp_path: Path) -> None:
    folder = str(tmp_path / "rec")
    with serving(opened(glued=text("hello")), lambda peer: peer.answer_close()) as served:
        good = check(expect(text="hello"), url=served.url, name="good")
        bad = check(expect(0.1, text="never"), url=served.url, name="../bad: it/fails")
        results = ran(good, bad, bad, recordings=folder)
    assert results.checks[0].recordings == ()
    (path,), (other,) = results.checks[1].recordings, results.checks[2].recordings
    assert sorted([path, other]) == [f"{folder}/bad-it-fails-2.ndjson", f"{folder}/bad-it-fails.ndjson"]
    assert sorted(os.listdir(folder)) == ["bad-it-fails-2.ndjson", "bad-it-fails.ndjson"]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    kinds = [line["type"] for line in lines(path)]
    assert kinds == ["HANDSHAKE", "TEXT", "CLOSING", "CLOSE", "CLOSED"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    for name in "x.ndjson", "x-2.ndjson":
        (tmp_path / name).write_text("mine")
    (result,) = ran(check(expect(text="never"), url="demo:1011", name="x"), recordings=str(tmp_path)).checks
    assert result.recordings == (f"{tmp_path}/x-3.ndjson",)
    assert (tmp_path / "x.ndjson").read_text() == (tmp_path / "x-2.ndjson").read_text() == "mine"


def test_each_connection_and_each_run_has_its_own(tmp_path: Path) -> None:
    failing = ("b", expect(0.1, text="never"))
    both = check(failing, links={"a": "demo:echo", "b": "demo:echo"}, name="n", repeat=2)
    (result,) = ran(both, recordings=str(tmp_path)).checks
    assert sorted(os.listdir(tmp_path)) == ["n.a-2.ndjson", "n.a.ndjson", "n.b-2.ndjson", "n.b.ndjson"]
    assert len(result.recordings) == 4


def test_a_refusal_is_recorded(tmp_path: Path) -> None:
    with serving(lambda peer: peer.ask(), answer("403 Forbidden")) as served:
        (result,) = ran(check(url=served.url), recordings=str(tmp_path)).checks
    first, last = lines(result.recordings[0])
    assert (first["type"], first["status"], last["type"], last["exit"]) == ("HANDSHAKE", 403, "CLOSED", 5)


def test_secrets_stand_neither_in_recordings_nor_in_results(tmp_path: Path) -> None:
    secret, header = "open-sesame-1234", ("Authorization", "Bearer abcdefgh12345678")
    told = text(json.dumps({"you": secret, "and": base64.b64encode(f"me:{secret}".encode()).decode()}))
    script = [opened(f"X-Seen: {secret}"), told, text("abcdefgh12345678"), close(4001, f"bye {secret}")]
    with serving(*script, lambda peer: peer.until_close()) as served:
        failing = check(
            expect(contains=f"not {secret}"),
            url=f"{served.url}?token={secret}",
            headers=(header,),
            name=f"with {secret}",
            secrets=frozenset({secret}),
        )
        (result,) = ran(failing, recordings=str(tmp_path)).checks
        kept = Path(result.recordings[0]).read_text()
        for shown in repr(result), kept, *os.listdir(tmp_path):
            assert secret not in shown
            assert "abcdefgh" not in shown
            assert base64.b64encode(secret.encode()).decode()[:16] not in shown
        assert "***" in kept
        assert [line["type"] for line in lines(result.recordings[0])][:3] == ["HANDSHAKE", "TEXT", "TEXT"]
        (result,) = ran(failing, recordings=str(tmp_path), show_secrets=True).checks
        kept = Path(result.recordings[0]).read_text()
        assert secret not in kept
        assert "abcdefgh12345678" in kept


def test_what_happened_is_in_the_recording_at_once(tmp_path: Path) -> None:
    recording = Recording(str(tmp_path), "x", (), show_secrets=False)
    recording.unopened("no", 3, Moment(1.0, 1.0))
    (unfinished,) = tmp_path.iterdir()
    assert [line["cause"] for line in lines(str(unfinished))] == ["no"]
    assert recording.keep() == f"{tmp_path}/x.ndjson"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_a_full_disk_ends_the_recording_and_not_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.open

    def full(path: Any, flags: int, mode: int = 0o777, **rest: Any) -> int:
        return original("/dev/full" if str(path).endswith(".unfinished") else path, flags & ~os.O_EXCL, mode, **rest)

    monkeypatch.setattr(os, "open", full)
    many = Send({"payload": bytes(1 << 20), "type": "binary"})
    results = ran(check(many, Wait(0.1), url="demo:echo"), recordings=str(tmp_path))
    assert results.checks[0].outcome is Outcome.PASSED
    assert results.checks[0].notes == ("the recording `it-works.ndjson` is not whole: No space left on device",)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InspectError, match="cannot make the folder") as raised:
        ran(check(url="demo:"), recordings=str(tmp_path / "file" / "rec"))
    assert raised.value.exit is Exit.OUTPUT
    make_folder(str(tmp_path))


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (["ping answers"], "ping-answers"),
        (["../../etc/passwd", ""], "etc-passwd"),
        (["a\0b\nc", "alice"], "a-b-c.alice"),
        (["..."], "check"),
        (["Größe [ä]"], "Größe-ä"),
        (["CON"], "_CON"),
        (["x" * 300], "x" * 120),
        (["é" * 300], "é" * 60),
    ],
)
def test_names_of_files(parts: list[str], name: str) -> None:
    assert safe_name(*parts) == name


def test_more_files_may_be_open() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        assert 100 < room_for(100) < 256
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 256
        assert room_for(300) == 300
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 300
        assert room_for(1 << 40) < 1 << 40 or before[1] == resource.RLIM_INFINITY
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_where_no_more_can_be_open_fewer_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "room_for", lambda wanted: 5)
    steps = Send({"text": "x"}), expect(text="x")
    results = ran(*[check(*steps, url="demo:echo") for _ in range(6)], check(*steps, url="demo:echo", copies=3), jobs=6)
    assert [result.exit for result in results.checks] == [Exit.OK] * 6 + [Exit.USAGE]
    assert "6 files and sockets open, but this process may open 5" in fault(results.checks[-1])[1]


def test_a_reject_to_the_end_counts_what_comes_while_closing() -> None:
    def last_word(peer: Peer) -> None:
        peer.open()
        peer.until_close()
        peer.send(text("error: too late") + close())

    with serving(last_word) as served:
        result = once(check(Reject(expectation(contains="error")), url=served.url))
    assert fault(result)[0] == Exit.UNMET
