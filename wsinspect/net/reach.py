"""Which way leads to a server: a unix socket, a proxy, or its addresses. Knows no WebSocket."""

from wsinspect.connecting import Network
from wsinspect.net.dial import Road, shown_address, straight
from wsinspect.net.progress import Progress
from wsinspect.net.steps import connect, find
from wsinspect.target import Target, is_loopback


async def reach(target: Target, network: Network, progress: Progress) -> Road:
    """Find the way to a server; raises OSError, and `InspectError` where the cause is known better."""
    # The ways that few take are loaded when they are taken.
    if network.unix_socket is not None:
        from wsinspect.net.unix import connect_unix

        return await connect_unix(network.unix_socket, progress)
    if network.proxy or (network.proxy is None and network.environment and not is_loopback(target.host)):
        from wsinspect.proxies import proxy_of

        proxy = proxy_of(target, network)
        if proxy is not None:
            from wsinspect.net.proxy import through

            return await through(proxy, target, network, progress)
    found = await find(target.host, target.port, network, progress)
    sock = await connect(found, network, progress)
    return straight(sock, shown_address(sock.getpeername()), tuple(str(address[4][0]) for address in found))
