"""Texts that assertions take, made ready to be compared with payloads. Knows no message."""

from typing import Any

from wsinspect.checks.variables import Scope, filled_text, text_of
from wsinspect.errors import InspectError
from wsinspect.literals import PREFIXES, from_hex, utf8

TOLD = 120
"""Characters of a value within what is told of an assertion."""


def filled_utf8(value: Any, scope: Scope) -> bytes:
    """Return a text with its variables as UTF-8; raises `InspectError`."""
    if not isinstance(value, str):
        raise InspectError("this is no text", hint='texts stand in quotes: "5"')
    return utf8(filled_text(value, scope, text_of), 0)


def filled_bytes(value: Any, scope: Scope) -> bytes:
    """Return the bytes of ``hex:...``, ``base64:...``, ``text:...`` or of plain hex digits; raises `InspectError`."""
    text = filled_utf8(value, scope).decode()
    if text.startswith("@"):
        raise InspectError("this is no file but bytes", hint='write "${file:PATH}" within text:..., or hex:0a0b')
    for prefix, (of, _) in PREFIXES.items():
        if text.startswith(prefix):
            return of(text[len(prefix) :], len(prefix))
    return from_hex(text, 0)
