"""A TCP connection to a host by name: resolve, then try its addresses as RFC 8305 does. Knows no WebSocket."""

import asyncio
import errno
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from wsinspect.connecting import Network
from wsinspect.net.progress import Progress
from wsinspect.target import Target

HEAD_START_S = 0.25
"""So long an address is tried alone before the next joins in (RFC 8305 section 5)."""

NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

Address: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]


class Road(NamedTuple):
    """A way to the server: ``address`` is its ``host:port`` as we reached it, ``addresses`` all that the host has.

    ``carry`` makes it the transport of a protocol, with TLS where a context and a server's name are given.
    """

    address: str
    addresses: tuple[str, ...]
    carry: Callable[[asyncio.Protocol, ssl.SSLContext | None, str | None], Awaitable[None]]


async def reach(target: Target, network: Network, progress: Progress) -> Road:
    """Find the way to a server; raises OSError, and `InspectError` where the cause is known better."""
    progress.begin("resolve")
    addresses = await resolve(target.host, target.port)
    progress.done()
    progress.begin("connect")
    sock = await dial(addresses)
    peer = sock.getpeername()
    address = f"[{peer[0]}]:{peer[1]}" if ":" in str(peer[0]) else f"{peer[0]}:{peer[1]}"
    progress.done(address)

    async def carry(protocol: asyncio.Protocol, context: ssl.SSLContext | None, server_name: str | None) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: protocol, sock=sock, ssl=context, server_hostname=server_name
        )

    return Road(address, tuple(str(found[4][0]) for found in addresses), carry)


async def resolve(host: str, port: int, lookup: Callable[..., list[Any]] = socket.getaddrinfo) -> list[Address]:
    """Return the host's addresses, families taking turns; raises `socket.gaierror`."""
    try:
        # An address needs no resolver, and so no thread.
        found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await _in_thread(lambda: lookup(host, port, type=socket.SOCK_STREAM))
    first = [address for address in found if address[0] == found[0][0]]
    other = [address for address in found if address[0] != found[0][0]]
    turns = [address for pair in zip(first, other, strict=False) for address in pair]
    return turns + first[len(other) :] + other[len(first) :]


async def _in_thread(work: Callable[[], list[Any]]) -> list[Any]:
    """Run what blocks in a thread that nobody has to wait for: the loop's own ones hold the process at its end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[list[Any]] = loop.create_future()

    def settle(result: list[Any] | None, fault: Exception | None) -> None:
        if done.done():
            return
        if fault is not None:
            done.set_exception(fault)
        else:
            done.set_result(result or [])

    def run() -> None:
        result: list[Any] | None = None
        fault: Exception | None = None
        try:
            result = work()
        except UnicodeError:
            fault = socket.gaierror(socket.EAI_NONAME, "not a host name")
        except Exception as raised:
            fault = raised
        try:
            loop.call_soon_threadsafe(settle, result, fault)
        except RuntimeError:
            pass  # the loop is gone, and with it whoever asked

    threading.Thread(target=run, name="resolver", daemon=True).start()
    return await done


async def dial(addresses: Sequence[Address]) -> socket.socket:
    """Return a socket connected to the first address that answers; raises the OSError that tells most."""
    attempts: list[asyncio.Task[socket.socket]] = []
    waiting = list(addresses)
    try:
        while True:
            if waiting:
                attempts.append(asyncio.ensure_future(_connect(waiting.pop(0))))
            pending = [attempt for attempt in attempts if not attempt.done()]
            if not pending:
                break
            await asyncio.wait(pending, timeout=HEAD_START_S if waiting else None, return_when=asyncio.FIRST_COMPLETED)
            for attempt in attempts:
                if attempt.done() and not attempt.exception():
                    attempts.remove(attempt)
                    return attempt.result()
        faults = [attempt.exception() for attempt in attempts]
        raise min((fault for fault in faults if fault is not None), key=_how_far)
    finally:
        for attempt in attempts:
            attempt.cancel()
        for outcome in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(outcome, socket.socket):
                outcome.close()


def _how_far(fault: BaseException) -> int:
    """Order faults by how far the attempt came: who refuses is there, and a missing route tells least."""
    if isinstance(fault, ConnectionError):
        return 0
    return 1 if isinstance(fault, OSError) and fault.errno not in NO_ROUTE else 2


async def _connect(address: Address) -> socket.socket:
    family, type, proto, _, where = address
    sock = socket.socket(family, type, proto)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock
