"""Payloads as people write them: plain text, ``text:...``, ``hex:0a 0b``, ``base64:CgsM``, ``@file``.

Pure: files are read by a function that is passed in. An error never repeats a payload, which may be secret, but tells
the place in it; ``at`` is where the text stands in all that the user wrote, counted from 0.
"""

import binascii
import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from wsinspect.errors import InspectError

Reads: TypeAlias = Callable[[str], bytes]
"""Returns what a file holds; raises `InspectError`."""


class Literal(NamedTuple):
    """A payload, and whether it is text; then it is UTF-8."""

    payload: bytes
    is_text: bool


def literal(text: str, at: int, reads: Reads) -> Literal:
    """Return the payload that ``text`` writes; a file is text where it is UTF-8. Raises `InspectError`."""
    if text.startswith("@@"):
        return Literal(utf8(text[1:], at + 1), True)
    if text.startswith("@"):
        if len(text) == 1:
            raise InspectError("no file is named after the @", hint="to send a text that begins with @, write @@")
        payload = reads(text[1:])
        return Literal(payload, not_utf8_at(payload) is None)
    for prefix, (of, is_text) in PREFIXES.items():
        if text.startswith(prefix):
            return Literal(of(text[len(prefix) :], at + len(prefix)), is_text)
    return Literal(utf8(text, at), True)


def is_plain(text: str) -> bool:
    """Tell whether ``text`` is just itself: no file, and no prefix."""
    return not text.startswith(("@", *PREFIXES))


def not_utf8_at(payload: bytes) -> int | None:
    """Return where ``payload`` ceases to be UTF-8, or None."""
    try:
        payload.decode()
    except UnicodeDecodeError as fault:
        return fault.start
    return None


def utf8(text: str, at: int) -> bytes:
    """Return a text's bytes; what came from the command line may hold what was none."""
    try:
        return text.encode()
    except UnicodeEncodeError as fault:
        raise InspectError(
            f"character {at + fault.start + 1} is not UTF-8, so it is no text",
            hint="send bytes as hex:..., base64:... or @FILE",
        ) from None


_SEPARATORS = re.compile(r"[\s:,]+", re.ASCII)
_NO_HEX = re.compile(r"[^0-9A-Fa-f]")


def from_hex(text: str, at: int) -> bytes:
    """Return the bytes of hex digits; spaces, commas and colons may stand between bytes, and ``0x`` before them."""
    groups = []
    begin = 0
    for separator in [*_SEPARATORS.finditer(text), None]:
        end = separator.start() if separator else len(text)
        if end > begin:
            start = begin + 2 if text[begin : begin + 2] in ("0x", "0X") else begin
            groups.append(_digits(text[start:end], at + start))
        begin = separator.end() if separator else end
    return bytes.fromhex("".join(groups))


def _digits(group: str, at: int) -> str:
    wrong = _NO_HEX.search(group)
    if wrong:
        raise InspectError(f"character {at + wrong.start() + 1} is not a hex digit", hint="write hex:0a0b or hex:0a 0b")
    if len(group) % 2 or not group:
        raise InspectError(
            f"the hex digits from character {at + 1} on are odd in number", hint="each byte takes two hex digits"
        )
    return group


_SPACE = re.compile(r"\s+", re.ASCII)
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/_\s-]", re.ASCII)


def from_base64(text: str, at: int) -> bytes:
    """Return the bytes of base64 in either alphabet (RFC 4648 sections 4 and 5), with padding or without."""
    body = text.rstrip().rstrip("=")
    wrong = _NO_BASE64.search(body)
    if wrong:
        place = at + wrong.start() + 1
        raise InspectError(f"character {place} is not base64", hint="its letters are A-Z a-z 0-9 + / - _")
    letters = _SPACE.sub("", body).replace("-", "+").replace("_", "/")
    if len(letters) % 4 == 1:
        raise InspectError("the base64 text is cut off", hint="four letters are three bytes, so one is never left over")
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


PREFIXES: dict[str, tuple[Callable[[str, int], bytes], bool]] = {
    "text:": (utf8, True),
    "hex:": (from_hex, False),
    "base64:": (from_base64, False),
}
"""How a payload is read that begins so, and whether it is text."""
