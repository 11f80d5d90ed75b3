"""Hostile clients of `wsinspect serve`: what they do must end with them, and others must be served all the while."""

import contextlib
import os
import socket
import time
import zlib
from collections.abc import Callable, Iterator

from tests.hostile.kit import Case
from tests.raw_client import CLOSE, RawClient, masked
from tests.servers import BOUND_S
from tests.test_wire_breaches import CASES
from wsinspect.wire.frames import BINARY, CONTINUATION, PING, TEXT, write_frame

GROUP = "clients"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"

Attack = Callable[[int], str | None]


def attacked(name: str, attack: Attack, *arguments: str, limit_s: float = 15.0) -> Case:
    """Return a case whose attack is followed by a client that behaves, which must be served."""

    def attack_and_look(port: int) -> str | None:
        return attack(port) or served(port)

    return Case(
        name,
        GROUP,
        arguments=arguments or ("--echo",),
        says="● serving; Ctrl-C stops it",
        command="serve",
        attack=attack_and_look,
        limit_s=limit_s,
    )


def served(port: int) -> str | None:
    """Look whether a client that behaves gets its echo."""
    with RawClient(f"ws://127.0.0.1:{port}/echo") as client:
        client.send(masked("still there?"))
        while (frame := client.frame()) is not None and frame[1] != b"still there?":
            pass
        client.send(masked(b"\x03\xe8", CLOSE))
    return None if frame is not None else "another client got no echo"


@contextlib.contextmanager
def sockets(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Open many TCP connections, and end them afterwards."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=BOUND_S)) for _ in range(count)
        ]


def asked(*requests: bytes, status: int | None) -> Attack:
    """Return an attack by requests, each of which must be answered with this status, or none, and the end."""

    def attack(port: int) -> str | None:
        for request in requests:
            answer = b""
            with sockets(port, 1) as (sock,), contextlib.suppress(ConnectionError):
                sock.sendall(request)
                while data := sock.recv(65536):
                    answer += data
            got = int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else None
            if got != status:
                return f"{request[:60]!r} was answered with {got}, wanted {status}: {answer[:200]!r}"
        return None

    return attack


def without(header: bytes) -> bytes:
    lines = [line for line in HANDSHAKE.split(b"\r\n") if not line.startswith(header + b":")]
    return b"\r\n".join(lines) + b"\r\n"


def loris(port: int) -> None:
    """Fifty clients that never finish their request."""
    with sockets(port, 50) as many:
        for _ in range(5):
            for sock in many:
                sock.sendall(b"GET")
            time.sleep(0.02)
        assert served(port) is None


def idle(port: int) -> str | None:
    """Two hundred clients that connect, of which half say nothing, and half open and then say nothing."""
    with sockets(port, 200) as many:
        for sock in many[:100]:
            sock.sendall(HANDSHAKE + b"\r\n")
        return served(port)


def come_and_go(port: int) -> None:
    for number in range(200):
        with sockets(port, 1) as (sock,):
            sock.sendall((HANDSHAKE + b"\r\n" + masked("hi"))[: number * 2])


def sends(data: bytes, code: int | None, *headers: str) -> Attack:
    """Return an attack by frames, which must be answered by a close with this code."""

    def attack(port: int) -> str | None:
        with RawClient(f"ws://127.0.0.1:{port}/", *headers) as client:
            with contextlib.suppress(ConnectionError):
                client.send(data)
            got = [payload for opcode, payload in client.frames() if opcode == CLOSE]
        codes = [int.from_bytes(payload[:2], "big") for payload in got]
        return None if codes == ([] if code is None else [code]) else f"closed with {codes}, wanted {code}"

    return attack


def breaches(port: int) -> str | None:
    """Break every rule that a client can break."""
    for row in CASES:
        if not row.options.get("masked") or row.rule in ("too-big", "after-close"):
            continue  # the limit is another here; a close is answered
        headers = [DEFLATE] if "deflate" in row.options else []
        wrong = sends(bytes.fromhex(row.sent), row.code, *headers)(port)
        if wrong:
            return f"{row.rule}, {row.what}: {wrong}"
    return None


