"""The server's side of a connection, and a listener on loopback. Knows no terminal.

Anything that listens here binds to loopback and turns away pages of foreign origins, since any web page may try to
open a WebSocket to this machine.
"""

import logging
import re
import socket
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.protocol import CONNECTING, OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from wsinspect.events import Moment
from wsinspect.net.tap import HEAD_LIMIT, Tap

BACKLOG = 1024
"""So many clients may have come and not been let in yet; of more, the system drops some, and these come again later."""

LOOPBACK = "127.0.0.1"
LOCAL_ORIGIN = re.compile(r"https?://(?:localhost|[\w.-]+\.localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?", re.ASCII)
"""Pages of this machine, by the origins that browsers write. Host is not looked at: names may lead here by rights, and
a page whose name was made to lead here (DNS rebinding) is told by its Origin."""

Handler = Callable[["ServerTap"], Awaitable[None]]


class ServerTap(Tap, ServerConnection):
    """A connection from a client; ``path`` is the requested path with its query."""

    protocol: ServerProtocol

    def __init__(self, protocol: ServerProtocol, server: Server, *, echoes: Callable[[str], bool], **rest: Any) -> None:
        super().__init__(protocol, server, **rest)
        self._echoes = echoes
        self._early = b""

    @property
    def path(self) -> str:
        """What the client asked for."""
        return self.request.path if self.request is not None else "/"

    async def handshake(self, *arguments: Any, **options: Any) -> None:
        await super().handshake(*arguments, **options)
        if self.protocol.state is OPEN:
            self._echo = self._echoes(self.path)
            self.begin()
            early, self._early = self._early, b""
            if early:
                self.data_received(early)

    def head_received(self, rest: bytes) -> bytes:
        # Frames may come before we have answered; where the answer is a refusal, they are nothing to us.
        if self.response is None or self.protocol.state is OPEN:
            self._early += rest
        if len(self.head) >= HEAD_LIMIT and not self._head_whole:
            self.abort()
        return b""


@asynccontextmanager
async def listening(
    handler: Handler,
    clock: Callable[[], Moment],
    *,
    port: int = 0,
    max_size: int | None = 16 << 20,
    echoes: Callable[[str], bool],
    subprotocol: str | None = None,
    compresses: bool = True,
) -> AsyncIterator[str]:
    """Listen on loopback and yield the URL.

    ``handler`` gets each connection and drains its inbox; ``echoes`` says at which paths every data message is sent
    back at once; ``subprotocol`` is agreed on where it is offered.
    """
    logger = logging.getLogger("wsinspect.quiet")
    logger.disabled = True
    taps: weakref.WeakSet[ServerTap] = weakref.WeakSet()

    def tap(protocol: Any, server: Any, **_: Any) -> ServerTap:
        made = ServerTap(protocol, server, echoes=echoes, clock=clock, max_size=max_size)
        taps.add(made)
        return made

    async def handle(connection: ServerConnection) -> None:
        assert isinstance(connection, ServerTap)
        await handler(connection)

    def select(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return next((name for name in offered if name == subprotocol), None)

    # Made here: where there is no socket to be had, asyncio says nothing and listens on none.
    listener = socket.create_server((LOOPBACK, port))
    async with serve(
        handle,
        backlog=BACKLOG,
        sock=listener,
        create_connection=tap,  # type: ignore[arg-type]
        origins=[None, LOCAL_ORIGIN],
        select_subprotocol=select,
        compression="deflate" if compresses else None,
        max_size=None,
        ping_interval=None,
        server_header="wsinspect",
        logger=logger,
    ) as server:
        try:
            yield f"ws://{LOOPBACK}:{listener.getsockname()[1]}/"
        finally:
            server.close()
            # Whoever has not asked for anything yet is not waited for.
            for waiting in taps:
                if waiting.protocol.state is CONNECTING and hasattr(waiting, "transport"):
                    waiting.abort()
