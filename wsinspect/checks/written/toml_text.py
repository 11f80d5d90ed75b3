r"""Values as TOML, laid out for who will edit them: short tables on one line, long ones as tables of their own.

Written here and not with a library, because what was recorded comes from strangers: whatever a reader of the file would
not see, or would see elsewhere (controls, bidi and zero-width characters), is escaped as ``\uXXXX``, which writers of
TOML leave as it is; and because the layout is the point. Knows no check.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wsinspect.render.safe import OUTSIDE_ASCII, is_neutral

WIDTH = 110
"""Columns that a line has, where what stands on it can be parted."""

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
LITERAL = re.compile(r"[^'\x00-\x1f\x7f]*")
"""What can stand between single quotes, where nothing is an escape."""

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_TO_ESCAPE = re.compile(rf'["\\]|{OUTSIDE_ASCII}')


def string(text: str) -> str:
    """Return a string in quotes, single ones where that saves escapes; it stays one line."""
    if ('"' in text or "\\" in text) and LITERAL.fullmatch(text) and is_neutral(text):
        return f"'{text}'"
    return f'"{_TO_ESCAPE.sub(_escaped, text)}"'


def key(name: str) -> str:
    """Return a name as it stands before the equals sign."""
    return name if BARE_KEY.fullmatch(name) else f'"{_TO_ESCAPE.sub(_escaped, name)}"'


def dotted(path: tuple[str, ...]) -> str:
    """Return the names of a table's header."""
    return ".".join(map(key, path))


def inline(value: Any) -> str:
    """Return a value on one line; it holds strings, booleans, finite numbers, lists and tables."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join([f"{key(name)} = {inline(one)}" for name, one in value.items()])
        return f"{{ {inner} }}" if inner else "{}"
    return f"[{', '.join(map(inline, value))}]"


def pairs(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of a table below its header: what is short first, then what becomes a table of its own."""
    later = {}
    for name, value in table.items():
        line = f"{key(name)} = {inline(value)}"
        if len(line) <= WIDTH or not value or not isinstance(value, Mapping | list):
            yield line
        elif isinstance(value, Mapping):
            later[name] = value
        else:
            yield f"{key(name)} = ["
            yield from (f"  {inline(one)}," for one in value)
            yield "]"
    for name, value in later.items():
        yield from headed(value, (*path, name))


def headed(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of a table with its header, which is left out where only further tables stand below it."""
    lines = list(pairs(table, path))
    if not lines or not lines[0].startswith("["):
        yield f"[{dotted(path)}]"
    yield from lines


def comment(text: str) -> Iterator[str]:
    """Yield a comment's lines; what comes from outside must be neutral."""
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH and line != "#":
            yield line
            line = "#"
        line += f" {word}"
    yield line


def _escaped(match: re.Match[str]) -> str:
    run = match[0]
    if run not in _SHORT and is_neutral(run):
        return run
    return "".join([_SHORT.get(character) or _point(character) for character in run])


def _point(character: str) -> str:
    if is_neutral(character):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
