"""Charts of characters: columns over time, and bars side by side. In block characters, or in ASCII. Knows no figures.

What a library would bring (plotext 6.1 takes 0.1 s to load) is more than these few lines need.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Glyphs(NamedTuple):
    """What charts and reports are drawn with. ``levels`` fill a cell from below, ``parts`` from the left."""

    levels: str
    parts: str
    axis: str
    corner: str
    line: str
    dot: str
    micro: str
    more: str
    dash: str


BLOCKS = Glyphs("▁▂▃▄▅▆▇█", "▏▎▍▌▋▊▉█", "┤", "└", "─", "·", "µs", "…", "–")
ASCII = Glyphs(".:|#", "#", "|", "+", "-", "-", "us", "~", "-")


def column_chart(values: Sequence[float], height: int, glyphs: Glyphs) -> list[str]:
    """Return rows, the highest first, of one column a value; the largest value fills them, and only zero is empty."""
    most = max(values, default=0.0)
    steps = len(glyphs.levels)
    filled = [0 if value <= 0 else max(round(value / most * height * steps), 1) for value in values]
    rows = []
    for row in range(height - 1, -1, -1):
        below = row * steps
        rows.append(
            "".join([" " if count <= below else glyphs.levels[min(count - below, steps) - 1] for count in filled])
        )
    return rows


def bar(value: float, most: float, width: int, glyphs: Glyphs) -> str:
    """Return a bar; ``most`` fills ``width``, and only zero is empty."""
    if value <= 0 or most <= 0:
        return ""
    steps = len(glyphs.parts)
    whole, rest = divmod(max(round(value / most * width * steps), 1), steps)
    return glyphs.parts[-1] * whole + (glyphs.parts[rest - 1] if rest else "")
