"""`prefix`: the payload begins with these bytes, whatever its type. Knows no text."""

from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.differences import bytes_difference
from wsinspect.checks.assertions.excerpts import hex_excerpt
from wsinspect.checks.assertions.texts import TOLD, filled_bytes
from wsinspect.checks.variables import Scope
from wsinspect.errors import InspectError
from wsinspect.filters.subject import Subject


def _make(value: Any, scope: Scope) -> Ask:
    wanted = filled_bytes(value, scope)
    if not wanted:
        raise InspectError("no bytes are given, and every message begins so", hint="for example: prefix = 'hex:82'")

    def miss(subject: Subject) -> Miss:
        payload = subject.payload
        difference = bytes_difference(wanted, payload[: len(wanted)])
        return Miss("prefix", hex_excerpt(wanted), hex_excerpt(payload), difference)

    return Ask(lambda subject: bool(subject.payload.startswith(wanted)), miss, f"prefix {hex_excerpt(wanted, TOLD)}")


prefix = Assertion(
    {
        "type": "string",
        "minLength": 1,
        "description": "The payload begins with these bytes: hex:82a1, base64:..., text:... or plain hex digits.",
    },
    _make,
    10,
)
