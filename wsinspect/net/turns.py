"""Giving way to others on the same loop after work that took long. Knows no connection."""

import asyncio
from collections.abc import Callable

LONG_S = 0.05
"""Work that took longer is to give way."""

TURNS = 10
"""So often the loop turns meanwhile: timers, signals and keys are heard, and what these set off."""


def after_turns(loop: asyncio.AbstractEventLoop, callback: Callable[[], None], turns: int = TURNS) -> None:
    """Call ``callback`` when the loop has turned so often."""
    if turns:
        loop.call_soon(after_turns, loop, callback, turns - 1)
    else:
        callback()
