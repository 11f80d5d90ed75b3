"""A conversation from opening to exit code: it opens a connection, has it shown and talked to, and tells its end.

What is shown is `viewer`'s, what is sent `talk`'s, what is said on standard error `voice`'s.
"""

import asyncio
import sys
from collections.abc import Callable

from wsinspect.close_codes import Tongue
from wsinspect.connecting import Connecting
from wsinspect.conversation.talk import Talk
from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import GIVE_UP_S, Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.counting import Countdown
from wsinspect.errors import Exit, InspectError
from wsinspect.events import HANDSHAKE, Batch, Handshake, Moment
from wsinspect.net.opening import open_session
from wsinspect.net.session import Session
from wsinspect.redact import redact_handshake, redact_url
from wsinspect.render.safe import neutral
from wsinspect.render.summary import connected, ended, how_it_ended
from wsinspect.term.screen import reason_of
from wsinspect.term.signals import heeding
from wsinspect.term.sink import Sink

BAD_ENDS = (Exit.UNMET, Exit.USAGE, Exit.LOST, Exit.VIOLATION, Exit.TIMEOUT, Exit.TOO_BIG, Exit.OUTPUT)


class Conversation:
    """Opens a connection, shows it, and tells the exit code. ``tongue_of`` chooses how close
    codes are read, by the negotiated subprotocol."""

    def __init__(
        self,
        wishes: Wishes,
        connecting: Connecting,
        clock: Callable[[], Moment],
        tongue_of: Callable[[str | None], Tongue],
    ) -> None:
        self._wishes = wishes
        self._connecting = connecting
        self._clock = clock
        self._tongue_of = tongue_of
        self._session: Session | None = None
        self._opening: asyncio.Task[Session] | None = None
        self._stopped: tuple[Exit, str] | None = None

    async def run(self) -> int:
        """Have the conversation; raises `InspectError` if it cannot be opened, or its output fails."""
        wishes = self._wishes
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._fault_in_loop)  # no library's trouble reaches a user but through us
        self._voice = Voice(wishes)
        self._sink = Sink(sys.stdout.fileno() if sys.stdout else -1, self._output_failed)
        self._viewer = Viewer(wishes, self._sink)
        self._countdown = Countdown(wishes.enough) if wishes.enough is not None else None
        self._talk = Talk(wishes.sending, self._voice, self._clock)
        with heeding(self._signalled):
            if wishes.max_time_s is not None:
                loop.call_later(wishes.max_time_s, self._out_of_time)
            try:
                return await self._converse()
            finally:
                await self._voice.finish()

    async def _converse(self) -> int:
        try:
            session = await self._open()
        except InspectError as error:
            await self._tell_failure(error)
            raise
        if session is None:
            assert self._stopped is not None
            exit, cause = self._stopped
            stop = InspectError(cause or "stopped before the connection was open", exit=exit)
            await self._tell_failure(stop)
            if cause:
                raise stop
            return exit
        self._session = session
        if self._stopped is not None:
            # It came in the very moment in which the connection opened.
            session.close(*self._stopped)
        if self._wishes.for_s is not None:
            asyncio.get_running_loop().call_later(self._wishes.for_s, session.close, Exit.OK)
        return await self._follow(session)

    async def _open(self) -> Session | None:
        """Open the connection; None if it was stopped meanwhile."""
        self._opening = asyncio.ensure_future(
            open_session(self._connecting, self._clock, self._countdown, self._redirected)
        )
        try:
            return await self._opening
        except asyncio.CancelledError:
            if self._stopped is None:
                raise
            return None

    def _redirected(self, handshake: Handshake, following: Connecting) -> None:
        shown = following.target.url if self._wishes.show_secrets else redact_url(following.target.url)
        self._voice.notice(f"{handshake.status} redirects to {neutral(shown)}")

    async def _tell_failure(self, error: InspectError) -> None:
        """Show what came instead of a connection; NDJSON ends with its CLOSED line all the same."""
        # What failures need is loaded when there is one.
        from wsinspect.conversation.failure import told

        await told(error, self._connecting, self._wishes, self._viewer, self._voice, self._clock())

    async def _follow(self, session: Session) -> int:
        """Show an open connection to its end."""
        wishes = self._wishes
        handshake = session.handshake if wishes.show_secrets else redact_handshake(session.handshake)
        tongue = self._tongue_of(session.handshake.subprotocol)
        talk = wishes.talk._replace(tongue=tongue)
        self._viewer.read_codes_in(tongue)
        if not wishes.quiet:
            self._voice.say(connected(handshake, talk) + "\n")
        talking = asyncio.ensure_future(self._talk.run(session))
        talking.add_done_callback(self._fault_in_talk)
        try:
            await self._viewer.show(Batch(handshake.at, "in", [(HANDSHAKE, handshake, 0)]))
            async for batch in session.batches():
                await self._viewer.show(batch)
            await self._viewer.finish()
        finally:
            talking.cancel()
            # A fault of its own has ended the session already.
            await asyncio.wait([talking])
        closed = session.closed
        assert closed is not None
        fault = self._viewer.failure
        if fault is not None and not isinstance(fault, BrokenPipeError) and closed.exit == Exit.OK:
            raise self._cannot_write(fault) from fault
        seconds = self._clock().mono - handshake.at.mono
        if wishes.json_summary:
            from wsinspect.render.ndjson import summary_line

            self._voice.say(summary_line(closed, session.tally, seconds, tongue))
        elif not wishes.quiet and closed.exit != Exit.SIGPIPE:
            self._voice.say(ended(closed, session.tally, seconds, talk) + "\n")
        elif closed.exit in BAD_ENDS:
            # Even a quiet program says why it failed.
            raise InspectError(how_it_ended(closed, tongue=tongue), exit=Exit(closed.exit))
        return closed.exit

    def _fault_in_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """A callback raised. What the network does shows elsewhere; a fault of ours ends the session."""
        fault = context.get("exception")
        if isinstance(fault, Exception) and not isinstance(fault, OSError) and self._session is not None:
            self._session.broken(fault)

    def _fault_in_talk(self, talking: "asyncio.Task[None]") -> None:
        fault = None if talking.cancelled() else talking.exception()
        if isinstance(fault, Exception) and self._session is not None:
            self._session.broken(fault)

    # What ends a conversation from outside.

    def _signalled(self, exit: Exit) -> None:
        """Close on the first signal, leave on the second."""
        again = self._stopped is not None
        self._stop(exit, "")
        if again and self._session is not None:
            self._session.abort()
            self._sink.abandon()

    def _out_of_time(self) -> None:
        self._stop(Exit.TIMEOUT, f"--max-time of {self._wishes.max_time_s:g} s is over")

    def _stop(self, exit: Exit, cause: str) -> None:
        if self._stopped is None:
            self._stopped = exit, cause
        if self._session is None:
            if self._opening is not None:
                self._opening.cancel()
            return
        self._session.close(exit, cause)
        asyncio.get_running_loop().call_later(GIVE_UP_S, self._sink.abandon)

    def _output_failed(self) -> None:
        """Nobody reads any more, or the disk is full: there is nothing left to do here."""
        fault = self._sink.failure
        if isinstance(fault, BrokenPipeError):
            self._stop(Exit.SIGPIPE, "the reader of the output went away")
        elif fault is not None:
            error = self._cannot_write(fault)
            self._stop(error.exit, error.message)

    def _cannot_write(self, fault: OSError) -> InspectError:
        return InspectError(f"cannot write the output: {reason_of(fault)}", exit=Exit.OUTPUT)
