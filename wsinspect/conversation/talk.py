"""Our side of a conversation: what is sent, in order, and the close when nothing more comes back."""

import asyncio
import math
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Sending
from wsinspect.errors import Exit
from wsinspect.events import Batch, Moment
from wsinspect.net.session import Session
from wsinspect.term.source import Pieces
from wsinspect.vocabulary import WSMsgType

if TYPE_CHECKING:
    from wsinspect.conversation.script import Script
    from wsinspect.outgoing import Outgoing

LONGEST_PIECE = 64 << 20
"""Bytes of a line of standard input that we send as a message."""


class Talk:
    """Says what is to be said, in one session or in several: the greetings in each, all else once.

    What one session did not send is left for the next; `over` tells what was left when there is none.
    """

    def __init__(self, sending: Sending, voice: Voice, clock: Callable[[], Moment]) -> None:
        self._sending = sending
        self._voice = voice
        self._clock = clock
        self._script: Script | None = None
        self._done = 0
        """So many of the sends are behind us."""

        self._pieces: Pieces | None = None
        self._number = 0
        self._held: bytes | None = None
        """A piece of standard input that was taken and not sent."""

        self._faulty = False
        self._spoke = self._over = False
        self._sent_at = -math.inf

    @property
    def waiting(self) -> bool:
        """A message is waited for: `saw` must be given every batch."""
        return self._script is not None and self._script.waiting

    def saw(self, batch: Batch) -> None:
        """Look for what is waited for in a batch; only needed while `waiting`."""
        if self._script is not None:
            self._script.saw(batch)

    def speak(self, session: Session) -> Awaitable[None]:
        """Begin to watch the session, and return what says all in it when awaited: the greetings, then what is left.

        At the end, it closes the session when nothing more comes back.
        """
        self._spoke = True
        self._note_progress()
        steps = (*self._sending.greetings, *self._sending.sends[self._done :])
        if steps:
            # Most people send lines only.
            from wsinspect.conversation.script import Script

            self._script = Script(steps, session, self._rest, self._clock)
        return self._speak(session)

    async def _speak(self, session: Session) -> None:
        if self._script is not None and not await self._script.run():
            return
        if self._sending.reads_stdin and not await self._send_input(session):
            return
        if (self._sending.sends or self._number) and self._sending.linger_s != math.inf:
            await self._linger(session)

    async def _send_input(self, session: Session) -> bool:
        """Send the pieces of standard input; tell whether all is sent."""
        sending = self._sending
        type = WSMsgType.BINARY if sending.binary else WSMsgType.TEXT
        if self._pieces is None:
            # Where it is closed, the number 0 may have become our socket's.
            self._pieces = Pieces(sys.stdin.fileno() if sys.stdin else -1, sending.delimiter or None, LONGEST_PIECE)
        while True:
            if self._held is None:
                self._held = await self._pieces.next()
                if self._held is None:
                    return True
                self._number += 1
            if sending.interval_s:
                await self._rest()
            if not session.open:
                return False
            fault = self._fault(self._held)
            if fault:
                self._faulty = True
                session.close(Exit.USAGE, f"{self._piece(self._number)} of standard input {fault}")
                return False
            piece, self._held = self._held, None
            await session.send(type, piece)

    def _fault(self, piece: bytes) -> str:
        """Return why a piece cannot be sent as is wished, or an empty string."""
        sending = self._sending
        if len(piece) > LONGEST_PIECE:
            return f"is longer than {LONGEST_PIECE >> 20} MiB"
        if sending.binary:
            return ""
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            return "is not UTF-8, so it is no text (see --binary)"
        if sending.json:
            from wsinspect.json_faults import json_fault

            fault = json_fault(text)
            if fault is not None:
                one_line = sending.delimiter == b"\n" and fault.line
                return f"is not JSON: {f'column {fault.column}: {fault.what}' if one_line else fault}"
        return ""

    async def _rest(self) -> None:
        """Wait until the next may be sent."""
        interval_s = self._sending.interval_s
        if interval_s:
            left = self._sent_at + interval_s - self._clock().mono
            if left > 0:
                await asyncio.sleep(left)
            self._sent_at = self._clock().mono

    async def _linger(self, session: Session) -> None:
        """Close once no data message has come for as long as is wished."""
        linger_s = self._sending.linger_s
        since = self._clock().mono
        while (left := max(since, session.quiet_since()) + linger_s - self._clock().mono) > 0:
            await asyncio.sleep(left)
        if session.open:
            self._voice.notice(f"closing: all is sent, and no message came for {linger_s:g} s (see --linger)")
            session.close(Exit.OK)

    # What is left unsaid.

    def over(self) -> None:
        """Tell what was not sent, once no session is to come any more. Where none came at all, that says enough."""
        if self._over or not self._spoke:
            return
        self._over = True
        greeted = self._note_progress()
        greetings, sends = self._sending.greetings, self._sending.sends
        self._tell_unsent("message", greetings, greeted, " of --on-connect" if sends else "")
        self._tell_unsent("message", sends, self._done, "")
        if self._pieces is not None and not self._faulty:
            first = self._number if self._held is not None else self._number + 1
            last = self._number + self._pieces.held()
            if first <= last:
                self._tell(f"{self._piece(first, last)} of standard input", several=last > first)

    def _note_progress(self) -> int:
        """Take over what the last script did; return how many greetings were among it."""
        greetings = len(self._sending.greetings)
        if self._script is None:
            return greetings
        script, self._script = self._script, None
        self._done += max(0, script.done - greetings)
        return min(script.done, greetings)

    def _tell_unsent(self, what: str, steps: "tuple[Outgoing, ...]", done: int, where: str) -> None:
        if done == len(steps):
            return
        from wsinspect.conversation.script import SENDERS

        unsent = [number for number, step in enumerate(steps[done:], done + 1) if type(step) in SENDERS]
        if unsent:
            self._tell(f"{_numbered(what, unsent[0], unsent[-1])} of {len(steps)}{where}", several=len(unsent) > 1)

    def _piece(self, first: int, last: int | None = None) -> str:
        return _numbered("line" if self._sending.delimiter == b"\n" else "message", first, last or first)

    def _tell(self, what: str, *, several: bool) -> None:
        self._voice.notice(f"{what} {'were' if several else 'was'} not sent before the connection ended")


def _numbered(what: str, first: int, last: int) -> str:
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"
