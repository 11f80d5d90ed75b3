"""What is seen of a conversation: batches rendered and written, in order. Knows no connection."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from wsinspect.close_codes import Tongue
from wsinspect.conversation.wishes import Wishes
from wsinspect.events import Batch
from wsinspect.filters.looking import Looking
from wsinspect.registry import FORMATS
from wsinspect.render.look import Renderer
from wsinspect.render.pongs import PongTimes

if TYPE_CHECKING:
    from wsinspect.filters.sieve import Sieve


class Out(Protocol):
    """Where what is shown goes: standard output."""

    async def write(self, text: str | bytes) -> None:
        """Write, or wait while too much is waiting; raises the OSError that an earlier write met."""

    async def finish(self) -> None:
        """Wait until all is written; raises the OSError that a write met."""


class Viewer:
    """Renders batch after batch into ``out``. After a failure of the output it takes batches, and shows no more.

    ``instead``, where set, takes the batches: while a prompt owns the terminal, and has them rendered as it can.
    """

    def __init__(self, wishes: Wishes, out: Out) -> None:
        self._format = wishes.format
        self._out = out
        # What is filtered out or shown later counts all the same for how long a pong took.
        self._pongs = PongTimes()
        self.look = wishes.look._replace(rtt=self._pongs.of)
        self.render: Renderer = FORMATS.load(wishes.format)(self.look)
        """Makes of a batch what is to be written."""

        self.sieve: Sieve | None = None
        """Takes out of a batch what is not to be seen."""

        if wishes.looking.filters:
            self.look_for(wishes.looking)
        self.instead: Callable[[Batch], Awaitable[None]] | None = None
        self.failure: OSError | None = None

    def look_for(self, looking: Looking) -> None:
        """From here on, show what is looked for."""
        # What filters need is loaded when there are some.
        from wsinspect.filters.sieve import sieve

        self.sieve = sieve(looking)

    def change(self, **look: Any) -> None:
        """From here on, show things with a look that differs in this."""
        self.look = self.look._replace(**look)
        self.render = FORMATS.load(self._format)(self.look)

    def read_codes_in(self, tongue: Tongue) -> None:
        """From here on, explain close codes in ``tongue``."""
        # Mostly it is that of the start, whose renderer need not be made again.
        if tongue != self.look.tongue:
            self.change(tongue=tongue)

    async def show(self, batch: Batch) -> None:
        """Write what is to be seen of a batch."""
        if not batch.uniform:
            self._pongs.see(batch)
        if self.instead is not None:
            await self.instead(batch)
        elif self.failure is None:
            if self.sieve is not None:
                batch = self.sieve(batch)
            try:
                await self._out.write(self.render(batch))
            except OSError as fault:
                self.failure = fault

    async def finish(self) -> None:
        """Wait until all is written; what failed meanwhile is in ``failure``."""
        try:
            await self._out.finish()
        except OSError as fault:
            self.failure = fault
