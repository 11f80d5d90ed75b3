"""Addresses that are taken for a host and port instead of asking a resolver, as curl's --resolve writes them.

Knows no network.
"""

from ipaddress import ip_address

from wsinspect.errors import InspectError
from wsinspect.target import is_address, parse_target

FORM = "the form is HOST:PORT:ADDRESS[,ADDRESS], as in example.com:443:127.0.0.1,[::1]"


def parse_pin(typed: str) -> tuple[tuple[str, int], tuple[str, ...]]:
    """Return ((host, port), addresses); the host may be ``*``. Raises ValueError, with a sentence's end.

    curl's leading ``+`` lets an entry of its cache grow old; nothing is kept here, so it means nothing.
    """
    text = typed.strip().removeprefix("+")
    if text.startswith("-"):
        raise ValueError("there is nothing to take out; leave out the pin")
    host, rest = _host(text)
    port, colon, addresses = rest.partition(":")
    if not colon or not port.isascii() or not port.isdecimal() or not addresses:
        raise ValueError(FORM)
    written = "any" if host == "*" else f"[{host}]" if ":" in host else host
    try:
        target = parse_target(f"ws://{written}:{port}/")
    except InspectError as error:
        raise ValueError(error.hint) from None
    place = "*" if host == "*" else target.host.rstrip("."), target.port
    return place, tuple(_address(address) for address in addresses.split(","))


def _host(text: str) -> tuple[str, str]:
    """Split off the host, which has brackets where it is an IPv6 address."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        if not rest.startswith(":"):
            raise ValueError(FORM)
        return host, rest[1:]
    host, _, rest = text.partition(":")
    if not host:
        raise ValueError(FORM)
    return host, rest


def _address(text: str) -> str:
    bare = text.strip().removeprefix("[").removesuffix("]")
    address, percent, zone = bare.partition("%")
    if not is_address(address):
        raise ValueError(f"`{text.strip()}` is no IP address")
    return str(ip_address(address)) + percent + zone
