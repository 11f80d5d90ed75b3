"""Sec-WebSocket-Extensions read and offered: rows, whatever anybody may write, and messages over real connections."""

import asyncio
import os
import zlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from tests.openings import connecting, handshake, refused
from tests.servers import Peer, close, opened, serving
from wsinspect.clock import now
from wsinspect.errors import InspectError
from wsinspect.extensions import Terms, parse_extensions, parse_offer, terms_of
from wsinspect.net.opening import open_session
from wsinspect.vocabulary import WSMsgType
from wsinspect.wire.frames import write_frame

HEADERS = [
    ("", []),
    (" , ;", []),
    ("a", [("a", [])]),
    ("a; b; c=1, d;e = \"x, \\\"y;z\"", [("a", [("b", None), ("c", "1")]), ("d", [("e", 'x, "y;z')])]),
    ('a; b="open, c', [("a", [("b", "open, c")])]),
    ("a;;b", [("a", [("b", None)])]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), HEADERS)
def test_header(value: str, expected: list[Any]) -> None:
    assert parse_extensions(value) == expected


@given(st.text(st.sampled_from('ab;,="\\ '), max_size=30))
def test_any_header_can_be_read(value: str) -> None:
    for name, parameters in parse_extensions(value):
        assert name
        assert all(name == name.strip() for name, _ in parameters)
    terms_of(f"permessage-deflate; {value}")


OFFERS = [
    ("", ()),
    ("client_max_window_bits", (("client_max_window_bits", None),)),
    (
        "server_no_context_takeover ;client_max_window_bits = 10",
        (("server_no_context_takeover", None), ("client_max_window_bits", "10")),
    ),
    ("permessage-deflate; server_max_window_bits=8", (("server_max_window_bits", "8"),)),
]


@pytest.mark.parametrize(("text", "expected"), OFFERS)
def test_offer(text: str, expected: tuple[Any, ...]) -> None:
    assert parse_offer(text) == expected


FAULTS = [
    ("client_max_window", "no parameter `client_max_window`", "did you mean `client_max_window_bits`?"),
    ("x", "no parameter `x`", "known are: "),
    ("client_max_window_bits=16", "from 8 to 15", ""),
    ("client_max_window_bits=7", "from 8 to 15", ""),
    ("client_max_window_bits=010", "from 8 to 15", ""),
    ("client_max_window_bits=", "from 8 to 15", ""),
    ("server_max_window_bits", "from 8 to 15", ""),
    ("server_no_context_takeover=1", "takes no value", ""),
    ("server_no_context_takeover; server_no_context_takeover", "stands twice", ""),
    ("client_max_window_bits, x", "only one set", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), FAULTS)
