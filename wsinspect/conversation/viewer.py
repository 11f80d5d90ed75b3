"""What is seen of a conversation: batches rendered and written, in order. Knows no connection."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from wsinspect.conversation.view import View
from wsinspect.conversation.wishes import Wishes
from wsinspect.events import Batch
from wsinspect.render.pieces import Shown


class Out(Protocol):
    """Where what is shown goes: standard output."""

    async def write(self, shown: Shown) -> None:
        """Write, or wait while too much is waiting; raises the OSError that an earlier write met."""

    async def finish(self) -> None:
        """Wait until all is written; raises the OSError that a write met."""


class Viewer(View):
    """Renders batch after batch into ``out``. After a failure of the output it takes batches, and shows no more.

    ``instead``, where set, takes the batches: while a prompt owns the terminal, and has them rendered as it can.
    """

    def __init__(self, wishes: Wishes, out: Out) -> None:
        super().__init__(wishes)
        self._out = out
        self.instead: Callable[[Batch], Awaitable[None]] | None = None
        self.failure: OSError | None = None

    async def show(self, batch: Batch) -> None:
        """Write what is to be seen of a batch."""
        self.see(batch)
        if self.instead is not None:
            await self.instead(batch)
        elif self.failure is None:
            text = self.shown(batch)  # a fault of ours in it is none of the output
            try:
                await self._out.write(text)
            except OSError as fault:
                self.failure = fault

    async def finish(self) -> None:
        """Wait until all is written; what failed meanwhile is in ``failure``."""
        try:
            await self._out.finish()
        except OSError as fault:
            self.failure = fault
