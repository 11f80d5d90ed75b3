"""Small proxies for tests, on loopback and in threads: HTTP CONNECT, also inside TLS, SOCKS 4, 4a and 5, and a relay.

They relay for real, and keep what they were asked. Names they look up in a table of their own, so that a test sees who
resolved what. A connection has one thread, which waits for both sides: TLS objects are not for two.
"""

import base64
import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers import BOUND_S, accepting


class Asked(NamedTuple):
    """What a proxy was asked: the host and port as they stood there, the user and password, and what an HTTP proxy
    got as its head."""

    host: str
    port: int
    login: str = ""
    head: str = ""
    version: int = 0


class Between:
    """A proxy or relay that runs; ``asked`` has a row a connection that came to ask."""

    def __init__(self, listener: socket.socket, scheme: str = "http") -> None:
        name = listener.getsockname()
        self.port = name[1] if isinstance(name, tuple) else 0
        self.scheme = scheme
        self.asked: list[Asked] = []
        self.came = 0

    def url(self, login: str = "", scheme: str = "", host: str = "127.0.0.1") -> str:
        return f"{scheme or self.scheme}://{login}{'@' if login else ''}{host}:{self.port}"


Serve = Callable[[socket.socket, Between], "socket.socket | None"]


@contextlib.contextmanager
def between(
    listener: socket.socket, serve: Serve, *, scheme: str = "http", tls: ssl.SSLContext | None = None
) -> Iterator[Between]:
    """Run ``serve`` for each connection, then relay to the socket that it returns, if any."""
    proxy = Between(listener, scheme)
    over = threading.Event()

    def handle(sock: socket.socket) -> None:
        far: socket.socket | None = None
        with contextlib.suppress(OSError), contextlib.ExitStack() as open_:
            open_.callback(sock.close)
            if tls is not None:
                sock = open_.enter_context(tls.wrap_socket(sock, server_side=True))
            proxy.came += 1
            far = serve(sock, proxy)
            if far is not None:
                relay(sock, open_.enter_context(far), over)

    with accepting(listener, handle, over):
        yield proxy


def relay(near: socket.socket, far: socket.socket, over: threading.Event) -> None:
    """Hand on bytes both ways until one side is done."""
    sides = {near: far, far: near}
    while not over.is_set():
        ready, _, _ = select.select(list(sides), [], [], 0.02)
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            if isinstance(side, ssl.SSLSocket):
                while side.pending():
                    data += side.recv(65536)
            sides[side].sendall(data)


def relaying(listener: socket.socket, port: int) -> contextlib.AbstractContextManager[Between]:
    """Relay from a listener of whatever kind to a port of 127.0.0.1."""
    return between(listener, lambda sock, proxy: socket.create_connection(("127.0.0.1", port), BOUND_S))


def unix_listener(path: Path | str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    return listener


def loopback(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


# HTTP.


def http_proxy(
    *,
    login: str = "",
    tls: ssl.SSLContext | None = None,
    hosts: Mapping[str, str] | None = None,
    host: str = "127.0.0.1",
) -> contextlib.AbstractContextManager[Between]:
    """Run a proxy that knows CONNECT; ``login`` (``user:password``) is asked for by Basic."""

    def serve(sock: socket.socket, proxy: Between) -> socket.socket | None:
        head = _until(sock, b"\r\n\r\n").decode("latin-1")
        method, authority, _ = head.split("\r\n")[0].split(" ")
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        given = base64.b64decode(fields.get("Proxy-Authorization", "").removeprefix("Basic ")).decode()
        asked_host, _, port = authority.rpartition(":")
        proxy.asked.append(Asked(asked_host.strip("[]"), int(port), given, head))
        if method != "CONNECT":
            sock.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return None
        if login and given != login:
            sock.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Digest realm=x\r\n"
                b'Proxy-Authenticate: Basic realm="test"\r\nContent-Length: 0\r\n\r\n'
            )
            return None
        far = _connect(asked_host.strip("[]"), int(port), hosts)
        if far is None:
            sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n")
            return None
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return far

    return between(loopback(host), serve, scheme="https" if tls else "http", tls=tls)


# SOCKS.


def socks_proxy(
    *, login: str = "", hosts: Mapping[str, str] | None = None, reply: int | None = None
) -> contextlib.AbstractContextManager[Between]:
    """Run a proxy that speaks SOCKS 4, 4a and 5; ``login`` is ``user:password``, for version 4 ``user:``.

    ``reply`` is answered whatever was asked.
    """

    def serve(sock: socket.socket, proxy: Between) -> socket.socket | None:
        version = _take(sock, 1)[0]
        return _serve_4(sock, proxy) if version == 4 else _serve_5(sock, proxy)

    def _serve_4(sock: socket.socket, proxy: Between) -> socket.socket | None:
        command, *port, a, b, c, d = _take(sock, 7)
        assert command == 1
        user = _until(sock, b"\0")[:-1].decode()
        named = (a, b, c) == (0, 0, 0) and d
        host = _until(sock, b"\0")[:-1].decode() if named else f"{a}.{b}.{c}.{d}"
        number = int.from_bytes(bytes(port), "big")
        proxy.asked.append(Asked(host, number, f"{user}:", version=4))
        code, far = 0x5A if reply is None else reply, None
        if login and f"{user}:" != login:
            code = 0x5D
        elif reply is None:
            far = _connect(host, number, hosts)
            code = 0x5A if far else 0x5B
        sock.sendall(bytes([0, code, 0, 0, 0, 0, 0, 0]))
        return far

    def _serve_5(sock: socket.socket, proxy: Between) -> socket.socket | None:
        methods = _take(sock, _take(sock, 1)[0])
        given = ""
        wanted = 2 if login else 0
        if wanted not in methods:
            sock.sendall(b"\x05\xff")
            return None
        sock.sendall(bytes([5, wanted]))
        if wanted:
            assert _take(sock, 1) == b"\1"
            given = ":".join(_take(sock, _take(sock, 1)[0]).decode() for _ in range(2))
            sock.sendall(bytes([1, 0 if given == login else 1]))
            if given != login:
                proxy.asked.append(Asked("", 0, given, version=5))
                return None
        assert _take(sock, 3) == b"\x05\x01\x00"
        kind = _take(sock, 1)[0]
        if kind == 3:
            host = _take(sock, _take(sock, 1)[0]).decode()
        else:
            family = socket.AF_INET if kind == 1 else socket.AF_INET6
            host = socket.inet_ntop(family, _take(sock, 4 if kind == 1 else 16))
        port = int.from_bytes(_take(sock, 2), "big")
        proxy.asked.append(Asked(host, port, given, version=5))
        far = _connect(host, port, hosts) if reply is None else None
        code = reply if reply is not None else 0 if far else 5
        sock.sendall(bytes([5, code, 0, 1, 127, 0, 0, 1, 0, 0]))
        return far

    return between(loopback(), serve, scheme="socks5")


def _connect(host: str, port: int, hosts: Mapping[str, str] | None) -> socket.socket | None:
    """Connect as a proxy does: names are those of its own table, and addresses."""
    known: dict[str, Any] = dict(hosts or {})
    try:
        return socket.create_connection((known.get(host, host), port), BOUND_S)
    except OSError:
        return None


def _take(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise ConnectionError("the client left")
        data += more
    return data


def _until(sock: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        data += _take(sock, 1)
    return data
