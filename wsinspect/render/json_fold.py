"""JSON on lines of its own, folded out token by token: what the sender wrote stays as it is, but for the blanks.

Numbers keep their digits, keys their order and their doubles, strings their escapes. Nothing is parsed into objects and
nothing recurses; each token is read once. Knows no colours and no terminal; `json_block` lays the lines out.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Blanks, then one token (RFC 8259): a string, a number or literal, an empty container, a bracket, a colon, a comma.
# NaN and Infinity are none, but many send them. The quantifiers are possessive, so that nothing is read twice.
_GRAMMAR = (
    r"[ \t\r\n]*+(?:"
    r'("(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+|true|false|null|NaN|-?Infinity)"
    r"|(\{[ \t\r\n]*+\}|\[[ \t\r\n]*+\])"
    r"|([{\[])|([}\]])|(:)|(,)|(\Z))"
)
_STRING, _SCALAR, _EMPTY, _OPEN, _SHUT, _COLON, _COMMA, _END = range(1, 9)
_VALUES = frozenset({_STRING, _SCALAR, _EMPTY})

# What may come next.
_VALUE = _VALUES | {_OPEN}
_KEY = frozenset({_STRING})
_MARK = frozenset({_COLON})
_NEXT = frozenset({_COMMA, _SHUT})
_LAST = frozenset({_END})


class NotJson(ValueError):
    """The text is no JSON; the lines before may still have been."""


class Line(NamedTuple):
    """A line without its indentation: how deep it stands, and where in the source its last token ends."""

    depth: int
    text: str
    end: int


def folded(text: str, *, is_cut: bool = False) -> Iterator[Line]:
    """Yield JSON line by line: a member, an item or a bracket on each; empty brackets stay together.

    Raises `NotJson` where the text stops being JSON, so that a prefix of the lines is right whatever follows. Where the
    text itself ``is_cut``, what stands behind its last whole token is taken for the beginning of another.
    """
    match = re.compile(_GRAMMAR).match
    stack: list[str] = []
    line, depth, end = "", 0, 0
    wanted = _VALUE
    while True:
        found = match(text, end)
        if found is None or found.lastindex not in wanted:
            if is_cut and (found is None or found.lastindex == _END):
                yield Line(depth, line + text[end:].lstrip(" \t\r\n"), len(text))
                return
            raise NotJson(f"not JSON at character {end}")
        kind = found.lastindex
        piece = found[kind]
        if kind == _END:
            yield Line(depth, line, end)
            return
        if kind == _SHUT:
            if stack.pop() != ("{" if piece == "}" else "["):
                raise NotJson(f"`{piece}` at character {found.end() - 1} closes nothing")
            yield Line(depth, line, end)
            line, depth = piece, len(stack)
            wanted = _NEXT if stack else _LAST
        elif kind == _COMMA:
            yield Line(depth, f"{line},", found.end())
            line = ""
            wanted = _KEY if stack[-1] == "{" else _VALUE
        elif kind == _OPEN:
            yield Line(depth, line + piece, found.end())
            stack.append(piece)
            line, depth = "", len(stack)
            wanted = _KEY if piece == "{" else _VALUE
        elif kind == _COLON:
            line += ": "
            wanted = _VALUE
        elif wanted is _KEY:
            line, wanted = piece, _MARK
        else:
            line += piece if kind != _EMPTY else piece[0] + piece[-1]
            wanted = _NEXT if stack else _LAST
        end = found.end()
