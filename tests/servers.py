"""Small servers for tests, on raw sockets: they do as they are told, on loopback, and never for longer than `BOUND_S`.

A script is a row of steps for each connection that comes: bytes are sent, a number is a pause in seconds, anything
else is called with the `Peer`. `run` and `start` call the program as a user would; `ran_on` does both ends at once.
"""

import base64
import contextlib
import hashlib
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeAlias, TypeVar

from wsinspect.wire.frames import BINARY, CLOSE, PING, TEXT, apply_mask, write_frame

BOUND_S = 15.0
"""So long a read of ours waits, and a program runs, before the test fails."""

Step: TypeAlias = "bytes | float | Callable[[Peer], object]"
Given = TypeVar("Given")
Got = TypeVar("Got")


# Started with nohup, or in the background of a script, the tests would hand on signals that are ignored.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


# What a server sends.


def text(payload: str | bytes) -> bytes:
    return write_frame(payload.encode() if isinstance(payload, str) else payload, TEXT)


def binary(payload: bytes) -> bytes:
    return write_frame(payload, BINARY)


def ping(payload: bytes = b"") -> bytes:
    return write_frame(payload, PING)


def close(code: int | None = 1000, reason: str = "") -> bytes:
    return write_frame(b"" if code is None else code.to_bytes(2, "big") + reason.encode(), CLOSE)


def answer(status: str, body: bytes = b"", *headers: str, length: bool = True) -> bytes:
    """Return an HTTP answer; ``status`` is code and reason."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(*pieces: bytes, last: bool = True) -> bytes:
    """Return a body in chunks (RFC 9112 section 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + (b"0\r\n\r\n" if last else b"")


class Peer:
    """One connection, seen from the server. ``received`` holds each frame read so far as (opcode, payload)."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self.sock = sock
        self._over = over
        self.request = b""
        self.received: list[tuple[int, bytes]] = []
        self.gone = False
        self._rest = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def ask(self) -> None:
        """Read the handshake's request."""
        while b"\r\n\r\n" not in self._rest:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("the client left before it asked")
            self._rest += data
        self.request, _, self._rest = self._rest.partition(b"\r\n\r\n")

    def header(self, name: str) -> str:
        """Return a header of the request, or an empty string."""
        for line in self.request.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""

    def head(self, *headers: str, **changed: str | None) -> bytes:
        """Return the answer that opens; ``changed`` replaces ``upgrade``, ``connection``, ``accept`` or ``line``."""
        if not self.request:
            self.ask()
        key = self.header("Sec-WebSocket-Key").encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key).digest()).decode()
        named = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
        for name in named:
            if name.rpartition("-")[2].lower() in changed:
                named[name] = changed[name.rpartition("-")[2].lower()] or ""
        lines = [changed.get("line") or "HTTP/1.1 101 Switching Protocols"]
        lines += [f"{name}: {value}" for name, value in named.items() if value] + list(headers)
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def open(self, *headers: str, glued: bytes = b"", **changed: str | None) -> None:
        """Answer the handshake; ``glued`` goes out in the same packet."""
        self.send(self.head(*headers, **changed) + glued)

    def frame(self) -> tuple[int, bytes] | None:
        """Read a client's frame; None at the end of the stream, or when it was reset."""
        try:
            first, second = self._take(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            assert second & 0x80, "a client's frame must be masked"
            key = self._take(4)
            frame = first & 0xF, apply_mask(self._take(size), key)
        except (ConnectionError, EOFError):
            self.gone = True
            return None
        self.received.append(frame)
        return frame

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self._rest += data
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def keep(self) -> None:
        """Keep the TCP connection and read nothing, until the client is done, or `BOUND_S` are over."""
        self._over.wait(BOUND_S)

    def until_close(self) -> None:
        """Read frames up to a close, or to the end."""
        while (frame := self.frame()) is not None and frame[0] != CLOSE:
            pass

    def drain(self) -> None:
        """Read frames to the end of the stream."""
        while self.frame() is not None:
            pass

    def absorb(self) -> None:
        """Take bytes of whatever kind to the end of the stream, or until there was a reset."""
        with contextlib.suppress(ConnectionError):
            while self.sock.recv(65536):
                pass
        self.gone = True

    def listen(self, seconds: float) -> None:
        """Read frames for so long, or to the end of the stream."""
        self.sock.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            self.drain()
        self.sock.settimeout(BOUND_S)

    def answer_close(self) -> None:
        """Read up to the client's close, answer it, and end the connection."""
        self.until_close()
        if not self.gone:
            self.send(write_frame(self.received[-1][1], CLOSE))

    def half_close(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End the connection with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def open_(peer: Peer) -> None:
    """Step: answer the handshake."""
    peer.open()


def opened(*headers: str, glued: bytes = b"", **changed: str | None) -> Step:
    """Return a step that answers the handshake."""
    return lambda peer: peer.open(*headers, glued=glued, **changed)


def dripping(*headers: str) -> Step:
    """Return a step that answers the handshake byte by byte."""

    def drip(peer: Peer) -> None:
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in peer.head(*headers):
            peer.send(bytes([byte]))
            time.sleep(0.0005)

    return drip


def forever(data: bytes) -> Step:
    """Return a step that sends the same until the client is gone."""

    def repeat(peer: Peer) -> None:
        while True:
            peer.send(data)

    return repeat


class Served:
    """A server that runs: where it is, and who came."""

    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}/"
        self.peers: list[Peer] = []
        self.faults: list[BaseException] = []

    def received(self) -> list[tuple[int, bytes]]:
        """Return the frames that the first connection sent; for after the end."""
        return self.peers[0].received


@contextlib.contextmanager
def accepting(
    listener: socket.socket, handle: Callable[[socket.socket], None], over: threading.Event
) -> Iterator[None]:
    """Hand on every connection, in a thread of its own; at the end, set ``over`` and wait for what is unfinished."""
    busy: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.settimeout(BOUND_S)
            busy.append(threading.Thread(target=handle, args=[sock], daemon=True))
            busy[-1].start()

    waiting = threading.Thread(target=accept, daemon=True)
    waiting.start()
    try:
        yield
    finally:
        over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        waiting.join(BOUND_S)
        for thread in busy:
            thread.join(BOUND_S)


@contextlib.contextmanager
def serving(*script: Step, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Run a script for every connection; at the end, wait for what is unfinished and raise what went wrong."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    served = Served(listener.getsockname()[1], "wss" if tls else "ws")

    def serve(sock: socket.socket) -> None:
        try:
            peer = Peer(tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False) if tls else sock, over)
            if tls:
                _shake_hands(peer)
            served.peers.append(peer)
            perform(peer, script)
        except OSError:
            pass  # clients leave as they like
        except BaseException as fault:
            served.faults.append(fault)
        finally:
            with contextlib.suppress(NameError, OSError):
                peer.sock.close()
            sock.close()

    with accepting(listener, serve, over):
        yield served
    if served.faults:
        raise served.faults[0]


def _shake_hands(peer: Peer) -> None:
    assert isinstance(peer.sock, ssl.SSLSocket)
    try:
        peer.sock.do_handshake()
    except ssl.SSLError:
        # What the client sent is unread, so that closing now would reset, and our alert might not be seen.
        time.sleep(0.2)
        raise


def perform(peer: Peer, script: Sequence[Step]) -> None:
    """Play a script on a connection."""
    for step in script:
        if isinstance(step, bytes):
            peer.send(step)
        elif isinstance(step, int | float):
            time.sleep(step)
        else:
            step(peer)


# The program, as a user starts it.


class Ran(NamedTuple):
    """How the program ended: its exit code (negative: killed by that signal), and what it wrote."""

    exit: int
    out: str
    err: str


def environment(**changed: str | None) -> dict[str, str]:
    """Return this environment without what would change a run; None takes a name out."""
    unwanted = ("NO_COLOR", "FORCE_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR", "COLUMNS", "LINES", "PYTHONIOENCODING")
    unwanted += ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")  # what an installed program runs without
    unwanted += ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITLAB_CI")
    given = {name: value for name, value in os.environ.items() if name not in unwanted and "proxy" not in name.lower()}
    given.setdefault("TERM", "xterm-256color")
    given["WSINSPECT_NO_RECENT"] = "1"  # no trace of a test in the home of who runs it
    given.update({name: value for name, value in changed.items() if value is not None})
    return {name: value for name, value in given.items() if changed.get(name, "") is not None}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "wsinspect", *arguments]


