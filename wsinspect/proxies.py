"""Which proxy a connection goes through, if any: what a user names, or what the environment does. Knows no socket.

The names are curl's, and so is what they mean, with three differences. HTTP_PROXY counts in capitals, too, except
where a web server may have made it of a request's ``Proxy`` header (CGI). What is this machine's own never goes
through the environment's proxies. And NO_PROXY belongs to them alone: a proxy that was asked for is used.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote

from wsinspect.connecting import OF_CGI, Network
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.redact import redact_typed
from wsinspect.target import Target, is_loopback, parse_target

DEFAULT_PORTS = {"http": 1080, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""The schemes, with the ports that curl takes where none is named."""

ALIASES = {"socks": "socks5h"}
"""How desktops write a SOCKS proxy in ALL_PROXY; whatever speaks SOCKS today speaks version 5."""

RESOLVING = frozenset({"http", "https", "socks4a", "socks5h"})
"""Schemes of proxies that are told the server's name, and look it up themselves."""

VARIABLES = {
    "ws": ("ws_proxy", "WS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
    "wss": ("wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
}
"""By a URL's scheme, what names its proxy: the first that is set and not empty."""

EXCEPTIONS = ("no_proxy", "NO_PROXY")
EXAMPLE = "a proxy looks like http://host:3128, https://host, socks5h://user:password@host:1080"


class Proxy(NamedTuple):
    """A proxy; ``host`` is bare (no brackets, IDN in ASCII), ``user`` None where it needs no credentials."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str = ""

    @property
    def name(self) -> str:
        """Its URL, without the credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def resolves(self) -> bool:
        """It is told the server's name, and looks up its addresses itself."""
        return self.scheme in RESOLVING


def parse_proxy(typed: str, source: str = "") -> Proxy:
    """Make a proxy of a URL, or of ``host:port``, which means http; raises `InspectError`.

    ``source`` is the variable that holds it, for the error.
    """
    text = typed.strip()
    scheme, slashes, rest = text.partition("://")
    if not slashes:
        scheme, rest = "http", text
    scheme = ALIASES.get(scheme.lower(), scheme.lower())
    if scheme not in DEFAULT_PORTS:
        near = nearest(scheme, DEFAULT_PORTS)
        raise _refused(
            typed, f"did you mean `{near}://`?" if near else f"known are: {', '.join(DEFAULT_PORTS)}", source
        )
    authority, tail = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    userinfo, at, authority = authority.rpartition("@")
    if not authority.strip():
        raise _refused(typed, f"the host is missing; {EXAMPLE}", source)
    try:
        target = parse_target(f"ws://{authority}/")
    except InspectError as error:
        raise _refused(typed, error.hint, source) from None
    if tail not in ("", "/"):
        hint = "nothing may follow its host and port (a PAC file is not understood); in a password, write %2F for /"
        raise _refused(typed, hint, source)
    user, _, password = userinfo.partition(":")
    port = target.port if re.search(":[0-9]+$", authority) else DEFAULT_PORTS[scheme]
    return Proxy(scheme, target.host, port, unquote(user) if at else None, unquote(password))


def proxy_of(target: Target, network: Network) -> Proxy | None:
    """Return the proxy on the way to a server, or None; raises `InspectError` where its URL cannot be used."""
    if network.unix_socket is not None or network.proxy == "":
        return None
    if network.proxy is not None:
        spared = is_bypassed(target.host, target.port, network.no_proxy or "")
        return None if spared else parse_proxy(network.proxy)
    pins = network.pins(target.host, target.port)
    if is_loopback(target.host) or (pins and all(is_loopback(address) for address in pins)):
        return None
    no_proxy = network.no_proxy
    if no_proxy is None:
        no_proxy = next((network.environment[name] for name in EXCEPTIONS if network.environment.get(name)), "")
    if is_bypassed(target.host, target.port, no_proxy):
        return None
    for name in VARIABLES[target.scheme]:
        if network.environment.get(name) and not (name == "HTTP_PROXY" and OF_CGI in network.environment):
            return parse_proxy(network.environment[name], name)
    return None


def is_bypassed(host: str, port: int, no_proxy: str) -> bool:
    """Tell whether a list in NO_PROXY's form spares a server its proxy.

    Entries, apart by commas or spaces, are names (which stand for all below them, with or without a dot in front),
    addresses, networks as in 10.0.0.0/8, each with a port behind it if it is for that port alone, or ``*`` for all.
    """
    address = _address(host)
    return any(_matches(entry, host, address, port) for entry in re.split(r"[,\s]+", no_proxy) if entry)


def _matches(entry: str, host: str, address: IPv4Address | IPv6Address | None, port: int) -> bool:
    if entry == "*":
        return True
    bare = re.fullmatch(r"\[(.*)\](?::([0-9]+))?|([^:]*):([0-9]+)", entry)
    if bare is not None:
        digits = bare[2] or bare[4]
        if digits and int(digits[:6]) != port:
            return False
        entry = bare[1] or bare[3] or ""
    if "/" in entry:
        try:
            return address is not None and address in ip_network(entry, strict=False)
        except ValueError:
            return False
    if address is not None:
        return address == _address(entry)
    try:
        name = entry.removeprefix("*").strip(".").encode("idna").decode().lower()
    except UnicodeError:
        return False
    host = host.rstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _refused(typed: str, hint: str, source: str) -> InspectError:
    where = f"{source}: " if source else ""
    return InspectError(f"{where}`{shortened(redact_typed(typed), 80)}` is not a proxy's URL", hint=hint)
