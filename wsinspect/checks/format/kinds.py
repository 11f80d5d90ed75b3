"""What a value in a check file can be: in words, as JSON Schema, and as a test. Knows no key."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wsinspect.checks.variables import NAME, RESERVED
from wsinspect.close_codes import RANGE
from wsinspect.close_table import ROWS
from wsinspect.durations import seconds_of

LONGEST_S = 7 * 86_400.0
"""No time in a check is longer."""

REFERENCE = "#/$defs/reference"
"""Where the schema says what a reference is."""


class Kind(NamedTuple):
    """What a value can be: in words, as JSON Schema, and as a test; a table is never brought by a variable."""

    told: str
    schema: Mapping[str, Any]
    takes: Callable[[Any], bool]
    is_table: bool = False


def is_whole(value: Any) -> bool:
    """Tell whether a value is a whole number; to Python, true is 1."""
    return isinstance(value, int) and not isinstance(value, bool)


def seconds_in(value: Any) -> float | None:
    """Return the seconds that a value of a file means, None where it is no time that a check can take."""
    if isinstance(value, str):
        seconds = seconds_of(value)
    else:
        seconds = value if is_whole(value) or isinstance(value, float) else None
    if seconds is None or not 0 <= seconds <= LONGEST_S:  # neither is NaN
        return None
    return float(seconds)


def whole(low: int, high: int) -> Kind:
    words = f"a whole number from {low} to {high:,}"
    return Kind(
        words,
        {"type": "integer", "minimum": low, "maximum": high},
        lambda value: is_whole(value) and low <= value <= high,
    )


def table(name: str) -> Kind:
    return Kind("a table", {"$ref": f"#/$defs/{name}"}, _is_table, is_table=True)


def tables(name: str, least: int = 0) -> Kind:
    schema = {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "minItems": least}
    return Kind("a list of tables", schema, _list_of(_is_table, least), is_table=True)


def choice(*words: str) -> Kind:
    told = ", ".join(f'"{word}"' for word in words[:-1]) + f' or "{words[-1]}"'
    return Kind(told, {"enum": list(words)}, lambda value: isinstance(value, str) and value in words)


def _list_of(takes: Callable[[Any], bool], least: int = 0) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(takes, value))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_code(value: Any) -> bool:
    return isinstance(value, str) or is_whole(value)


def _is_status(value: Any) -> bool:
    return is_whole(value) and 100 <= value <= 599


_DURATION = r"^\s*(\d+(\.\d*)?|\.\d+)\s*([mM]?[sS]|[mMhH])?\s*$|\$\{"
_SECONDS = {"type": "number", "minimum": 0, "maximum": LONGEST_S}
_STATUS = {"type": "integer", "minimum": 100, "maximum": 599}
_CODE = {
    "anyOf": [
        {"type": "integer", "minimum": RANGE[0], "maximum": RANGE[-1]},
        # Editors offer these; other spellings are understood, too.
        {"enum": [row.name for row in ROWS.values() if row.name]},
        {"type": "string"},
    ]
}

TEXT = Kind("a string", {"type": "string"}, _is_text)
TEXTS = Kind("a list of strings", {"type": "array", "items": {"type": "string"}}, _list_of(_is_text))
YES_NO = Kind("true or false", {"type": "boolean"}, lambda value: isinstance(value, bool))
TRUE = Kind("true", {"const": True}, lambda value: value is True)
TIME = Kind(
    'a time such as "500ms" or "2s"',
    {"anyOf": [{**_SECONDS, "minimum": 0.001}, {"type": "string", "pattern": _DURATION}]},
    lambda value: (seconds_in(value) or 0) >= 0.001,
)
PAUSE = Kind(
    'a time such as "500ms" or "2s"',
    {"anyOf": [_SECONDS, {"type": "string", "pattern": _DURATION}]},
    lambda value: seconds_in(value) is not None,
)
VALUE = Kind("any value", {}, lambda value: True)
TABLE = Kind("a table", {"type": "object"}, _is_table, is_table=True)
VARIABLES = Kind(
    "a table",
    {
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME}$", "not": {"enum": sorted(RESERVED)}},
    },
    _is_table,
    is_table=True,
)
EXPRESSIONS = Kind(
    "a table of expressions",
    {**VARIABLES.schema, "additionalProperties": {"type": "string"}},
    lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    is_table=True,
)
NAMED_LINKS = Kind(
    "tables [connections.NAME]",
    {"type": "object", "additionalProperties": {"$ref": "#/$defs/connection"}, "minProperties": 1},
    lambda value: isinstance(value, dict) and bool(value),
    is_table=True,
)
NUMBER = Kind("a number", {"type": "number"}, lambda value: isinstance(value, int | float))
PATTERNS = Kind(
    "a table",
    {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}},
    lambda value: isinstance(value, dict) and all(isinstance(inner, str | bool) for inner in value.values()),
    is_table=True,
)
STATUS = Kind("a status from 100 to 599", _STATUS, _is_status)
STATUSES = Kind(
    "a list of them",
    {"type": "array", "items": {"anyOf": [_STATUS, {"$ref": REFERENCE}]}, "minItems": 1},
    _list_of(_is_status, 1),
)
# Which codes there are is told by who reads them, who knows what was probably meant.
CODE = Kind("a close code or its name", _CODE, _is_code)
CODES = Kind("a list of them", {"type": "array", "items": _CODE, "minItems": 1}, _list_of(_is_code, 1))
EXPECTS = Kind(
    "a list of them",
    {
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/$defs/expect"}, {"type": "string"}]},
        "minItems": 1,
    },
    _list_of(lambda value: isinstance(value, str | dict), 1),
)
