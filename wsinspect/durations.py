"""Times as people write them: ``500ms``, ``30s``, ``1.5m``, ``2h`` or plain seconds. Knows no clock and no flag."""

import math
import re

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
"""Units, and what they are in seconds."""

ENDLESS = ("inf", "infinity")

_TIME = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)", re.IGNORECASE | re.ASCII)


def seconds_of(text: str, *, endless: bool = False) -> float | None:
    """Return the seconds that ``text`` means; ``math.inf`` for ``inf`` where ``endless``; None where it is no time."""
    if endless and text.lower() in ENDLESS:
        return math.inf
    match = _TIME.fullmatch(text.strip())
    if match is None or match[2].lower() not in SECONDS:
        return None
    return float(match[1]) * SECONDS[match[2].lower()]
