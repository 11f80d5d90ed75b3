"""The clock, the only place that reads it."""

from time import monotonic, time

from wsinspect.events import Moment

FIRST, LAST = -30_610_224_000.0, 253_402_300_799.0
"""The years 1000 to 9999, which ISO 8601 writes with four digits: a clock that is set to another tells no time."""


def now() -> Moment:
    """Return this moment on both clocks."""
    wall = time()
    if not FIRST <= wall <= LAST:
        wall = min(max(wall, FIRST), LAST)
    return Moment(wall, monotonic())
