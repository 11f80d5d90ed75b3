"""On which line each key of a TOML file stands, which Python's parser does not keep.

For files that this parser has taken: what is no TOML is not noticed here. Knows no setting.
"""

import tomllib
from bisect import bisect_right
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys from the outermost inwards; the elements of arrays by their index."""

SPACE = " \t"
BLANK = " \t\r\n"
ENDS_VALUE = ",]}#\r\n"


def key_lines(text: str) -> dict[Path, int]:
    """Return the line, from 1 on, of every key, of every table by its first header, and of every element of an array.

    A table that exists only as a part of longer names (``a`` in ``a.b = 1``) stands where it is first named.
    """
    scanner = _Scanner(text)
    try:
        scanner.scan()
    except (IndexError, RecursionError, tomllib.TOMLDecodeError):
        pass  # what has been found so far is right
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text + "\n"
        self._at = 0
        self._starts = [0] + [index + 1 for index, character in enumerate(text) if character == "\n"]
        self._elements: dict[Path, int] = {}  # arrays of tables, and how many elements they have so far

    def scan(self) -> None:
        table: Path = ()
        while True:
            self._skip_blank()
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        """Read ``[a.b]`` or ``[[a.b]]``; return where what follows belongs."""
        start = self._at
        is_array = self._text.startswith("[[", start)
        self._at += 2 if is_array else 1
        names = self._names("]")
        self._at += 2 if is_array else 1
        path: Path = ()
        for index, name in enumerate(names):
            path += (name,)
            self._found(path, start)
            if is_array and index == len(names) - 1:
                self._elements[path] = self._elements.get(path, 0) + 1
            if path in self._elements:
                path += (self._elements[path] - 1,)
                self._found(path, start)
        return path

    def _pair(self, table: Path) -> None:
        """Read ``a.b = value``."""
        start, path = self._at, table
        for name in self._names("="):
            path += (name,)
            self._found(path, start)
        self._at += 1
        self._value(path)

    def _names(self, end: str) -> list[str]:
        """Read a dotted key up to ``end``, which may stand in quotes before."""
        start = self._at
        while self._text[self._at] != end:
            if self._text[self._at] in "\"'":
                self._string()
            else:
                self._at += 1
        written = self._text[start : self._at]
        if '"' not in written and "'" not in written:
            return [name.strip(SPACE) for name in written.split(".")]
        # Quotes and escapes are left to the parser.
        names: list[str] = []
        inner: Any = tomllib.loads(written + "=0")
        while isinstance(inner, dict):
            ((name, inner),) = inner.items()
            names.append(name)
        return names

    def _value(self, path: Path) -> None:
        while self._text[self._at] in SPACE:
            self._at += 1
        first = self._text[self._at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._at += 1
            self._array(path)
        elif first == "{":
            self._at += 1
            self._inline(path)
        elif first in ENDS_VALUE:
            raise IndexError("no value")
        else:
            while self._text[self._at] not in ENDS_VALUE:
                self._at += 1

    def _array(self, path: Path) -> None:
        index = 0
        while True:
            self._skip_blank()
            if self._text[self._at] == "]":
                self._at += 1
                return
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._found((*path, index), self._at)
            self._value((*path, index))
            index += 1

    def _inline(self, path: Path) -> None:
        while True:
            self._skip_blank()  # TOML 1.1 has lines and comments here
            if self._text[self._at] == "}":
                self._at += 1
                return
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._pair(path)

    def _string(self) -> None:
        """Skip a string of any of the four kinds."""
        quote = self._text[self._at]
        long = self._text.startswith(quote * 3, self._at)
        end = quote * 3 if long else quote
        self._at += len(end)
        while not self._text.startswith(end, self._at):
            self._at += 2 if self._text[self._at] == "\\" and quote == '"' else 1
        self._at += len(end)
        # Up to two quotes may stand right before the three that end a long string.
        while long and self._text[self._at] == quote:
            self._at += 1

    def _skip_blank(self) -> None:
        while self._at < len(self._text):
            if self._text[self._at] == "#":
                self._at = self._text.index("\n", self._at)
            elif self._text[self._at] not in BLANK:
                return
            self._at += 1

    def _found(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, bisect_right(self._starts, at))
