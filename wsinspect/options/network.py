"""Which way the bytes take: addresses, interface, unix socket, proxy. Makes a `Network` of what was given."""

from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from wsinspect.connecting import OF_CGI, Network, Tls
from wsinspect.errors import InspectError, shortened
from wsinspect.options.sections import option, together
from wsinspect.options.values import offered

NETWORK = "Network and proxy"

Pinned = tuple[tuple[str, int], tuple[str, ...]]


class Pin(click.ParamType[Pinned]):
    """Addresses for a host and port as in curl, ``HOST:PORT:ADDR[,ADDR...]``. Gives ((host, port), addresses)."""

    name = "pin"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Pinned:
        if isinstance(value, tuple):
            return value
        # Pins are rare; the plain path goes without.
        from wsinspect.pins import parse_pin

        try:
            return parse_pin(value)
        except ValueError as fault:
            self.fail(f"`{shortened(value)}` pins nothing: {fault}", param, ctx)

    @staticmethod
    def key(value: Pinned) -> str:
        """Return what two pins have in common of which only one counts."""
        (host, port), _ = value
        return f"{host}:{port}"


class ProxyUrl(click.ParamType[str]):
    """A proxy's URL, or an empty string for none. Gives it as it is, once it is known to be one."""

    name = "proxy"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value:
            from wsinspect.proxies import parse_proxy

            try:
                parse_proxy(value)
            except InspectError as error:
                self.fail(f"{error.message}: {error.hint}", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from wsinspect.proxies import DEFAULT_PORTS

        return offered(
            {f"{scheme}://": f"port {port} unless told" for scheme, port in DEFAULT_PORTS.items()}, incomplete
        )


def complete_interface(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer this machine's network interfaces."""
    import socket

    return [CompletionItem(name) for _, name in socket.if_nameindex() if name.startswith(incomplete)]


network_options = together(
    option(NETWORK, "-4", "--ipv4", is_flag=True, help="Use IPv4 addresses only, to a proxy as well."),
    option(NETWORK, "-6", "--ipv6", is_flag=True, help="Use IPv6 addresses only, to a proxy as well."),
    option(
        NETWORK, "--resolve", "pins", type=Pin(), multiple=True, metavar="HOST:PORT:ADDR[,ADDR]",
        help="Take these addresses for HOST and PORT without asking a resolver or a proxy; HOST may be *. Repeatable.",
    ),
    option(
        NETWORK, "--interface", metavar="NAME|ADDR", shell_complete=complete_interface,
        help="Leave this machine by that network interface.",
    ),
    option(
        NETWORK, "--unix-socket", type=click.Path(), metavar="PATH",
        help="Connect to a unix socket, without DNS and proxy; the URL still gives Host and path. @NAME: abstract.",
    ),
    option(
        NETWORK, "-x", "--proxy", type=ProxyUrl(), metavar="URL",
        help="Go through a proxy: [USER:PASSWORD@]HOST[:PORT] behind http://, https://, socks4://, socks4a://, "
        "socks5:// or socks5h:// (a and h: it resolves names); '' for none. Unless given, WS_PROXY, HTTP_PROXY, "
        "WSS_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY decide, but for this machine's own addresses.",
    ),
    option(
        NETWORK, "--noproxy", "no_proxy", metavar="LIST",
        help="No proxy for these, apart by commas: hosts, domains, addresses, networks; * for all.",
    ),
    option(
        NETWORK, "--proxy-cacert", "proxy_authorities", type=click.Path(), metavar="FILE",
        help="Trust an https proxy by this authority, a PEM file or a folder of them.",
    ),
    option(NETWORK, "--proxy-insecure", is_flag=True, help="Do not verify an https proxy's certificate."),
)  # fmt: skip
"""Adds what says which way the bytes take; `network_of` takes the values."""


def network_of(given: Mapping[str, Any], environment: Mapping[str, str]) -> Network:
    """Make the bundle of what the options gave; of the environment, only what is about proxies is kept."""
    import socket

    if given["ipv4"] and given["ipv6"]:
        raise click.UsageError("--ipv4 and --ipv6 exclude each other; without them, both are tried")
    if given["unix_socket"] is not None and given["proxy"]:
        raise click.UsageError("--unix-socket and --proxy exclude each other: there is nothing between")
    pinned: dict[tuple[str, int], tuple[str, ...]] = {}
    for place, addresses in given["pins"]:
        pinned[place] = addresses
    return Network(
        family=int(socket.AF_INET) if given["ipv4"] else int(socket.AF_INET6) if given["ipv6"] else 0,
        pinned=pinned,
        interface=given["interface"],
        unix_socket=given["unix_socket"],
        proxy=given["proxy"],
        no_proxy=given["no_proxy"],
        proxy_tls=Tls(verify=not given["proxy_insecure"], authorities=given["proxy_authorities"]),
        environment={
            name: value for name, value in environment.items() if name.lower().endswith("_proxy") or name == OF_CGI
        },
    )
