"""`size`: the payload has this many bytes, or at least and at most so many. Knows no unit but the byte."""

from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.excerpts import size_of
from wsinspect.checks.variables import Scope, filled
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.filters.subject import Subject

HINT = "size = 12, or size = { min = 1, max = 100 }"
BOUNDS = ("min", "max")


def _make(value: Any, scope: Scope) -> Ask:
    value = filled(value, scope)
    low, high = _range(value) if isinstance(value, dict) else (_count(value), _count(value))
    if high is None:
        told = f"at least {size_of(low)}"
        return Ask(lambda subject: len(subject.payload) >= low, _miss(told), f"size {told}")
    if low > high:
        raise InspectError(f"no size is at least {low:,} and at most {high:,}", hint=HINT)
    if low == high:
        return Ask(lambda subject: len(subject.payload) == low, _miss(size_of(low)), f"size {size_of(low)}")
    told = f"{low:,} to {size_of(high)}" if low else f"at most {size_of(high)}"
    return Ask(lambda subject: low <= len(subject.payload) <= high, _miss(told), f"size {told}")


def _miss(told: str) -> Any:
    def miss(subject: Subject) -> Miss:
        return Miss("size", told, size_of(len(subject.payload)))

    return miss


def _range(table: dict[str, Any]) -> tuple[int, int | None]:
    for name in table:
        if name not in BOUNDS:
            near = nearest(name, BOUNDS)
            raise InspectError(f"`{shortened(name)}` is no bound", hint=f"did you mean `{near}`?" if near else HINT)
    if not table:
        raise InspectError("no bound is given", hint=HINT)
    return _count(table.get("min", 0)), _count(table["max"]) if "max" in table else None


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InspectError("a size is a number of bytes, from 0 on", hint=HINT)
    return value


_COUNT = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\$\{.+\}$"}]}

size = Assertion(
    {
        "description": "The payload has this many bytes, or at least and at most so many.",
        "anyOf": [
            *_COUNT["anyOf"],
            {
                "type": "object",
                "properties": {"min": _COUNT, "max": _COUNT},
                "additionalProperties": False,
                "minProperties": 1,
            },
        ],
    },
    _make,
    0,
)
