"""The column of the time: by the clock on the wall, in UTC, in seconds, or since the line before. Reads no clock."""

from collections.abc import Callable
from functools import lru_cache
from time import gmtime, localtime, strftime, struct_time
from typing import NamedTuple, TypeAlias

from wsinspect.events import Moment
from wsinspect.render.look import Time

Stamper: TypeAlias = Callable[[Moment], str]


class Column(NamedTuple):
    """``width`` in columns, 0 for none; ``stamper`` makes what writes a moment; ``steady`` is true where the same
    moment always reads the same."""

    width: int
    stamper: Callable[[], Stamper]
    steady: bool = True


def time_of_day(of: Callable[[float], struct_time], end: str = "") -> Stamper:
    """Return a function from a moment to ``HH:MM:SS.mmm`` and ``end``; the last second is remembered."""
    last_second = None
    last_text = ""

    def stamp(at: Moment) -> str:
        nonlocal last_second, last_text
        wall = at.wall
        second = int(wall // 1)
        if second != last_second:
            last_text = strftime("%H:%M:%S", of(second))
            last_second = second
        return f"{last_text}.{int((wall - second) * 1000):03d}{end}"

    return stamp


def _since_the_epoch(at: Moment) -> str:
    second = int(at.wall // 1)
    return f"{second}.{int((at.wall - second) * 1000):03d}"


def _since_before() -> Stamper:
    before: float | None = None

    def stamp(at: Moment) -> str:
        nonlocal before
        seconds = 0.0 if before is None else max(at.mono - before, 0.0)
        before = at.mono
        return f"{f'+{seconds:.3f}':>12}"

    return stamp


COLUMNS: dict[Time, Column] = {
    "clock": Column(12, lambda: time_of_day(localtime)),
    "utc": Column(13, lambda: time_of_day(gmtime, "Z")),
    "epoch": Column(14, lambda: _since_the_epoch),
    "delta": Column(12, _since_before, steady=False),
    "none": Column(0, lambda: lambda at: ""),
}


def iso(wall: float) -> str | None:
    """Return a time of day in UTC, as NDJSON writes it; None for one that no calendar has: a file may hold any."""
    try:
        return utc(wall)
    except (OverflowError, ValueError, OSError):
        return None


def utc(wall: float) -> str:
    """Return a time of day in UTC with microseconds; raises where no calendar has it."""
    second, micro = divmod(round(wall * 1e6), 1_000_000)
    return f"{_to_the_second(second)}.{micro:06d}Z"


@lru_cache(maxsize=8)
def _to_the_second(second: int) -> str:
    # Thousands of messages may come in one second, each alone. Some systems write years before 1000 in fewer digits.
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(second)).rjust(19, "0")
