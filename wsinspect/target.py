"""What a user types for a server, made an exact URL (RFC 6455 section 3). Knows no network."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from wsinspect.errors import InspectError

SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
DEFAULT_PORTS = {"ws": 80, "wss": 443}
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
        raise _refused(typed, "the URL is empty")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise _refused(typed, "a URL holds no spaces or control characters; write %20 for a space")
    if "://" not in text:
        text = _with_scheme(text, typed)
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in SCHEMES:
        raise _refused(typed, f"the scheme is `{scheme}`, where ws, wss, http or https is meant")
    scheme = SCHEMES[scheme.lower()]
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise _refused(typed, str(fault)) from None
    userinfo, _, authority = parts.netloc.rpartition("@")
    if "[" not in authority and authority.count(":") > 1:
        raise _refused(typed, "an IPv6 address stands in brackets: ws://[::1]:8080/")
    if authority.endswith(":"):
        raise _refused(typed, "the port is missing after the colon")
    if port == 0:
        raise _refused(typed, "port 0 cannot be connected to")
    if not host:
        raise _refused(typed, "the host is missing")
    if parts.fragment or text.endswith("#"):
        raise _refused(typed, "a WebSocket URL has no #fragment; write %23 for a literal #")
    resource = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
    return Target(scheme, _ascii_host(host, typed), port or DEFAULT_PORTS[scheme], resource, userinfo)


def _with_scheme(text: str, typed: str) -> str:
    """Choose a scheme for a short form: plain for addresses, names without a dot, loopback and port 80, else TLS."""
    if text.startswith(":"):
        text = "localhost" + text
    head = text.partition("/")[0].partition("?")[0].rpartition("@")[2]
    host, _, port = head.rpartition(":") if not head.endswith("]") else (head, "", "")
    if not host:
        host, port = port, ""
    if port and not port.isdecimal() and "[" not in head:
        # `mailto:someone` or `tcp:...`: a scheme, not a host with a port.
        raise _refused(typed, EXAMPLE)
    host = host.strip("[]")
    plain = "." not in host or is_loopback(host) or _is_address(host) or port == "80"
    return f"{'ws' if plain else 'wss'}://{text}"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or address alone."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ascii_host(host: str, typed: str) -> str:
    """Return the host in ASCII, as resolvers and TLS want it, after checking its labels (RFC 1123, RFC 5891)."""
    if _is_address(host.partition("%")[0]):
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
    return InspectError(f"`{typed}` is not a WebSocket URL", hint=hint)
