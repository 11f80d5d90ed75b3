"""Why a connection could not be opened: every situation its sentence, hint and exit code, through real sockets."""

import socket
from collections.abc import Iterable

import pytest
import websockets.exceptions
from websockets.http11 import Response

from tests.openings import failure
from tests.servers import Peer, Step, answer, chunked, forever, opened, serving, together
from wsinspect.errors import Exit, InspectError
from wsinspect.net.failure_tables import BANNERS, LIBRARY, banner_of
from wsinspect.net.failures import HandshakeRefused, Phase, library_sentence, unreachable
from wsinspect.target import parse_target

# What the server does; what is said; what is hinted at.
NOT_HTTP = "the server's answer is not HTTP: "
REFUSALS: list[tuple[str, Iterable[Step], str, str]] = [
    (
        "401",
        [Peer.ask, answer("401 Unauthorized", b"no")],
        "answered 401 Unauthorized instead of 101",
        "-u, --bearer or -H 'Authorization",
    ),
    (
        "401 Digest",
        [Peer.ask, answer("401 No", b"", 'WWW-Authenticate: Digest r="x"')],
        "401 No",
        "send them with -H 'Authorization: Digest ...'",
    ),
    ("403", [Peer.ask, answer("403 Forbidden")], "answered 403 Forbidden", "Origin"),
    ("404", [Peer.ask, answer("404 Not Found")], "answered 404 Not Found", "nothing is at this path"),
    (
        "426",
        [Peer.ask, answer("426 Upgrade Required", b"", "Sec-WebSocket-Version: 8")],
        "426",
        "Sec-WebSocket-Version: 8",
    ),
    ("426 h2c", [Peer.ask, answer("426 Upgrade Required", b"", "Upgrade: h2c")], "426", "Upgrade: h2c"),
    ("426 bare", [Peer.ask, answer("426 Upgrade Required")], "426", "does not say which"),
    ("500", [Peer.ask, answer("500 Internal Server Error", b"boom")], "answered 500 Internal", "its log knows more"),
    (
        "503",
        [Peer.ask, answer("503 No", b"", "Retry-After: 120")],
        "answered 503 No",
        "wait 2 min 0 s, as it asks (Retry-After: 120)",
    ),
    ("429", [Peer.ask, answer("429 No")], "answered 429 No", "wait and try again"),
    ("200", [Peer.ask, answer("200 OK", b"<html>")], "answered 200 OK instead of 101", "a plain web page"),
    ("302", [Peer.ask, answer("302 Found")], "answered 302 Found", "names no address"),
    ("418", [Peer.ask, answer("418 Teapot")], "answered 418 Teapot", "headers and body"),
    ("no reason", [Peer.ask, b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n"], "404 without a reason", "path"),
    ("long reason", [Peer.ask, answer("404 " + "x" * 5000)], "x" * 200 + "… 4,800 more characters instead", "path"),
    ("HTTP/1.0 404", [Peer.ask, b"HTTP/1.0 404 Not Found\r\n\r\n"], "answered 404 Not Found", "path"),
    ("interim, then 404", [Peer.ask, b"HTTP/1.1 103 Hints\r\n\r\n", answer("404 No")], "answered 404 No", "path"),
    ("bare LF 404", [Peer.ask, b"HTTP/1.1 404 No\nA: b\n\nx"], "answered 404 No", "path"),
    ("status line only", [Peer.ask, b"HTTP/1.1 404 No"], "answered 404 No", "path"),
    ("endless body", [Peer.ask, b"HTTP/1.1 500 No\r\n\r\n", forever(b"x" * 999)], "answered 500 No", "log"),
    ("nginx", [Peer.ask, answer("400 Bad", b"plain HTTP request was sent to HTTPS port")], "400 Bad", "use wss://"),
    ("Go", [Peer.ask, answer("400 Bad", b"Client sent an HTTP request to an HTTPS server.")], "400", "use wss://"),
    (
        "Apache",
        [Peer.ask, answer("400 Bad", b"speaking plain HTTP to an SSL-enabled server port")],
        "400",
        "use wss://",
    ),
    # 101, but.
    ("HTTP/1.0", [opened(line="HTTP/1.0 101 Fine")], "answered 101 in HTTP/1.0", "proxy"),
    ("no Upgrade", [opened(upgrade=None)], "101, but not for a WebSocket: missing Upgrade", "proxy"),
    ("other Upgrade", [opened(upgrade="h2c")], "not for a WebSocket: invalid Upgrade header: h2c", "proxy"),
    ("no Connection", [opened(connection=None)], "not for a WebSocket: missing Connection", "proxy"),
    ("wrong key", [opened(accept="AAAA")], "Sec-WebSocket-Accept does not fit our key", "cache"),
    ("no key", [opened(accept=None)], "missing Sec-WebSocket-Accept", "4.2.2"),
    ("two keys", [opened("Sec-WebSocket-Accept: x")], "opens no WebSocket: invalid Sec-WebSocket-Accept", "4.2.2"),
    (
        "extension",
        [opened("Sec-WebSocket-Extensions: x-y; z=1")],
        "extensions that were not offered like this: `x-y; z=1`",
        "9.1",
    ),
    (
        "window",
        [opened("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99")],
        "not offered like",
        "9.1",
    ),
    (
        "extension's form",
        [opened("Sec-WebSocket-Extensions: ;;")],
        "cannot be read: invalid Sec-WebSocket-Extensions",
        "",
    ),
    ("subprotocol", [opened("Sec-WebSocket-Protocol: chat")], "chose the subprotocol `chat`", "-s"),
    ("secret subprotocol", [opened("Sec-WebSocket-Protocol: bearer.abc")], "subprotocol `bearer.***`", "-s"),
    ("bare LF 101", [lambda peer: peer.send(peer.head().replace(b"\r\n", b"\n")), Peer.absorb], "end in LF", ""),
    ("ends in the status", [Peer.ask, b"HTTP/1.1 101 Swi"], "ended in the middle of the server's answer", ""),
    (
        "ends in a header",
        [Peer.ask, b"HTTP/1.1 101 Switching\r\nUpgr"],
        "ended in the middle of the server's answer",
        "",
    ),
    ("long header", [opened("X: " + "y" * 9000)], "longer than 8 KiB", ""),
    ("64 KiB header", [opened("X: " + "y" * 70000), Peer.absorb], "the server's answer", ""),
    ("64 KiB headers", [opened(*["X: " + "y" * 7000] * 10), Peer.absorb], "the server's answer", ""),
    ("200 headers", [opened(*["X: y"] * 200)], "more than 128 header lines", ""),
    ("endless headers", [Peer.ask, b"HTTP/1.1 101 Fine\r\n", forever(b"X: yyy\r\n" * 99)], "the server's answer", ""),
    ("no colon", [opened("nonsense")], "not a valid HTTP answer: invalid HTTP header line: nonsense", ""),
    # Not HTTP at all. A pause keeps the connection open: what ends in a line is known at once.
    ("SSH", [b"SSH-2.0-OpenSSH_9.6\r\n", Peer.absorb], "speaks SSH", "host and the port"),
    ("SMTP", [b"220 mail ESMTP\r\n", Peer.absorb], "speaks FTP or SMTP", "port"),
    ("Redis", [Peer.ask, b"-ERR unknown command\r\n", Peer.absorb], "speaks Redis'", "port"),
    ("TLS alert", [b"\x15\x03\x01\x00\x02\x02\x46"], "the server speaks TLS", "use wss://"),
    ("HTTP/2", [Peer.ask, b"\x00\x00\x12\x04\x00" + bytes(4), Peer.absorb], "speaks HTTP/2 only", "HTTP/1.1"),
    ("HTTP/2 leaves", [Peer.ask, b"\x00\x00\x08\x07\x00" + bytes(4)], "speaks HTTP/2 only", "HTTP/1.1"),
    ("MySQL", [b"J\x00\x00\x00\x0a8.0.36\x00", Peer.absorb], "speaks MySQL's protocol", "port"),
    ("HTML", [Peer.ask, b"<html>hi\r\n"], NOT_HTTP + "10 bytes, which begin `<html>hi`", "port"),
    ("binary", [Peer.ask, b"J\x00\x00\x00\x0b5.7"], NOT_HTTP + "8 bytes, which begin 4a 00 00 00 0b 35 2e 37", "port"),
    ("a line end", [Peer.ask, b"\r\n"], NOT_HTTP + "2 bytes, which begin 0d 0a", "port"),
    ("endless line", [Peer.ask, forever(b"XY" * 999)], NOT_HTTP, "port"),
    ("nothing", [Peer.ask], "ended the connection without an answer", "wss://"),
    ("reset", [Peer.ask, Peer.reset], "reset the connection without an answer", "wss://"),
]


@pytest.mark.parametrize(("script", "message", "hint"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refusal(script: Iterable[Step], message: str, hint: str) -> None:
    with serving(*script) as served:
        error = failure(served.url)
    assert message in error.message
    assert hint in error.hint
    assert error.exit == Exit.REFUSED
    assert isinstance(error, HandshakeRefused)
    assert (error.answer is None) == (error.handshake.status == 0)


def test_subprotocols_in_an_answer() -> None:
    with serving(opened("Sec-WebSocket-Protocol: bearer.abc, x")) as served:
        error = failure(served.url, subprotocols=("x", "y"))
    assert error.message == "the server chose more than one subprotocol: `bearer.***, x`"


BODIES = [
    answer("404 No", b"the body"),
    answer("404 No", chunked(b"the ", b"body"), "Transfer-Encoding: chunked", length=False),
    answer("404 No", b"the body", length=False),  # and the connection stays open: we wait a second
]


def test_body_however_it_comes() -> None:
    def body(sent: bytes) -> bytes:
        with serving(Peer.ask, *[bytes([byte]) for byte in sent], Peer.absorb) as served:
            error = failure(served.url)
        assert isinstance(error, HandshakeRefused)
        assert error.answer is not None
        return error.answer.body

    assert together(body, BODIES) == [b"the body"] * len(BODIES)


# Time.


def test_silence() -> None:
    """Whatever comes too late, or in part, is told as a limit of ours; where a banner came, as that."""

    def told(row: tuple[Iterable[Step], str]) -> InspectError:
        script, scheme = row
        with serving(*script, Peer.absorb) as served:
            return failure(served.url.replace("ws:", f"{scheme}:"), open_timeout_s=0.4)

    none, some, early, tls, banner = together(
        told,
        [
            ([Peer.ask], "ws"),
            ([Peer.ask, b"HTTP/1.1 101 Sw"], "ws"),
            ([Peer.ask, b"HTTP/1.1 1"], "ws"),
            ([], "wss"),
            ([Peer.ask, b"AMQP\0\0\x09\1"], "ws"),
        ],
    )
    assert [error.exit for error in (none, some, early, tls, banner)] == [Exit.TIMEOUT] * 4 + [Exit.REFUSED]
    assert "did not answer the handshake within 0.4 s" in none.message
    assert "it sent 15 bytes, which begin `HTTP/1.1 101 Sw`" in some.message
    assert "it sent 10 bytes, which begin `HTTP/1.1 1`" in early.message
    assert "did not finish the TLS handshake within 0.4 s" in tls.message
    assert banner.message == "the server speaks AMQP, not HTTP"


@pytest.mark.parametrize(
    ("phase", "words"), [("resolve", "resolving `host`"), ("connect", "did not accept"), ("upgrade", "did not answer")]
)
def test_timeouts(phase: str, words: str) -> None:
    error = unreachable(Phase(parse_target("wss://host/"), 10, phase), TimeoutError(), b"")
    assert error.exit == Exit.TIMEOUT
    assert words in error.message
    assert "TLS port" not in error.hint


# Names and addresses.


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = failure(f"ws://127.0.0.1:{port}/")
    assert (error.message, error.exit) == (f"`127.0.0.1` port {port} refused the connection", Exit.UNREACHABLE)


FAULTS = [
    (socket.gaierror(socket.EAI_NONAME, "x"), "cannot resolve `host`"),
    (socket.gaierror(socket.EAI_AGAIN, "x"), "cannot resolve `host`: no name server answered"),
    (TimeoutError(110, "Connection timed out"), "cannot connect to `host` port 80: connection timed out"),
    (OSError(101, "Network is unreachable"), "cannot connect to `host` port 80: network is unreachable"),
    (OSError("odd"), "cannot connect to `host` port 80: odd"),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS)
def test_unreachable(fault: OSError, message: str) -> None:
    error = unreachable(Phase(parse_target("ws://host/"), 10, "connect"), fault, b"")
    assert (error.message, error.exit) == (message, Exit.UNREACHABLE)


def test_what_is_reset_while_it_is_opened_can_be_reached() -> None:
    error = unreachable(Phase(parse_target("ws://host/"), 10, "connect"), ConnectionResetError(104, "Reset"), b"")
    assert error.hint.startswith("it dropped the connection at once")


# The library's exceptions.


def test_every_exception_has_a_row() -> None:
    assert set(LIBRARY) == set(websockets.exceptions.__all__)
    for message, hint in LIBRARY.values():
        assert message.format(fault="x")
        assert hint.format(fault="x") == hint


def test_sentences_of_the_library() -> None:
    exceptions = websockets.exceptions
    wrapped = exceptions.InvalidMessage("general")
    wrapped.__cause__ = ValueError("the detail.")
    answer = Response(404, "No", websockets.datastructures.Headers())
    for fault, message in [
        (wrapped, "the server's answer is not a valid HTTP answer: the detail"),
        (exceptions.InvalidMessage("general"), "the server's answer is not a valid HTTP answer: general"),
        (exceptions.InvalidHeader("X", "y" * 999), "… "),
        (exceptions.InvalidStatus(answer), "the handshake was refused: "),
        (exceptions.InvalidURI("wss://me:pw@host/", "bad"), "wss://***@host/"),
        (type("New", (exceptions.InvalidUpgrade,), {})("Upgrade"), "not for a WebSocket"),
        (RuntimeError("odd"), "the handshake failed: odd"),
    ]:
        assert message.strip() in library_sentence(fault)[0]
        assert len(library_sentence(fault)[0]) < 300


def test_banners_are_told_apart() -> None:
    for row in BANNERS:
        assert [other.message for other in BANNERS if other.pattern.match(row.example)] == [row.message]
    for harmless in (b"", b"HTTP/1.1 200 OK", b"<html>", b"\x00\x00", b"J\x00\x00\x00\x09"):
        assert banner_of(harmless) is None
