"""How many columns a text takes on a terminal, and where to break it.

Terminals disagree on combining marks and emoji, so the count errs upward: nothing takes less than one column, wide
East Asian characters and emoji take two. So a line never grows beyond its width, nor a column of marks without end.
Expects printable text; knows no colours.
"""

from collections.abc import Sequence
from unicodedata import east_asian_width

REMEMBERED = 4096
"""So many characters' widths are kept: a peer may send a million kinds."""


class _Widths(dict[str, int]):
    def __missing__(self, character: str) -> int:
        width = 2 if east_asian_width(character) in "WF" else 1
        if len(self) < REMEMBERED:
            self[character] = width
        return width


_WIDTHS = _Widths()


def cells(text: str) -> int:
    """Return the columns that ``text`` takes at most."""
    if text.isascii():
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def fitting(units: Sequence[str], columns: int, start: int = 0) -> int:
    """Return the index behind the last of ``units`` that fits into ``columns`` from ``start`` on, at least one."""
    taken = 0
    for index in range(start, len(units)):
        taken += cells(units[index])
        if taken > columns:
            return max(index, start + 1)
    return len(units)


def wrapped(units: Sequence[str], columns: int, lines: int) -> list[int]:
    r"""Return where each of at most ``lines`` lines ends, as indices into ``units``.

    A line rather ends behind a space or comma, if one stands in its last third; a unit that shows a line feed (``\n``)
    ends its line. A str instead of a list of units is taken to be ASCII without one.
    """
    ends: list[int] = []
    start, size = 0, len(units)
    while start < size and len(ends) < lines:
        if isinstance(units, str):
            end = start + columns
            if end < size:
                earliest = end - columns // 3
                end = units.rfind(" ", earliest, end) + 1 or units.rfind(",", earliest, end) + 1 or end
            else:
                end = size
        else:
            end = fitting(units, columns, start)
            if "\\n" in units[start:end]:
                end = units.index("\\n", start, end) + 1
            elif end < size:
                end = _soft_end(units, end - (end - start) // 3, end)
        ends.append(end)
        start = end
    return ends


def _soft_end(units: Sequence[str], earliest: int, end: int) -> int:
    for mark in " ,":
        for index in range(end, earliest, -1):
            if units[index - 1] == mark:
                return index
    return end


def wrapped_words(text: str, columns: int) -> list[str]:
    """Break a sentence between words into lines of at most ``columns``; only a word that is longer is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and cells(line) + 1 + cells(word) <= columns:
            line += f" {word}"
            continue
        if line:
            lines.append(line)
        while cells(word) > columns:
            cut = fitting(word, columns)
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return [*lines, line] if line else lines


def clipped(units: Sequence[str], columns: int) -> str:
    """Join as many of ``units`` as fit into ``columns``, with ``…`` for the rest; never wider, not even by one."""
    if (cells(units) if isinstance(units, str) else sum(map(cells, units))) <= columns:
        return "".join(units)
    keep = fitting(units, columns - 1)
    if keep and cells(units[keep - 1]) > columns - 1:
        # It returns one at least.
        keep -= 1
    return "".join(units[:keep]) + "…"
