"""A TCP connection to a host by name: resolve, then try its addresses as RFC 8305 does. Knows no wishes."""

import asyncio
import errno
import os
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

HEAD_START_S = 0.25
"""So long an address is tried alone before the next joins in (RFC 8305 section 5)."""

NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

FAMILIES = {0: "IP", int(socket.AF_INET): "IPv4", int(socket.AF_INET6): "IPv6"}

Bind: TypeAlias = Callable[[socket.socket], None]
Address: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]


class Road(NamedTuple):
    """A way to the server: ``address`` is its ``host:port`` as we reached it, ``addresses`` all that the host has.

    Behind a proxy, both are as it was asked for them: a name, and no addresses, where it resolves. A unix socket's
    ``address`` is ``unix:`` and its path.
    ``carry`` makes it the transport of a protocol, with TLS where a context and a server's name are given.
    """

    address: str
    addresses: tuple[str, ...]
    carry: Callable[[asyncio.Protocol, ssl.SSLContext | None, str | None], Awaitable[None]]


def straight(sock: socket.socket, address: str, addresses: tuple[str, ...]) -> Road:
    """Return the road that a connected socket is."""

    async def carry(protocol: asyncio.Protocol, context: ssl.SSLContext | None, server_name: str | None) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: protocol, sock=sock, ssl=context, server_hostname=server_name
        )

    return Road(address, addresses, carry)


def shown_address(where: tuple[Any, ...]) -> str:
    """Return a socket's address as ``host:port``, in brackets where it is IPv6."""
    host, port = where[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"


def look_up(host: str, port: int, family: int = 0, **how: int) -> list[Any]:
    """Ask the system for a host's addresses; raises `socket.gaierror`."""
    # Text goes through Python's codec for international names, whose tables take 3 ms to load.
    name = host.encode() if host.isascii() else host
    return socket.getaddrinfo(name, port, family, socket.SOCK_STREAM, **how)


async def resolve(host: str, port: int, lookup: Callable[..., list[Any]] = look_up, family: int = 0) -> list[Address]:
    """Return the host's addresses, families taking turns; raises `socket.gaierror`."""
    try:
        # An address needs no resolver, and so no thread.
        found = numeric(host, port, family)
    except socket.gaierror:
        found = await _in_thread(lambda: lookup(host, port, family=family))
    first = [address for address in found if address[0] == found[0][0]]
    other = [address for address in found if address[0] != found[0][0]]
    turns = [address for pair in zip(first, other, strict=False) for address in pair]
    return turns + first[len(other) :] + other[len(first) :]


def numeric(host: str, port: int, family: int) -> list[Any]:
    """Return what a literal address stands for; raises `socket.gaierror` where it is none of that family."""
    return look_up(host, port, family, flags=socket.AI_NUMERICHOST)


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


async def dial(addresses: Sequence[Address], bind: Bind | None = None) -> socket.socket:
    """Return a socket connected to the first address that answers; ``bind`` is called with it before it connects.

    Raises:
        OSError: the fault that tells most; its ``filename`` names the addresses that failed this way.
    """
    attempts: list[asyncio.Task[socket.socket]] = []
    waiting = list(addresses)
    try:
        while True:
            if waiting:
                attempts.append(asyncio.ensure_future(_connect(waiting.pop(0), bind)))
            pending = [attempt for attempt in attempts if not attempt.done()]
            if not pending:
                break
            await asyncio.wait(pending, timeout=HEAD_START_S if waiting else None, return_when=asyncio.FIRST_COMPLETED)
            for attempt in attempts:
                if attempt.done() and not attempt.exception():
                    attempts.remove(attempt)
                    return attempt.result()
        raise _most_telling(addresses, [attempt.exception() for attempt in attempts])
    finally:
        for attempt in attempts:
            attempt.cancel()
        for outcome in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(outcome, socket.socket):
                outcome.close()


def _most_telling(addresses: Sequence[Address], outcomes: Sequence[BaseException | None]) -> BaseException:
    """Choose a fault; its words are the system's again, which asyncio replaces with an address."""
    faults = [fault for fault in outcomes if fault is not None]
    chosen = min(faults, key=_how_far)
    if not isinstance(chosen, OSError) or chosen.errno is None:
        return chosen
    alike = [
        str(address[4][0])
        for address, fault in zip(addresses, outcomes, strict=True)
        if isinstance(fault, OSError) and fault.errno == chosen.errno
    ]
    told = OSError(chosen.errno, os.strerror(chosen.errno), ", ".join(alike))
    told.__cause__ = chosen
    return told


def _how_far(fault: BaseException) -> int:
    """Order faults by how far the attempt came: who refuses is there, and a missing route tells least."""
    if isinstance(fault, ConnectionError):
        return 0
    return 1 if isinstance(fault, OSError) and fault.errno not in NO_ROUTE else 2


async def _connect(address: Address, bind: Bind | None) -> socket.socket:
    family, type, proto, _, where = address
    sock = socket.socket(family, type, proto)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if bind is not None:
            bind(sock)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock
