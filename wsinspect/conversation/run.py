"""A conversation from opening to exit code: it opens connections, has them shown and talked to, and tells their ends.

What is shown is `viewer`'s, what is sent `talk`'s, what is said on standard error `voice`'s; whether to connect again
is decided by `reconnecting`.
"""

import asyncio
import gc
import sys
from collections.abc import Callable
from errno import EIO
from typing import TYPE_CHECKING, NamedTuple

from wsinspect.asked import mask_of, redact_handshake
from wsinspect.close_codes import Tongue
from wsinspect.connecting import Connecting
from wsinspect.conversation.last_words import first_words, last_words
from wsinspect.conversation.opening import Opening, hear_faults, hear_of
from wsinspect.conversation.prompting import Prompting
from wsinspect.conversation.talk import Talk
from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import GIVE_UP_S, Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.counting import gate_of
from wsinspect.errors import Exit, InspectError
from wsinspect.events import GAP, HANDSHAKE, Batch, Gap, Handshake, Moment
from wsinspect.net.opening import open_session
from wsinspect.net.session import Session
from wsinspect.recordings.hiding import without_secret_reasons
from wsinspect.term.modes import forget_typed, unechoed
from wsinspect.term.screen import is_terminal, on_one_terminal, reason_of
from wsinspect.term.signals import heeding
from wsinspect.term.sink import Sink
from wsinspect.timeline import Timeline

if TYPE_CHECKING:
    from wsinspect.conversation.recording import Recorder


class End(NamedTuple):
    """How a try ended: with the exit code it means, and either an error, or a session and how that was closed.

    ``silent`` where the exit code says all.
    """

    exit: int
    error: InspectError | None = None
    silent: bool = False
    session: Session | None = None
    lasted_s: float = 0.0


