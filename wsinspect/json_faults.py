"""Where a text ceases to be JSON (RFC 8259), as a person counts: line and column from 1. Knows no message.

Never repeats what stands there: it may be secret.
"""

import json
import re
from typing import Any, NamedTuple, NoReturn


class JsonFault(NamedTuple):
    """What is wrong, and where; ``line`` is 0 where no place can be told."""

    line: int
    column: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.what}" if self.line else self.what


SAYINGS = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting ',' delimiter": "a comma or the end is missing",
    "Illegal trailing comma before end of object": "no comma may stand before the end of an object",
    "Illegal trailing comma before end of array": "no comma may stand before the end of an array",
    "Unterminated string starting at": "the string that begins here does not end",
    "Invalid control character at": "a control character in a string must be escaped",
    "Invalid \\escape": "JSON has no such escape",
    "Invalid \\uXXXX escape": "four hex digits belong behind \\u",
    "Extra data": "something follows the value",
}
"""What we say, by what Python's parser does."""


class NotJson(ValueError):
    """A text is no JSON, or none that can be held; its words say why and where."""


class _Refused(Exception):
    pass


def _refuse(constant: str) -> NoReturn:
    raise _Refused


# Numbers stay text: Python makes no integer of some thousand digits, and nobody wants one here.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=str, parse_float=str)
_CONSTANTS = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)', re.DOTALL)


def json_fault(text: str) -> JsonFault | None:
    """Return the first mistake in ``text``, or None where it is JSON."""
    if text.startswith("\ufeff"):
        return JsonFault(1, 1, "a byte order mark stands before the value")
    try:
        _DECODER.decode(text)
    except json.JSONDecodeError as fault:
        what = SAYINGS.get(fault.msg, "this is not JSON")
        return JsonFault(fault.lineno, fault.colno, what)
    except _Refused:
        at = next(match.start() for match in _CONSTANTS.finditer(text) if match[1])
        line = text.count("\n", 0, at) + 1
        return JsonFault(line, at - text.rfind("\n", 0, at), "NaN and Infinity are no numbers in JSON")
    except RecursionError:
        return JsonFault(0, 0, "it is nested too deep to be checked")
    return None


def json_value(text: str) -> Any:
    """Return the value that a text is; raises `NotJson`."""
    fault = json_fault(text)
    if fault is not None:
        raise NotJson(str(fault))
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # Python makes no integer of some thousand digits.
        raise NotJson("it holds numbers or lists beyond measure") from None
