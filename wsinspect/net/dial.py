"""A TCP connection to a host by name: resolve, then try its addresses as RFC 8305 does. Knows no WebSocket."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any, TypeAlias

HEAD_START_S = 0.25
"""So long an address is tried alone before the next joins in (RFC 8305 section 5)."""

Address: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Return the host's addresses, families taking turns; raises `socket.gaierror`."""
    try:
        # An address needs no resolver, and so no thread.
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    first = [address for address in found if address[0] == found[0][0]]
    other = [address for address in found if address[0] != found[0][0]]
    turns = [address for pair in zip(first, other, strict=False) for address in pair]
    return turns + first[len(other) :] + other[len(first) :]


async def dial(addresses: Sequence[Address]) -> socket.socket:
    """Return a socket connected to the first address that answers; raises the first address's OSError."""
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
        fault = attempts[0].exception()
        assert fault is not None
        raise fault
    finally:
        for attempt in attempts:
            attempt.cancel()
        for outcome in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(outcome, socket.socket):
                outcome.close()


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
