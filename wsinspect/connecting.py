"""How a connection is to be opened, as values: one bundle for the network, one for TLS, one for the whole.

Options, profiles and pasted curl lines all end here; below, nobody can tell them apart. Knows no socket.
"""

from collections.abc import Mapping
from typing import NamedTuple

from wsinspect.target import Target

OF_CGI = "REQUEST_METHOD"
"""Stands in the environment of a CGI program, whose HTTP_PROXY comes from whoever sent the request."""


class Tls(NamedTuple):
    """How TLS is spoken.

    ``authorities`` is a PEM file or a folder of them; ``certificate``, ``key`` and ``passphrase`` are ours, as PEM
    files; ``server_name`` replaces the URL's host in SNI and verification; ``lowest`` and ``highest`` are versions such
    as ``1.2``; ``alpn`` is offered in this order, empty for none.
    """

    verify: bool = True
    authorities: str | None = None
    certificate: str | None = None
    key: str | None = None
    passphrase: str | None = None
    server_name: str | None = None
    lowest: str | None = None
    highest: str | None = None
    alpn: tuple[str, ...] = ("http/1.1",)


class Network(NamedTuple):
    """Which way the bytes take.

    ``family`` is a `socket.AddressFamily`, 0 for either; ``pinned`` maps (host, port) to addresses that are taken
    instead of asking a resolver, the host ``*`` standing for all others; ``interface`` is the name or an address of a
    local network interface; ``proxy`` is a URL, an empty string for none at all, or None where ``environment``
    (HTTP_PROXY and its kin, `OF_CGI`) decides; ``no_proxy`` replaces NO_PROXY; ``proxy_tls`` is for https proxies;
    ``avoid`` holds addresses that are left out while the host has others.
    """

    family: int = 0
    pinned: Mapping[tuple[str, int], tuple[str, ...]] = {}
    interface: str | None = None
    unix_socket: str | None = None
    proxy: str | None = None
    no_proxy: str | None = None
    proxy_tls: Tls = Tls()
    environment: Mapping[str, str] = {}
    avoid: frozenset[str] = frozenset()

    def pins(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses that are taken for a host and port, none where a resolver is to be asked."""
        return self.pinned.get((host.rstrip("."), port)) or self.pinned.get(("*", port)) or ()


class Cookie(NamedTuple):
    """A cookie of a jar; ``domain`` without its leading dot, ``expires`` in seconds since the epoch, None: never."""

    name: str
    value: str
    domain: str
    path: str
    secure: bool
    subdomains: bool
    expires: float | None


class Connecting(NamedTuple):
    """How to open a connection; times in seconds, sizes in bytes.

    ``headers`` replace ours of the same name; ``without`` are names of ours, in small letters, that are left out;
    ``logins`` are names and passwords by host, an empty host standing for all others; ``jar`` holds cookies that go
    where they belong, and where ``keeps_cookies`` those that redirects set. ``deflate`` is the offer of
    permessage-deflate as it stands in Sec-WebSocket-Extensions behind the name (an empty string offers it plainly), or
    None to offer nothing; ``echo`` sends every message back; ``pongs`` answers pings; ``secrets`` are values that are
    hidden, and go to no other origin, whatever the name of their header.
    """

    target: Target
    headers: tuple[tuple[str, str], ...] = ()
    without: frozenset[str] = frozenset()
    logins: Mapping[str, tuple[str, str]] = {}
    jar: tuple[Cookie, ...] = ()
    keeps_cookies: bool = False
    subprotocols: tuple[str, ...] = ()
    deflate: str | None = "client_max_window_bits"
    tls: Tls = Tls()
    network: Network = Network()
    open_timeout_s: float = 10.0
    max_redirects: int = 10
    max_size: int | None = 16 << 20
    frames: bool = False
    echo: bool = False
    pongs: bool = True
    secrets: frozenset[str] = frozenset()
