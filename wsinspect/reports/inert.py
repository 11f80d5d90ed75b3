r"""Text from outside that commands no CI service: what a server sends stands in logs, and machines read those.

GitHub's runner obeys lines that begin with ``::``, after spaces too, and ``##[`` anywhere in a line; Azure's obeys
``##vso[``, TeamCity's ``##teamcity[``. GitLab's sections need control characters, which `render.safe` escapes. So are
these escaped, in the same form: ``\x3a:`` and ``#\x23[``. Knows no service's own commands; `annotations` writes them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from wsinspect.render.safe import neutral, units

_MARKER = re.compile(r"##(?=\w*\[)")


def inert(text: str) -> str:
    """Return ``text`` on one line, safe on a terminal and within a line of a log."""
    shown = neutral(text)
    return _MARKER.sub(r"#\\x23", shown) if "##" in shown else shown


def brief(text: str, longest: int) -> str:
    """Return the same of at most ``longest`` characters as they are shown, and how many of ``text`` are left out.

    It takes no longer for a megabyte than for what is shown, and cuts no escape in two.
    """
    if len(text) <= longest:
        shown = neutral(text)
        if len(shown) <= longest:
            return inert(shown)
    pieces = units(text[:longest])
    keep = bisect_right(list(accumulate(map(len, pieces))), longest)
    hidden = len(text) - keep
    return f"{inert(''.join(pieces[:keep]))}… {hidden:,} more character{'' if hidden == 1 else 's'}"


def inert_line(line: str) -> str:
    """Return a whole line that may stand in a log, at its beginning too."""
    bare = line.lstrip()
    if not bare.startswith("::"):
        return line
    return f"{line[: len(line) - len(bare)]}\\x3a{bare[1:]}"


def inert_lines(lines: Iterable[str]) -> list[str]:
    """Return lines that may stand in a log."""
    return [inert_line(line) for line in lines]
