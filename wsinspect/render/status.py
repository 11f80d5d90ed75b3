"""The bottom line of a prompt: state, counts, bytes, rate and ping time, in a given width. Knows no prompt or clock.

What does not fit is dropped from the right: the parts stand in the order of their weight.
"""

from typing import NamedTuple

from wsinspect.render.cells import cells, fitting
from wsinspect.render.lines import duration_text, size_text

SECONDS = 20
"""So far back the sparkline shows."""
AVERAGED = 5
"""Seconds that the rate is an average of."""
BARS = "▁▂▃▄▅▆▇█"
NARROW = 76
"""Below so many columns the sparkline shows the last half of its time."""
GAP = "  "


class Pace:
    """Messages per second, second by second on the monotonic clock."""

    def __init__(self, mono: float) -> None:
        self._began = int(mono)
        self._second = int(mono)
        self._counts = [0] * (SECONDS + 1)
        self.most = 0
        """The most messages of a whole second so far."""

    def add(self, messages: int, mono: float) -> None:
        """Count messages of this moment."""
        self._go_on(mono)
        self._counts[-1] += messages

    def counts(self, mono: float) -> list[int]:
        """Return the counts of the last whole seconds, oldest first."""
        self._go_on(mono)
        return self._counts[:-1]

    def rate(self, mono: float) -> float:
        """Return messages per second, over the last few whole seconds."""
        self._go_on(mono)
        seconds = max(min(AVERAGED, self._second - self._began), 1)
        return sum(self._counts[-1 - seconds : -1]) / seconds

    def _go_on(self, mono: float) -> None:
        passed = int(mono) - self._second
        if passed > 0:
            self.most = max(self.most, self._counts[-1])
            self._counts = [*self._counts, *[0] * min(passed, SECONDS + 1)][-SECONDS - 1 :]
            self._second += passed


class Status(NamedTuple):
    """What the bottom line tells. ``waiting`` counts messages kept back by a pause, or is None; ``counts`` are per
    second; ``ping_s`` is the last round trip; ``remarks`` stand last."""

    state: str
    received: int = 0
    sent: int = 0
    payload: int = 0
    counts: tuple[int, ...] = ()
    rate: float = 0.0
    ping_s: float | None = None
    waiting: int | None = None
    remarks: tuple[str, ...] = ()


def status_line(status: Status, columns: int) -> str:
    """Return the line, of at most ``columns``."""
    line = ""
    for part in _parts(status, columns):
        longer = f"{line}{GAP}{part}" if line else part
        if cells(longer) > columns:
            break
        line = longer
    return line or status.state[: fitting(status.state, max(columns, 1))]


def rate_text(rate: float) -> str:
    """Return a rate to read, in messages per second."""
    return f"{rate:.1f}/s" if 0 < rate < 9.95 else f"{rate:,.0f}/s"


def sparkline(counts: list[int]) -> str:
    """Return a bar for each count; the highest bar is the largest count, and nothing but zero has the lowest."""
    most = max(counts, default=0)
    if not most:
        return BARS[0] * len(counts)
    return "".join([BARS[-(-count * (len(BARS) - 1) // most)] for count in counts])


def _parts(status: Status, columns: int) -> list[str]:
    parts = [status.state]
    if status.waiting is not None:
        parts.append(f"paused, {status.waiting:,} waiting")
    parts.append(f"↓ {status.received:,}  ↑ {status.sent:,}")
    parts.append(size_text(status.payload, exact_below=1000))
    counts = list(status.counts)
    if columns < NARROW:
        counts = counts[-SECONDS // 2 :]
    parts.append(f"{sparkline(counts)} {rate_text(status.rate)}".strip())
    if status.ping_s is not None:
        parts.append(f"ping {duration_text(status.ping_s)}")
    return [*parts, *status.remarks]
