"""A check whose steps come one after the other out of a test: sent, expected and judged by the machine, as files are.

Connections live in an event loop in a thread of its own, so that pings are answered whatever the test does meanwhile.
Calls wait for their step. Frames of this module are hidden in tracebacks of pytest. Knows no test runner.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, TypeVar

from wsinspect.checking.finding import read_bytes
from wsinspect.checking.jobs import addressed
from wsinspect.checking.keeper import Keeper
from wsinspect.checking.live_reading import LiveSteps, table_of
from wsinspect.checking.prepared import Prepared, Running
from wsinspect.checking.runner import Run
from wsinspect.checking.tries import Tries
from wsinspect.checks.format.reading import Sources
from wsinspect.checks.judging.machine import Machine, Order
from wsinspect.checks.judging.wanted import Match
from wsinspect.checks.plan import Check, Step
from wsinspect.checks.result import CheckResult, RunResult
from wsinspect.errors import InspectError
from wsinspect.events import Handshake, Moment
from wsinspect.files import read_settings
from wsinspect.filters.subject import NAMES
from wsinspect.options.preparing import Preparing
from wsinspect.reports.failure import failure_text

Result = TypeVar("Result")


class NotMet(AssertionError):
    """What a test asked of a connection was not met; ``result`` has it in parts."""

    __module__ = "wsinspect"

    def __init__(self, result: CheckResult) -> None:
        super().__init__(failure_text(result).strip())
        self.result = result


class Received(NamedTuple):
    """A message that came: ``type`` is text, binary, ping or pong; ``at`` is in seconds since the connection opened."""

    type: str
    data: bytes
    at: float

    @property
    def text(self) -> str:
        """The payload as text."""
        return self.data.decode()

    @property
    def json(self) -> Any:
        """The payload as JSON."""
        return json.loads(self.data)


class Bench:
    """An event loop in a thread. ``clock`` tells both times."""

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self.clock = clock
        self._loop = asyncio.new_event_loop()
        # What the network does shows elsewhere; a run keeps faults of ours.
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread = threading.Thread(target=self._loop.run_forever, name="wsinspect", daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Have something done in the loop, and wait for it; Ctrl-C ends the wait."""
        __tracebackhide__ = True
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Begin something in the loop."""

        async def begun() -> "asyncio.Task[None]":
            return asyncio.ensure_future(work)

        return self.do(begun())

    def close(self) -> None:
        """End the loop, and what still runs in it."""

        async def over() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._loop.shutdown_asyncgens()

        self.do(over())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class LiveChecks:
    """The connections of one test. ``path`` is its file: what it names by a path is looked for from there."""

    def __init__(self, path: str, clock: Callable[[], Moment], environment: Mapping[str, str]) -> None:
        self._path = path
        self._clock = clock
        self._environment = environment
        self._bench: Bench | None = None
        self._open: list[LiveCheck] = []

    def __repr__(self) -> str:
        return f"<wsinspect: {len(self._open)} opened>"

    def __call__(self, url: str, **options: Any) -> "LiveCheck":
        """Open a connection: a URL as `connect` takes it, and what a check file says in ``[handshake]``.

        That are ``headers``, ``subprotocols``, ``auth``, ``tls``, ``expect``, and all options of `connect` that say how
        a server is reached; besides ``within`` (seconds, for each expectation that says nothing else), ``strict`` and
        ``allow_violations``. Raises `NotMet` where it cannot be opened as asked.
        """
        __tracebackhide__ = True
        steps = _in_words(lambda: LiveSteps(self._path, url, options, Sources(self._environment, read_bytes)))
        prepared = _in_words(lambda: Preparing(read_settings()).prepared(steps.check))
        if self._bench is None:
            self._bench = Bench(self._clock)
        live = LiveCheck(self._bench, prepared, steps)
        self._open.append(live)
        live.open()
        return live

    def finish(self) -> None:
        """Close what is open; raises the first failure that was not told yet, once all are closed."""
        __tracebackhide__ = True
        failures = []
        for live in self._open:
            try:
                live.finish()
            except NotMet as failure:
                failures.append(failure)
        if self._bench is not None:
            self._bench.close()
        if failures:
            raise failures[0]


class LiveCheck:
    """A connection in the hands of a test. Every call raises `NotMet` where something was not as asked since the last.

    What `expect` and `reject` take are the keys of a check file's `expect` and `reject`.
    """

    def __init__(self, bench: Bench, prepared: Prepared, steps: LiveSteps) -> None:
        self._bench = bench
        self._prepared = prepared
        self._steps = steps
        self._machine = _Machine(prepared.check, bench.clock().mono)
        self._run: Run | None = None
        self._began = bench.clock()
        self._result: RunResult | None = None
        self._told = False
        self._running: asyncio.Task[None] | None = None

    # What a test says.

    def send(self, what: Any) -> None:
        """Send a text, bytes as a binary message, and anything else as JSON."""
        __tracebackhide__ = True
        self._do(lambda: self._steps.send(what))

    def expect(self, where: str | Mapping[str, Any] | None = None, /, **asked: Any) -> Any:
        """Wait for a message and return it; with ``count``, return a list of so many.

        ``where`` is a condition, or what its JSON must hold at least. Messages that are not asked for are passed over.
        """
        __tracebackhide__ = True
        matches = self._do(lambda: self._steps.asked("expect", table_of(where, asked)))
        received = [self._received(match) for match in matches]
        return received if "count" in asked else received[-1]

    def reject(self, where: str | Mapping[str, Any] | None = None, /, **asked: Any) -> None:
        """From here on, and for ``for_`` or to the end, no such message may come."""
        __tracebackhide__ = True
        self._do(lambda: self._steps.asked("reject", table_of(where, asked)))

    def ping(self, payload: str | bytes = b"") -> None:
        """Send a ping."""
        __tracebackhide__ = True
        self._do(lambda: self._steps.ping(payload))

    def expect_ping(self, **asked: Any) -> Received:
        """Wait for a ping of the server's; it is answered without that."""
        __tracebackhide__ = True
        return self._received(self._do(lambda: self._steps.asked("expect_ping", asked or True))[-1])

    def wait(self, seconds: float | str) -> None:
        """Do nothing for so long."""
        __tracebackhide__ = True
        self._do(lambda: self._steps.asked("wait", seconds))

    def close(self, code: int | str | None = 1000, reason: str = "") -> None:
        """Close the connection; None sends a close frame without a code."""
        __tracebackhide__ = True
        self._do(lambda: self._steps.close(code, reason))

    def expect_close(self, code: Any = True, /, **asked: Any) -> None:
        """Wait for the end: a code, its name, a list of them, or the keys of a check file's `expect_close`."""
        __tracebackhide__ = True
        value = asked | ({} if code is True else {"code": code}) if asked else code
        self._do(lambda: self._steps.asked("expect_close", value))

    @property
    def handshake(self) -> Handshake:
        """The opening handshake: status, headers, subprotocol, extensions."""
        assert self._machine.handshake is not None
        return self._machine.handshake

    def finish(self) -> None:
        """Close the connection if it is open, and judge all that came until then; what was told is not told again."""
        __tracebackhide__ = True
        if self._running is None:
            return
        self._bench.do(self._finished())
        if not self._told:
            self._raise_failure()

    def __enter__(self) -> "LiveCheck":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        __tracebackhide__ = True
        if kind is None:
            self.finish()
        else:
            self._told = True
            self._bench.do(self._finished())

    # How it is done.

    def open(self) -> None:
        """Open the connection, and wait until that is done."""
        __tracebackhide__ = True
        self._running = self._bench.begin(self._live())
        self._bench.do(self._idle())
        self._raise_failure()

    def _do(self, step: Callable[[], Step]) -> list[Match]:
        """Have a step done; return the messages that it took."""
        __tracebackhide__ = True
        self._raise_failure()
        made = _in_words(step)
        if self._result is not None:
            raise RuntimeError("the connection of this check has been given back")
        self._bench.do(self._advanced(made))
        self._raise_failure()
        return self._machine.last_matches

    async def _live(self) -> None:
        """Follow the connection from its opening to its end."""
        async with addressed([self._prepared], self._bench.clock) as (prepared,):
            self._run = Run(prepared, self._bench.clock, machine=self._machine)
            self._result = await self._run.run()

    async def _advanced(self, step: Step) -> None:
        self._machine.add(step)
        if self._run is not None:
            self._run.advance()
        await self._idle()

    async def _idle(self) -> None:
        """Wait until all steps are done, or the run is over."""
        while self._run is None and not self._over:
            await asyncio.sleep(0)
        if self._run is not None:
            await self._run.until(lambda: self._machine.idle)
        if self._machine.done and self._running is not None:
            await self._running

    async def _finished(self) -> None:
        if self._run is not None and not self._over:
            if self._machine.idle:
                self._machine.finish()
                self._run.advance()
            else:
                # The test was torn from a step.
                self._run.stop()
                self._told = True
        if self._running is not None:
            await self._running

    @property
    def _over(self) -> bool:
        return self._running is not None and self._running.done()

    def _raise_failure(self) -> None:
        """Raise what failed, if something did."""
        __tracebackhide__ = True
        result = self._result
        if result is None or result.fault is None:
            return
        self._told = True
        keeper, tries = Keeper(self._prepared, Running()), Tries()
        assert self._run is not None
        keeper.keep(self._run, result)
        tries.add(result)
        raise NotMet(keeper.result(tries, 1, self._began, result.seconds))

    def _received(self, match: Match) -> Received:
        type, payload, at = match
        return Received(NAMES[type], payload, at.mono - self.handshake.at.mono)


class _Machine(Machine):
    """A machine for steps to come, that remembers the handshake."""

    def __init__(self, check: Check, at: float) -> None:
        super().__init__(check, at, open_ended=True)
        self.handshake: Handshake | None = None

    def opened(self, on: str, handshake: Handshake, at: float) -> list[Order]:
        self.handshake = handshake
        return super().opened(on, handshake, at)

    def refused(
        self, on: str, handshake: Handshake, body: str, at: float, error: InspectError | None = None
    ) -> list[Order]:
        self.handshake = handshake
        return super().refused(on, handshake, body, at, error)


def _in_words(make: Callable[[], Result]) -> Result:
    """Return what is made; raises ValueError where a test asks for what means nothing."""
    __tracebackhide__ = True
    try:
        return make()
    except InspectError as error:
        hint = f"\nhint: {error.hint}" if error.hint else ""
        # A place that is none stands before some.
        message = error.message.removeprefix(": ")
        raise ValueError("\n".join([message, *error.excerpt]) + hint) from None
