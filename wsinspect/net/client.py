"""The client's side of a connection: its opening handshake (RFC 6455 section 4.1). Knows no DNS and no terminal."""

import asyncio
from typing import Any

from websockets.client import ClientProtocol
from websockets.http11 import Request, Response
from websockets.protocol import CONNECTING, OPEN, SEND_EOF, Event

from wsinspect.net.answer import read_answer
from wsinspect.net.tap import HEAD_LIMIT, Tap

BODY_WAIT_S = 1.0
"""So long we wait for the body of an answer that refuses."""


class ClientTap(Tap):
    """A connection to a server."""

    def __init__(self, protocol: ClientProtocol, **options: Any) -> None:
        super().__init__(protocol, **options)
        self._answered: asyncio.Future[None] = self.loop.create_future()
        self._patience: asyncio.TimerHandle | None = None
        self.lost_by: Exception | None = None

    @property
    def opened(self) -> bool:
        """The handshake succeeded."""
        return self._reader is not None

    async def handshake(self, request: Request) -> None:
        """Ask, and wait until the answer is there, whole or not, or the connection is lost; see `opened`."""
        assert isinstance(self.protocol, ClientProtocol)
        self.request = request
        self.protocol.send_request(request)
        self.send_data()
        await asyncio.wait([self._answered, self.connection_lost_waiter], return_when=asyncio.FIRST_COMPLETED)
        if self._patience is not None:
            self._patience.cancel()

    def head_received(self, rest: bytes) -> bytes:
        if self.protocol.state is OPEN:
            self._settle()
            self.begin()
            return rest
        answer = read_answer(self.head)
        if answer is None:
            # A banner of another protocol will not turn into HTTP by waiting.
            hopeless = self.protocol.handshake_exc is not None
        else:
            hopeless = answer.whole
            if self._patience is None and (self._head_whole or self.protocol.handshake_exc is not None):
                self._patience = self.loop.call_later(BODY_WAIT_S, self._settle)
        if hopeless or len(self.head) >= HEAD_LIMIT:
            self._settle()
        return b""

    def _settle(self) -> None:
        if not self._answered.done():
            self._answered.set_result(None)

    def process_event(self, event: Event) -> None:
        if isinstance(event, Response):
            self.response = event
        else:
            super().process_event(event)

    def send_data(self) -> None:
        if self.protocol.state is not CONNECTING:
            super().send_data()
            return
        # The library would end the connection as soon as the answer displeases it; we want to read its body.
        for data in self.protocol.data_to_send():
            if data != SEND_EOF:
                self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost_by = exc
        super().connection_lost(exc)
