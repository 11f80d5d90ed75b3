"""Why a server answered with something else than 101: likely causes, from its status, headers and body.

Tables: what an answer shows (`SIGNS`), who stands in front (`FRONTS`), and what it all means (`CAUSES`, the first row
that fits). Knows no socket; a cause is a guess, and worded as one.
"""

import re
from typing import NamedTuple

from wsinspect.events import Handshake
from wsinspect.net.answer import Answer, challenges
from wsinspect.reconnecting import retry_after_s
from wsinspect.redact import redact_url
from wsinspect.redirects import REDIRECTS
from wsinspect.render.lines import duration_text
from wsinspect.render.safe import clipped

SHOWN_WORDS = 200
"""So many characters of a peer's text stand in one of our sentences."""

READ_BODY = 8 * 1024
"""So much of a body is looked at for signs."""


class Front(NamedTuple):
    """A server or proxy that names itself, in a header or in ``body``; ``remedy`` makes it hand on Upgrade."""

    name: str
    where: str
    pattern: str
    proxies: bool
    remedy: str = ""


NGINX = "nginx wants proxy_http_version 1.1 and proxy_set_header for Upgrade and Connection"
FRONTS: tuple[Front, ...] = (
    Front("Cloudflare", "Server", r"cloudflare", True, "its Network settings switch WebSockets on"),
    Front("CloudFront", "Via", r"cloudfront", True, "its origin request policy must hand on Sec-WebSocket-*"),
    Front("CloudFront", "Server", r"cloudfront", True, "its origin request policy must hand on Sec-WebSocket-*"),
    Front("AWS' load balancer", "Server", r"awselb", True, "a classic one knows no WebSockets"),
    Front("Azure's gateway", "Server", r"azure-application-gateway", True),
    Front("Google's load balancer", "Via", r"\bgoogle\b", True),
    Front("Google's front end", "Server", r"google frontend|\bgws\b|\besf\b", True),
    Front("Akamai", "Server", r"akamai", True, "it hands on WebSockets only where the property allows it"),
    Front("Fastly", "X-Served-By", r"^cache-", True, "it wants its WebSockets product"),
    Front("Heroku's router", "Via", r"vegur|heroku", True),
    Front("Fly.io's proxy", "Server", r"^fly/", True),
    Front("Vercel", "Server", r"vercel", True, "its functions hold no WebSockets open"),
    Front("Netlify", "Server", r"netlify", True, "it holds no WebSockets open"),
    Front("OpenResty", "Server", r"openresty", True, NGINX),
    Front("nginx", "Server", r"nginx", True, NGINX),
    Front("nginx", "body", r"<center>nginx", True, NGINX),
    Front("Envoy", "Server", r"envoy", True, "Envoy wants upgrade_configs with upgrade_type websocket"),
    Front("Kong", "Via", r"\bkong", True),
    Front("Traefik", "body", r"\A(?:Bad Gateway|Gateway Timeout|404 page not found)\s*\Z", True),
    Front("HAProxy", "body", r"No server is available to handle this|<h1>50[234] [\w ]+</h1>\s+The server", True),
    Front("Caddy", "Server", r"^caddy", True),
    Front("Varnish", "Via", r"varnish", True, "Varnish wants return (pipe) for Upgrade"),
    Front("Squid", "Via", r"squid", True),
    Front("Squid", "Server", r"squid", True),
    Front("Apache", "Server", r"^apache(?!-coyote)", True, "Apache wants ProxyPass with upgrade=websocket"),
    Front("IIS", "Server", r"microsoft-iis", True, "IIS wants its feature “WebSocket Protocol” installed"),
    Front("LiteSpeed", "Server", r"litespeed", True, "it wants a WebSocket proxy of its own for the path"),
)

# What an answer shows: the sign, the header that shows it (or body), and how. Bodies are those of known servers.
SIGNS: tuple[tuple[str, str, str], ...] = (
    ("wants TLS", "body", r"HTTP request (?:was sent )?to (?:an )?HTTPS|plain HTTP to an SSL-enabled"),
    ("html", "Content-Type", r"text/html|xhtml"),
    ("html", "body", r"\A\s*<(?:!doctype\s+html|html|head|body)"),
    ("app", "body", r"<div id=[\"']?(?:root|app|__next|__nuxt|svelte)\b|<app-root|enable JavaScript to run"),
    ("json", "Content-Type", r"[/+]json"),
    ("json", "body", r"\A\s*[{\[]"),
    ("stripped", "body", r"\bupgrade\b.{0,60}(?:websocket|header|token|required)|websocket client|only.{0,9}websocket"),
    ("stripped", "Upgrade", r"websocket"),
    ("stripped", "body", r"(?:missing|invalid).{0,20}(?:upgrade|connection|sec-websocket-key)|not a websocket"),
    ("version", "body", r"(?:invalid|unsupported|bad|wrong).{0,30}\bversion"),
    ("HTTP/1.0", "body", r"\bHTTP/1\.0\b"),
    ("socket.io", "body", r'"message":"(?:Transport unknown|Session ID unknown|Unsupported protocol version)"'),
    ("sockjs", "body", r"\AWelcome to SockJS!"),
    ("signalr", "body", r"Connection ID required|No Connection with that ID"),
    ("mongodb", "body", r"trying to access MongoDB over HTTP"),
    ("origin", "body", r"\borigin\b.{0,40}(?:not allowed|denied|forbidden|rejected|mismatch|invalid)|invalid origin"),
    ("challenge page", "body", r"cf-chl|cf-mitigated|Just a moment\.\.\.|Attention Required!"),
    ("challenge page", "cf-mitigated", r"challenge"),
    ("via", "Via", r"."),
)

