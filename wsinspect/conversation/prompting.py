"""The coming and going of a prompt: loaded once a connection is open, taken away at the end. Draws nothing."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.events import Batch, Moment
from wsinspect.net.session import Session
from wsinspect.term.sink import Sink

if TYPE_CHECKING:
    from wsinspect.conversation.console import Console
    from wsinspect.conversation.deeds import Helm


class Prompting:
    """Has a `Console` from the first connection to the end of the last."""

    def __init__(
        self, wishes: Wishes, viewer: Viewer, voice: Voice, sink: Sink, clock: Callable[[], Moment], helm: "Helm"
    ) -> None:
        self._given = wishes, viewer, voice, sink, clock, helm
        self._viewer = viewer
        self._helm = helm
        self._console: Console | None = None
        self._loading: asyncio.Task[None] | None = None

    def meet(self, session: Session) -> None:
        """A connection is open: begin with the prompt, or tell it."""
        if self._console is not None:
            self._console.meet(session)
        elif self._loading is None:
            self._viewer.instead = self._hold
            self._loading = asyncio.ensure_future(self._begin(session))
            self._loading.add_done_callback(self._begun)

    async def _begin(self, session: Session) -> None:
        def load() -> "type[Console]":
            from wsinspect.conversation.console import Console

            return Console

        # It takes a tenth of a second, in which pings are answered.
        console = (await asyncio.to_thread(load))(*self._given)
        console.know(session)
        console.begin()
        self._console = console

    def _begun(self, loading: "asyncio.Task[None]") -> None:
        fault = None if loading.cancelled() else loading.exception()
        if isinstance(fault, Exception):
            self._helm.broken(fault)

    async def _hold(self, batch: Batch) -> None:
        """Keep what comes waiting, so that the prompt sees and counts all of it."""
        assert self._loading is not None
        await asyncio.wait([self._loading])
        if self._console is not None:
            await self._console.take(batch)

    async def shown(self) -> None:
        """Wait until all that came so far is shown."""
        if self._loading is not None:
            await asyncio.wait([self._loading])
        if self._console is not None:
            await self._console.drained()

    async def end(self) -> None:
        """Take the prompt away; once is enough."""
        if self._loading is not None:
            await asyncio.wait([self._loading])
        console, self._console = self._console, None
        if console is not None:
            await console.leave()
