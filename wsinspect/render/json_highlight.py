"""JSON in colour, token by token: nothing is parsed into objects, nothing recurses, and every step is linear.

Expects text that `safe.neutral` has passed, perhaps cut off anywhere; whatever is no token stays as it is, so that the
characters shown are always those given. Knows no layout but the breaks it is handed.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from json import JSONDecoder

from wsinspect.render.palette import Palette

PROVEN_SIZE = 1 << 16
"""Up to so many bytes a payload is really parsed before it is called JSON; beyond, its two ends must do."""

KEPT = 1000
KEPT_SIZE = 40
"""So much of what stands between strings is kept in colour, up to so many characters each: it often comes again."""

# Strings (a key, if a colon follows), numbers, literals, and the escapes that `neutral` puts between tokens. The
# quantifiers are possessive, so that a string without an end is read only once.
_GRAMMAR = (
    r'("(?:[^"\\]++|\\.)*+"?)(\s*+:)?'
    r"|(-?[0-9][0-9.eE+-]*+)"
    r"|(true|false|null)"
    r"|(\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.))"
)
# The tokens that stand between strings, where there are no escapes.
_BETWEEN = r"(-?[0-9][0-9.eE+-]*+)|(true|false|null)"

_ENDS = {b"{": b"}", b"[": b"]"}


def is_json(payload: bytes) -> bool:
    """Tell whether UTF-8 ``payload`` is a JSON object or array."""
    end = _ENDS.get(payload[:1])
    if end is None or payload[-64:].rstrip(b" \t\r\n")[-1:] != end:
        return False
    if len(payload) > PROVEN_SIZE:
        return True
    try:
        text = payload.decode().rstrip(" \t\r\n")
        return _scanner()(text)[1] == len(text)
    except ValueError:
        return False
    except RecursionError:
        # As far as it was read it is JSON: a thousand brackets deep.
        return True


def highlight(text: str, palette: Palette, breaks: Sequence[int] = (), joint: str = "\n") -> str:
    """Return ``text`` with its tokens in colour, and ``joint`` put in at each offset of ``breaks``, which ascend."""
    pattern = _grammar()
    reset, key, string, number, literal, dim = _roles(palette)
    if not breaks:
        if "\\" not in text:
            first, *others = text.split('"')
            if not len(others) % 2:
                # All strings end, and each quotation mark is the end of one: no pattern need look for them.
                between = _between(palette)
                return between[first][1] + "".join([
                    f'{(after := between[behind])[0]}"{quoted}"{reset}{after[1]}'
                    for quoted, behind in zip(others[::2], others[1::2], strict=True)
                ])  # fmt: skip
        # What stands between tokens, then the five groups of a token, and so on: twice as fast as a function a token.
        parts = pattern.split(text)
        last = parts.pop()
        return "".join([
            f"{between}{key}{quoted}{reset}{colon}" if colon
            else f"{between}{string}{quoted}{reset}" if quoted
            else f"{between}{number}{digits}{reset}" if digits
            else f"{between}{literal}{word}{reset}" if word
            else f"{between}{dim}{escape}{reset}"
            for between, quoted, colon, digits, word, escape in zip(*[iter(parts)] * 6, strict=True)
        ]) + last  # fmt: skip

    styles = ("", string, key, number, literal, dim)
    pieces: list[str] = []
    pending = [*breaks, len(text) + 1]
    pending.reverse()

    def add(start: int, end: int, style: str) -> None:
        while pending[-1] < end:
            cut = pending.pop()
            if cut > start:
                pieces.append(f"{style}{text[start:cut]}{reset}" if style else text[start:cut])
            pieces.append(joint)
            start = max(start, cut)
        if end > start:
            pieces.append(f"{style}{text[start:end]}{reset}" if style else text[start:end])

    done = 0
    for match in pattern.finditer(text):
        start, end = match.span(1) if match[1] else match.span()
        add(done, start, "")
        add(start, end, styles[match.lastindex or 0])
        done = end
    add(done, len(text), "")
    return "".join(pieces)


class _Between(dict[str, tuple[str, str]]):
    """By what stands behind a string, up to the next: the style of that string, and what it is itself in colour."""

    def __init__(self, palette: Palette) -> None:
        self._reset, self._key, self._string, self._number, self._literal, _ = _roles(palette)
        self._split = re.compile(_BETWEEN).split

    def __missing__(self, text: str) -> tuple[str, str]:
        reset, number, literal = self._reset, self._number, self._literal
        parts = self._split(text)
        last = parts.pop()
        coloured = "".join([
            f"{between}{number}{digits}{reset}" if digits else f"{between}{literal}{word}{reset}"
            for between, digits, word in zip(*[iter(parts)] * 3, strict=True)
        ]) + last  # fmt: skip
        found = self._key if text.lstrip().startswith(":") else self._string, coloured
        if len(text) <= KEPT_SIZE:
            if len(self) == KEPT:
                self.clear()
            self[text] = found
        return found


@cache
def _between(palette: Palette) -> _Between:
    return _Between(palette)


def _roles(palette: Palette) -> tuple[str, str, str, str, str, str]:
    return palette.reset, palette.key, palette.string, palette.number, palette.literal, palette.dim


@cache
def _grammar() -> re.Pattern[str]:
    return re.compile(_GRAMMAR)


@cache
def _scanner() -> Callable[[str], tuple[object, int]]:
    # Numbers stay text: turning thousands of digits into an int takes long, or raises.
    return JSONDecoder(parse_int=str, parse_float=str).raw_decode
