"""What a user types for a server, made an exact URL (RFC 6455 section 3). Knows no network."""

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from wsinspect.errors import InspectError
from wsinspect.redact import redact_typed

DEMO = "demo:"
"""What stands instead of a scheme for the embedded endpoint; it is no target of its own."""

SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|://")
DEFAULT_PORTS = {"ws": 80, "wss": 443}
HIGHEST_PORT = 65535
EXAMPLE = "a URL looks like wss://example.com/path, localhost:8080/path or :8080"
SAFE = "!$&'()*+,;=:@/%?-._~[]"
"""What may stand in a path or query as it is (RFC 3986); the rest is percent-encoded."""


class Target(NamedTuple):
    """Where to connect: ``host`` is bare (no brackets, IDN in ASCII); ``resource`` is path and query."""

    scheme: str
    host: str
    port: int
    resource: str
    userinfo: str

    @property
    def secure(self) -> bool:
        """TLS is spoken."""
        return self.scheme == "wss"

    @property
    def authority(self) -> str:
        """The host as it stands in a URL and in the Host header, with the port where it is not the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The exact URL, without the userinfo."""
        return f"{self.scheme}://{self.authority}{self.resource}"


def parse_target(typed: str) -> Target:
    """Make a target of a URL, or of a short form of one; raises `InspectError` with a hint on what cannot be one."""
    text = typed.strip()
    if not text:
        raise _refused(typed, f"it is empty; {EXAMPLE}")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise _refused(typed, "a URL holds no spaces or control characters; write %20 for a space")
    if not SCHEME.match(text):
        text = _with_scheme(text, typed)
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in SCHEMES:
        raise _refused(typed, f"the scheme is `{scheme}`, where ws, wss, http or https is meant")
    scheme = SCHEMES[scheme.lower()]
    try:
        parts = urlsplit(f"{scheme}://{rest}")
    except ValueError:
        # Python's words would repeat the userinfo.
        wrong = "the brackets do not hold an IPv6 address" if "[" in rest or "]" in rest else "its host cannot be one"
        raise _refused(typed, wrong) from None
    userinfo, _, authority = parts.netloc.rpartition("@")
    if parts.fragment or text.endswith("#"):
        raise _refused(typed, "a WebSocket URL has no #fragment; write %23 for a literal #")
    host, port = _host_and_port(authority, typed)
    resource = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
    return Target(scheme, _ascii_host(host, typed), port or DEFAULT_PORTS[scheme], resource, userinfo)


def _host_and_port(authority: str, typed: str) -> tuple[str, int | None]:
    """Split ``host:port``; the host loses its brackets and its capitals."""
    if authority.startswith("["):
        host, _, after = authority[1:].partition("]")
        if after and not after.startswith(":"):
            raise _refused(typed, "only a port may follow the brackets of an IPv6 address")
        if not is_address(host.partition("%")[0]):
            raise _refused(typed, "the brackets do not hold an IPv6 address")
        colon, digits = after[:1], after[1:]
    else:
        if authority.count(":") > 1:
            raise _refused(typed, "an IPv6 address stands in brackets: ws://[::1]:8080/")
        host, colon, digits = authority.partition(":")
    if not host:
        raise _refused(typed, f"the host is missing; {EXAMPLE}")
    if colon and not digits:
        raise _refused(typed, "the port is missing after the colon")
    if digits and not (digits.isascii() and digits.isdecimal()):
        raise _refused(typed, "what follows the colon is not a port; in a password, write %2F, %3F, %23 for / ? #")
    digits = digits.lstrip("0") or digits[:1]
    if digits and not 0 < int(digits[:6]) <= HIGHEST_PORT:
        raise _refused(typed, f"ports are numbers from 1 to {HIGHEST_PORT}")
    return host.lower(), int(digits) if digits else None


def _with_scheme(text: str, typed: str) -> str:
    """Choose a scheme for a short form: plain for addresses, names without a dot, loopback and port 80, else TLS."""
    if text.startswith(":") and not text.startswith("::"):
        text = "localhost" + text
    head = re.split("[/?#]", text, maxsplit=1)[0].rpartition("@")[2]
    host, _, port = head.rpartition(":") if ":" in head and not head.endswith("]") else (head, "", "")
    if head.isdecimal():
        raise _refused(typed, f"a port alone is written with a colon: :{head}")
    if head.partition(":")[0].lower() in SCHEMES and not port.isdecimal():
        raise _refused(typed, "two slashes follow the scheme, as in wss://example.com/path")
    if port and not port.isdecimal() and not re.search(r"[@\[]", text) and head.count(":") == 1:
        # `mailto:someone` or `unix:...`: a scheme, or a host with something that is no port.
        raise _refused(typed, EXAMPLE)
    host = host.strip("[]")
    plain = "." not in host or is_loopback(host) or is_address(host) or port == "80"
    return f"{'ws' if plain else 'wss'}://{text}"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or address alone."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_address(host) and ip_address(host).is_loopback


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address, without brackets."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ascii_host(host: str, typed: str) -> str:
    """Return the host in ASCII, as resolvers and TLS want it, after checking its labels (RFC 1123, RFC 5891)."""
    if is_address(host.partition("%")[0]):
        return host
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise _refused(typed, f"`{host}` cannot be a host name") from None
    labels = ascii_host.removesuffix(".").split(".")
    if len(ascii_host) > 253 or not all(
        0 < len(label) <= 63 and all(c.isalnum() or c in "-_" for c in label) for label in labels
    ):
        raise _refused(typed, f"`{host}` cannot be a host name")
    return ascii_host


def _refused(typed: str, hint: str) -> InspectError:
    return InspectError(f"`{redact_typed(typed)}` is not a WebSocket URL", hint=hint)
