"""Batches on their way from the socket to the screen: a queue bounded in bytes. Knows no socket."""

import asyncio
from collections import deque
from collections.abc import Callable

from wsinspect.events import Batch, Moment

HIGH = 1 << 20
LOW = 1 << 19
WIDE = 16 << 20
"""While the connection closes, reading goes on past the limit, to see the peer's close, up to this one."""


class Inbox:
    """Calls ``pause`` when it holds too much, and ``resume`` when it has room again."""

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._pause = pause
        self._resume = resume
        self._batches: deque[tuple[Batch, int]] = deque()
        self._size = 0
        self._high, self._low = HIGH, LOW
        self._full = False
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None

    def put(self, batch: Batch) -> None:
        """Append a batch."""
        cost = batch.cost
        self._batches.append((batch, cost))
        self._size += cost
        if self._size > self._high and not self._full:
            self._full = True
            self._pause()
        self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self._ended = True
        self._wake()

    def widen(self) -> None:
        """Take more than usual, for the end of a connection."""
        self._high = self._low = WIDE
        self._make_room()

    @property
    def oldest(self) -> Moment | None:
        """When the batch came that is taken next; None where all have been taken."""
        return self._batches[0][0].at if self._batches else None

    async def get(self) -> Batch | None:
        """Return the next batch, or None after the last."""
        while not self._batches:
            if self._ended:
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        batch, cost = self._batches.popleft()
        self._size -= cost
        self._make_room()
        return batch

    def _make_room(self) -> None:
        if self._full and self._size <= self._low:
            self._full = False
            self._resume()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
