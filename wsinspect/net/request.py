"""The request of the opening handshake (RFC 6455 section 4.1): ours, with a user's headers in place of ours."""

import logging

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from wsinspect import __version__
from wsinspect.connecting import Connecting
from wsinspect.credentials import authorization
from wsinspect.extensions import parse_offer
from wsinspect.net.deflating import OfferedDeflate

ONCE = ("Host", "Upgrade", "Connection", "Sec-WebSocket-Version")
"""Headers that stand once; of several of the user's, the last counts."""


def client_protocol(wanted: Connecting) -> ClientProtocol:
    """Return the library's half of the handshake for one connection."""
    target = wanted.target
    path, _, query = target.resource.partition("?")
    return ClientProtocol(
        WebSocketURI(target.secure, target.host, target.port, path, query, None, None),
        extensions=None if wanted.deflate is None else [OfferedDeflate(parse_offer(wanted.deflate))],
        subprotocols=[Subprotocol(name) for name in wanted.subprotocols] or None,
        max_size=None,
        logger=_silent(),
    )


def request_of(protocol: ClientProtocol, wanted: Connecting, now: float) -> Request:
    """Make the request; a user's header replaces ours of the same name, so that none stands twice.

    ``now``, in seconds since the epoch, tells which cookies of the jar are over.
    """
    request = protocol.connect()
    ours = [*request.headers.raw_items(), ("User-Agent", f"wsinspect/{__version__}")]
    said = authorization(wanted.target, wanted.logins)
    if said is not None:
        ours.append(("Authorization", said))
    given = _with_jar(wanted, now) if wanted.jar else list(wanted.headers)
    headers = Headers()
    for name, value in ours:
        if name.lower() in wanted.without:
            continue
        # In its place, since Host stands first (RFC 9110 section 7.2).
        replaced = [pair for pair in given if pair[0].lower() == name.lower()]
        shown = replaced[-1:] if name in ONCE else replaced
        for pair in shown or [(name, value)]:
            headers[pair[0]] = pair[1]
        given = [pair for pair in given if pair not in replaced]
    for name, value in given:
        headers[name] = value
    return Request(request.path, headers)


def _with_jar(wanted: Connecting, now: float) -> list[tuple[str, str]]:
    """Return the user's headers with the jar's cookies in one Cookie header (RFC 6265 section 5.4); given ones win."""
    from wsinspect.cookies import cookie_header, joined

    cookies = cookie_header(wanted.jar, wanted.target, now)
    if not cookies:
        return list(wanted.headers)
    typed = [value for name, value in wanted.headers if name.lower() == "cookie"]
    others = [pair for pair in wanted.headers if pair[0].lower() != "cookie"]
    return [*others, ("Cookie", joined([cookies, *typed]))]


def _silent() -> logging.Logger:
    """Return a logger that no one hears: what the library has to say reaches a user through us or not at all."""
    logging.getLogger("asyncio").disabled = True
    logger = logging.getLogger("wsinspect.quiet")
    logger.disabled = True
    return logger
