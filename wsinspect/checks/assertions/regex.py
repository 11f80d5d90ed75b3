"""`regex`: a regular expression (Python's `re`) is found in the payload as text; what a variable brings is no pattern.

A pattern like ``(a+)+$`` can take for ever on some texts: such a search is given up, see `checks.searching`. A payload
that is not UTF-8 is searched byte by byte, where ``\\xff`` is one. Knows no JSON.
"""

import re
from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.excerpts import LONGEST, payload_excerpt
from wsinspect.checks.assertions.texts import TOLD
from wsinspect.checks.searching import limited
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
        return Miss("regex", shortened(text, LONGEST), payload_excerpt(subject))

    return Ask(
        lambda subject: limited(search, _words(subject.payload)) is not None, miss, f"regex {shortened(text, TOLD)}"
    )


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


def _words(payload: bytes) -> str:
    try:
        return str(payload, "utf-8")
    except UnicodeDecodeError:
        return str(payload, "latin-1")


regex = Assertion(
    {
        "type": "string",
        "format": "regex",
        "description": "A regular expression (Python's) is found in the payload; what variables bring is escaped.",
    },
    _make,
    40,
)
