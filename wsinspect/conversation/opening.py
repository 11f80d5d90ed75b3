"""An opening that may be given up, and faults of ours, wherever in a loop they show. Knows no conversation."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from wsinspect.net.session import Session


class Opening:
    """Opens one session after the other; while one is being opened, it may be given up."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Session] | None = None
        self._given_up = False

    async def open(self, opening: Coroutine[Any, Any, Session]) -> Session | None:
        """Return the session, or None where it was given up; raises `InspectError`."""
        self._given_up = False
        self._task = asyncio.ensure_future(opening)
        try:
            return await self._task
        except asyncio.CancelledError:
            if not self._given_up:
                raise
            return None
        finally:
            self._task = None

    def give_up(self) -> None:
        """Wait no longer; does nothing where nothing is being opened."""
        if self._task is not None:
            self._given_up = True
            self._task.cancel()


def hear_faults(broken: Callable[[Exception], None]) -> None:
    """Have ``broken`` called with what callbacks of the running loop raise. What the network does shows elsewhere."""

    def heard(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        fault = context.get("exception")
        if isinstance(fault, Exception) and not isinstance(fault, OSError):
            broken(fault)

    # No library's trouble reaches a user but through us.
    asyncio.get_running_loop().set_exception_handler(heard)


def hear_of(task: "asyncio.Task[None]", broken: Callable[[Exception], None]) -> None:
    """Have ``broken`` called with what a task raises."""

    def ended(task: "asyncio.Task[None]") -> None:
        fault = None if task.cancelled() else task.exception()
        if isinstance(fault, Exception):
            broken(fault)

    task.add_done_callback(ended)
