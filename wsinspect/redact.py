"""Secrets taken out of URLs and headers before they are shown or stored. Knows no output.

What is hidden keeps its name and place, so that a reader sees that it was there.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "***"

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "authentication-info", "proxy-authentication-info"}
)
SECRET_NAME = re.compile(
    r"(?:^|[-_.])(?:(?:access|auth|id|refresh|session|csrf|xsrf|api|app|bearer|security)?[-_]?"
    r"(?:token|secret|passw(?:or)?d|passwd|pwd|pass|signature|sig|jwt|credentials?|apikey|auth)"
    r"|(?:api|access|auth|private|secret|subscription|functions|account|client)[-_]?key|key|code|sid|session(?:[-_]?id)?"
    r"|ticket|assertion)(?:$|[-_.])",
    re.IGNORECASE,
)
# Of the names above these are too common in headers to hide there: Sec-WebSocket-Key is no secret.
HARMLESS_HEADERS = frozenset({"sec-websocket-key", "sec-websocket-accept", "www-authenticate", "proxy-authenticate"})

TOKEN_LEAD = re.compile(r"(?i)^(?:.*\.)?(?:bearer|token|jwt|auth(?:orization)?|access[-_]?token|api[-_]?key)(?=$|[.:=_-])")
TOKEN_LIKE = re.compile(r"^(?:eyJ[\w-]+\.|(?=[\w+/=.~-]*\d)(?=[\w+/=.~-]*[A-Za-z])[\w+/=~-]{24,}$)")


def redact_url(url: str) -> str:
    """Hide the userinfo and the values of query parameters that look like secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.sub(r"//[^/@]*@", f"//{HIDDEN}@", url)
    netloc = parts.netloc
    if "@" in netloc:
        netloc = f"{HIDDEN}@{netloc.rpartition('@')[2]}"
    query = "&".join(_parameter(part) for part in parts.query.split("&")) if parts.query else ""
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def _parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    hide = equals and value and (SECRET_NAME.search(name) or TOKEN_LIKE.match(value))
    return f"{name}={HIDDEN}" if hide else part


def redact_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Hide the values of headers that carry credentials; of Authorization the scheme stays."""
    return [(name, _header(name.lower(), value)) for name, value in headers]


def is_secret_header(name: str) -> bool:
    """Tell whether a header's value is hidden."""
    name = name.lower()
    return name not in HARMLESS_HEADERS and (name in SECRET_HEADERS or SECRET_NAME.search(name) is not None)


def _header(name: str, value: str) -> str:
    if name == "sec-websocket-protocol":
        return _protocols(value)
    if name == "location":
        return redact_url(value)
    if not is_secret_header(name):
        return value
    if name in ("authorization", "proxy-authorization"):
        scheme, space, rest = value.partition(" ")
        return f"{scheme} {HIDDEN}" if space and rest else HIDDEN
    if name in ("cookie", "set-cookie"):
        first, semicolon, rest = value.partition(";")
        if name == "set-cookie":
            return f"{first.partition('=')[0]}={HIDDEN}{semicolon}{rest}"
        return "; ".join(f"{pair.strip().partition('=')[0]}={HIDDEN}" for pair in value.split(";"))
    return HIDDEN


def _protocols(value: str) -> str:
    """Hide tokens that travel as subprotocols, since browsers can set no headers."""
    shown: list[str] = []
    after_lead = False
    for item in (item.strip() for item in value.split(",")):
        lead = TOKEN_LEAD.match(item)
        if after_lead or TOKEN_LIKE.match(item):
            shown.append(HIDDEN)
        elif lead and lead.end() < len(item):
            shown.append(item[: lead.end() + 1] + HIDDEN)
        else:
            shown.append(item)
        after_lead = lead is not None and lead.end() == len(item)
    return ", ".join(shown)
