"""The service that the example checks speak to: a path is a way to behave. Examples that need none use ``demo:``."""

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator

from tests.servers import CLOSE, PING, TEXT, Peer, serving
from wsinspect.wire.frames import write_frame

Behaviour = Callable[["Service", Peer], None]


class Service:
    """What its connections share: who is in the room, and how often it was asked for what is refused now and then."""

    def __init__(self) -> None:
        self.room: list[Peer] = []
        self.lock = threading.Lock()
        self.tries = itertools.count()

    def serve(self, peer: Peer) -> None:
        """Answer one connection as its path says."""
        peer.ask()
        path = peer.request.split(b" ")[1].decode().partition("?")[0]
        BEHAVIOURS.get(path, _echo)(self, peer)


def _open(peer: Peer) -> None:
    offered = [name.strip() for name in peer.header("Sec-WebSocket-Protocol").split(",")]
    agreed = [f"Sec-WebSocket-Protocol: {offered[0]}"] if offered[0] else []
    peer.open("Server: example/1.0", *agreed)


def _answered(peer: Peer, answer: Callable[[int, bytes], None]) -> None:
    """Give each frame to ``answer`` up to the close, which is answered."""
    while (frame := peer.frame()) is not None:
        opcode, payload = frame
        if opcode == CLOSE:
            peer.send(write_frame(payload, CLOSE))
            return
        answer(opcode, payload)


def _echo(service: Service, peer: Peer) -> None:
    _open(peer)
    _answered(peer, lambda opcode, payload: peer.send(write_frame(payload, opcode)))


def _slow(service: Service, peer: Peer) -> None:
    _open(peer)
    late = threading.Event()

    def answer(opcode: int, payload: bytes) -> None:
        late.wait(1)
        peer.send(write_frame(payload, opcode))

    _answered(peer, answer)


def _pings(service: Service, peer: Peer) -> None:
    _open(peer)
    for _ in range(3):
        peer.send(write_frame(b"beat", PING))
        threading.Event().wait(0.05)
    _answered(peer, lambda opcode, payload: None)


def _boom(service: Service, peer: Peer) -> None:
    _open(peer)
    threading.Event().wait(0.05)
    peer.send(write_frame((1011).to_bytes(2, "big") + b"out of disk", CLOSE))
    peer.until_close()


def _gone(service: Service, peer: Peer) -> None:
    _open(peer)
    peer.half_close()
    peer.drain()


def _violation(service: Service, peer: Peer) -> None:
    _open(peer)
    peer.send(write_frame(b"odd", 0x3))
    peer.until_close()


def _private(service: Service, peer: Peer) -> None:
    body = b'{"error": "token expired"}'
    head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    peer.send(b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="example"\r\n' + head + body)


def _flaky(service: Service, peer: Peer) -> None:
    if next(service.tries) % 2:
        _echo(service, peer)
    else:
        peer.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def _room(service: Service, peer: Peer) -> None:
    _open(peer)
    peer.send(write_frame(b"welcome", TEXT))
    with service.lock:
        service.room.append(peer)

    def answer(opcode: int, payload: bytes) -> None:
        with service.lock:
            for other in service.room:
                with contextlib.suppress(OSError):
                    other.send(write_frame(payload, opcode))

    try:
        _answered(peer, answer)
    finally:
        with service.lock:
            service.room.remove(peer)


BEHAVIOURS: dict[str, Behaviour] = {
    "/slow": _slow,
    "/pings": _pings,
    "/boom": _boom,
    "/gone": _gone,
    "/violation": _violation,
    "/private": _private,
    "/flaky": _flaky,
    "/room": _room,
}


@contextlib.contextmanager
def example_service() -> Iterator[str]:
    """Run the service; yield its URL without a slash at the end."""
    with serving(Service().serve) as served:
        yield served.url.rstrip("/")
