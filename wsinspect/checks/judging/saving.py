"""Parts of a message kept for later steps: `save = { ID = "data.id" }`. Knows no step."""

from collections.abc import Mapping
from typing import Any

from wsinspect.checks.assertions.conditions import compiled
from wsinspect.checks.assertions.excerpts import payload_excerpt
from wsinspect.checks.assertions.json_asks import not_json
from wsinspect.checks.variables import Scope
from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.filters.subject import Subject

SHOWN = 200


def saved(save: Mapping[str, str], subject: Subject, scope: Scope) -> Mapping[str, Any]:
    """Return the variables that a message gives, by expressions on it.

    Raises `InspectError`: with `Exit.UNMET` where the message has no such part, with `Exit.USAGE` where an expression
    is wrong.
    """
    values = {}
    for name, template in save.items():
        try:
            value = compiled(template, scope).value(subject)
        except InspectError as error:
            raise error.within(f"`save`, {name}") from None
        if value is None:
            why = not_json(subject)
            raise InspectError(
                f"`{shortened(template, 80)}` gives nothing to save as {name}{f': {why}' if why else ''}",
                hint=f"what came is {payload_excerpt(subject, SHOWN)}",
                exit=Exit.UNMET,
            )
        values[name] = value
    return values
