"""A handshake without its secrets, and what these are: for others may repeat them. Knows no output.

A secret is known as it was sent, and as whoever reads it has it: percent-encoding and base64 undone, of Basic
credentials the password, or the name where there is none; without quotes; and what stands in it under a secret's name.
"""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Collection, Iterable
from urllib.parse import unquote, unquote_plus

from wsinspect.connecting import Connecting
from wsinspect.credentials import authorization
from wsinspect.events import Handshake
from wsinspect.masking import Mask
from wsinspect.redact import HIDDEN, LEAST, is_secret_name, redact_headers, redact_subprotocols, redact_url

SHORTEST_CODED = 8
"""Digits of base64 that are decoded; fewer may be anything."""

STANDARD = str.maketrans("-_", "+/")
"""From base64's alphabet for URLs to its usual one (RFC 4648 section 5)."""

NAME_AND_VALUE = re.compile(r"""([A-Za-z_][\w-]*)["']?[=:](?!//)\s*["']?([^\s"',;&}]+)""")
"""As in `Token token="abc"`, in JSON, and in an address within an address."""

SCHEME_AND_SECRET = re.compile(r"[A-Za-z][A-Za-z-]{0,19} +(\S+)")
"""`Bearer abc` as a parameter."""


def redact_handshake(handshake: Handshake) -> Handshake:
    """Return a handshake without its secrets; a server may repeat under any name, and in any form, what it was sent."""
    asked = secrets_asked(handshake)
    agreed = handshake.subprotocol
    if agreed and agreed in asked:
        # It is one only beside the name that was offered before it.
        handshake = handshake._replace(
            subprotocol=HIDDEN,
            response=[(name, HIDDEN if value == agreed else value) for name, value in handshake.response],
        )
    shown = handshake._replace(
        url=redact_url(handshake.url),
        subprotocol=redact_subprotocols(handshake.subprotocol) if handshake.subprotocol else handshake.subprotocol,
        request=redact_headers(handshake.request, handshake.secrets),
        response=redact_headers(handshake.response),
        resource=redact_url(handshake.resource),
    )
    mask = mask_of(handshake)
    if mask.is_empty:
        return shown
    return shown._replace(
        url=mask.swift(shown.url),
        subprotocol=mask.swift(shown.subprotocol) if shown.subprotocol else shown.subprotocol,
        extensions=mask.swift(shown.extensions),
        request=[(name, mask.swift(value)) for name, value in shown.request],
        response=[(mask.swift(name), mask.swift(value)) for name, value in shown.response],
        resource=mask.swift(shown.resource),
        reason=mask.swift(shown.reason),
    )


def secrets_asked(handshake: Handshake) -> set[str]:
    """Return what is hidden of a request, piece by piece: an answer may repeat it anywhere."""
    return secrets_in(handshake.request, handshake.resource, handshake.secrets)


def secrets_of(connecting: Connecting) -> frozenset[str]:
    """Return what is secret in how a connection is to be opened, as far as a peer or an error may repeat it."""
    offered = [("Sec-WebSocket-Protocol", ", ".join(connecting.subprotocols))]
    said = authorization(connecting.target, connecting.logins)
    login = [] if said is None else [("Authorization", said)]
    headers = [*connecting.headers, *offered, *login]
    return connecting.secrets | repeatable(secrets_in(headers, connecting.target.resource, connecting.secrets))


def mask_of(handshake: Handshake | None, secrets: Iterable[str] = ()) -> Mask:
    """Return what hides, in all that is told of a connection, what was secret in its request."""
    return Mask(repeatable(secrets if handshake is None else {*secrets, *secrets_asked(handshake), *handshake.secrets}))


def repeatable(secrets: Iterable[str]) -> frozenset[str]:
    """Return those that are long enough to be looked for within other texts."""
    return frozenset(secret for secret in secrets if len(secret) >= LEAST)


def secrets_in(headers: Collection[tuple[str, str]], resource: str, secrets: Collection[str] = ()) -> set[str]:
    """Return what is hidden of a request's headers and what it asks for, and ``secrets`` among them."""
    pairs = [(value, seen) for (_, value), (_, seen) in zip(headers, redact_headers(headers, secrets), strict=True)]
    pairs.append((resource, redact_url(resource)))
    pieces = {piece for text, seen in pairs if text != seen for piece in _hidden_in(text, seen) if piece}
    return pieces | {other for piece in pieces for other in _read(piece) if other}


def _read(piece: str) -> list[str]:
    """Return what a piece says to its reader, where it is encoded or in quotes, and the secrets that it names; of a
    subprotocol, the part behind the last dot."""
    last = piece.rpartition(".")[2]
    found = [last]
    for text in dict.fromkeys([piece, unquote(piece), unquote_plus(piece)]):
        found += [text, text.strip("\"'")]
        found += [value for name, value in NAME_AND_VALUE.findall(text) if is_secret_name(name)]
        if (match := SCHEME_AND_SECRET.fullmatch(text)) is not None:
            found.append(match[1])
    digits = last.rstrip("=")
    if len(digits) >= SHORTEST_CODED:
        try:
            text = b64decode(digits.translate(STANDARD) + "=" * (-len(digits) % 4), validate=True).decode()
        except (Error, ValueError):
            return found
        if text.isprintable():
            # Basic credentials are name and password; where a token is the name, there is none.
            name, _, password = text.partition(":")
            found += [text, password or name]
    return found


def _hidden_in(text: str, shown: str) -> list[str]:
    """Return the pieces of a text in whose places `HIDDEN` stands in what is shown of it."""
    before, *behind = shown.split(HIDDEN)
    pieces: list[str] = []
    at = len(before)
    for part in behind:
        end = text.find(part, at) if part else len(text)
        if end < 0:
            return [*pieces, text[at:]]
        pieces.append(text[at:end])
        at = end + len(part)
    return pieces
