"""The parts of websockets that net/ stands on: each fails here, by name, when a release moves it.

By behaviour where that can be seen without a socket, by signature where not. What a peer may see of it is tested
elsewhere; this says which stone was pulled out.
"""

import asyncio
import inspect
import logging
import re
from typing import Any

import pytest
import websockets
from websockets import exceptions
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.frames import Frame
from websockets.http11 import MAX_LINE_LENGTH, MAX_NUM_HEADERS, Request, Response
from websockets.protocol import CLIENT, CLOSED, CLOSING, CONNECTING, OPEN, SEND_EOF, Protocol, Side
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI
from websockets.utils import accept_key

from wsinspect.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, write_frame

URI = WebSocketURI(True, "host", 8443, "/p", "q=1", "me", "pw")
NO_MASK = None
MASK = bytes(4)


def client(**options: Any) -> ClientProtocol:
    return ClientProtocol(URI, max_size=None, logger=logging.getLogger("quiet"), **options)


def answer(protocol: ClientProtocol, *headers: str, status: str = "101 Switching Protocols") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Upgrade: websocket", "Connection: Upgrade"]
    lines.append(f"Sec-WebSocket-Accept: {accept_key(protocol.key)}")
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def opened(*headers: str, **options: Any) -> ClientProtocol:
    """Return a client after its handshake, with nothing left to fetch."""
    protocol = client(**options)
    protocol.send_request(protocol.connect())
    protocol.receive_data(answer(protocol, *headers))
    assert protocol.state is OPEN
    protocol.data_to_send()
    protocol.events_received()
    return protocol


def keywords(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


def test_version() -> None:
    assert websockets.version.version.partition(".")[0] == "17"


# Signatures.


def test_arguments() -> None:
    assert {"protocol", "ping_interval", "close_timeout", "max_queue"} <= keywords(Connection.__init__)
    assert list(inspect.signature(ServerConnection.__init__).parameters)[1:3] == ["protocol", "server"]
    assert {"uri", "extensions", "subprotocols", "max_size", "logger"} <= keywords(ClientProtocol.__init__)
    assert list(inspect.signature(WebSocketURI).parameters) == [
        *("secure", "host", "port", "path", "query", "username", "password")
    ]
    served = {"create_connection", "origins", "max_size", "ping_interval", "server_header", "logger", "open_timeout"}
    assert served <= keywords(serve)
    assert list(inspect.signature(Request).parameters)[:2] == ["path", "headers"]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (1, ["connection_made", "data_received", "connection_lost", "process_event"]),
        (0, ["eof_received", "pause_writing", "resume_writing", "send_data", "drain"]),
    ],
)
def test_methods_that_are_overridden(arguments: int, names: list[str]) -> None:
    for name in names:
        assert len(inspect.signature(getattr(Connection, name)).parameters) == 1 + arguments


def test_attributes_of_a_connection() -> None:
    async def look() -> None:
        made = Connection(Protocol(CLIENT), ping_interval=None, close_timeout=2.0, max_queue=None)
        assert made.request is None
        assert made.response is None
        assert made.loop is asyncio.get_running_loop()
        assert not made.connection_lost_waiter.done()
        assert made.keepalive_task is None
        assert made.paused is False

    asyncio.run(look())
    assert inspect.iscoroutinefunction(ServerConnection.handshake)
    assert inspect.iscoroutinefunction(Connection.drain)


# A client's handshake.


def test_request() -> None:
    request = client(extensions=[ClientPerMessageDeflateFactory(client_max_window_bits=True)]).connect()
    assert request.path == "/p?q=1"
    names = [name for name, _ in request.headers.raw_items()]
    assert names[0] == "Host"
    assert request.headers["Host"] == "host:8443"
    assert request.headers["Authorization"] == "Basic bWU6cHc="
    assert request.headers["Sec-WebSocket-Version"] == "13"
    assert request.headers["Sec-WebSocket-Extensions"] == "permessage-deflate; client_max_window_bits"
    copied = Headers(request.headers)
    del copied["Host"]
    copied["X"], copied["X"] = "1", "2"
    assert copied.get_all("X") == ["1", "2"]
    assert "Host" in request.headers
    protocol = client()
    protocol.send_request(Request("/other", copied))
    (sent,) = protocol.data_to_send()
    assert sent.startswith(b"GET /other HTTP/1.1\r\n")
    assert sent.endswith(b"X: 1\r\nX: 2\r\n\r\n")


