"""One connection from opening to exit code: shown, talked to, and ended as wished. Knows no flags.

The loop in `_show` is all that happens to a message on its way to the screen.
"""

import asyncio
import contextlib
import math
import sys
from collections.abc import Callable
from typing import NamedTuple

from wsinspect.close_codes import PLAIN_TONGUE, Tongue
from wsinspect.errors import Exit, InspectError
from wsinspect.events import ABNORMAL, Batch, Closed, Handshake, Moment, Tally
from wsinspect.net.session import CLOSED, Connecting, Session, open_session
from wsinspect.redact import HIDDEN, is_secret_header, redact_headers, redact_subprotocols, redact_text, redact_url
from wsinspect.registry import FORMATS
from wsinspect.render.look import Look
from wsinspect.render.summary import connected, ended, how_it_ended
from wsinspect.term.screen import put, reason_of, say
from wsinspect.term.signals import heeding
from wsinspect.term.sink import Sink
from wsinspect.term.source import lines
from wsinspect.vocabulary import WSMsgType

GIVE_UP_S = 2.0
"""So long after a signal or a limit in time, what cannot be written is given up."""

LONGEST_LINE = 64 << 20
"""Bytes of a line of standard input that we send as a message."""

BAD_ENDS = (Exit.UNMET, Exit.USAGE, Exit.LOST, Exit.VIOLATION, Exit.TIMEOUT, Exit.TOO_BIG, Exit.OUTPUT)


