"""The clock, the only place that reads it."""

from time import monotonic, time

from wsinspect.events import Moment


def now() -> Moment:
    """Return this moment on both clocks."""
    return Moment(time(), monotonic())
