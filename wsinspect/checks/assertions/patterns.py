"""Expected JSON values with patterns in them: ``${any}``, ``${any:uuid}``, ``${match:REGEX}``, ``${null}``.

A pattern is a whole string; `planted` puts a `Kind` in its place, and values in place of variables: what a variable
brings is never a pattern. `judge` compiles the result. Equal is equal as JSON (RFC 8259): 1 is 1.0, true is not 1, the
order of names means nothing. Knows no message, and not how two values differ.
"""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

from wsinspect.checks.searching import limited
from wsinspect.checks.variables import Pattern, Scope, filled, pattern_in
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.filters.pattern import pattern

Test: TypeAlias = Callable[[Any], bool]


class Kind:
    """A pattern made ready: ``told`` is how it is written, ``fits`` is asked of the value in its place."""

    __slots__ = ("fits", "told")

    def __init__(self, told: str, fits: Test) -> None:
        self.told = told
        self.fits = fits

    def __str__(self) -> str:
        return self.told


# The kinds of `${any:KIND}`.


def is_number(value: Any) -> bool:
    """Tell whether a value is a JSON number; to Python, true is one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return is_number(value) and (isinstance(value, int) or value.is_integer())


_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(
    r"[T ](?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:[.,]\d{1,12})?)?"
    r" ?(?:Z|UTC|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?",
    re.IGNORECASE | re.ASCII,
)
_EPOCH = re.compile(r"\d{10,19}(?:\.\d{1,9})?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=:-]{8,}", re.ASCII)
EPOCHS = tuple((10 ** (9 + digits), 10 ** (10 + digits)) for digits in (0, 3, 6, 9))
"""Seconds, milliseconds, microseconds and nanoseconds since 1970, from the year 2001 to 2286."""


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_time(value: Any) -> bool:
    if isinstance(value, str):
        if _EPOCH.fullmatch(value):
            return _is_time(float(value))
        return _is_date(value[:10]) and _TIME.fullmatch(value, 10) is not None
    return is_number(value) and any(first <= value < last for first, last in EPOCHS)


KINDS: dict[str, tuple[str, Test]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "number": ("a number", is_number),
    "integer": ("a number without a fraction; 1.0 is one", _is_integer),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "list": ("a list", lambda value: isinstance(value, list)),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "null": ("null", lambda value: value is None),
    "uuid": (
        "a string of 8-4-4-4-12 hex digits",
        lambda value: isinstance(value, str) and bool(_UUID.fullmatch(value)),
    ),
    "time": (
        "a date and a time as in ISO 8601 (RFC 3339), or seconds, ms, µs or ns since 1970 (years 2001 to 2286) as a "
        "number or a string",
        _is_time,
    ),
    "date": ("a string as 2024-02-29, a day that there is", _is_date),
    "token": (
        "a string of at least 8 letters, digits and `._~+/=:-`",
        lambda value: isinstance(value, str) and bool(_TOKEN.fullmatch(value)),
    ),
}
"""What may stand behind ``any:``, each with its meaning and its test; several are separated by ``|``."""


def _any(found: Pattern) -> Kind:
    if not found.argument:
        return Kind("${any}", lambda value: True)
    tests = []
    for name in found.argument.split("|"):
        if name.strip() not in KINDS:
            near = nearest(name.strip().lower(), KINDS)
            hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(KINDS)}; several as string|null"
            raise InspectError(f"`{shortened(name.strip())}` in a pattern is no kind of value", hint=hint)
        tests.append(KINDS[name.strip()][1])
    fits = tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)
    return Kind(f"${{any:{found.argument}}}", fits)


def _match(found: Pattern) -> Kind:
    if not found.argument:
        raise InspectError("`${match:}` holds no pattern", hint="write ${match:REGEX}; ${any:string} is any string")
    search = pattern(found.argument).search
    return Kind(
        f"${{match:{found.argument}}}", lambda value: isinstance(value, str) and limited(search, value) is not None
    )


# Expected values.


def planted(value: Any, scope: Scope) -> Any:
    """Return an expected value with a `Kind` for each pattern and with its variables filled.

    Raises `InspectError` where something in it is no JSON, no pattern or no variable.
    """
    try:
        return _planted(value, scope)
    except RecursionError:
        raise InspectError("the expected value is nested too deeply") from None


def _planted(value: Any, scope: Scope) -> Any:
    if isinstance(value, str):
        found = pattern_in(value)
        if found is None:
            return _checked(filled(value, scope)) if "${" in value else value
        if found.name == "null":
            return None
        return _any(found) if found.name == "any" else _match(found)
    if isinstance(value, dict):
        return {key: _planted(inner, scope) for key, inner in value.items()}
    if isinstance(value, list):
        return [_planted(inner, scope) for inner in value]
    return _checked(value)


def _checked(value: Any) -> Any:
    """Return a value without variables, if JSON can write it."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InspectError("an expected number is no JSON", hint="JSON has neither nan nor inf")
        return value
    if isinstance(value, list):
        return [_checked(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _checked(inner) for key, inner in value.items()}
    raise InspectError(
        "a date or time of TOML is no JSON value", hint="write it in quotes, as a string, or as ${any:time}"
    )


def judge(wanted: Any, *, partial: bool = False) -> Test:
    """Compile a planted value: a test that a value is equal to it.

    Where ``partial``, objects may have more names, at any depth; lists still have the same length.
    """
    if isinstance(wanted, Kind):
        return wanted.fits
    if isinstance(wanted, dict):
        return _object(wanted, partial)
    if isinstance(wanted, list):
        return _list(wanted, partial)
    return scalar(wanted)


def scalar(wanted: Any) -> Test:
    """Return a test that a value is this string, number, boolean or null."""
    if wanted is None or isinstance(wanted, bool):
        return lambda value: value is wanted
    if isinstance(wanted, str):
        return lambda value: bool(value == wanted)
    return lambda value: bool(value == wanted) and not isinstance(value, bool)


def _object(wanted: dict[str, Any], partial: bool) -> Test:
    if not partial and _is_plain(wanted):
        return _literal(wanted)
    tests = tuple((name, judge(inner, partial=partial)) for name, inner in wanted.items())
    size = len(wanted)

    def fits(value: Any) -> bool:
        if not isinstance(value, dict) or (len(value) != size and not partial):
            return False
        for name, test in tests:  # noqa: SIM110 - the hot path: a generator costs more
            if name not in value or not test(value[name]):
                return False
        return True

    return fits


def _list(wanted: list[Any], partial: bool) -> Test:
    if not partial and _is_plain(wanted):
        return _literal(wanted)
    tests = tuple(judge(inner, partial=partial) for inner in wanted)
    size = len(wanted)

    def fits(value: Any) -> bool:
        if not isinstance(value, list) or len(value) != size:
            return False
        return all(test(inner) for test, inner in zip(tests, value, strict=True))

    return fits


def _is_plain(wanted: Any) -> bool:
    """Tell whether Python compares it as JSON does: there is no `Kind` in it, and neither true nor 1, false nor 0."""
    if isinstance(wanted, dict):
        return all(map(_is_plain, wanted.values()))
    if isinstance(wanted, list):
        return all(map(_is_plain, wanted))
    return wanted is None or isinstance(wanted, str) or (is_number(wanted) and wanted not in (0, 1))


def _literal(wanted: Any) -> Test:
    return lambda value: bool(value == wanted)
