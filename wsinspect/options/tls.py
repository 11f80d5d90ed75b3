"""How TLS is spoken: whom we trust, who we are, which versions. Makes a `Tls` of what was given."""

import os
from typing import Any

import click

from wsinspect.connecting import Tls
from wsinspect.errors import InspectError, shortened
from wsinspect.options.sections import option, together
from wsinspect.options.values import Listed
from wsinspect.target import parse_target

TLS = "TLS"

LONGEST_PASSPHRASE = 1000
"""Bytes; OpenSSL takes 1023."""

PASSPHRASE_HINT = "give it with --pass @FILE or --pass env:NAME"  # noqa: S105 - a hint

LONGEST_PROTOCOL = 255
"""Bytes of a name in ALPN (RFC 7301 section 3.1)."""

VERSIONS = {
    "1.0": "of 1999; also lowers OpenSSL's security level",
    "1.1": "of 2006; also lowers OpenSSL's security level",
    "1.2": "of 2008, the lowest by default",
    "1.3": "of 2018",
}


class ServerName(click.ParamType[str]):
    """A host's name or address; gives it as TLS wants it, in ASCII."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip().removeprefix("[").removesuffix("]")
        try:
            target = parse_target(f"wss://[{text}]/" if ":" in text else f"wss://{text}/")
        except InspectError:
            self.fail(f"`{shortened(text)}` is neither a host's name nor an address", param, ctx)
        if target.userinfo or target.resource != "/":
            self.fail("a host's name is meant, not a URL", param, ctx)
        return target.host.removesuffix(".")


class Protocols(click.ParamType[tuple[str, ...]]):
    """Names with commas between them, best first; gives a tuple, empty for none."""

    name = "protocols"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in value.split(",")) if value.strip() else ()
        if not all(name.isascii() and name.isprintable() and 0 < len(name) <= LONGEST_PROTOCOL for name in names):
            self.fail("write names such as http/1.1 with commas between them, or nothing to offer none", param, ctx)
        return names


tls_options = together(
    option(
        TLS, "-k", "--insecure", is_flag=True,
        help="Do not verify the server's certificate; -v still shows it.",
    ),
    option(
        TLS, "--cacert", "authorities", type=click.Path(), metavar="FILE|DIR",
        help="Trust the authorities in this PEM file, or in those of a folder, and no others.",
    ),
    option(
        TLS, "--cert", "certificate", type=click.Path(), metavar="FILE",
        help="Show the server this certificate (PEM; the key may stand in the same file).",
    ),
    option(TLS, "--key", "key", type=click.Path(), metavar="FILE", help="The certificate's private key (PEM)."),
    option(
        TLS, "--pass", "passphrase", metavar="VALUE|@FILE|env:NAME",
        help="The key's passphrase. Without it, an encrypted key's is asked for on a terminal.",
    ),
    option(
        TLS, "--servername", "server_name", type=ServerName(), metavar="NAME",
        help="Ask and verify for this server (SNI) instead of the URL's host.",
    ),
    option(
        TLS, "--tls-min", "tls_min", type=Listed(VERSIONS), default=None,
        help="The lowest version of TLS; 1.2 unless given. 1.0 and 1.1 lower OpenSSL's security level.",
    ),
    option(TLS, "--tls-max", "tls_max", type=Listed(VERSIONS), default=None, help="The highest version of TLS."),
    option(
        TLS, "--alpn", type=Protocols(), default="http/1.1", show_default=True, metavar="LIST",
        help="Offer these protocols in TLS, best first, with commas between them; '' offers none.",
    ),
)  # fmt: skip
"""Adds what says how TLS is spoken; `tls_of` takes the values. SSLKEYLOGFILE is obeyed without an option."""


def tls_of(given: dict[str, Any]) -> Tls:
    """Make the bundle of what the options gave; asks for the passphrase of an encrypted key if none was given.

    Raises:
        InspectError: a passphrase cannot be read, or nobody can be asked.
    """
    certificate, key = given["certificate"], given["key"]
    lowest, highest = given["tls_min"], given["tls_max"]
    if key is not None and certificate is None:
        raise click.UsageError("--key belongs to --cert")
    if lowest is not None and highest is not None and lowest > highest:
        raise click.UsageError(f"--tls-min {lowest} and --tls-max {highest} leave no version")
    return Tls(
        verify=not given["insecure"],
        authorities=given["authorities"],
        certificate=certificate,
        key=key,
        passphrase=_passphrase(given["passphrase"], key or certificate),
        server_name=given["server_name"],
        lowest=lowest,
        highest=highest,
        alpn=given["alpn"],
    )


def _passphrase(typed: str | None, path: str | None) -> str | None:
    """Return the passphrase of the key in a file; no error repeats it."""
    if path is None:
        return None
    # Few have a key, and what reads it is heavy.
    if typed is None:
        from wsinspect.net.tls import is_encrypted
        from wsinspect.term.asking import ask_secret

        return ask_secret(f"passphrase of {path}", hint=PASSPHRASE_HINT) if is_encrypted(path) else None
    from wsinspect.reading import text_of

    text = text_of(typed, "the passphrase", os.environ).rstrip("\r\n")
    if len(text.encode("utf-8", "surrogateescape")) > LONGEST_PASSPHRASE:
        raise InspectError(f"the passphrase is longer than {LONGEST_PASSPHRASE} bytes")
    return text