def test_answer_that_opens() -> None:
    """At the end of the head the state is OPEN, and the answer is an event."""
    protocol = client(subprotocols=[Subprotocol("chat")])
    data = answer(protocol, "Sec-WebSocket-Protocol: chat")
    for index in range(len(data)):
        assert protocol.state is CONNECTING
        protocol.receive_data(data[index : index + 1])
    assert protocol.state is OPEN
    (event,) = protocol.events_received()
    assert isinstance(event, Response)
    assert event.status_code == 101
    assert event.headers.get_all("upgrade") == ["websocket"]
    assert ("Upgrade", "websocket") in list(event.headers.raw_items())
    assert protocol.subprotocol == "chat"
    assert protocol.handshake_exc is None


def test_answer_that_refuses() -> None:
    """The fault is kept, the end of the stream is asked for, and the state stays."""
    protocol = client()
    protocol.receive_data(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
    assert isinstance(protocol.handshake_exc, exceptions.InvalidStatus)
    assert protocol.state is CONNECTING
    assert protocol.data_to_send() == [SEND_EOF] == [b""]


FAULTS: list[tuple[str, str, type[Exception]]] = [
    ("Upgrade: x", "", exceptions.InvalidUpgrade),
    ("Sec-WebSocket-Accept: x", "", exceptions.InvalidHeader),
    ("Sec-WebSocket-Extensions: x", "", exceptions.NegotiationError),
    ("Sec-WebSocket-Protocol: x", "subprotocol", exceptions.NegotiationError),
]


@pytest.mark.parametrize(("header", "words", "kind"), FAULTS)
def test_faults_of_an_answer(header: str, words: str, kind: type[Exception]) -> None:
    protocol = client(extensions=[])
    protocol.receive_data(answer(protocol, header))
    assert type(protocol.handshake_exc) is kind
    assert words in str(protocol.handshake_exc)


def test_names_of_wrong_headers() -> None:
    protocol = client(subprotocols=[Subprotocol("a"), Subprotocol("b")])
    protocol.receive_data(answer(protocol).replace(accept_key(protocol.key).encode(), b"AAAA"))
    assert isinstance(protocol.handshake_exc, exceptions.InvalidHeaderValue)
    assert protocol.handshake_exc.name == "Sec-WebSocket-Accept"
    protocol = client(subprotocols=[Subprotocol("a"), Subprotocol("b")])
    protocol.receive_data(answer(protocol, "Sec-WebSocket-Protocol: a, b"))
    assert isinstance(protocol.handshake_exc, exceptions.InvalidHeader)
    assert protocol.handshake_exc.name == "Sec-WebSocket-Protocol"


def test_answers_that_are_none() -> None:
    """A cause stands behind InvalidMessage; the sentences about limits state these numbers."""
    for data, cause in [
        (b"HTTP/1.0 101 No\r\n", ValueError),
        (b"HTTP/1.1 101 No\n", EOFError),
        (b"HTTP/1.1 101 No\r\nX: " + b"y" * 8200 + b"\r\n", exceptions.HeaderLineTooLong),
        (b"HTTP/1.1 101 No\r\n" + b"X: y\r\n" * 130, exceptions.TooManyHeaders),
    ]:
        protocol = client()
        protocol.receive_data(data)
        assert isinstance(protocol.handshake_exc, exceptions.InvalidMessage)
        assert isinstance(protocol.handshake_exc.__cause__, cause)
    assert (MAX_LINE_LENGTH, MAX_NUM_HEADERS) == (8192, 128)
    protocol = client()
    protocol.receive_data(b"HTTP/1.1 101 Swi")
    protocol.receive_eof()
    assert isinstance(protocol.handshake_exc, exceptions.InvalidMessage)
    assert isinstance(protocol.handshake_exc.__cause__, EOFError)


def test_bare_line_of_another_protocol_is_refused_at_once() -> None:
    protocol = client()
    protocol.receive_data(b"SSH-2.0-x\r\n")
    assert protocol.handshake_exc is not None


def test_compression() -> None:
    """The names that our reader asks for what was agreed."""
    offered = "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11; server_no_context_takeover"
    factory = ClientPerMessageDeflateFactory(client_max_window_bits=True)
    (agreed,) = opened(f"Sec-WebSocket-Extensions: {offered}", extensions=[factory]).extensions
    assert isinstance(agreed, PerMessageDeflate)
    assert (agreed.remote_max_window_bits, agreed.local_max_window_bits) == (10, 11)
    assert (agreed.remote_no_context_takeover, agreed.local_no_context_takeover) == (True, False)


# Frames in and out.


def test_control_frames_are_answered() -> None:
    protocol = opened()
    protocol.receive_data(write_frame(b"beat", PING))
    (pong,) = protocol.data_to_send()
    assert pong[0] == 0x80 | PONG
    assert len(pong) == 2 + 4 + 4
    protocol.receive_data(write_frame(b"", PONG))
    assert protocol.data_to_send() == []
    assert all(isinstance(event, Frame) for event in protocol.events_received())


@pytest.mark.parametrize("body", [b"", b"\x03\xe8", b"\x03\xf3why"])
def test_close_is_echoed(body: bytes) -> None:
    protocol = opened()
    protocol.receive_data(write_frame(body, CLOSE))
    (echo,) = protocol.data_to_send()
    assert (echo[0], echo[1]) == (0x80 | CLOSE, 0x80 | len(body))
    assert protocol.state is CLOSING
    protocol.receive_data(write_frame(b"late", PING))
    assert protocol.data_to_send() == []
    protocol.receive_eof()
    assert protocol.state is CLOSED


def test_close_of_ours() -> None:
    protocol = opened()
    protocol.send_close(1000, "bye")
    (sent,) = protocol.data_to_send()
    assert sent[0] == 0x80 | CLOSE
    assert protocol.state is CLOSING
    protocol.receive_data(write_frame(b"", PING))
    assert protocol.data_to_send()[0][0] == 0x80 | PONG, "pings are answered until the close comes"
    protocol.receive_data(write_frame(b"\x03\xe8", CLOSE))
    assert protocol.data_to_send() == []
    assert protocol.close_rcvd is not None
    empty = opened()
    empty.send_close()
    assert empty.data_to_send()[0][1] == 0x80


def test_failing() -> None:
    """A close frame once, then deaf; a code that must not be sent raises."""
    protocol = opened()
    protocol.fail(1002, "é" * 61)
    (sent,) = protocol.data_to_send()
    assert sent[0] == 0x80 | CLOSE
    assert len(sent) == 2 + 4 + 2 + 122
    assert protocol.state is CLOSING
    protocol.fail(1007, "")
    protocol.receive_data(b"\x83nonsense")
    assert protocol.data_to_send() == []
    for code, reason in ((1005, ""), (1002, "x" * 124)):
        with pytest.raises(exceptions.ProtocolError):
            opened().fail(code, reason)


def test_sending() -> None:
    protocol = opened()
    protocol.send_text(b"a")
    protocol.send_binary(b"b")
    protocol.send_ping(b"c")
    protocol.send_pong(b"d")
    protocol.send_text(b"e", fin=False)
    protocol.send_continuation(b"f", fin=True)
    firsts = [data[0] for data in protocol.data_to_send()]
    assert firsts == [0x80 | TEXT, 0x80 | BINARY, 0x80 | PING, 0x80 | PONG, TEXT, 0x80 | CONTINUATION]
    assert protocol.side is Side.CLIENT


def test_data_is_taken_in_pieces_as_one_frame_each() -> None:
    """What we write for the library to read is a frame that it takes at once, masked or not by its side."""
    server = ServerProtocol(state=OPEN)
    server.receive_data(write_frame(b"x", PING, mask=MASK))
    assert server.data_to_send()[0][:2] == bytes([0x80 | PONG, 1])
    protocol = opened()
    protocol.receive_data(write_frame(b"x", PING, mask=NO_MASK))
    assert protocol.data_to_send()


# The server.


def test_server() -> None:
    """``create_connection`` is called with protocol, server and keywords; the handshake opens; patterns are origins."""
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    class Made(ServerConnection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            calls.append((arguments, options))
            super().__init__(*arguments, **options)

        async def handshake(self, *arguments: Any, **options: Any) -> None:
            await super().handshake(*arguments, **options)
            assert self.request is not None
            opened.append((self.protocol.state, self.request.path))

    opened: list[tuple[Any, str]] = []

    async def ask(port: int, origin: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = client().connect()
        request.headers["Origin"] = origin
        writer.write(request.serialize())
        line = await reader.readline()
        writer.close()
        return line

    async def session() -> None:
        async def handler(connection: ServerConnection) -> None:
            await connection.wait_closed()

        pattern = re.compile("https?://good")
        options: dict[str, Any] = {"create_connection": Made, "origins": [None, pattern], "server_header": "x"}
        async with serve(handler, "127.0.0.1", 0, max_size=None, ping_interval=None, **options) as server:
            assert isinstance(server, Server)
            port = server.sockets[0].getsockname()[1]
            assert b" 101 " in await ask(port, "http://good")
            assert b" 403 " in await ask(port, "http://bad")

    asyncio.run(session())
    (protocol, server), options = calls[0]
    assert isinstance(protocol, ServerProtocol)
    assert isinstance(server, Server)
    assert set(options) <= {"ping_interval", "ping_timeout", "close_timeout", "max_queue", "write_limit"}
    assert opened[0] == (OPEN, "/p?q=1")
