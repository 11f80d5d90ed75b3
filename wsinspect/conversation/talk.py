"""Our side of a conversation: what is sent, in order, and the close when nothing more comes back."""

import asyncio
import math
import sys
from collections.abc import Callable

from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Sending
from wsinspect.errors import Exit
from wsinspect.events import Moment
from wsinspect.net.session import Session
from wsinspect.term.source import lines
from wsinspect.vocabulary import WSMsgType

LONGEST_LINE = 64 << 20
"""Bytes of a line of standard input that we send as a message."""


class Talk:
    """Says what is to be said in a session."""

    def __init__(self, sending: Sending, voice: Voice, clock: Callable[[], Moment]) -> None:
        self._sending = sending
        self._voice = voice
        self._clock = clock

    async def run(self, session: Session) -> None:
        """Send all, then close when nothing more comes back."""
        sending = self._sending
        said = False
        for number, text in enumerate(sending.sends, 1):
            if not session.open:
                self._voice.notice(f"message {number} of {len(sending.sends)} was not sent: the connection is closing")
                return
            await session.send(WSMsgType.TEXT, text.encode())
            said = True
        if sending.reads_stdin:
            number = 0
            # Where it is closed, the number 0 may have become our socket's.
            async for line in lines(sys.stdin.fileno() if sys.stdin else -1, longest=LONGEST_LINE):
                number += 1
                if not session.open:
                    self._voice.notice(f"line {number} of standard input was not sent: the connection is closing")
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
        if said and sending.linger_s != math.inf:
            await self._linger(session)

    async def _linger(self, session: Session) -> None:
        """Close once no data message has come for as long as is wished."""
        linger_s = self._sending.linger_s
        since = self._clock().mono
        while (left := max(since, session.quiet_since()) + linger_s - self._clock().mono) > 0:
            await asyncio.sleep(left)
        if session.open:
            self._voice.notice(f"closing: all is sent, and no message came for {linger_s:g} s (see --linger)")
            session.close(Exit.OK)
