"""Header lines: as users type them in curl's forms (``Name:`` leaves ours out, ``Name;`` is empty), and as they come.

What is wrong is told by the header's name at most: its value may be a secret. Knows no file and no request.
"""

import re
from typing import TypeAlias

from wsinspect.errors import InspectError

TypedHeader: TypeAlias = "tuple[str, str | None]"
"""Name and value; None for the value takes a header of ours out."""

OURS = ("sec-websocket-key", "sec-websocket-protocol", "sec-websocket-extensions")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def parse_header(text: str) -> TypedHeader:
    """Make a header of one line; raises `InspectError` where it can be none."""
    name, colon, value = text.partition(":")
    if not colon and text.rstrip().endswith(";"):
        name, empty = text.rstrip().removesuffix(";"), True
        colon = ":"
    else:
        empty = False
    name, value = name.strip(), value.strip()
    if not colon or not TOKEN.fullmatch(name):
        raise InspectError("a header is written 'Name: value'")
    if name.lower() in OURS:
        raise InspectError(f"`{name}` is ours to send: what the server answers depends on it (for subprotocols: -s)")
    if not carries(value):
        raise InspectError(f"the value of `{name}` holds what a header cannot carry")
    return name, value if value or empty else None


def parse_headers(text: str, place: str) -> tuple[TypedHeader, ...]:
    """Make headers of a file's lines; empty ones and those that start with # do not count. ``place`` is for errors."""
    headers = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.strip() and not line.startswith("#"):
            try:
                headers.append(parse_header(line))
            except InspectError as error:
                raise error.within(f"{place}:{number}") from None
    return tuple(headers)


def carries(value: str) -> bool:
    """Tell whether a header can carry a value (RFC 9110 section 5.5)."""
    return value.replace("\t", " ").isprintable() and all(ord(character) < 256 for character in value)


def header_pairs(fields: list[str]) -> list[tuple[str, str]]:
    """Read header lines; one that begins with a space goes on with the line before (RFC 9112 section 5.2)."""
    headers: list[tuple[str, str]] = []
    for field in fields:
        if field[:1] in (" ", "\t") and headers:
            name, value = headers[-1]
            headers[-1] = name, f"{value} {field.strip()}".strip()
            continue
        name, colon, value = field.partition(":")
        if colon:
            headers.append((name.strip(), value.strip()))
    return headers
