"""The way through a proxy: CONNECT (RFC 9110 section 9.3.6) to http and https proxies, and the handshake of SOCKS.

A ws:// URL takes CONNECT, too, as RFC 6455 section 4.1 asks. An https proxy is spoken to in TLS, in which the server's
own TLS goes. Knows no WebSocket.
"""

import asyncio
import base64
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from wsinspect import __version__
from wsinspect.connecting import Network
from wsinspect.net.answer import EMPTY_LINE, read_answer
from wsinspect.net.dial import Address, Road, shown_address, straight
from wsinspect.net.progress import Progress
from wsinspect.net.proxy_failures import Unreached, no_answer, no_tls, refusal, without_socks
from wsinspect.net.steps import connect, find
from wsinspect.proxies import Proxy
from wsinspect.target import Target

HEAD_LIMIT = 64 * 1024
"""So many bytes may come before the head of a proxy's answer ends, and as many are kept of what follows."""

INTERIM = re.compile(rb"HTTP/\S+ +1\d\d(?!\d)")


Ask: TypeAlias = Callable[[socket.socket, str, int], Awaitable[Road]]


async def through(proxy: Proxy, target: Target, network: Network, progress: Progress) -> Road:
    """Take the steps to a server behind a proxy: ``resolve`` and ``connect`` for the proxy's part, then ``proxy``.

    The names that the proxy does not look up itself, and pinned ones, are resolved here; the addresses are then tried
    in turn. Raises OSError, and `InspectError` where the cause is known better.
    """
    ask = _way(proxy, network)
    via = f"the proxy `{proxy.name}`"
    to_proxy = network._replace(avoid=frozenset())
    near = await find(proxy.host, proxy.port, to_proxy, progress, via)
    far = await _addresses(proxy, target, network, progress)
    addresses = tuple(str(address[4][0]) for address in far)
    hosts = [address for address in addresses if address not in network.avoid] or list(addresses) or [target.host]
    while True:
        host = hosts.pop(0)
        sock = await connect(near, to_proxy, progress, via)
        progress.begin("proxy", via)
        try:
            road = await ask(sock, host, target.port)
        except Unreached:
            if not hosts:
                raise
            continue
        progress.done(proxy.name)
        return road._replace(addresses=addresses)


async def _addresses(proxy: Proxy, target: Target, network: Network, progress: Progress) -> list[Address]:
    """Return the server's addresses where it is not for the proxy to find them."""
    old = proxy.scheme in ("socks4", "socks4a")
    if proxy.resolves and not network.pins(target.host, target.port) and not (old and ":" in target.host):
        return []
    # Our interface has no say in what the proxy reaches.
    network = network._replace(interface=None)
    if old:
        # Version 4 has room for an IPv4 address alone.
        network = network._replace(family=socket.AF_INET)
    return await find(target.host, target.port, network, progress)


def _way(proxy: Proxy, network: Network) -> Ask:
    """Return how this kind of proxy is asked for a host, a name or an address without brackets, and a port.

    What is missing here is told before anything is tried.
    """
    if proxy.scheme.startswith("socks"):
        try:
            from wsinspect.net.socks import ask
        except ImportError as missing:
            raise without_socks() from missing

        async def ask_socks(sock: socket.socket, host: str, port: int) -> Road:
            await ask(proxy, sock, host, port)
            return straight(sock, shown_address((host, port)), ())

        return ask_socks
    context: ssl.SSLContext | None = None
    if proxy.scheme == "https":
        from wsinspect.net.tls import tls_context

        context = tls_context(network.proxy_tls)
    return lambda sock, host, port: _tunnel(proxy, sock, shown_address((host, port)), context)


async def _tunnel(proxy: Proxy, sock: socket.socket, address: str, outer: ssl.SSLContext | None) -> Road:
    """Ask by CONNECT; the socket is ours from here on."""
    loop = asyncio.get_running_loop()
    try:
        transport, room = await loop.create_connection(
            Anteroom, sock=sock, ssl=outer, server_hostname=proxy.host if outer else None
        )
    except (ssl.SSLError, ConnectionError) as fault:
        raise no_tls(proxy, fault) from fault
    try:
        transport.write(_request(proxy, address))
        await _granted(proxy, room, address)
    except BaseException:
        transport.abort()
        raise

    async def carry(protocol: asyncio.Protocol, context: ssl.SSLContext | None, server_name: str | None) -> None:
        if context is None:
            room.hand_over(transport, protocol)
            return
        if room.kept:
            # In TLS the client speaks first (RFC 8446 section 2).
            transport.abort()
            fault = ssl.SSLError(1, "what came before the handshake is no TLS")
            fault.reason = "WRONG_VERSION_NUMBER"
            raise fault
        inner = Anteroom()
        below = transport if outer is None else Outer(transport)
        secured = await loop.start_tls(below, inner, context, server_hostname=server_name)  # type: ignore[arg-type]
        if secured is None:
            raise ConnectionResetError("the connection ended")
        inner.hand_over(secured, protocol)

    return Road(address, (), carry)


def _request(proxy: Proxy, address: str) -> bytes:
    lines = [f"CONNECT {address} HTTP/1.1", f"Host: {address}", f"User-Agent: wsinspect/{__version__}"]
    if proxy.user is not None:
        # RFC 7617 section 2.
        lines.append(
            "Proxy-Authorization: Basic " + base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        )
    return "\r\n".join([*lines, "", ""]).encode("ascii")


async def _granted(proxy: Proxy, room: "Anteroom", address: str) -> None:
    """Wait for the head of the proxy's answer, and take it; what follows stays in the room."""
    while True:
        head = EMPTY_LINE.search(room.kept)
        if head is None:
            if room.over or len(room.kept) >= HEAD_LIMIT or not b"HTTP/".startswith(room.kept[:5]):
                raise no_answer(proxy, room.kept, room.lost_by)
            await room.more()
            continue
        answer = read_answer(room.kept[: head.end()])
        interim = INTERIM.match(room.kept)
        if answer is None and not interim:
            raise no_answer(proxy, room.kept, room.lost_by)
        room.kept = room.kept[head.end() :]
        if answer is not None:
            if 200 <= answer.status < 300:
                return
            raise refusal(proxy, answer, address)


class Outer:
    """A transport with TLS on which TLS goes, as asyncio wants it; it asks for what stands here by name."""

    _start_tls_compatible = True

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def _force_close(self, cause: Exception | None) -> None:
        try:
            self._transport._force_close(cause)  # type: ignore[attr-defined]
        except TypeError:
            # Python 3.11 hands on the cause to a method that takes none.
            self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Anteroom(asyncio.Protocol):
    """Keeps what comes for a protocol that is not there yet."""

    def __init__(self) -> None:
        self.kept = b""
        self.over = False
        self.lost_by: Exception | None = None
        self._transport: asyncio.Transport | None = None
        self._ended = False
        self._lost = False
        self._news = asyncio.Event()

    async def more(self) -> None:
        """Wait until more is there, or nothing will be."""
        self._news.clear()
        await self._news.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.kept += data
        if len(self.kept) >= HEAD_LIMIT and self._transport is not None:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        self.over = self._ended = True
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.over = self._lost = True
        self.lost_by = exc
        self._news.set()

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Let the protocol take the transport, and all that came."""
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self.kept:
            protocol.data_received(self.kept)
        if self._ended:
            protocol.eof_received()
        if self._lost:
            protocol.connection_lost(self.lost_by)
        else:
            transport.resume_reading()
