"""A client on a raw socket, for tests of our servers: it sends what it is told, and reads what comes."""

import os
import socket
from urllib.parse import SplitResult, urlsplit

from tests.servers import BOUND_S
from wsinspect.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, write_frame

__all__ = ["BINARY", "CLOSE", "PING", "PONG", "TEXT", "RawClient", "masked"]


def masked(payload: bytes | str, opcode: int = TEXT, *, fin: bool = True) -> bytes:
    """Return a frame as a client sends it."""
    data = payload.encode() if isinstance(payload, str) else payload
    return write_frame(data, opcode, fin=fin, mask=os.urandom(4))


class RawClient:
    """Connects; ``glued`` goes out in the same packet as the request, in which ``host`` stands.

    ``status`` and ``head`` are the answer's.
    """

    def __init__(self, url: str, *headers: str, glued: bytes = b"", buffer: int | None = None, host: str = "") -> None:
        parts = urlsplit(url)
        self.sock = socket.socket()
        if buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.settimeout(BOUND_S)
        self._rest = b""
        try:
            self._open(parts, headers, glued, host or parts.netloc)
        except BaseException:
            self.sock.close()
            raise

    def _open(self, parts: SplitResult, headers: tuple[str, ...], glued: bytes, host: str) -> None:
        self.sock.connect((parts.hostname, parts.port))
        lines = [
            f"GET {parts.path or '/'}{parts.query and f'?{parts.query}'} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            *headers,
        ]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode() + glued)
        while b"\r\n\r\n" not in self._rest:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError(f"the server left after {self._rest!r}")
            self._rest += data
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        self.status = int(self.head.split()[1])

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def frame(self) -> tuple[int, bytes] | None:
        """Return the next frame as (opcode, payload); None at the end of the stream."""
        try:
            first, second = self._take(2)
            assert second < 0x80, "a server's frame must not be masked"
            size = second
            if size > 125:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            return first & 0xF, self._take(size)
        except (EOFError, ConnectionResetError):
            return None

    def frames(self) -> list[tuple[int, bytes]]:
        """Return what comes up to the end of the stream; a close is answered, as a good client does."""
        got = []
        while (frame := self.frame()) is not None:
            got.append(frame)
            if frame[0] == CLOSE:
                try:
                    self.send(masked(frame[1], CLOSE))
                except OSError:
                    pass
        return got

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self._rest += data
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken
