"""The lines above a prompt: what waits is drawn piece by piece, as the terminal takes it, and keys never wait long.

While more comes than can be drawn, the oldest messages give way, and their number is told. A pause only keeps things
from being drawn. Knows no connection and no commands.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator

from wsinspect.conversation.pending import Missing, Pending
from wsinspect.conversation.viewer import Viewer
from wsinspect.events import Batch, Moment
from wsinspect.render.pieces import Pieces, at_once_or_in_pieces, pieces_of
from wsinspect.term.screen import columns
from wsinspect.term.sink import Sink

TICK_S = 0.05
"""Time between two drawings."""
IDLE_S = 1.0
"""Time between two drawings where nothing came, so that figures age."""
SLICE = 64
"""Rows that are rendered between two looks at the time."""
RENDER_S = 0.02
"""Time that one drawing may spend on rendering: keys wait so long at most."""

LIVE = 4000
"""Messages that may wait to be drawn; more would come late."""
HELD = 10_000
"""Messages that may wait while the display is paused."""
WAITING_SIZE = 16 << 20
"""Bytes that may wait, as they cost in memory."""

LEAST, MOST = 4 << 10, 256 << 10
"""Characters of one drawing: what a terminal has not taken, a key has to wait for."""


class Board:
    """Draws through ``above``, which takes whole lines, and ``refresh``; ``sink`` tells if the terminal follows, and
    takes what is large as fast as that does, where ``clear`` has taken the prompt away."""

    def __init__(
        self,
        viewer: Viewer,
        sink: Sink,
        clock: Callable[[], Moment],
        above: Callable[[str], None],
        refresh: Callable[[], None],
        clear: Callable[[], None],
    ) -> None:
        self._viewer = viewer
        self._sink = sink
        self._clock = clock
        self._above = above
        self._refresh = refresh
        self._clear = clear
        self._queues = deque([Pending(LIVE, WAITING_SIZE)])
        """What waits, in order: what a pause held back, then what came since."""

        self._said: deque[str] = deque()
        """Texts that are drawn even in a pause."""

        self._large: Pieces | None = None
        """Lines that are too much for one drawing; they are the next."""

        self._something = asyncio.Event()
        self._room = MOST
        self._over = False
        self.paused = False
        self.missing = 0
        """Messages that were not drawn."""

    @property
    def waiting(self) -> int:
        """So many messages wait, or gave way to others since the last drawing."""
        return sum([queue.messages + queue.missing for queue in self._queues])

    def put(self, batch: Batch) -> None:
        """Have a batch drawn."""
        self._queues[-1].put(batch)
        self._something.set()

    def say(self, text: str) -> None:
        """Have a text drawn: behind what waits, or at once in a pause."""
        if self.paused:
            self._said.append(text)
        else:
            self._queues[-1].say(text)
        self._something.set()

    def pause(self) -> None:
        """Draw no batches until `resume`."""
        if self.paused:
            return
        self.paused = True
        first, *later = self._queues
        first.widen(HELD)
        for queue in later:
            first.append(queue)
        self._queues = deque([first])

    def resume(self) -> None:
        """Draw what was held back, then go on."""
        if not self.paused:
            return
        self.paused = False
        self._queues.append(Pending(LIVE, WAITING_SIZE))
        self._something.set()

    def drop(self) -> None:
        """Let go of the messages that wait; their number is told."""
        for queue in self._queues:
            queue.drop()

    async def run(self) -> None:
        """Draw whenever there is something, and now and then, until cancelled."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._something.wait(), IDLE_S)
                self._something.clear()
                await self.draw()
                await asyncio.sleep(TICK_S)
        finally:
            self._over = True

    async def drained(self) -> None:
        """Wait until all that may be drawn is drawn; gives up where the output or the drawing failed."""
        while self._has_more() and self._sink.failure is None and not self._over:
            await asyncio.sleep(TICK_S)

    async def draw(self) -> None:
        """Draw as much of what waits as the terminal is ready for."""
        if self._sink.waiting:
            # It does not follow: less at a time, and nothing before it has taken the last.
            self._room = max(self._room // 2, LEAST)
            self._something.set()
            return
        width = columns()
        if self._viewer.look.width not in (None, width):
            self._viewer.change(width=width)
        text = self._next_lines() if self._large is None else ""
        if text:
            self._room = min(self._room * 3 // 2, MOST)
            self._above(text if text.endswith("\n") else f"{text}\n")
        else:
            if self._large is not None:
                await self._write(self._large)
            self._refresh()
        if self._has_more():
            self._something.set()

    async def _write(self, large: Pieces) -> None:
        """Write lines piece by piece; whatever else is drawn meanwhile comes behind them."""
        self._clear()
        with contextlib.suppress(OSError):  # who watches the output knows
            await self._sink.write(Pieces(lambda: _whole_lines(large)))
        self._large = None

    def _has_more(self) -> bool:
        return bool(self._said or self._large) or (not self.paused and any(self._queues))

    def _next_lines(self) -> str:
        lines: list[str] = []
        size, until = 0, self._clock().mono + RENDER_S
        while size < self._room:
            text = self._next()
            if text is None:
                break
            if isinstance(text, Pieces):
                self._large = text
                break
            lines.append(text)
            size += len(text)
            if self._clock().mono > until:
                break
        return "".join(lines)

    def _next(self) -> str | Pieces | None:
        """Return the next lines, if there are any."""
        if self._said:
            return self._said.popleft()
        if self.paused:
            return None
        item = self._queues[0].take(SLICE)
        while item is None and len(self._queues) > 1:
            self._queues.popleft()
            item = self._queues[0].take(SLICE)
        if item is None or isinstance(item, str):
            return item
        if isinstance(item, Missing):
            self.missing += item.messages
            style = self._viewer.look.palette
            number = f"{item.messages:,} message{'' if item.messages == 1 else 's'}"
            return f"{style.dim}… {number} not shown{style.reset}\n"
        return at_once_or_in_pieces(self._viewer.render(item), MOST)


def _whole_lines(large: Pieces) -> Iterator[str | bytes]:
    last: str | bytes = ""
    for piece in pieces_of(large):
        yield piece
        last = piece or last
    if last[-1:] not in ("\n", b"\n"):
        yield "\n"
