"""A recording read ahead of its replay, as far as there is room: what is to be said waits in order, what was heard is
expected. Knows no connection."""

import asyncio
from collections.abc import Callable

from wsinspect.comparing.comparison import Comparison, Replies
from wsinspect.comparing.cues import Hear, Over, Part, Say
from wsinspect.comparing.values import Values
from wsinspect.events import DATA, Handshake
from wsinspect.replaying.feed import Feed
from wsinspect.replaying.waiting import Bell

SAYS = 10_000
SAYS_BYTES = 32 << 20
"""So many messages of ours, and bytes of them, are read ahead."""


class Ahead:
    """Reads the part of the client. ``late`` tells until when something that was heard at a time may still come."""

    def __init__(
        self, handshake: Handshake, values: Values, comparison: Comparison, bell: Bell, late: Callable[[float], float]
    ) -> None:
        self.part = Part("out", handshake)
        self.times = Replies()
        self.said = 0
        """So many messages our side said."""

        self.end: Over | None = None
        self.is_over = False
        """The connection has ended: the rest is only counted."""

        self._is_read = False
        self._values = values
        self._comparison = comparison
        self._bell = bell
        self._late = late
        self._says: asyncio.Queue[Say | Over] = asyncio.Queue()
        self._bytes = 0

    @property
    def is_reading(self) -> bool:
        """More of the recording comes as soon as it is read: there is room, and it is not at its end."""
        return not self._is_read and self._has_room() and not self._comparison.is_full

    async def next(self) -> Say | Over:
        """Return what is said next, or the last cue."""
        say = await self._says.get()
        if isinstance(say, Say):
            self._bytes -= say.message.size
            self._bell.ring()
        return say

    async def read(self, feed: Feed) -> None:
        """Read the recording to its end, or that of the connection."""
        part = self.part
        while not part.is_over and (batch := await feed.next()) is not None:
            for cue in part.cues(batch):
                if isinstance(cue, Hear):
                    await self._expect(cue)
                else:
                    assert isinstance(cue, Say)
                    await self._prepare(cue)
        self._is_read = True
        self.end = part.over()
        self._says.put_nowait(self.end)

    async def _expect(self, cue: Hear) -> None:
        message, comparison = cue.message, self._comparison
        if comparison.is_full:
            await self._bell.until(lambda: self.is_over or not comparison.is_full, lambda: self._late(message.at))
            if comparison.is_full:
                comparison.make_room()
        self.times.answered(message.at)
        comparison.expect(message)

    def _has_room(self) -> bool:
        return self._says.qsize() < SAYS and self._bytes <= SAYS_BYTES

    async def _prepare(self, cue: Say) -> None:
        await self._bell.until(lambda: self.is_over or self._has_room())
        self._values.repeated(cue.message)
        if cue.message.type in DATA:
            self.said += 1
            self.times.asked(cue.message.at)
        if not self.is_over:
            self._bytes += cue.message.size
            self._says.put_nowait(cue)
