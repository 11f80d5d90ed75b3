"""Waiting for something to become true, with patience that grows as long as things happen. Knows no connection."""

import asyncio
import contextlib
from collections.abc import Callable


class Bell:
    """Rings when something has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Let all who wait look again."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, condition: Callable[[], bool], deadline: Callable[[], float] | None = None) -> bool:
        """Wait until a condition holds, looking at each ring; False where it did not by the ``deadline``, which may
        move: a moment on the loop's clock."""
        loop = asyncio.get_running_loop()
        while not condition():
            event = self._event
            if deadline is None:
                await event.wait()
                continue
            left = deadline() - loop.time()
            if left <= 0:
                return False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await event.wait()
        return True
