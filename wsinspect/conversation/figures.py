"""What a prompt counts of a conversation: messages, bytes, rates and times, over all its connections.

The figures themselves are in `wsinspect.figures`; here they are fed, batch by batch, and told. Knows no terminal.
"""

from collections.abc import Callable

from wsinspect.events import DATA, Batch, Direction, Tally
from wsinspect.figures.gaps import Gaps
from wsinspect.figures.histogram import Histogram
from wsinspect.figures.pings import Pings
from wsinspect.figures.replies import Replies
from wsinspect.render.lines import duration_text, size_text
from wsinspect.render.status import Pace, rate_text

WAYS: dict[str, Direction] = {"received": "in", "sent": "out"}
ARROWS: dict[str, Direction] = {"↓": "in", "↑": "out"}


class Figures:
    """Counts batch after batch; moments are on the monotonic clock."""

    def __init__(self, mono: float) -> None:
        self.tally = Tally()
        self.pace = Pace(mono)
        self._began = mono
        self._pings = Pings()
        self._replies = Replies()
        self._gaps = Gaps()
        self._sizes: dict[Direction, Histogram] = {"in": Histogram(), "out": Histogram()}

    @property
    def ping_s(self) -> float | None:
        """The last round trip."""
        return self._pings.last_s

    def add(self, batch: Batch) -> None:
        """Count a batch in."""
        self.tally.add(batch)
        if batch.messages:
            self.pace.add(batch.messages, batch.at.mono)
            self._sizes[batch.direction].add_all([len(row[1]) for row in batch.rows if row[0] in DATA])
        self._gaps.add(batch, batch.at.mono - self._began, 0)
        self._replies.add(batch)
        if not batch.uniform:
            self._pings.add(batch)

    def report(self, mono: float, not_shown: int) -> list[tuple[str, str]]:
        """Return names and figures, to be shown line by line."""
        tally = self.tally
        rows = [
            (
                name,
                f"{tally.messages[way]:,} message{'' if tally.messages[way] == 1 else 's'}, "
                f"{size_text(tally.payload[way])} ({size_text(tally.wire[way])} on the wire)",
            )
            for name, way in WAYS.items()
        ]
        rows.append(
            ("rate", f"{rate_text(self.pace.rate(mono))} now, {rate_text(self.pace.most)} in the busiest second")
        )
        for arrow, way in ARROWS.items():
            if self._sizes[way].count:
                rows.append((f"sizes {arrow}", _spread(self._sizes[way], lambda size: size_text(round(size)))))
            if self._gaps.arrivals[way].count:
                rows.append((f"between {arrow}", _spread(self._gaps.arrivals[way], _micros)))
        silences = self._gaps.longest()
        if silences:
            rows.append(("silence", f"{duration_text(silences[0].seconds)} the longest"))
        rows.append(("ping", self._pinged()))
        if self._replies.times.count:
            waiting = f", {self._replies.waiting:,} waiting" if self._replies.waiting else ""
            rows.append(("answers", f"{_times(self._replies.times, self._replies.last_s)}{waiting}"))
        if not_shown:
            rows.append(("not shown", f"{not_shown:,} messages, because more came than could be drawn"))
        rows.append(("time", duration_text(mono - self._began)))
        return rows

    def _pinged(self) -> str:
        times, waiting = self._pings.times["out"], self._pings.waiting("out")
        if times.count:
            return _times(times, self.ping_s)
        return f"{waiting} unanswered" if waiting else "none sent"


def _times(times: Histogram, last_s: float | None) -> str:
    return f"last {duration_text(last_s or 0.0)}, {_spread(times, _micros)} ({times.count:,} answered)"


def _spread(histogram: Histogram, text: Callable[[float], str]) -> str:
    spread = histogram.spread()
    return f"p50 {text(spread['p50'])}, p99 {text(spread['p99'])}, most {text(spread['max'])}"


def _micros(micros: float) -> str:
    return duration_text(micros / 1e6)
