"""`contains`: the payload holds this text, or each of several, anywhere. Knows no JSON."""

from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.excerpts import LONGEST, payload_excerpt, text_excerpt
from wsinspect.checks.assertions.texts import TOLD, filled_utf8
from wsinspect.checks.variables import Scope
from wsinspect.errors import InspectError, shortened
from wsinspect.filters.subject import Subject

SEARCHED_AGAIN = 1 << 20
"""Bytes in which a text is looked for in other letter case."""


def _make(value: Any, scope: Scope) -> Ask:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise InspectError("no text is given")
    wanted = tuple(filled_utf8(inner, scope) for inner in values)
    if b"" in wanted:
        raise InspectError("the text is empty, and every message holds that", hint='for an empty message: text = ""')

    def holds(subject: Subject) -> bool:
        payload = subject.payload
        return all(part in payload for part in wanted)

    def miss(subject: Subject) -> Miss:
        missing = [part for part in wanted if part not in subject.payload]
        came = subject.payload[:SEARCHED_AGAIN].decode("utf-8", "replace").casefold()
        difference = []
        for part in missing[:10]:
            text = part.decode()
            difference.append(f"- {text_excerpt(text, TOLD)}")
            if text.casefold() in came:
                difference.append("  it stands there in other letter case")
        expected = ", ".join([shortened(part.decode(), TOLD) for part in missing])
        return Miss("contains", shortened(expected, LONGEST), payload_excerpt(subject), tuple(difference))

    told = " and ".join([text_excerpt(part.decode(), TOLD) for part in wanted])
    one = wanted[0]
    return Ask(
        (lambda subject: one in subject.payload) if len(wanted) == 1 else holds,
        miss,
        f"contains {shortened(told, 2 * TOLD)}",
    )


contains = Assertion(
    {
        "description": "The payload holds this text, or each of several, anywhere.",
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
        ],
    },
    _make,
    30,
)