TO_HTTPS = re.compile(r"https://", re.IGNORECASE)
HOW_TO_SEND = {"basic": "-u NAME:PASSWORD", "bearer": "--bearer TOKEN"}
"""Schemes for which we have an option."""


class Cause(NamedTuple):
    """What an answer means that has one of the statuses (none: any) and all the signs; see `_facts` for the words."""

    statuses: tuple[int, ...]
    signs: frozenset[str]
    hint: str


def _row(statuses: tuple[int, ...], signs: str, hint: str) -> Cause:
    return Cause(statuses, frozenset(filter(None, signs.split(", "))), hint)


NOT_HANDED_ON = "{front} does not hand on the Upgrade header{remedy}"
CAUSES: tuple[Cause, ...] = (
    _row((), "wants TLS", "this port speaks TLS: use wss:// instead of ws://"),
    _row((), "socket.io", "this is Socket.IO: its WebSocket is at /socket.io/?EIO=4&transport=websocket"),
    _row((), "sockjs", "this is SockJS: its plain WebSocket is at this path with /websocket behind it"),
    _row((), "signalr", "this is SignalR: ask at this path with /negotiate for an id, and add ?id=... to the URL"),
    _row((), "mongodb", "this is MongoDB's own port; is the port right?"),
    _row(
        (200,), "html, app",
        "a plain web page answers here, that of a single-page app, which stands for every path that leads nowhere: the "
        "path is probably wrong, or " + NOT_HANDED_ON,
    ),
    _row((200,), "html", "a plain web page answers here: the path is probably wrong, or " + NOT_HANDED_ON),
    _row((200,), "json", "an HTTP interface answers here: the path is probably wrong, or " + NOT_HANDED_ON),
    _row((200,), "", "plain HTTP is spoken here: the path is probably wrong, or " + NOT_HANDED_ON),
    _row(REDIRECTS, "to https", "it wants TLS; try the address it points to: {location}"),
    _row(REDIRECTS, "location", "try the address it points to: {location}"),
    _row(REDIRECTS, "", "it names no address to try instead"),
    _row((400, 426), "other version", "it speaks another version, {version}; --version-header N asks for one"),
    _row((400, 426), "version", "it does not take version {ours} of the protocol; --version-header sets it"),
    _row((400, 426, 505), "HTTP/1.0", "the server behind was asked in HTTP/1.0: " + NOT_HANDED_ON),
    _row((400, 405, 426, 501), "stripped, front", "it saw no Upgrade header: probably " + NOT_HANDED_ON),
    _row((400, 405, 426, 501), "stripped", "it saw no Upgrade header: a proxy between may have taken it out"),
    _row((400,), "front", "this was not taken for a WebSocket handshake; perhaps " + NOT_HANDED_ON),
    _row((400,), "", "this was not taken for a WebSocket handshake; a proxy may have taken out the Upgrade header"),
    _row((401,), "with credentials", "the credentials were not accepted; it asks for {challenge}"),
    _row((401,), "", "it wants credentials{realm}; send them with {send}"),
    _row((403,), "challenge page", "{front} wants to see a browser first; a cookie of one, sent with -b, may do"),
    _row((403,), "origin", "it does not let this Origin in; set another with --origin https://..."),
    _row((403,), "with origin", "credentials lack the right, or it wants another Origin than {origin}"),
    _row((403,), "", "credentials lack the right, or it wants an Origin; set one with --origin https://..."),
    _row((404,), "front", "nothing is at this path; check it, and where {front} sends it"),
    _row((404,), "", "nothing is at this path; check it"),
    _row((405,), "", "this path takes other methods than a WebSocket's GET; check it"),
    _row((407,), "", "a proxy wants credentials: they belong into the proxy's URL"),
    _row((410,), "", "what was at this path is gone"),
    _row((421,), "", "this server does not serve that host; check the host and its certificate"),
    _row((426,), "upgrade", "it wants another protocol: {upgrade}"),
    _row((426,), "front", "it wants an Upgrade and saw none: probably " + NOT_HANDED_ON),
    _row((426,), "", "it wants another protocol or version, and does not say which"),
    _row((429,), "", "too many requests; {retry}"),
    _row((431,), "", "the headers of the request are too large; send fewer, or smaller cookies"),
    _row((464, 505), "", "it wants another version of HTTP, probably 2; a WebSocket needs HTTP/1.1 here"),
    _row((500,), "", "the server failed while it handled the handshake; its log knows more"),
    _row((501,), "", "it knows no WebSockets; check the host and the port"),
    _row((502,), "", "{front} could not reach the server behind it; is that running?"),
    _row((503,), "front", "{front} has no server behind it that is ready; {retry}"),
    _row((503,), "", "the service is not available now; {retry}"),
    _row((504,), "", "{front} waited in vain for the server behind it"),
    _row((520, 521, 522, 523, 524), "", "{front} could not reach the server behind it, or got no answer of use"),
    _row((525, 526), "", "{front} could not agree on TLS with the server behind it: its certificate is not trusted"),
    _row((), "", "its headers and body may tell more"),
)  # fmt: skip


