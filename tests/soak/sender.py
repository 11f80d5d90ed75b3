"""A server of numbered messages, faster than any client: `python -m tests.soak.sender`. No WebSocket library in it.

The path says what comes. ``/SECONDS/COUNT`` sends for so long and at least so many messages, then closes with 1000.
``/SECONDS/COUNT/PART`` closes with 1012 after every PART of them, goes on where it was with whoever comes next, and
closes with 1000 at the end. ``/SECONDS/COUNT/0/RATE`` sends no more than RATE messages a second. Pings are answered
between two writes.

Its port is printed first, then, at the end of each stream, how many messages were sent. It ends when its stdin does.
"""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator

from tests.bench.sender import CLOSE_1000, answer, leave_in_time
from tests.soak.numbered import FRAMES, TOGETHER, block
from wsinspect.wire.frames import CLOSE, PING, PONG, apply_mask, write_frame

STALL_S = 300.0
BLOCKS = 16
"""Blocks that are written at once, at full speed."""
CLOSE_1012 = b"\x88\x02\x03\xf4"


class Stream:
    """What is sent, over one connection or over several one after the other."""

    def __init__(self, seconds: float, count: int, part: int, rate: float) -> None:
        self.sent = 0
        self._ends = time.monotonic() + seconds
        self._count = count
        self._part = part // TOGETHER
        self._pause_s = TOGETHER / rate if rate else 0.0

    @property
    def over(self) -> bool:
        return self.sent >= self._count and time.monotonic() >= self._ends

    def pieces(self) -> Iterator[bytes]:
        """Yield what one connection is sent."""
        blocks = 0
        while not self.over and not (self._part and blocks >= self._part):
            number = self.sent // TOGETHER
            several = 1 if self._pause_s or self._part else BLOCKS
            # Counted before it is sent: what the peer did not take is missing there.
            self.sent += several * TOGETHER
            blocks += several
            yield b"".join([block(FRAMES, number + index) for index in range(several)])
            time.sleep(self._pause_s)
        yield CLOSE_1000 if self.over else CLOSE_1012


class Incoming:
    """What a client sends: small frames, of which pings are answered."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._rest = b""

    def answer(self) -> bool:
        """Wait for some bytes, and answer the pings in them; False where nothing more is to come."""
        more = self._peer.recv(65536)
        self._rest += more
        while len(self._rest) >= 2 and len(self._rest) >= (end := 6 + (self._rest[1] & 0x7F)):
            frame, self._rest = self._rest[:end], self._rest[end:]
            if frame[0] & 0x0F == CLOSE:
                return False
            if frame[0] & 0x0F == PING:
                self._peer.sendall(write_frame(apply_mask(frame[6:], frame[2:6]), PONG))
        return bool(more)


def serve(peer: socket.socket, streams: dict[bytes, Stream]) -> None:
    """Send one peer what its path asks for, and wait until it is done."""
    request = b""
    while b"\r\n\r\n" not in request:
        more = peer.recv(65536)
        if not more:
            return
        request += more
    path = request.split(b" ", 2)[1]
    seconds, count, part, rate = [*path.decode().strip("/").split("/"), "0", "0"][:4]
    if path not in streams:
        streams[path] = Stream(float(seconds), int(count), int(part), float(rate))
    stream = streams[path]
    peer.sendall(answer(request))
    incoming = Incoming(peer)
    try:
        for piece in stream.pieces():
            peer.sendall(piece)
            if select.select([peer], [], [], 0)[0]:
                incoming.answer()
        while incoming.answer():
            pass
    finally:
        if stream.over or part == "0":
            print(stream.sent, flush=True)
            del streams[path]


def main() -> None:
    threading.Thread(target=leave_in_time, daemon=True).start()
    streams: dict[bytes, Stream] = {}
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):
                peer.settimeout(STALL_S)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                serve(peer, streams)


if __name__ == "__main__":
    main()
