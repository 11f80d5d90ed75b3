"""A JSON payload folded out below its line: indented, within columns, lines and bytes, in colour if there is any.

Knows no line above it and no terminal; how JSON falls into lines is `json_fold`'s.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from wsinspect.render.cells import cells, wrapped
from wsinspect.render.json_fold import NotJson, folded
from wsinspect.render.json_highlight import highlight
from wsinspect.render.lines import more
from wsinspect.render.palette import Palette
from wsinspect.render.safe import is_neutral, units

DEEPEST = 40
"""Levels that are indented where no width is given; deeper ones stand no further right, so that lines stay short."""
LARGEST = 1 << 20
"""Bytes that are folded where all is to be shown; beyond, lines by the million would keep everything else waiting."""
HANGING = 2
"""Columns by which the rest of a line that is too long stands further right."""
_LONGEST_ESCAPE = len("\\U0001f389")


class Shape(NamedTuple):
    """How to fold: ``step`` columns a level behind ``indent``; ``columns`` for all behind that, None for no end;
    at most ``lines`` lines and ``longest`` bytes, None for all."""

    step: int
    indent: int
    columns: int | None
    lines: int | None
    longest: int | None
    palette: Palette


def json_block(payload: bytes, shape: Shape) -> str | None:
    """Return UTF-8 ``payload`` as lines, each with its line feed before it; what is left out is counted.

    None where it is no JSON, none that takes more than a line, or too large.
    """
    longest = shape.longest
    whole = longest is None or longest >= len(payload)
    if shape.lines is None and (len(payload) if whole or longest is None else longest) > LARGEST:
        return None
    # Of what is too large, the beginning is more than a screen takes.
    is_cut = len(payload) > LARGEST
    text = payload[:LARGEST].decode("utf-8", "ignore") if is_cut else payload.decode()
    # How many characters may be shown.
    left = len(text) if whole else len(payload[:longest].decode("utf-8", "ignore"))
    shown: list[str] = []
    end, lines = 0, shape.lines
    try:
        for line in folded(text, is_cut=is_cut):
            if not shown and line.text not in ("{", "["):
                return None
            part = line.text if line.end <= left else line.text[: left - line.end]
            if not part or (lines is not None and len(shown) >= lines):
                break
            laid, kept = _laid(part, line.depth, shape, None if lines is None else lines - len(shown))
            shown += laid
            end = line.end - (len(line.text) - kept)
            if kept < len(line.text):
                break  # in the middle of a token
    except NotJson:
        return None
    seen = len(text[:end].encode())
    hidden = len(payload) - seen
    if payload[seen:].strip(b" \t\r\n") if is_cut else text[end:].strip(" \t\r\n"):
        dim, reset = shape.palette.dim, shape.palette.reset
        shown.append(f"{' ' * shape.indent}{dim}{more(hidden)}{reset}")
    return "".join([f"\n{line}" for line in shown])


def _laid(text: str, depth: int, shape: Shape, lines: int | None) -> tuple[list[str], int]:
    """Lay a line out; return what is shown, and how many characters of it."""
    columns, palette = shape.columns, shape.palette
    margin = min(depth, DEEPEST) * shape.step
    if columns is None:
        return [_painted(_pieces(text), [], " " * (shape.indent + margin), "", palette)], len(text)
    margin = min(margin, columns // 2, max(columns - HANGING - _LONGEST_ESCAPE, 0))
    before = " " * (shape.indent + margin)
    room = columns - margin
    size = len(text)
    if lines is not None:
        # A character takes a column at least.
        text = text[: lines * room]
    pieces = _pieces(text)
    if len(text) == size and (cells(pieces) if isinstance(pieces, str) else sum(map(cells, pieces))) <= room:
        return [_painted(pieces, [], before, "", palette)], size
    ends = wrapped(pieces, max(room - HANGING, 1), size if lines is None else lines)
    kept = pieces[: ends[-1]]
    joint = "\n" + before + " " * HANGING
    return _painted(kept, ends[:-1], before, joint, palette).split("\n"), len(kept)


def _pieces(text: str) -> Sequence[str]:
    return text if is_neutral(text) and text.isascii() else units(text)


def _painted(pieces: Sequence[str], starts: list[int], before: str, joint: str, palette: Palette) -> str:
    text = "".join(pieces)
    if starts and not isinstance(pieces, str):
        offsets = [0, *accumulate(map(len, pieces))]
        starts = [offsets[start] for start in starts]
    if palette.reset or starts:
        text = highlight(text, palette, starts, joint)
    return before + text
