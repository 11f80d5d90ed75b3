"""The certificate that a server shows although it is not trusted: asked for once more, so that an error can tell of it.

OpenSSL forgets what it does not trust, and nothing is said on this second connection.
"""

import asyncio
import ssl
from collections.abc import Callable

from wsinspect.connecting import Connecting
from wsinspect.errors import InspectError
from wsinspect.events import Moment, TlsFacts
from wsinspect.net.progress import Progress
from wsinspect.net.reach import reach
from wsinspect.net.tls import server_name, tls_context, tls_facts

PATIENCE_S = 2.0
"""So long at most the error waits for this."""


async def shown_certificate(wanted: Connecting, clock: Callable[[], Moment], deadline: float) -> TlsFacts | None:
    """Return what the server shows, or None where that cannot be seen by ``deadline`` on the loop's clock."""
    # Who is not trusted does not get to see who we are.
    tls = wanted.tls._replace(verify=False, certificate=None, key=None, passphrase=None)
    loop = asyncio.get_running_loop()
    met = _Stranger()
    try:
        async with asyncio.timeout_at(min(deadline, loop.time() + PATIENCE_S)):
            road = await reach(wanted.target, wanted.network, Progress(clock))
            await road.carry(met, tls_context(tls), server_name(tls, wanted.target.host))
    except (OSError, InspectError):
        return None
    finally:
        if met.transport is not None:
            met.transport.abort()
    shown = met.transport.get_extra_info("ssl_object") if met.transport is not None else None
    return tls_facts(shown, tls) if isinstance(shown, ssl.SSLObject) else None


class _Stranger(asyncio.Protocol):
    """Says nothing, and hears nothing."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
