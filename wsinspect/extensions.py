"""Sec-WebSocket-Extensions as values (RFC 6455 section 9.1), and what permessage-deflate's parameters mean (RFC 7692).

Reads what users and servers write; neither compresses nor negotiates.
"""

import re
from typing import NamedTuple, TypeAlias

from wsinspect.errors import InspectError, nearest, shortened

DEFLATE = "permessage-deflate"
LEAST_BITS, MOST_BITS = 8, 15

Parameter: TypeAlias = tuple[str, str | None]

PARAMETERS: dict[str, str] = {
    "server_no_context_takeover": "flag",
    "client_no_context_takeover": "flag",
    "server_max_window_bits": "bits",
    "client_max_window_bits": "bits or nothing",
}
"""The parameters of RFC 7692 section 7.1, and what an offer may give them; only ours may be offered without a value."""

_PART = re.compile(r'"(?:[^"\\]|\\.)*+"?|[^",;]++|[,;]')


class Terms(NamedTuple):
    """Parameters of permessage-deflate: the window of each side in bits (None: not spoken of; 0: whatever the other
    side says), and whether it starts anew with each message.
    """

    server_bits: int | None = None
    client_bits: int | None = None
    server_fresh: bool = False
    client_fresh: bool = False


def parse_extensions(value: str) -> list[tuple[str, list[Parameter]]]:
    """Split a header's value into extensions with their parameters; what is written wrongly is taken as it comes."""
    found: list[tuple[str, list[Parameter]]] = []
    parts: list[str] = [""]
    for piece in [*_PART.findall(value), ","]:
        if piece not in (",", ";"):
            parts[-1] += piece
        elif piece == ";":
            parts.append("")
        else:
            name, *parameters = [part.strip() for part in parts]
            if name:
                found.append((name, [_parameter(parameter) for parameter in parameters if parameter]))
            parts = [""]
    return found


def parse_offer(text: str) -> tuple[Parameter, ...]:
    """Read the parameters of an offer, such as ``client_max_window_bits=10; server_no_context_takeover``.

    Raises:
        InspectError: a parameter is unknown, stands twice, or has a value that it cannot have.
    """
    listed = parse_extensions(f"{DEFLATE}; {text}")
    if len(listed) > 1:
        raise InspectError("only one set of parameters can be offered, with semicolons between them")
    parameters = listed[0][1]
    if parameters and parameters[0] == (DEFLATE, None):
        parameters = parameters[1:]
    names = [name for name, _ in parameters]
    for name, value in parameters:
        if name not in PARAMETERS:
            near = nearest(name, PARAMETERS)
            hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(PARAMETERS)}"
            raise InspectError(f"permessage-deflate has no parameter `{shortened(name)}`", hint=hint)
        if names.count(name) > 1:
            raise InspectError(f"`{name}` stands twice")
        takes = PARAMETERS[name]
        if takes == "flag" and value is not None:
            raise InspectError(f"`{name}` takes no value")
        bare = value is None and takes != "bits"
        if takes != "flag" and not bare and _bits(value) is None:
            raise InspectError(f"`{name}` takes a number of bits from {LEAST_BITS} to {MOST_BITS}")
    return tuple(parameters)


def terms_of(value: str) -> Terms | None:
    """Return what a header's value says of permessage-deflate, or None where it says nothing of it."""
    for name, parameters in parse_extensions(value):
        if name.lower() == DEFLATE:
            given = {name.lower(): value for name, value in parameters}
            return Terms(
                _said(given, "server_max_window_bits"),
                _said(given, "client_max_window_bits"),
                "server_no_context_takeover" in given,
                "client_no_context_takeover" in given,
            )
    return None


def _said(given: dict[str, str | None], name: str) -> int | None:
    return (_bits(given[name]) or 0) if name in given else None


def _parameter(text: str) -> Parameter:
    name, equals, value = (part.strip() for part in text.partition("="))
    if value[:1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
    return name, value if equals else None


def _bits(value: str | None) -> int | None:
    """Return a window's bits; RFC 7692 section 7.1.2 allows no leading zero."""
    if value is None or value not in map(str, range(LEAST_BITS, MOST_BITS + 1)):
        return None
    return int(value)
