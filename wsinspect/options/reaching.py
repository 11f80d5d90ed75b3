"""How a server is reached: headers, credentials, TLS, network. Makes a `Connecting` of what was given."""

import os
import sys
from typing import Any

import click

from wsinspect.asked import secrets_of
from wsinspect.connecting import Connecting, Tls
from wsinspect.options.network import network_of, network_options
from wsinspect.options.request import request_options, with_request
from wsinspect.options.sections import option, together
from wsinspect.options.tls import tls_of, tls_options
from wsinspect.options.values import Duration, HeaderValue, Offer, Size
from wsinspect.target import Target

REACHING = "Reaching the server"

reaching_options = together(
    request_options,
    option(
        REACHING, "--curl", metavar="'curl ...'|@FILE|-",
        help="Take a curl line's URL, headers, cookies, TLS and network. Browsers make one (Copy as cURL); what is "
        "typed beside it counts more.",
    ),
    option(
        REACHING, "--deflate", type=Offer(), metavar="'PARAM; ...'",
        help="Offer compression with these parameters: client_max_window_bits[=8..15] (as it is by default), "
        "server_max_window_bits=8..15, client_no_context_takeover, server_no_context_takeover; '' for none of them.",
    ),
    option(REACHING, "--no-compression", is_flag=True, help="Offer no compression."),
    option(
        REACHING, "--version-header", "version_header", type=HeaderValue(), metavar="N",
        help="Say that we speak version N (Sec-WebSocket-Version) instead of 13.",
    ),
    option(
        REACHING, "--connect-timeout", "open_timeout_s", type=Duration(), default="10s", show_default=True,
        metavar="TIME", help="Take no longer to open the connection, handshake and redirects included: exit 9.",
    ),
    option(
        REACHING, "-L", "--location", is_flag=True, expose_value=False,
        help="Taken, as curl takes it: redirects are followed without it.",
    ),
    option(
        REACHING, "--max-redirs", "max_redirects", type=click.IntRange(min=-1), default=10, show_default=True,
        metavar="N", help="Follow at most N redirects; 0 for none, -1 for no limit.",
    ),
    option(
        REACHING, "--max-size", type=Size(), default="16MiB", show_default=True, metavar="SIZE",
        help="Close with 1009 when a message is larger once inflated; none for no limit.",
    ),
    tls_options,
    network_options,
)  # fmt: skip
"""Adds what says how a server is reached; `connecting_of` takes the values."""


def connecting_of(target: Target, given: dict[str, Any], tls: Tls | None = None) -> Connecting:
    """Make the bundle of what the options gave, perhaps with a `Tls` that was made of them before."""
    connecting = Connecting(
        target,
        tls=tls_of(given) if tls is None else tls,
        network=network_of(given, os.environ),
        open_timeout_s=given["open_timeout_s"],
        max_redirects=given["max_redirects"] if given["max_redirects"] >= 0 else sys.maxsize,
        max_size=given["max_size"],
        deflate=_deflate(given),
        secrets=given.get("secrets", frozenset()),
    )
    connecting = _with_version(with_request(connecting, given, os.environ), given["version_header"])
    return connecting._replace(secrets=secrets_of(connecting))


def _deflate(given: dict[str, Any]) -> str | None:
    if given["no_compression"]:
        if given["deflate"] is not None:
            raise click.UsageError("--deflate and --no-compression exclude each other")
        return None
    return Connecting._field_defaults["deflate"] if given["deflate"] is None else str(given["deflate"])


def _with_version(connecting: Connecting, version: str | None) -> Connecting:
    if version is None:
        return connecting
    if not version:
        return connecting._replace(without=connecting.without | {"sec-websocket-version"})
    return connecting._replace(headers=(*connecting.headers, ("Sec-WebSocket-Version", version)))
