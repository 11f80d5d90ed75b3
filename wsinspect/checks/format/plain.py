"""Values that JSON can say, which is what a check can: no dates, no infinite numbers, nothing beyond measure.

Knows no key of the format.
"""

import math
from collections.abc import Iterator
from typing import Any

from wsinspect.errors import InspectError
from wsinspect.toml_places import Path

DEEPEST = 64
"""So many tables and lists may stand within each other."""

LARGEST_NUMBER = (1 << 63) - 1
"""Whole numbers have 64 bits, as TOML says."""


def flaws(value: Any) -> Iterator[tuple[Path, InspectError]]:
    """Yield what is wrong in a value that a parser made, with the way to it; `DEEPEST` is the end of the look."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        keys, inner = waiting.pop()
        if isinstance(inner, dict | list):
            if len(keys) == DEEPEST:
                yield keys, InspectError(f"more than {DEEPEST} tables and lists stand within each other")
                continue
            rows = inner.items() if isinstance(inner, dict) else enumerate(inner)
            waiting += [((*keys, name), one) for name, one in rows]
        else:
            error = _flaw(inner)
            if error is not None:
                yield keys, error


def _flaw(value: Any) -> InspectError | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return InspectError("a string is not UTF-8")
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else InspectError("a number is infinite, or none at all")
    if isinstance(value, int):
        return None if abs(value) <= LARGEST_NUMBER + 1 else InspectError("a whole number has more than 64 bits")
    return InspectError("dates and times are no values of a check", hint='write them in quotes: "2030-01-31"')
