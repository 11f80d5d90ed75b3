"""`regex`: a regular expression (Python's `re`) is found in the payload as text; what a variable brings is no pattern.

It is searched for in the first `SEARCHED` bytes. A pattern like ``(a+)+$`` can take for ever even so: nothing here can
tell which does. A payload that is not UTF-8 is searched byte by byte, where ``\\xff`` is one. Knows no JSON.
"""

import re
from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.excerpts import LONGEST, payload_excerpt, size_of
from wsinspect.checks.assertions.patterns import SEARCHED
from wsinspect.checks.assertions.texts import TOLD
from wsinspect.checks.variables import Scope, filled_text, text_of
from wsinspect.errors import InspectError, shortened
from wsinspect.filters.pattern import pattern
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import Subject

_REFERENCE = re.compile(r"\$\$\{|\$\{[^{}]*\}")


def _make(value: Any, scope: Scope) -> Ask:
    if not isinstance(value, str):
        raise InspectError("a pattern is a text", hint="for example: regex = '^ok [0-9]+$'")
    text = filled_text(value, scope, lambda brought: re.escape(text_of(brought)))
    search = _compiled(text, value).search

    def miss(subject: Subject) -> Miss:
        size = len(subject.payload)
        bound = (f"  of {size_of(size)} the first {SEARCHED:,} were searched",) if size > SEARCHED else ()
        return Miss("regex", shortened(text, LONGEST), payload_excerpt(subject), bound)

    return Ask(lambda subject: search(_searched(subject.payload)) is not None, miss, f"regex {shortened(text, TOLD)}")


def _compiled(text: str, template: str) -> re.Pattern[str]:
    """Compile a filled pattern; a mistake is shown in its template, without what the variables brought."""
    try:
        return pattern(text)
    except Misplaced as error:
        if text == template:
            raise
        mistake = Misplaced(error.message, template, template.index("${"), hint=error.hint)
    try:
        pattern(_REFERENCE.sub(lambda match: "x" * len(match[0]), template))
    except Misplaced as error:
        mistake = Misplaced(error.message, template, error.column, hint=error.hint)
    raise mistake


def _searched(payload: bytes) -> str:
    try:
        return str(payload if len(payload) <= SEARCHED else _cut(payload), "utf-8")
    except UnicodeDecodeError:
        return str(payload[:SEARCHED], "latin-1")


def _cut(payload: bytes) -> bytes:
    """Return the first bytes, up to the end of a character."""
    end = SEARCHED
    while end > SEARCHED - 4 and payload[end] & 0xC0 == 0x80:
        end -= 1
    return payload[:end]


regex = Assertion(
    {
        "type": "string",
        "format": "regex",
        "description": f"A regular expression (Python's) is found in the first {SEARCHED:,} bytes of the payload; what "
        "variables bring is escaped.",
    },
    _make,
    40,
)
