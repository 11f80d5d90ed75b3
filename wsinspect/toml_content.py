"""The content of a TOML file, mistakes told with file and line. Knows no key, and reads no file."""

import tomllib
from typing import Any

from wsinspect.errors import InspectError

MARK = "\ufeff"
"""Some editors put it in front (U+FEFF); it is no part of the text."""


def toml_text(data: bytes, path: str) -> str:
    """Return a file's bytes as text; raises `InspectError` where they are not UTF-8."""
    try:
        return data.decode().removeprefix(MARK)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise InspectError(f"{path}:{line}: the file is not UTF-8") from fault


def toml_content(text: str, path: str) -> dict[str, Any]:
    """Return what a TOML text says; raises `InspectError` with the line where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InspectError(_fault(str(fault), text, path)) from None
    except RecursionError:
        raise InspectError(f"{path}: not valid TOML: it is nested too deeply") from None
    except ValueError:
        # Python makes no integer of more than some thousand digits.
        raise InspectError(f"{path}: not valid TOML: a number has too many digits") from None


def _fault(words: str, text: str, path: str) -> str:
    """Put tomllib's "Expected ... (at line 3, column 5)" in the form of other tools: path, line, fault."""
    fault, _, place = words.rpartition(" (at ")
    line = place.removeprefix("line ").partition(",")[0]
    if not line.isdigit():
        line = str(text.rstrip("\n").count("\n") + 1)
    return f"{path}:{line}: not valid TOML: {fault or words}"