def test_no_offer(text: str, message: str, hint: str) -> None:
    with pytest.raises(InspectError) as caught:
        parse_offer(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_terms() -> None:
    assert terms_of("x, permessage-deflate; server_max_window_bits=9; client_max_window_bits") == Terms(9, 0)
    assert terms_of("Permessage-Deflate; client_no_context_takeover") == Terms(client_fresh=True)
    assert terms_of("permessage-deflate; client_max_window_bits=99") == Terms(client_bits=0)
    assert terms_of("x-webkit-deflate-frame") is None


# What is sent, and what is understood.

MESSAGES = [b"", b"x", b"the same again and again " * 400, os.urandom(3000) * 4, b"the same again and again " * 400]


def exchanged(offer: str, config: dict[str, Any] | None) -> tuple[str, list[bytes]]:
    """Have websockets' server echo messages under an offer; return what was agreed on and what came back."""

    async def echo(server: ServerConnection) -> None:
        async for message in server:
            await server.send(message)

    async def run() -> tuple[str, list[bytes]]:
        extensions = None if config is None else [ServerPerMessageDeflateFactory(**config)]
        async with serve(echo, "127.0.0.1", 0, compression=None, extensions=extensions) as server:
            port = server.sockets[0].getsockname()[1]
            session = await open_session(connecting(f"ws://127.0.0.1:{port}/", "--deflate", offer), now)
            got: list[bytes] = []
            for message in MESSAGES:
                await session.send(WSMsgType.BINARY, message)
            async for batch in session.batches():
                if batch.direction == "in":
                    got += [payload for type, payload, _ in batch.rows if type == WSMsgType.BINARY]
                if len(got) == len(MESSAGES):
                    session.abort()
            return session.handshake.extensions, got

    return asyncio.run(asyncio.wait_for(run(), 15))


ROUNDS: list[tuple[str, dict[str, Any] | None, str]] = [
    ("", {}, "permessage-deflate"),
    ("", None, ""),
    ("client_max_window_bits", {"client_max_window_bits": 9}, "permessage-deflate; client_max_window_bits=9"),
    # Here the server chooses 8 for us, which zlib alone cannot do.
    ("client_max_window_bits", {"client_max_window_bits": 8}, "permessage-deflate; client_max_window_bits=8"),
    ("client_max_window_bits=8", {}, "permessage-deflate; client_max_window_bits=8"),
    ("client_max_window_bits=10", {}, "permessage-deflate; client_max_window_bits=10"),
    ("client_no_context_takeover", {}, "permessage-deflate; client_no_context_takeover"),
    ("server_no_context_takeover", {}, "permessage-deflate; server_no_context_takeover"),
    ("server_max_window_bits=9", {}, "permessage-deflate; server_max_window_bits=9"),
    ("server_max_window_bits=15", {"server_max_window_bits": 11}, "permessage-deflate; server_max_window_bits=11"),
    (
        "server_max_window_bits=10; client_max_window_bits=9; server_no_context_takeover; client_no_context_takeover",
        {},
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; "
        "client_max_window_bits=9",
    ),
]


@pytest.mark.parametrize(("offer", "config", "agreed"), ROUNDS)
def test_round_trip(offer: str, config: dict[str, Any] | None, agreed: str) -> None:
    assert exchanged(offer, config) == (agreed, MESSAGES)


def test_smallest_window_of_the_server() -> None:
    """websockets' own server has none, so this one is ours: what it sends looks back no further than 256 bytes."""
    deflate = zlib.compressobj(wbits=-9, strategy=zlib.Z_RLE)
    frames = [
        write_frame((deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4], 2, rsv=4) for text in MESSAGES
    ]
    agreed = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8"
    with serving(opened(agreed), b"".join(frames), close(), Peer.until_close) as served:

        async def run() -> list[bytes]:
            session = await open_session(connecting(served.url, "--deflate", "server_max_window_bits=8"), now)
            return [row[1] async for batch in session.batches() for row in batch.rows if row[0] == WSMsgType.BINARY]

        assert asyncio.run(run()) == MESSAGES
    header = served.peers[0].header("Sec-WebSocket-Extensions")
    assert header == "permessage-deflate; server_max_window_bits=8"


def test_our_smallest_window_is_kept() -> None:
    """What we send inflates with a window of 256 bytes, whatever it is."""

    def inflate(peer: Peer) -> bytes:
        stream = zlib.decompressobj(wbits=-8)
        out = b""
        while (frame := peer.frame()) is not None and frame[0] != 8:
            out += stream.decompress(frame[1] + b"\x00\x00\xff\xff")
        return out

    got: list[bytes] = []
    agreed = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8"
    with serving(opened(agreed), lambda peer: got.append(inflate(peer)), close()) as served:

        async def run() -> None:
            session = await open_session(connecting(served.url), now)
            for message in MESSAGES:
                await session.send(WSMsgType.BINARY, message)
            session.close(0)  # type: ignore[arg-type]
            async for _ in session.batches():
                pass

        asyncio.run(run())
    assert got == [b"".join(MESSAGES)]


NOT_AGREED: list[tuple[Iterable[str], str]] = [
    (("--deflate", "client_max_window_bits=8"), "client_max_window_bits=9"),
    (("--deflate", "server_no_context_takeover"), ""),
    (("--deflate", "server_max_window_bits=10"), "server_max_window_bits=11"),
    (("--deflate", ""), "client_max_window_bits=10"),
    (("--no-compression",), ""),
]


@pytest.mark.parametrize(("options", "parameters"), NOT_AGREED)
def test_answers_that_do_not_fit_the_offer(options: tuple[str, ...], parameters: str) -> None:
    agreed = f"permessage-deflate; {parameters}".rstrip("; ")
    with serving(opened(f"Sec-WebSocket-Extensions: {agreed}")) as served:
        error = refused(served.url, *options)
    assert f"not offered like this: `{agreed}`" in error.message


def test_no_compression() -> None:
    with serving(opened(), close()) as served:
        assert handshake(connecting(served.url, "--no-compression")).extensions == ""
    assert served.peers[0].header("Sec-WebSocket-Extensions") == ""


# Headers of ours that a user replaces.


def lines(*arguments: str) -> list[str]:
    with serving(opened(), close()) as served:
        handshake(connecting(served.url, *arguments))
    return served.peers[0].request.decode().split("\r\n")[1:]


def test_headers_that_stand_once() -> None:
    asked = lines("-H", "host: one", "-H", "Host: two", "-H", "Sec-WebSocket-Version: 8", "--version-header", "7")
    assert asked[0] == "Host: two"
    assert [line for line in asked if line.lower().startswith(("host:", "sec-websocket-version:"))] == [
        "Host: two",
        "Sec-WebSocket-Version: 7",
    ]
    assert not any("version" in line.lower() for line in lines("--version-header", ""))