class Wishes(NamedTuple):
    """What is to be shown and said, and when it is enough; times in seconds.

    ``format`` is a name in `FORMATS`; ``talk`` and ``summary`` are the looks of standard error; ``sends`` go out
    first, then the lines of standard input, unless ``reads_stdin`` is off.
    """

    format: str
    look: Look
    talk: Look
    quiet: bool = False
    json_summary: bool = False
    show_secrets: bool = False
    sends: tuple[str, ...] = ()
    reads_stdin: bool = True
    linger_s: float = 1.0
    for_s: float | None = None
    max_time_s: float | None = None


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
        self._sink: Sink | None = None
        self._opening: asyncio.Task[Session] | None = None
        self._stopped: tuple[Exit, str] | None = None

    async def run(self) -> int:
        """Have the conversation; raises `InspectError` if it cannot be opened, or its output fails."""
        wishes = self._wishes
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._fault_in_loop)  # no library's trouble reaches a user but through us
        with heeding(self._signalled):
            if wishes.max_time_s is not None:
                loop.call_later(wishes.max_time_s, self._out_of_time)
            session = await self._open()
            if session is None:
                assert self._stopped is not None
                exit, cause = self._stopped
                error = InspectError(cause or "stopped before the connection was open", exit=exit)
                self._tell_failure(error)
                if cause:
                    raise error
                return exit
            self._session = session
            if self._stopped is not None:
                # It came in the very moment in which the connection opened.
                session.close(*self._stopped)
            if wishes.for_s is not None:
                loop.call_later(wishes.for_s, session.close, Exit.OK)
            return await self._follow(session)

    async def _open(self) -> Session | None:
        """Open the connection; None if it was stopped meanwhile."""
        self._opening = asyncio.ensure_future(open_session(self._connecting, self._clock))
        try:
            return await self._opening
        except asyncio.CancelledError:
            if self._stopped is None:
                raise
            return None
        except InspectError as error:
            self._tell_failure(error)
            raise

    def _tell_failure(self, error: InspectError) -> None:
        """Show what came instead of a connection; NDJSON ends with its CLOSED line all the same."""
        wishes = self._wishes
        render = FORMATS.load(wishes.format)(wishes.look)
        from wsinspect.net.failures import HandshakeRefused
        from wsinspect.render.refusal import refusal

        if isinstance(error, HandshakeRefused):
            handshake = self._shown(error.handshake)
            if wishes.format == "ndjson":
                from wsinspect.render.ndjson import handshake_line

                put(handshake_line(handshake))
            if error.answer is not None:
                shown = refusal(handshake, error.answer, wishes.talk)
                say(shown if wishes.show_secrets else redact_text(self._without_ours(shown)))
        cause = error.message if wishes.show_secrets else redact_text(error.message)
        closed = Closed("nobody", False, ABNORMAL, "", None, cause, error.exit)
        if wishes.format == "ndjson":
            put(render(Batch(self._clock(), "in", [(CLOSED, closed, 0)])))
        if wishes.json_summary:
            say(self._in_json(closed, Tally(), 0.0))

    def _without_ours(self, text: str) -> str:
        """Take our own credentials out of an answer that repeats the question."""
        for name, value in self._connecting.headers:
            if is_secret_header(name):
                for secret in {value, value.rpartition(" ")[2]}:
                    text = text.replace(secret, HIDDEN) if len(secret) > 3 else text
        return text

    async def _follow(self, session: Session) -> int:
        """Show an open connection to its end."""
        wishes = self._wishes
        handshake = self._shown(session.handshake)
        tongue = self._tongue_of(session.handshake.subprotocol)
        talk = wishes.talk._replace(tongue=tongue)
        sink = self._sink = Sink(sys.stdout.fileno() if sys.stdout else -1, self._output_failed)
        if not wishes.quiet:
            say(connected(handshake, talk) + "\n")
        talking = asyncio.ensure_future(self._talk(session))
        talking.add_done_callback(self._fault_in_talk)
        try:
            await self._show(session, sink, handshake, wishes.look._replace(tongue=tongue))
        finally:
            talking.cancel()
            # A fault of its own has ended the session already.
            await asyncio.wait([talking])
        closed = session.closed
        assert closed is not None
        seconds = self._clock().mono - handshake.at.mono
        if wishes.json_summary:
            await self._tell(self._in_json(closed, session.tally, seconds, tongue))
        elif not wishes.quiet and closed.exit != Exit.SIGPIPE:
            await self._tell(ended(closed, session.tally, seconds, talk) + "\n")
        elif closed.exit in BAD_ENDS:
            # Even a quiet program says why it failed.
            raise InspectError(how_it_ended(closed, tongue=tongue), exit=Exit(closed.exit))
        return closed.exit

    async def _show(self, session: Session, sink: Sink, handshake: Handshake, look: Look) -> None:
        """Render batch after batch; when the output fails, see the connection off all the same."""
        render = FORMATS.load(self._wishes.format)(look)
        failure: OSError | None = None
        try:
            if self._wishes.format == "ndjson":
                from wsinspect.render.ndjson import handshake_line

                await sink.write(handshake_line(handshake))
        except OSError as fault:
            failure = fault
        async for batch in session.batches():
            if failure is None:
                try:
                    await sink.write(render(batch))
                except OSError as fault:
                    failure = fault
        try:
            await sink.finish()
        except OSError as fault:
            if not isinstance(fault, BrokenPipeError) and session.closed and session.closed.exit == Exit.OK:
                raise self._cannot_write(fault) from fault

    async def _talk(self, session: Session) -> None:
        """Send what is to be sent, then close when nothing more comes back."""
        wishes = self._wishes
        said = False
        for number, text in enumerate(wishes.sends, 1):
            if not session.open:
                self._notice(f"message {number} of {len(wishes.sends)} was not sent: the connection is closing")
                return
            await session.send(WSMsgType.TEXT, text.encode())
            said = True
        if wishes.reads_stdin:
            number = 0
            # Where it is closed, the number 0 may have become our socket's.
            async for line in lines(sys.stdin.fileno() if sys.stdin else -1, longest=LONGEST_LINE):
                number += 1
                if not session.open:
                    self._notice(f"line {number} of standard input was not sent: the connection is closing")
                    return
                if len(line) > LONGEST_LINE:
                    session.close(
                        Exit.USAGE, f"line {number} of standard input is longer than {LONGEST_LINE >> 20} MiB"
                    )
                    return
                try:
                    line.decode()
                except UnicodeDecodeError:
                    session.close(Exit.USAGE, f"line {number} of standard input is not UTF-8, so it is no text")
                    return
                await session.send(WSMsgType.TEXT, line)
                said = True
        if said and wishes.linger_s != math.inf:
            await self._linger(session)

    async def _linger(self, session: Session) -> None:
        """Close once no data message has come for as long as is wished."""
        linger_s = self._wishes.linger_s
        since = self._clock().mono
        while (left := max(since, session.quiet_since()) + linger_s - self._clock().mono) > 0:
            await asyncio.sleep(left)
        if session.open:
            self._notice(f"closing: all is sent, and no message came for {linger_s:g} s (see --linger)")
            session.close(Exit.OK)

    def _in_json(self, closed: Closed, tally: Tally, seconds: float, tongue: Tongue = PLAIN_TONGUE) -> str:
        from wsinspect.render.ndjson import summary_line

        return summary_line(closed, tally, seconds, tongue)

    async def _tell(self, text: str) -> None:
        """Say a last word, but do not wait for ever for someone to hear it."""
        if sys.stderr is not None:
            voice = Sink(sys.stderr.fileno(), lambda: None)
            with contextlib.suppress(OSError):
                await voice.write(text)
                await asyncio.wait_for(voice.finish(), GIVE_UP_S)

    def _notice(self, text: str) -> None:
        if not self._wishes.quiet:
            style = self._wishes.talk.palette
            say(f"{style.dim}● {text}{style.reset}\n")

    def _shown(self, handshake: Handshake) -> Handshake:
        """Return the handshake without its secrets, unless they are asked for."""
        if self._wishes.show_secrets:
            return handshake
        return handshake._replace(
            url=redact_url(handshake.url),
            subprotocol=redact_subprotocols(handshake.subprotocol) if handshake.subprotocol else handshake.subprotocol,
            request=redact_headers(handshake.request),
            response=redact_headers(handshake.response),
        )

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
        if again and self._session is not None and self._sink is not None:
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
        if self._sink is not None:
            asyncio.get_running_loop().call_later(GIVE_UP_S, self._sink.abandon)

    def _output_failed(self) -> None:
        """Nobody reads any more, or the disk is full: there is nothing left to do here."""
        assert self._session is not None
        assert self._sink is not None
        fault = self._sink.failure
        if isinstance(fault, BrokenPipeError):
            self._session.close(Exit.SIGPIPE, "the reader of the output went away")
        elif fault is not None:
            error = self._cannot_write(fault)
            self._session.close(error.exit, error.message)

    def _cannot_write(self, fault: OSError) -> InspectError:
        return InspectError(f"cannot write the output: {reason_of(fault)}", exit=Exit.OUTPUT)
