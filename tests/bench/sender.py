"""A server that sends prepared frames as fast as the peer reads, then closes with 1000. No WebSocket library in it.

The path of the request says what to send: ``/text/100/3000000`` is 3,000,000 text messages of 100 B each, ``/json/…``
the same with objects in them. It serves one peer after another, prints its port first, and ends when its stdin does
or its time is up.
"""

import base64
import hashlib
import os
import select
import socket
import sys
import threading
from collections.abc import Iterator

LIFETIME_S = 3600.0
STALL_S = 60.0
BLOCK = 1 << 20
CLOSE_1000 = b"\x88\x02\x03\xe8"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT = b"It was a bright cold day in April, and the clocks were striking thirteen; nobody looked at the time. "
JSON = b'{"op":"trade","seq":4711,"price":101.25,"size":-3,"ok":true,"note":null,"tags":["a","b"],"pad":""}'


def payload(kind: str, size: int) -> bytes:
    """Make a text, or a JSON object, of this many bytes."""
    if kind == "json":
        return JSON[:-2] + b"x" * (size - len(JSON)) + JSON[-2:]
    return (TEXT * (size // len(TEXT) + 1))[:size]


def head(size: int, opcode: int = 1, *, fin: bool = True) -> bytes:
    """Write the header of an unmasked frame (RFC 6455 section 5.2)."""
    first = bytes([opcode | 0x80 * fin])
    if size < 126:
        return first + bytes([size])
    if size < 1 << 16:
        return first + b"\x7e" + size.to_bytes(2, "big")
    return first + b"\x7f" + size.to_bytes(8, "big")


def blocks(kind: str, size: int, count: int) -> Iterator[bytes]:
    """Yield the bytes of all messages in blocks of about 1 MiB, most of them one and the same object."""
    if size > BLOCK:
        block = payload(kind, BLOCK)
        for _ in range(count):
            yield head(size)
            for start in range(0, size, BLOCK):
                yield block if size - start >= BLOCK else block[: size - start]
        return
    frame = head(size) + payload(kind, size)
    full, rest = divmod(count, max(1, BLOCK // len(frame)))
    block = frame * max(1, BLOCK // len(frame))
    for _ in range(full):
        yield block
    yield frame * rest


def answer(request: bytes) -> bytes:
    """Accept the handshake (RFC 6455 section 4.2.2)."""
    names = (line.partition(b":") for line in request.split(b"\r\n"))
    key = next(value.strip() for name, _, value in names if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    lines = (b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade")
    return b"\r\n".join((*lines, b"Sec-WebSocket-Accept: " + accept, b"", b""))


def serve(peer: socket.socket) -> None:
    """Answer one peer, send it what its path asks for, and wait until it is done."""
    request = b""
    while b"\r\n\r\n" not in request:
        more = peer.recv(65536)
        if not more:
            return
        request += more
    _, kind, size, count = request.split(b" ", 2)[1].decode().split("/")
    peer.sendall(answer(request))
    for block in blocks(kind, int(size), int(count)):
        peer.sendall(block)
    peer.sendall(CLOSE_1000)
    while (more := peer.recv(65536)) and more[0] & 0x0F != 8:
        pass


def leave_in_time() -> None:
    """Leave when whoever started us is gone, or after an hour."""
    select.select([sys.stdin], [], [], LIFETIME_S)
    os._exit(0)


def main() -> None:
    threading.Thread(target=leave_in_time, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(STALL_S)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    serve(peer)
                except OSError as error:
                    print(f"sender: the peer left early: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