def cause_of(answer: Answer, handshake: Handshake) -> str:
    """Return what an answer probably means, and what to do about it; ``handshake`` is what it answers to."""
    words = answer.body[:READ_BODY].decode("utf-8", "replace")
    front = _front(answer, words)
    signs = {sign for sign, where, pattern in SIGNS if _seen(answer, words, where, pattern)}
    signs |= _asked(handshake) | _offered(answer, handshake)
    if front is not None or "via" in signs:
        signs.add("front")
    row = next(row for row in CAUSES if answer.status in (row.statuses or (answer.status,)) and row.signs <= signs)
    return row.hint.format_map(_facts(answer, handshake, front))


def _front(answer: Answer, words: str) -> Front | None:
    """Return who in front of the server, or as it, answered."""
    return next((front for front in FRONTS if _seen(answer, words, front.where, front.pattern)), None)


def _seen(answer: Answer, words: str, where: str, pattern: str) -> bool:
    text = words if where == "body" else answer.every(where)
    return re.search(pattern, text, re.IGNORECASE) is not None


def _asked(handshake: Handshake) -> set[str]:
    """Return what of the request bears on the answer."""
    names = {name.lower() for name, _ in handshake.request}
    signs = {"authorization": "with credentials", "cookie": "with credentials", "origin": "with origin"}
    return {signs[name] for name in names & set(signs)}


def _offered(answer: Answer, handshake: Handshake) -> set[str]:
    """Return what the answer offers instead."""
    signs = set()
    location = answer.header("Location")
    if location:
        signs.add("location")
    if TO_HTTPS.match(location) and handshake.url.startswith("ws:"):
        signs.add("to https")
    if answer.header("Upgrade"):
        signs.add("upgrade")
    versions = _versions(answer)
    if versions and _header(handshake, "Sec-WebSocket-Version") not in versions:
        signs.add("other version")
    elif versions:
        # It knows our version, so that it is something else that it misses.
        signs.add("stripped")
    return signs


def _versions(answer: Answer) -> list[str]:
    value = answer.every("Sec-WebSocket-Version")
    return [version.strip() for version in value.split(",")] if value else []


def _facts(answer: Answer, handshake: Handshake, front: Front | None) -> dict[str, str]:
    """Return the words that rows refer to."""
    asked = challenges(answer.every("WWW-Authenticate"))
    realm = f" for “{_cut(asked[0].realm)}”" if asked and asked[0].realm else ""
    schemes = [_cut(challenge.scheme) for challenge in asked]
    sends = [HOW_TO_SEND.get(scheme.lower(), f"-H 'Authorization: {scheme} ...'") for scheme in schemes]
    upgrade = answer.header("Upgrade")
    return {
        "front": front.name if front else "a proxy",
        "remedy": f" ({front.remedy})" if front and front.remedy else "",
        "location": _cut(redact_url(answer.header("Location"))),
        "version": f"Sec-WebSocket-Version: {_cut(', '.join(_versions(answer)))}",
        "ours": _cut(_header(handshake, "Sec-WebSocket-Version")) or "nothing",
        "upgrade": f"Upgrade: {_cut(upgrade)}",
        "challenge": " or ".join(dict.fromkeys(schemes)) + realm if asked else "others",
        "realm": realm,
        "send": " or ".join(dict.fromkeys(sends)) or "-u, --bearer or -H 'Authorization: ...'",
        "origin": _cut(_header(handshake, "Origin")),
        "retry": _retry(answer.header("Retry-After"), handshake.at.wall),
    }


def _retry(value: str, wall: float) -> str:
    seconds = retry_after_s(value, wall)
    if seconds is None:
        return "wait and try again"
    wait = f"wait {duration_text(seconds)}" if seconds >= 1 else "try again at once"
    return f"{wait}, as it asks (Retry-After: {_cut(value)})"


def _header(handshake: Handshake, name: str) -> str:
    return next((value for key, value in handshake.request if key.lower() == name.lower()), "")


def _cut(text: str) -> str:
    return clipped(text, SHOWN_WORDS)