def floods(data: bytes, *headers: str, seconds: float = 1.0) -> Attack:
    """Return an attack by what is sent again and again, and whose answers are not read."""

    def attack(port: int) -> str | None:
        deadline = time.monotonic() + seconds
        with RawClient(f"ws://127.0.0.1:{port}/echo", *headers, buffer=4096) as client:
            client.sock.settimeout(0.3)
            with contextlib.suppress(TimeoutError, ConnectionError):
                while time.monotonic() < deadline:
                    client.send(data)
            return served(port)

    return attack


def bomb() -> bytes:
    """Return a compressed message of 1 GiB."""
    stream = zlib.compressobj(9, wbits=-15)
    one = stream.compress(bytes(1 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)
    return write_frame(one * 1024, BINARY, rsv=4, mask=os.urandom(4))


def endless_head(port: int) -> None:
    with sockets(port, 1) as (sock,), contextlib.suppress(ConnectionError):
        sock.sendall(HANDSHAKE + b"X-A: ")
        for _ in range(1000):
            sock.sendall(b"x" * 65536)
        raise AssertionError("64 MB of a header were taken")


def resets(port: int) -> None:
    for size in (0, 10, len(HANDSHAKE), None):
        for _ in range(20):
            with sockets(port, 1) as (sock,):
                sock.sendall((HANDSHAKE + b"\r\n" + masked("hello"))[:size])
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def half_closes(port: int) -> None:
    with sockets(port, 20) as many:
        for sock in many:
            sock.sendall(HANDSHAKE + b"\r\n" + masked("hello")[:5])
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass


def stays(port: int) -> None:
    """Open and never answer the close that Ctrl-C brings; the socket lives on beyond the case."""
    client = RawClient(f"ws://127.0.0.1:{port}/echo")
    client.send(masked("hi"))
    LEFT_OPEN.append(client)


LEFT_OPEN: list[RawClient] = []


ROWS = [
    attacked("slow loris", loris),
    attacked("two hundred that are idle", idle),
    attacked("two hundred that come and go", come_and_go),
    attacked(
        "garbage",
        asked(
            bytes(range(256)) + b"\r\n\r\n",
            b"\0" * 99 + b"\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01" + bytes(512) + b"\r\n\r\n",
            status=None,
        ),
    ),
    attacked("no WebSocket", asked(without(b"Upgrade"), without(b"Connection"), status=426)),
    attacked("no key, no version", asked(without(b"Sec-WebSocket-Key"), without(b"Sec-WebSocket-Version"), status=400)),
    attacked("HTTP/1.0", asked(HANDSHAKE.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n", status=505)),
    attacked("another method", asked(HANDSHAKE.replace(b"GET", b"POST", 1) + b"\r\n", status=405)),
    attacked("another version", asked(HANDSHAKE.replace(b"Version: 13", b"Version: 99") + b"\r\n", status=400)),
    attacked("a short key", asked(HANDSHAKE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"AAAA") + b"\r\n", status=400)),
    attacked("a foreign origin", asked(HANDSHAKE + b"Origin: https://evil.example\r\n\r\n", status=403)),
    attacked(
        "a foreign origin that looks near",
        asked(HANDSHAKE + b"Origin: http://localhost.evil.example\r\n\r\n", status=403),
    ),
    attacked("a header without a colon", asked(HANDSHAKE + b"nonsense\r\n\r\n", status=None)),
    attacked("a header without end", endless_head),
    attacked("resets", resets),
    attacked("half-closes", half_closes),
    attacked("every rule broken", breaches, limit_s=30.0),
    attacked("frames before the answer, unmasked", sends(write_frame(b"hi", TEXT), 1002)),
    attacked("a message that is too big", sends(write_frame(b"", BINARY, claimed=1 << 40, mask=bytes(4)), 1009)),
    attacked("1 MiB that is 1 GiB", sends(bomb(), 1009, DEFLATE)),
    attacked(
        "fragments of 1 byte without end",
        floods(masked(b"", BINARY, fin=False) + write_frame(b"x", CONTINUATION, fin=False, mask=bytes(4)) * 5000),
    ),
    attacked("echoes that are not read", floods(masked(bytes(65536), BINARY))),
    attacked("pongs that are not read", floods(masked(bytes(125), PING) * 999)),
    attacked("pings that are not read, by the demo", floods(masked(bytes(125), PING) * 999), "--demo"),
    attacked("never answers the close", stays),
]
