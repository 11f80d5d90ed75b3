"""What `json` and `partial` have in common: a payload that is JSON, held against an expected value.

Knows no pattern and no name of a file.
"""

from collections.abc import Iterator
from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.differences import json_difference
from wsinspect.checks.assertions.excerpts import json_excerpt, payload_excerpt
from wsinspect.checks.assertions.needles import are_absent, needles_of
from wsinspect.checks.assertions.patterns import judge, planted
from wsinspect.checks.assertions.texts import TOLD
from wsinspect.checks.variables import Scope
from wsinspect.errors import InspectError
from wsinspect.events import TEXT
from wsinspect.filters.subject import TOO_MUCH, Subject, is_too_much
from wsinspect.json_faults import json_fault


def json_assertion(name: str, help: str, cost: int, *, partial: bool) -> Assertion:
    """Return the assertion of this name."""

    def make(value: Any, scope: Scope) -> Ask:
        wanted = planted(value, scope)
        try:
            fits = judge(wanted, partial=partial)
            needles = needles_of(_strings(wanted))
        except RecursionError:
            raise InspectError("the expected value is nested too deeply") from None

        def holds(subject: Subject) -> bool:
            if are_absent(needles, subject.payload):
                return False
            root = subject.root
            if root is None and not is_null(subject):
                return False
            try:
                return fits(root)
            except RecursionError:
                return False

        def miss(subject: Subject) -> Miss:
            fault = not_json(subject)
            difference = (f"  {fault}",) if fault else json_difference(wanted, subject.root, partial=partial)
            return Miss(name, json_excerpt(wanted), payload_excerpt(subject), difference)

        return Ask(holds, miss, f"{name} {json_excerpt(wanted, TOLD)}")

    return Assertion({"description": help}, make, cost)


def is_null(subject: Subject) -> bool:
    """Tell whether a payload whose root is None is the JSON value null, and not something else."""
    return subject.type == TEXT and subject.payload.strip(b" \t\r\n") == b"null"


def not_json(subject: Subject) -> str:
    """Return why a payload does not count as JSON, and where; nothing where it does."""
    if subject.root is not None or is_null(subject):
        return ""
    if subject.may_be_json and is_too_much(subject.payload):
        return f"it is not read as JSON: {TOO_MUCH}"
    text = subject.words
    if text is None:
        return "it is no JSON: it is not UTF-8"
    fault = json_fault(text)
    if fault:
        return f"it is no JSON: {fault}"
    return "it does not count as JSON: in a binary message, JSON is an object or a list"


def _strings(wanted: Any) -> Iterator[str]:
    """Yield the names and strings in a planted value."""
    if isinstance(wanted, str):
        yield wanted
    elif isinstance(wanted, dict):
        for name, inner in wanted.items():
            yield from _strings(inner)
            yield name
    elif isinstance(wanted, list):
        for inner in wanted:
            yield from _strings(inner)
