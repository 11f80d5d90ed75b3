"""The request of the opening handshake (RFC 6455 section 4.1): ours, with a user's headers in place of ours."""

import logging
from urllib.parse import unquote

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from wsinspect import __version__
from wsinspect.connecting import Connecting


def client_protocol(wanted: Connecting) -> ClientProtocol:
    """Return the library's half of the handshake for one connection."""
    target = wanted.target
    path, _, query = target.resource.partition("?")
    name, _, password = target.userinfo.partition(":")
    return ClientProtocol(
        WebSocketURI(target.secure, target.host, target.port, path, query, unquote(name) or None, unquote(password)),
        # What browsers offer; the peer picks its windows.
        extensions=[ClientPerMessageDeflateFactory(client_max_window_bits=True)],
        subprotocols=[Subprotocol(name) for name in wanted.subprotocols] or None,
        max_size=None,
        logger=_silent(),
    )


def request_of(protocol: ClientProtocol, wanted: Connecting) -> Request:
    """Make the request; a user's header replaces ours of the same name, so that none stands twice."""
    request = protocol.connect()
    ours = [*request.headers.raw_items(), ("User-Agent", f"wsinspect/{__version__}")]
    given = list(wanted.headers)
    headers = Headers()
    for name, value in ours:
        # In its place, since Host stands first (RFC 9110 section 7.2).
        replaced = [pair for pair in given if pair[0].lower() == name.lower()]
        for pair in replaced or [(name, value)]:
            headers[pair[0]] = pair[1]
        given = [pair for pair in given if pair not in replaced]
    for name, value in given:
        headers[name] = value
    return Request(request.path, headers)


def _silent() -> logging.Logger:
    """Return a logger that no one hears: what the library has to say reaches a user through us or not at all."""
    logging.getLogger("asyncio").disabled = True
    logger = logging.getLogger("wsinspect.quiet")
    logger.disabled = True
    return logger