class Conversation:
    """Opens a connection, shows it, and tells the exit code; again and again, if that is wished.

    ``tongue_of`` chooses how close codes are read, by the negotiated subprotocol; ``opened`` is called once the first
    connection is open; ``recorder`` takes all that comes and leaves.
    """

    def __init__(
        self,
        wishes: Wishes,
        connecting: Connecting,
        clock: Callable[[], Moment],
        tongue_of: Callable[[str | None], Tongue],
        opened: Callable[[], None] = lambda: None,
        recorder: "Recorder | None" = None,
    ) -> None:
        self._wishes = wishes
        self._connecting = connecting
        self._clock = clock
        self._tongue_of = tongue_of
        self._opened = opened
        self._recorder = recorder
        self._session: Session | None = None
        self._mask = mask_of(None)
        """Hides what was secret in the request of the connection at hand."""

        self._opening = Opening()
        self._stopped: tuple[Exit, str] | None = None
        self._broke: tuple[float, int] | None = None
        """When the last connection ended, on the clock that never jumps, and its close code."""

        self._tries = 0
        self._reopens = False
        self._expecting = ""
        """What the last connection was left waiting for, in a sentence."""

        self._fault: Exception | None = None
        """A fault of ours while no connection was open."""

        self._gave_up: InspectError | None = None
        """That the rest of the output was given up, and why: at a signal, or since time was up."""

    async def run(self) -> int:
        """Have the conversation; raises `InspectError` if it cannot be opened, or its output fails."""
        wishes = self._wishes
        hear_faults(self.broken)
        self._changed = asyncio.Event()
        self._sink = Sink(sys.stdout.fileno() if sys.stdout else -1, self._output_failed)
        self._voice = Voice(wishes, self._sink if on_one_terminal(sys.stdout, sys.stderr) else None)
        self._viewer = Viewer(wishes, self._sink)
        if self._recorder is not None:
            self._recorder.begin(self._voice)
        self._gate = gate_of(wishes.looking)
        self._talk = Talk(wishes.sending, self._voice, self._clock)
        self._prompting: Prompting | None = None
        if wishes.prompt:
            self._prompting = Prompting(wishes, self._viewer, self._voice, self._sink, self._clock, self)
        with heeding(self._signalled), unechoed(sys.stdin.fileno() if wishes.prompt else None):
            if wishes.max_time_s is not None:
                asyncio.get_running_loop().call_later(wishes.max_time_s, self._out_of_time)
            try:
                end = await self._converse()
                self._talk.over()
                if self._prompting is not None:
                    await self._prompting.end()
                if end.session is None and end.error is not None:
                    await self._tell_failure(end.error)
                await self._viewer.finish()
                lost = self._lost_output()
                if lost is not None and end.exit == Exit.OK:
                    # It came out at the very last.
                    end = End(lost.exit, lost)
            finally:
                if self._prompting is not None:
                    await self._prompting.end()
                if self._recorder is not None:
                    await self._recorder.finish()
                await self._voice.finish()
        if self._fault is not None:
            raise self._fault
        if self._recorder is not None:
            end = end._replace(exit=self._recorder.judged(end.exit, end.error))
        if end.error is not None and not end.silent:
            raise end.error
        return end.exit

    def reopen(self) -> None:
        """Close the connection, or cut the wait for one short, and open it again at once."""
        self._reopens = True
        self._changed.set()
        if self._session is not None:
            self._session.close(Exit.OK)

    async def _converse(self) -> End:
        """Open and follow connections, until one ends that is the last."""
        staying = self._wishes.staying
        if staying is not None:
            from wsinspect.conversation.again import Persistence

            persistence = Persistence(staying, self._voice, self._tongue_of, self._clock)
        while True:
            end = await self._once()
            reopens, self._reopens = self._reopens, False
            if self._stopped is not None and staying is not None and end.exit == Exit.LOST:
                # It came while a lost connection was told: another one would have followed.
                return self._stopped_end(*self._stopped)
            if self._stopped is not None or (self._gate is not None and self._gate.enough):
                return end
            if reopens:
                continue
            if staying is None:
                return end
            again = persistence.after(end.session, end.error, end.lasted_s)
            if again is None:
                return end
            if again.avoid:
                network = self._connecting.network
                self._connecting = self._connecting._replace(network=network._replace(avoid=frozenset({again.avoid})))
            stopped = await self._wait(again.delay_s)
            if stopped is not None:
                return self._stopped_end(*stopped)

    async def _wait(self, seconds: float) -> tuple[Exit, str] | None:
        """Wait before the next try; return what made an end of it meanwhile."""
        # What is left of a connection holds itself; else hundreds would be kept until it is looked for.
        gc.collect()
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            pass
        self._reopens = False
        return self._stopped

    def _stopped_end(self, exit: Exit, cause: str) -> End:
        unmet = (self._gate.unmet() if self._gate is not None else "") or self._expecting
        if exit == Exit.OK and unmet:
            exit, cause = Exit.UNMET, unmet
        silent = not cause or exit == Exit.SIGPIPE
        return End(exit, InspectError(cause or "stopped while no connection was open", exit=exit), silent=silent)

    async def _once(self) -> End:
        """Open one connection and follow it to its end."""
        self._tries += 1
        try:
            session = await self._opening.open(
                open_session(self._connecting, self._clock, self._gate, self._redirected)
            )
        except InspectError as error:
            if not self._wishes.show_secrets:
                from wsinspect.conversation.failure import hush

                hush(error, self._connecting.secrets)
            return End(error.exit, error)
        if session is None:
            if self._stopped is None:
                return End(Exit.OK)
            return self._stopped_end(*self._stopped)
        self._session = session
        # Who asked for another connection while this one was being opened has it now.
        self._reopens = False
        if self._stopped is not None:
            # It came in the very moment in which the connection opened.
            session.close(*self._stopped)
        if self._wishes.for_s is not None and self._broke is None:
            asyncio.get_running_loop().call_later(self._wishes.for_s, self._stop, Exit.OK, "")
        try:
            return await self._follow(session)
        finally:
            self._session = None
            self._expecting = session.expecting

    def _redirected(self, handshake: Handshake, wanted: Connecting, following: Connecting) -> None:
        from wsinspect.conversation.failure import redirected

        redirected(handshake, wanted, following, self._wishes, self._voice)

    async def _tell_failure(self, error: InspectError) -> None:
        """Show what came instead of a connection; NDJSON ends with its CLOSED line all the same."""
        # What failures need is loaded when there is one.
        from wsinspect.conversation.failure import told

        await told(error, self._wishes, self._viewer, self._voice, self._clock(), self._recorder)

    async def _follow(self, session: Session) -> End:
        """Show an open connection to its end."""
        wishes = self._wishes
        handshake = session.handshake if wishes.show_secrets else redact_handshake(session.handshake)
        self._mask = mask_of(None if wishes.show_secrets else session.handshake)
        tongue = self._tongue_of(session.handshake.subprotocol)
        self._viewer.read_codes_in(tongue)
        if self._recorder is not None:
            self._recorder.read_codes_in(tongue)
            if wishes.format == "ndjson" and self._broke is None:
                self._viewer.render = self._recorder.instead_of(self._viewer.render)
        first_words(handshake, tongue, wishes, self._voice.say)
        if self._prompting is not None:
            if self._broke is None and self._tries > 1:
                # Typed unseen, while nobody was there: it may be meant for something else by now.
                forget_typed(sys.stdin.fileno())
            self._prompting.meet(session)
        if self._broke is None:
            self._opened()
        if self._broke is not None:
            mono, code = self._broke
            gap = Gap(handshake.at.mono - mono, self._tries, code)
            await self._show(Batch(handshake.at, "in", [(GAP, gap, 0)]))
        self._tries = 0
        tasks = [asyncio.ensure_future(self._talk.speak(session))]
        if wishes.pinging is not None:
            from wsinspect.conversation.keepalive import keep_alive

            tasks.append(asyncio.ensure_future(keep_alive(session, wishes.pinging, self._clock)))
        for task in tasks:
            hear_of(task, self.broken)
        timeline = Timeline(handshake.at.mono)
        try:
            begins = Batch(handshake.at, "in", [(HANDSHAKE, session.handshake, 0)])
            await self._show(begins, begins.holding([(HANDSHAKE, handshake, 0)]))
            async for batch in session.batches():
                timeline.see(batch)
                if self._talk.waiting:
                    self._talk.saw(batch)
                await self._show(batch)
                del batch  # it may be large
            if self._prompting is not None:
                await self._prompting.shown()
            elif wishes.staying is None:
                await self._viewer.finish()
        finally:
            for task in tasks:
                task.cancel()
            # A fault of its own has ended the session already.
            await asyncio.wait(tasks)
        if wishes.staying is None and not self._reopens:
            self._talk.over()
        closed = session.closed
        assert closed is not None
        at = self._clock().mono
        self._broke = at, closed.code
        error = self._lost_output() if closed.exit == Exit.OK else None
        if error is None:
            lasted_s = at - handshake.at.mono
            seen, say = session.handshake, self._voice.say
            error = last_words(closed, seen, session.tally, lasted_s, tongue, timeline, wishes, say)
        return End(error.exit if error else closed.exit, error, session=session, lasted_s=at - handshake.at.mono)

    async def _show(self, batch: Batch, seen: Batch | None = None) -> None:
        """Record and show a batch; ``seen`` is what is shown of it, where that is less."""
        if self._recorder is not None:
            batch = await self._recorder.took(batch, frames=self._viewer.look.frames)
        await self._viewer.show(seen or without_secret_reasons(batch, self._mask))

    # What a prompt asks for; `reopen` is above.

    @property
    def session(self) -> Session | None:
        """The connection at hand, None between two."""
        return self._session

    @property
    def recording(self) -> str:
        """What is to be said of a recording as it goes on."""
        return self._recorder.state if self._recorder is not None else ""

    def interrupted(self) -> None:
        """Ctrl-C was typed where it does not come as a signal."""
        self._signalled(Exit.SIGINT)

    def stop(self, exit: Exit) -> None:
        """Close and leave."""
        self._stop(exit, "")

    def broken(self, fault: Exception) -> None:
        """A fault of ours: drop the connection, and raise it at the end."""
        if self._session is not None:
            self._session.broken(fault)
        else:
            self._fault = fault
            self._stop(Exit.INTERNAL, "")

    # What ends a conversation from outside.

    def _signalled(self, exit: Exit) -> None:
        """Close on the first signal, leave on the second."""
        if exit == Exit.SIGINT and self._prompting is None and is_terminal(sys.stdin):
            # The terminal has shown ^C.
            if is_terminal(sys.stdout):
                self._sink.push("\n")
            elif is_terminal(sys.stderr):
                self._voice.say("\n")
        again = self._stopped is not None
        self._stop(exit, "")
        if again:
            if self._session is not None:
                self._session.abort()
            self._give_up(exit, "")

    def _out_of_time(self) -> None:
        self._stop(Exit.TIMEOUT, f"--max-time of {self._wishes.max_time_s:g} s is over")

    def _stop(self, exit: Exit, cause: str) -> None:
        if self._stopped is None:
            self._stopped = exit, cause
        self._changed.set()
        self._opening.give_up()
        if self._session is not None:
            self._session.close(exit, cause)
        if exit != Exit.OK:
            # Where time is simply up, all that came is still to be shown.
            asyncio.get_running_loop().call_later(GIVE_UP_S, self._give_up, exit, cause)

    def _give_up(self, exit: Exit, cause: str) -> None:
        if self._sink.waiting and self._sink.failure is None:
            self._gave_up = InspectError("what was left of the output was given up", hint=cause, exit=exit)
            self._sink.abandon()
        if self._recorder is not None:
            self._recorder.give_up()

    def _output_failed(self) -> None:
        """Nobody reads any more, or the disk is full: there is nothing left to do here."""
        fault = self._sink.failure
        if isinstance(fault, BrokenPipeError):
            self._stop(Exit.SIGPIPE, "the reader of the output went away")
        elif fault is not None and fault.errno == EIO and self._prompting is not None:
            # The terminal is gone, as the signal will tell as well.
            self._stop(Exit.SIGHUP, "")
        elif fault is not None:
            error = self._cannot_write(fault)
            self._stop(error.exit, error.message)

    def _lost_output(self) -> InspectError | None:
        """What kept the output from being written whole, unless nobody wanted the rest."""
        fault = self._viewer.failure
        return None if fault is None or isinstance(fault, BrokenPipeError) else self._cannot_write(fault)

    def _cannot_write(self, fault: OSError) -> InspectError:
        return self._gave_up or InspectError(f"cannot write the output: {reason_of(fault)}", exit=Exit.OUTPUT)
