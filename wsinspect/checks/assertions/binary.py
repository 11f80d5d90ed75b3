"""`binary`: the payload is exactly these bytes, whatever its type. Knows no text."""

from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.differences import bytes_difference
from wsinspect.checks.assertions.excerpts import hex_excerpt
from wsinspect.checks.assertions.texts import TOLD, filled_bytes
from wsinspect.checks.variables import Scope
from wsinspect.filters.subject import Subject


def _make(value: Any, scope: Scope) -> Ask:
    wanted = filled_bytes(value, scope)

    def miss(subject: Subject) -> Miss:
        payload = subject.payload
        return Miss("binary", hex_excerpt(wanted), hex_excerpt(payload), bytes_difference(wanted, payload))

    told = hex_excerpt(wanted, TOLD) or "nothing"
    return Ask(lambda subject: bool(subject.payload == wanted), miss, f"binary {told}")


binary = Assertion(
    {
        "type": "string",
        "description": "The payload is exactly these bytes: hex:0a0b, base64:CgsM, text:... or plain hex digits.",
    },
    _make,
    21,
)
