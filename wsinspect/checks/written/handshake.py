"""The handshake of a check, made of one that was recorded: URL, what was offered, and what must come of it.

What was hidden in the recording becomes a reference to a secret; a recording that hides nothing is no reason to put
secrets into a file. Knows no message.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from wsinspect.asked import redact_handshake
from wsinspect.checks.written.echoes import unused
from wsinspect.checks.written.templates import escaped
from wsinspect.events import Handshake
from wsinspect.extensions import DEFLATE
from wsinspect.redact import HIDDEN, WORD

SWITCHING = 101
VERSION = "13"
OFFER = "client_max_window_bits"
"""What is offered for compression where nothing else is wished."""

OURS = frozenset({"host", "upgrade", "connection"})
OPENING = "sec-websocket-"
"""What the names of the handshake's own headers begin with."""

AGENT = "wsinspect/"

_PARAMETER = re.compile(r"([A-Za-z0-9_.\[\]%-]+)=$")
_USERINFO = re.compile(rf"^([a-z]+://){re.escape(HIDDEN)}@")


class WrittenHandshake(NamedTuple):
    """``url``, ``handshake`` (the table, without ``expect``) and ``expect`` as they stand in a check; ``secrets`` are
    the names of what must be given to it."""

    url: str
    handshake: dict[str, Any]
    expect: dict[str, Any]
    secrets: list[str]

    @property
    def refused(self) -> bool:
        """The server refused: there are no steps."""
        return "status" in self.expect


class _Secrets:
    """Puts references in the place of what was hidden."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._taken: set[str] = set()

    def referred(self, text: str, name: str) -> str:
        """Return a text with a reference wherever something was hidden, called after the parameter that it is the value
        of, or ``name``."""
        before, *behind = text.split(HIDDEN)
        made = escaped(before)
        for part in behind:
            parameter = _PARAMETER.search(before)
            made += self.reference(parameter[1] if parameter else name) + escaped(part)
            before = part
        return made

    def reference(self, name: str) -> str:
        words = "_".join(WORD.findall(name)).upper() or "SECRET"
        variable = unused(f"V_{words}" if words[0].isdecimal() else words, self._taken)
        self.names.append(variable)
        return f"${{secret:{variable}}}"


def written_handshake(recorded: Handshake) -> WrittenHandshake:
    """Return what a check says of a handshake like this."""
    seen = redact_handshake(recorded)
    secrets = _Secrets()
    asked: dict[str, list[str]] = {}
    for name, value in seen.request:
        asked.setdefault(name.lower(), []).append(value)
    url = seen.url
    if "authorization" in asked:
        url = _USERINFO.sub(r"\1", url)  # the library makes the header of it
    url = secrets.referred(url, "url_secret")
    table: dict[str, Any] = {}
    offered = offered_subprotocols(seen)
    if offered:
        table["subprotocols"] = [secrets.referred(one, "subprotocol_token") for one in offered]
    table |= _auth(asked, secrets)
    headers = _headers(seen, asked, "auth" in table, secrets)
    if headers:
        table["headers"] = headers
    table |= _options(asked)
    return WrittenHandshake(url, table, _expect(seen), secrets.names)


def _auth(asked: dict[str, list[str]], secrets: _Secrets) -> dict[str, Any]:
    scheme, _, rest = (asked.get("authorization") or [""])[-1].partition(" ")
    if rest != HIDDEN:
        return {}
    if scheme.lower() == "bearer":
        return {"auth": {"bearer": secrets.reference("bearer_token")}}
    if scheme.lower() == "basic":
        return {"auth": {"user": secrets.reference("login"), "password": secrets.reference("password")}}
    return {}


def own_headers(seen: Handshake) -> Iterator[tuple[str, str]]:
    """Yield the headers of a request that are not those of any handshake, nor this program's name."""
    for name, value in seen.request:
        lower = name.lower()
        ours = lower in OURS or lower.startswith(OPENING)
        if not ours and not (lower == "user-agent" and value.startswith(AGENT)):
            yield name, value


def offered_subprotocols(seen: Handshake) -> list[str]:
    """Return the subprotocols that a request offers."""
    values = [value for name, value in seen.request if name.lower() == "sec-websocket-protocol"]
    return [one.strip() for value in values for one in value.split(",")]


def _headers(seen: Handshake, asked: dict[str, list[str]], with_auth: bool, secrets: _Secrets) -> dict[str, Any]:
    """Return the headers that were not the client's own."""
    headers: dict[str, Any] = {}
    for name, value in own_headers(seen):
        if name.lower() == "authorization" and with_auth:
            continue
        made = secrets.referred(value, name)
        if name in headers:
            before = headers[name]
            headers[name] = [*before, made] if isinstance(before, list) else [before, made]
        else:
            headers[name] = made
    host = (asked.get("host") or [""])[-1]
    if host and host.lower() not in _hosts(seen.url):
        headers["Host"] = escaped(host)
    return headers


def _hosts(url: str) -> set[str]:
    """Return what a Host header is for this URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return set()
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    standard = 443 if parts.scheme == "wss" else 80
    return {f"{host}:{port or standard}"} | ({host} if port in (None, standard) else set())


def _options(asked: dict[str, list[str]]) -> dict[str, Any]:
    """Return the options of `connect` that made the handshake's own headers other than they are."""
    options: dict[str, Any] = {}
    offer = ", ".join(asked.get("sec-websocket-extensions", ()))
    if not offer:
        options["no-compression"] = True
    elif offer.startswith(DEFLATE) and "," not in offer:
        parameters = offer.removeprefix(DEFLATE).removeprefix(";").strip()
        if parameters != OFFER:
            options["deflate"] = escaped(parameters)
    version = (asked.get("sec-websocket-version") or [""])[-1]
    if version != VERSION:
        options["version-header"] = escaped(version)
    return options


def _expect(seen: Handshake) -> dict[str, Any]:
    if seen.status != SWITCHING:
        return {"status": seen.status} if 100 <= seen.status <= 599 else {}
    agreed = seen.subprotocol
    return {"subprotocol": escaped(agreed)} if agreed and HIDDEN not in agreed else {}
