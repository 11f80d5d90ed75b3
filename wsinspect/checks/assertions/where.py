"""`where`: an expression on the message is true, see `wsinspect.filters.topic`. Knows no stream: ``:gap`` is what the
subject says."""

from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.conditions import compiled, readings, strings_needed
from wsinspect.checks.assertions.excerpts import LONGEST, payload_excerpt
from wsinspect.checks.assertions.json_asks import not_json
from wsinspect.checks.assertions.needles import are_absent, needles_of
from wsinspect.checks.assertions.texts import TOLD
from wsinspect.checks.variables import Scope
from wsinspect.errors import shortened
from wsinspect.filters.subject import Subject


def _make(value: Any, scope: Scope) -> Ask:
    condition = compiled(value, scope)
    needles = needles_of(strings_needed(condition.text))

    def miss(subject: Subject) -> Miss:
        fault = not_json(subject)
        came = (*readings(condition.text, subject), *([f"  {fault}"] if fault else []))
        return Miss("where", shortened(condition.text, LONGEST), payload_excerpt(subject), came)

    def holds(subject: Subject) -> bool:
        return not are_absent(needles, subject.payload) and condition.holds(subject)

    return Ask(holds if needles else condition.holds, miss, f"where {shortened(condition.text, TOLD)}")


where = Assertion(
    {
        "type": "string",
        "minLength": 1,
        "description": "An expression (JMESPath, with terms such as :size) is true; ${NAME} outside quotes is a value.",
    },
    _make,
    60,
)
