"""One run of a check: connections are opened, the machine sees what comes and has sent what it orders, all are ended.

The machine decides; here are the sockets and the time. A message that came before a deadline is judged before it, even
where many wait to be looked at. Every way out ends all connections: politely, then by force. Knows no terminal.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from wsinspect.asked import secrets_asked
from wsinspect.checking.prepared import Prepared
from wsinspect.checking.recorder import Recorder, Recording
from wsinspect.checks.judging.machine import Machine, Order
from wsinspect.checks.result import Fault, RunResult
from wsinspect.connecting import Connecting
from wsinspect.errors import Exit, InspectError, lack_of
from wsinspect.events import DATA, Batch, Handshake, Moment
from wsinspect.net.opening import open_session
from wsinspect.net.session import Session
from wsinspect.net.tap import LINGER_S
from wsinspect.net.unopened import HandshakeRefused
from wsinspect.outgoing import Close, Message, Ping, Pong
from wsinspect.redact import LEAST, redact_url
from wsinspect.redirects import REDIRECTS
from wsinspect.vocabulary import WSMsgType

ROWS_AT_ONCE = 256
"""So many rows the machine is given before the other checks have their turn."""

POLITE_S = LINGER_S + 0.5
"""The connections of a run that is over are closed, and ended by force after so long."""

FORCED_S = 1.0

TYPES = {Ping: WSMsgType.PING, Pong: WSMsgType.PONG}


class Line:
    """A connection of a run, from before it is opened: its session, and what is to be sent over it, in order."""

    def __init__(self, name: str, connecting: Connecting, recording: Recording | None) -> None:
        self.name = name
        self.connecting = connecting
        self.recording = recording
        self.session: Session | None = None
        self.orders: asyncio.Queue[Message | Ping | Pong | Close] = asyncio.Queue()
        self.following: asyncio.Task[None] | None = None
        self.rest: Moment | None = None
        """When that batch came of which some has still to be looked at."""

    @property
    def behind(self) -> Moment | None:
        """When that came which the machine is to see next; None where it has seen all."""
        return self.rest or (self.session.oldest if self.session is not None else None)


class Run:
    """One run of a check; `run` has it.

    ``stepped`` is told how many steps are done. A ``machine`` may be given that was made for more than this check's
    steps: after adding to it, call `advance`. The check begins once it is in ``turn``, and leaves that when its
    connections are open.
    """

    def __init__(
        self,
        prepared: Prepared,
        clock: Callable[[], Moment],
        *,
        stepped: Callable[[int], None] = lambda done: None,
        recorder: Recorder | None = None,
        machine: Machine | None = None,
        turn: AbstractAsyncContextManager[object] | None = None,
    ) -> None:
        self.stopped = False
        """It was ended from outside, before it could come to a result."""

        self.waited_s = 0.0
        """So long it waited for its turn: that is ours, and none of the check's time."""

        self.secrets: set[str] = set()
        """What was sent as a secret in the handshakes."""

        self.recordings = [recorder.recording(name) for name in prepared.links] if recorder else []
        recordings: Sequence[Recording | None] = self.recordings or [None] * len(prepared.links)
        self._lines = [
            Line(name, connecting, recording)
            for (name, connecting), recording in zip(prepared.links.items(), recordings, strict=True)
        ]
        self._by_name = {line.name: line for line in self._lines}
        self._wishes = {link.name: link.wish for link in prepared.check.links}
        self._check = prepared.check
        self._clock = clock
        self._stepped = stepped
        self._turn = turn or nullcontext()
        self._opening = len(self._lines)
        self._began = clock().mono
        self._machine = machine or Machine(prepared.check, self._began)
        self._has_own_machine = machine is None
        self._steps_done = 0
        self._timer: asyncio.TimerHandle | None = None
        self._armed: float | None = None
        self._changed = asyncio.Event()
        self._over = False
        self._told_to_stop = False
        self._fault: Exception | None = None
        self._notes: list[str] = []

    async def run(self) -> RunResult:
        """Open the connections, follow the check to its end, and end them; raises nothing of its own."""
        try:
            async with self._turn:
                self.waited_s = self._clock().mono - self._began
                if self._over:  # stopped while it waited
                    return RunResult((), None, 0.0)
                if self._has_own_machine:
                    # Its time runs from now on.
                    self._began = self._clock().mono
                    self._machine = Machine(self._check, self._began)
                for line in self._lines:
                    line.following = asyncio.create_task(self._follow(line))
                self.advance()
                await self.until(lambda: not self._opening)
            await self.until(lambda: False)
        finally:
            await self._end()
        return self._result()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds after what came, or the run is over."""
        while not self._over and not holds():
            self._changed.clear()
            await self._changed.wait()

    def advance(self) -> None:
        """Let the machine go on, after steps were added to it."""
        self._ask(self._machine.tick, self._clock().mono)

    def stop(self) -> None:
        """End the run before its end; a second time, drop its connections."""
        again, self._told_to_stop = self._told_to_stop, True
        if not self._over:
            self.stopped = True
            self._leave()
        if again:
            self._abort()

    # What the machine is told, and what it orders.

    def _ask(self, tell: Callable[..., list[Order] | None], *what: object) -> None:
        """Tell the machine something, and have done what it orders then."""
        machine = self._machine
        if self._over or machine.done:
            return
        try:
            try:
                orders = tell(*what)
            except InspectError as error:
                orders = None
                machine.prevented(error)
            for order in orders or ():
                self._by_name[order.on].orders.put_nowait(order.what)
            if machine.steps_done != self._steps_done:
                self._steps_done = machine.steps_done
                self._stepped(self._steps_done)
        except Exception as fault:
            self._broken(fault)
            return
        self._changed.set()
        if self._machine.done:
            self._leave()
        else:
            self._arm()

    def _arm(self) -> None:
        """Set the timer to the machine's deadline."""
        deadline = self._machine.deadline
        if deadline == self._armed:
            return
        self._disarm()
        if deadline is not None:
            self._armed = deadline
            self._set_timer(deadline - self._clock().mono)

    def _set_timer(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._due)

    def _disarm(self) -> None:
        self._armed = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        """The deadline is reached, unless something came before it that waits to be looked at."""
        deadline = self._armed
        if deadline is None:
            return
        # Only so much can wait: a full inbox is read from no more.
        if any(line.behind is not None and line.behind.mono <= deadline for line in self._lines):
            self._set_timer(0.0)
            return
        self._disarm()
        # The loop's timers may be early by a grain of its clock.
        self._ask(self._machine.tick, max(self._clock().mono, deadline))

    # One connection.

    async def _follow(self, line: Line) -> None:
        """Open a connection and hand on what happens on it, to its end; a fault of ours is kept."""
        try:
            try:
                await self._open(line)
            finally:
                self._opening -= 1
                self._changed.set()
            if line.session is not None:
                speaking = asyncio.create_task(self._speak(line, line.session))
                try:
                    await self._hear(line, line.session)
                finally:
                    speaking.cancel()
                    await asyncio.wait([speaking])
        except Exception as fault:
            self._broken(fault)
        finally:
            if line.session is not None and line.session.closed is None:
                line.session.abort()

    async def _open(self, line: Line) -> None:
        wanted, wish = line.connecting, self._wishes.get(line.name)
        if wish is not None and wish.status is not None and not wish.status.isdisjoint(REDIRECTS):
            # The redirect itself is what is to be seen.
            wanted = wanted._replace(max_redirects=0)
        try:
            session = await open_session(wanted, self._clock, redirected=self._redirected)
        except HandshakeRefused as refusal:
            self._seen(refusal.handshake)
            body = refusal.answer.body.decode("utf-8", "replace") if refusal.answer is not None else ""
            self._unopened(line, refusal, refusal.handshake)
            self._ask(self._machine.refused, line.name, refusal.handshake, body, self._clock().mono, refusal)
        except InspectError as error:
            self._unopened(line, error, None)
            self._ask(self._machine.prevented, error)
        else:
            line.session = session
            self._seen(session.handshake)
            if line.recording is not None:
                line.recording.opened(session.handshake)
            self._ask(self._machine.opened, line.name, session.handshake, session.handshake.at.mono)
            if self._over:
                # It came in the very moment in which the run ended.
                session.close(Exit.OK)

    def _redirected(self, handshake: Handshake, wanted: Connecting, following: Connecting) -> None:
        self._seen(handshake)
        self._notes.append(f"{handshake.status} redirects to {redact_url(following.target.url)}")

    def _seen(self, handshake: Handshake) -> None:
        asked = secrets_asked(handshake) | handshake.secrets
        self.secrets |= {secret for secret in asked if len(secret) >= LEAST}

    def _unopened(self, line: Line, error: InspectError, handshake: Handshake | None) -> None:
        if line.recording is not None:
            if handshake is not None:
                line.recording.opened(handshake)
            line.recording.unopened(error.message, int(error.exit), self._clock())

    async def _hear(self, line: Line, session: Session) -> None:
        async for batch in session.batches():
            if line.recording is not None:
                line.recording.write(batch)
            if self._over:
                continue
            for piece, more in pieces(batch):
                line.rest = batch.at if more else None
                self._ask(self._machine.saw, line.name, piece)
                if line.behind is not None:
                    await asyncio.sleep(0)

    async def _speak(self, line: Line, session: Session) -> None:
        """Send what is ordered, each as soon as there is room for it."""
        try:
            while True:
                what = await line.orders.get()
                if isinstance(what, Close):
                    session.close(Exit.OK, "", what.code, what.reason)
                elif isinstance(what, Message):
                    await session.send(what.type, what.payload)
                else:
                    await session.send(TYPES[type(what)], what.payload)
        except Exception as fault:
            self._broken(fault)

    # Ends.

    def _broken(self, fault: Exception) -> None:
        """A fault of ours: it is the check's result."""
        if self._fault is None and not self._over:
            self._fault = fault
        self._leave()

    def _leave(self) -> None:
        self._over = True
        self._disarm()
        self._changed.set()

    async def _end(self) -> None:
        """Close what is open, give up what is not, and wait for all ends."""
        self._leave()
        tasks = []
        for line in self._lines:
            if line.following is None or line.following.done():
                continue
            tasks.append(line.following)
            if line.session is None:
                line.following.cancel()
            else:
                close = next((what for what in _taken(line.orders) if isinstance(what, Close)), Close())
                line.session.close(Exit.OK, "", close.code, close.reason)
        try:
            await self._ended(tasks, POLITE_S)
        finally:
            self._abort()
            await self._ended(tasks, FORCED_S)
            for task in tasks:
                task.cancel()
            await self._ended(tasks, FORCED_S)

    async def _ended(self, tasks: Sequence["asyncio.Task[None]"], limit_s: float) -> None:
        if pending := [task for task in tasks if not task.done()]:
            await asyncio.wait(pending, timeout=limit_s)

    def _abort(self) -> None:
        for line in self._lines:
            if line.session is not None and line.session.closed is None:
                line.session.abort()

    def _result(self) -> RunResult:
        if self._fault is None:
            result = self._machine.result()
            return result._replace(notes=(*result.notes, *self._notes))
        try:
            result = self._machine.result()
        except Exception:
            # It may be what is broken.
            result = RunResult((), None, self._clock().mono - self._began)
        return result._replace(fault=internal(self._fault), notes=(*result.notes, *self._notes))


def internal(fault: BaseException) -> Fault:
    """Return what is told of a fault of ours, or of one for which we were given too little."""
    if (lack := lack_of(fault)) is not None:
        return Fault(lack.exit, lack.message, lack.hint)
    return Fault(
        Exit.INTERNAL,
        f"internal fault: {type(fault).__name__}: {fault}",
        hint="this is a fault of wsinspect, not of the server",
    )


def pieces(batch: Batch) -> Iterator[tuple[Batch, bool]]:
    """Yield a batch in pieces that take a moment each, with whether there are more."""
    rows = batch.rows
    if len(rows) <= ROWS_AT_ONCE:
        yield batch, False
        return
    wire = batch.wire
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        sizes = [len(payload) for type, payload, _ in some if type in DATA]
        # The bytes of the chunk are counted once.
        piece = Batch(
            batch.at, batch.direction, some, messages=len(sizes), payload=sum(sizes), wire=wire, uniform=batch.uniform
        )
        yield piece, start + len(some) < len(rows)
        wire = 0


def _taken(orders: "asyncio.Queue[Message | Ping | Pong | Close]") -> Iterator[Message | Ping | Pong | Close]:
    while not orders.empty():
        yield orders.get_nowait()
