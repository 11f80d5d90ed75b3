"""How a server is reached: headers, credentials, TLS, network. Makes a `Connecting` of what was given."""

from typing import Any

import click

from wsinspect.connecting import Connecting, Tls
from wsinspect.options.sections import option, together
from wsinspect.options.values import Duration, Header, Size, Subprotocol
from wsinspect.target import Target

REACHING = "Reaching the server"
TLS = "TLS"
NETWORK = "Network and proxy"

reaching_options = together(
    option(
        REACHING, "-H", "--header", "headers", type=Header(), multiple=True, metavar="'NAME: VALUE'",
        help="Send a header with the handshake; replaces ours of the same name. Repeatable.",
    ),
    option(
        REACHING, "-s", "--subprotocol", "subprotocols", type=Subprotocol(), multiple=True, metavar="NAME",
        help="Offer a subprotocol, best first. Repeatable.",
    ),
    option(
        REACHING, "--connect-timeout", "open_timeout_s", type=Duration(), default="10s", show_default=True,
        metavar="TIME", help="Take no longer to open the connection, handshake and redirects included: exit 9.",
    ),
    option(
        REACHING, "--max-redirs", "max_redirects", type=click.IntRange(min=0), default=10, show_default=True,
        metavar="N", help="Follow at most N redirects.",
    ),
    option(
        REACHING, "--max-size", type=Size(), default="16MiB", show_default=True, metavar="SIZE",
        help="Close with 1009 when a message is larger once inflated; none for no limit.",
    ),
    option(TLS, "-k", "--insecure", is_flag=True, help="Do not verify the server's TLS certificate."),
)  # fmt: skip
"""Adds what says how a server is reached; `connecting_of` takes the values."""


def connecting_of(target: Target, given: dict[str, Any]) -> Connecting:
    """Make the bundle of what the options gave."""
    return Connecting(
        target,
        headers=given["headers"],
        subprotocols=given["subprotocols"],
        tls=Tls(verify=not given["insecure"]),
        open_timeout_s=given["open_timeout_s"],
        max_redirects=given["max_redirects"],
        max_size=given["max_size"],
    )