def start(*arguments: str, env: dict[str, str] | None = None, **options: Any) -> "subprocess.Popen[bytes]":
    """Start the program; streams are pipes unless told otherwise, standard input is empty."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen(command(*arguments), env=environment(**(env or {})), **options)


def ended(process: "subprocess.Popen[bytes]", given: bytes | None = None, *, bound_s: float = BOUND_S) -> Ran:
    """Wait for the end of a program; one that does not end is killed, and fails the test."""
    try:
        out, err = process.communicate(given, timeout=bound_s)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"it did not end in {bound_s:g} s; {out[-999:]!r}, {err[-999:]!r}") from None
    return Ran(process.returncode, (out or b"").decode("utf-8", "surrogateescape"), (err or b"").decode())


def run(*arguments: str, given: bytes | None = None, bound_s: float = BOUND_S, **options: Any) -> Ran:
    """Run the program to its end; ``given`` is its standard input."""
    if given is not None:
        options["stdin"] = subprocess.PIPE
    ran = ended(start(*arguments, **options), given, bound_s=bound_s)
    assert "Traceback" not in ran.err, ran.err
    return ran


def ran_on(
    script: Sequence[Step], *arguments: str, path: str = "", tls: ssl.SSLContext | None = None, **options: Any
) -> Ran:
    """Run ``connect`` against a server that plays a script."""
    with serving(*script, tls=tls) as served:
        return run("connect", served.url + path, *arguments, **options)


def together(function: Callable[[Given], Got], given: Sequence[Given], *, at_once: int = 8) -> list[Got]:
    """Apply a function to many things at once, each in a thread; results in order, the first exception raised."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(function, given))
