"""The steps ``resolve`` and ``connect``, as a `Network` wants them taken. Knows no TLS and no proxy's language."""

import socket
from collections.abc import Sequence

from wsinspect.connecting import Network
from wsinspect.errors import Exit, InspectError
from wsinspect.net.dial import FAMILIES, Address, dial, numeric, resolve, shown_address
from wsinspect.net.progress import Progress

NO_SUCH_ADDRESS = tuple(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
)
"""How resolvers say that a host has no address, or none of the family that was asked for."""


async def find(host: str, port: int, network: Network, progress: Progress, via: str = "") -> list[Address]:
    """Take the step ``resolve``: the addresses of a host, of the families that are wanted; ``via`` if it is a proxy."""
    progress.begin("resolve", via)
    family = network.family
    if network.interface is not None:
        from wsinspect.net.outlet import family_of

        family = family_of(network.interface, family)
    pins = network.pins(host, port) if network.pinned else ()
    if pins:
        found = [address for pin in pins for address in numeric(pin, port, 0) if family in (0, address[0])]
    else:
        try:
            found = await resolve(host, port, family=family)
        except socket.gaierror as fault:
            if not family or fault.errno not in NO_SUCH_ADDRESS:
                raise
            found = []
    if not found:
        wanted = FAMILIES[family]
        raise InspectError(
            f"`{host}` has no {wanted} address",
            hint="is it spelled right? It may have an address of the other family",
            exit=Exit.UNREACHABLE,
        )
    facts = ([host] if via else []) + (["pinned"] if pins else [])
    shown = ", ".join(dict.fromkeys(str(address[4][0]) for address in found))
    progress.done(shown + (f" ({', '.join(facts)})" if facts else ""))
    return found


async def connect(addresses: Sequence[Address], network: Network, progress: Progress, via: str = "") -> socket.socket:
    """Take the step ``connect``: a socket to one of a host's addresses, see `dial`."""
    progress.begin("connect", via)
    bind = None
    if network.interface is not None:
        from wsinspect.net.outlet import binder

        bind = binder(network.interface)
    remaining = [address for address in addresses if address[4][0] not in network.avoid] or addresses
    sock = await dial(remaining, bind)
    progress.done(shown_address(sock.getpeername()))
    return sock
