"""`text`: the payload is exactly this text. Knows no JSON."""

from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.differences import bytes_difference, text_difference
from wsinspect.checks.assertions.excerpts import LONGEST, payload_excerpt, text_excerpt
from wsinspect.checks.assertions.texts import TOLD, filled_utf8
from wsinspect.checks.variables import Scope
from wsinspect.errors import shortened
from wsinspect.filters.subject import Subject


def _make(value: Any, scope: Scope) -> Ask:
    wanted = filled_utf8(value, scope)
    text = wanted.decode()

    def miss(subject: Subject) -> Miss:
        words = subject.words
        difference = bytes_difference(wanted, subject.payload) if words is None else text_difference(text, words)
        return Miss("text", shortened(text, LONGEST), payload_excerpt(subject), difference)

    # Text is UTF-8 on the wire, so that bytes can be compared.
    return Ask(lambda subject: bool(subject.payload == wanted), miss, f"text {text_excerpt(text, TOLD)}")


text = Assertion({"type": "string", "description": "The payload is exactly this text."}, _make, 20)
