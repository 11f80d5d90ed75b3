"""The client's side of a connection: its opening handshake (RFC 6455 section 4.1). Knows no DNS and no terminal."""

import asyncio
import re
from typing import Any

from websockets.client import ClientProtocol
from websockets.exceptions import SecurityError
from websockets.http11 import Request, Response
from websockets.protocol import CONNECTING, OPEN, SEND_EOF, Event

from wsinspect.net.answer import read_answer
from wsinspect.net.tap import HEAD_END, HEAD_LIMIT, Tap

BODY_WAIT_S = 1.0
"""So long we wait for the body of an answer that refuses."""

INTERIM = re.compile(rb"HTTP/1\.1 1(?!01)\d\d[ \r]")
INTERIM_BEGINS = b"HTTP/1.1 1"


class ClientTap(Tap):
    """A connection to a server."""

    def __init__(self, protocol: ClientProtocol, **options: Any) -> None:
        super().__init__(protocol, **options)
        self._answered: asyncio.Future[None] = self.loop.create_future()
        self._before_answer: bytes | None = b""
        self.interim = b""
        """The last interim answer, which is none yet."""

        self._interim_size = 0  # bytes of interim answers that were taken out
        self._patience: asyncio.TimerHandle | None = None
        self.lost_by: Exception | None = None

    @property
    def opened(self) -> bool:
        """The handshake succeeded, even where the connection is lost by now."""
        return self.began is not None

    @property
    def refused_by(self) -> Exception | None:
        """Why the answer opens nothing; None where it does, or is not one."""
        return self.limit_hit or self.protocol.handshake_exc

    @property
    def heard(self) -> bytes:
        """All that came of the server's answer, also what is no answer yet."""
        return self.head + (self._before_answer or b"")

    async def handshake(self, request: Request) -> None:
        """Ask, and wait until the answer is there, whole or not, or the connection is lost; see `opened`."""
        assert isinstance(self.protocol, ClientProtocol)
        self.request = request
        self.protocol.send_request(request)
        self.send_data()
        await asyncio.wait([self._answered, self.connection_lost_waiter], return_when=asyncio.FIRST_COMPLETED)
        if self._patience is not None:
            self._patience.cancel()

    def data_received(self, data: bytes) -> None:
        if self._before_answer is not None:
            data = self._without_interim(self._before_answer + data)
        super().data_received(data)

    def _without_interim(self, data: bytes) -> bytes:
        """Take out interim answers (1xx but 101, RFC 9110 section 15.2), which the library takes for the answer."""
        while True:
            # Before the status is there nothing is known; what cannot become one is handed on at once.
            undecided = len(data) < len(INTERIM_BEGINS) + 3 and data.startswith(INTERIM_BEGINS[: len(data)])
            interim = INTERIM.match(data) is not None
            end = data.find(HEAD_END) if interim else -1
            if undecided or (interim and end < 0 and len(data) < HEAD_LIMIT):
                self._before_answer = data
                return b""
            if end < 0:
                self._before_answer = None
                return data
            end += len(HEAD_END)
            self.interim, data = data[:end], data[end:]
            self._interim_size += end
            if self._interim_size > HEAD_LIMIT:
                self.limit_hit = SecurityError(f"more than {HEAD_LIMIT} bytes of interim answers (1xx) come before it")
                self.abort()
                self._settle()
                return b""

    def head_received(self, rest: bytes) -> bytes:
        if self.protocol.state is OPEN:
            self._settle()
            self.begin()
            return rest
        answer = read_answer(self.head)
        if answer is None:
            # A banner of another protocol will not turn into HTTP by waiting.
            hopeless = self.protocol.handshake_exc is not None or self._is_foreign()
        else:
            hopeless = answer.whole
            if self._patience is None and (self._head_whole or self.protocol.handshake_exc is not None):
                self._patience = self.loop.call_later(BODY_WAIT_S, self._settle)
        if hopeless or len(self.head) >= HEAD_LIMIT:
            self._settle()
        return b""

    def _is_foreign(self) -> bool:
        """Tell whether what came begins as another protocol does; binary ones do not end a line, for which to wait."""
        if b"HTTP/".startswith(self.head[:5]):
            return False
        from wsinspect.net.failure_tables import banner_of

        return banner_of(self.head) is not None

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
        self.head, self._before_answer = self.heard, None
        self.lost_by = exc
        super().connection_lost(exc)
