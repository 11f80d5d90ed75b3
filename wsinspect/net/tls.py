"""TLS as it is wanted, and what came of it. Knows no WebSocket."""

import ssl

from wsinspect.connecting import Tls
from wsinspect.events import TlsFacts


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Make the context; raises `InspectError` where a file cannot be used."""
    context = ssl.create_default_context()
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def tls_facts(connection: ssl.SSLObject, tls: Tls) -> TlsFacts | None:
    """Return what was agreed on, after the TLS handshake."""
    return None
