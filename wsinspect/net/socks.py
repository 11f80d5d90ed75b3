"""The handshake of SOCKS 4, 4a and 5 (RFC 1928, RFC 1929), which python-socks speaks. Knows no DNS.

The package is an extra of ours, and this is the only module that imports it.
"""

import socket
from typing import Any

from python_socks import ProxyError, ProxyType
from python_socks.async_.asyncio import Proxy as Client

from wsinspect.errors import InspectError
from wsinspect.net.dial import shown_address
from wsinspect.net.proxy_failures import broken_off, socks_refusal, without_socks
from wsinspect.proxies import Proxy

ENDLESS_S = 1e6
"""The package's own limit; ours is around the whole of opening."""

LONGEST = 255
"""So many bytes a user or a password may have (RFC 1929 section 2)."""


class Dialled(Client):
    """Stands where the package would dial: in front of the proxy, with a socket that is connected to it already."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def connect(self, *_: Any, **__: Any) -> socket.socket:
        return self._sock


async def ask(proxy: Proxy, sock: socket.socket, host: str, port: int) -> None:
    """Have the proxy connect ``sock`` to a host: a name, or an address without brackets; raises `InspectError`."""
    try:
        await _ask(proxy, sock, host, port)
    except BaseException:
        sock.close()
        raise


async def _ask(proxy: Proxy, sock: socket.socket, host: str, port: int) -> None:
    for word in (proxy.user or "", proxy.password):
        if not word.isascii() or len(word) > LONGEST:
            raise InspectError(f"for SOCKS, user and password are ASCII, of at most {LONGEST} characters")
    kind = ProxyType.SOCKS5 if proxy.scheme.startswith("socks5") else ProxyType.SOCKS4
    dialled = Dialled(sock)
    try:
        client = Client(kind, proxy.host, proxy.port, proxy.user, proxy.password, rdns=True, forward=dialled)
    except TypeError as fault:
        raise without_socks() from fault
    try:
        await client.connect(host, port, timeout=ENDLESS_S)
    except ProxyError as fault:
        raise socks_refusal(proxy, fault.error_code, str(fault), shown_address((host, port))) from fault
    except OSError as fault:
        raise broken_off(proxy, fault) from fault
