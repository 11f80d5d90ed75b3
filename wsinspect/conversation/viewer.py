"""What is seen of a conversation: batches rendered and written, in order. Knows no connection."""

from typing import Protocol

from wsinspect.close_codes import Tongue
from wsinspect.conversation.wishes import Wishes
from wsinspect.events import Batch
from wsinspect.registry import FORMATS
from wsinspect.render.look import Renderer


class Out(Protocol):
    """Where what is shown goes: standard output, or the lines above a prompt."""

    async def write(self, text: str | bytes) -> None:
        """Write, or wait while too much is waiting; raises the OSError that an earlier write met."""

    async def finish(self) -> None:
        """Wait until all is written; raises the OSError that a write met."""


class Viewer:
    """Renders batch after batch into ``out``. After a failure of the output it takes batches, and shows no more."""

    def __init__(self, wishes: Wishes, out: Out) -> None:
        self._wishes = wishes
        self._out = out
        self._render: Renderer = FORMATS.load(wishes.format)(wishes.look)
        self.failure: OSError | None = None

    def read_codes_in(self, tongue: Tongue) -> None:
        """From here on, explain close codes in ``tongue``."""
        look = self._wishes.look._replace(tongue=tongue)
        self._render = FORMATS.load(self._wishes.format)(look)

    async def show(self, batch: Batch) -> None:
        """Write what is to be seen of a batch."""
        if self.failure is None:
            try:
                await self._out.write(self._render(batch))
            except OSError as fault:
                self.failure = fault

    async def finish(self) -> None:
        """Wait until all is written; what failed meanwhile is in ``failure``."""
        try:
            await self._out.finish()
        except OSError as fault:
            self.failure = fault
