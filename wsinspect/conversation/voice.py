"""What is said on standard error: notices as it happens, and last words. A blocked one never stops a connection."""

import asyncio
import contextlib
import sys
from collections.abc import Callable

from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import InspectError
from wsinspect.render.look import Look
from wsinspect.render.safe import neutral
from wsinspect.term.sink import Sink

GIVE_UP_S = 2.0
"""So long after the end, what cannot be said is given up."""


class Voice:
    """Says things in order. ``instead``, where set, takes the texts: while a prompt owns the terminal.

    ``beside`` is the way of the data, where that leads to the same terminal: what is said then keeps its place in it.
    """

    def __init__(self, wishes: Wishes, beside: Sink | None = None) -> None:
        self.shows_secrets = wishes.show_secrets
        """Nobody asked for them to be hidden in what is said."""

        self._quiet = wishes.quiet
        self._look: Look = wishes.talk
        self._sink = Sink(sys.stderr.fileno(), lambda: None) if sys.stderr is not None else None
        self._beside = beside
        self.instead: Callable[[str], None] | None = None

    def notice(self, text: str) -> None:
        """Say a line on what we do by ourselves, unless we are to be quiet."""
        if not self._quiet:
            style = self._look.palette
            self.say(f"{style.dim}● {text}{style.reset}\n")

    def error(self, error: InspectError) -> None:
        """Say what went wrong while something else goes on; even a quiet program does."""
        style = self._look.palette
        hint = f"{style.bold}hint:{style.reset} {neutral(error.hint)}\n" if error.hint else ""
        self.say(f"{style.error}error:{style.reset} {neutral(error.message)}\n{hint}")

    def tell(self, text: str) -> None:
        """Say finished text, unless we are to be quiet."""
        if not self._quiet:
            self.say(text)

    def say(self, text: str) -> None:
        """Say finished text; never waits."""
        if self.instead is not None:
            self.instead(text)
        elif self._beside is not None and self._beside.is_open:
            self._beside.push(text)
        elif self._sink is not None:
            self._sink.push(text)

    async def finish(self) -> None:
        """Wait until all is said, but not for ever for someone to hear it."""
        if self._sink is not None:
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(self._sink.finish(), GIVE_UP_S)
