"""What a prompt counts of a conversation: messages, bytes, rates and round trips, over all its connections.

Knows no terminal.
"""

from wsinspect.events import Batch, Direction, Tally
from wsinspect.render.lines import duration_text, size_text
from wsinspect.render.status import Pace, rate_text
from wsinspect.roundtrips import RoundTrips
from wsinspect.wire.frames import PING, PONG

WAYS: dict[str, Direction] = {"received": "in", "sent": "out"}


class Figures:
    """Counts batch after batch; moments are on the monotonic clock."""

    def __init__(self, mono: float) -> None:
        self.tally = Tally()
        self.pace = Pace(mono)
        self.ping_s: float | None = None
        """The last round trip."""

        self._began = mono
        self._trips = RoundTrips()
        self._times: list[float] = []
        """The number, the sum, the least and the most of all round trips; empty before the first."""

    def add(self, batch: Batch) -> None:
        """Count a batch in."""
        self.tally.add(batch)
        if batch.messages:
            self.pace.add(batch.messages, batch.at.mono)
        if not batch.uniform:
            for type, payload, _ in batch.rows:
                if type in (PING, PONG):
                    self._timed(self._trips.seen(batch.direction, type, payload, batch.at.mono))

    def _timed(self, seconds: float | None) -> None:
        if seconds is not None:
            self.ping_s = seconds
            number, total, least, most = self._times or (0, 0.0, seconds, seconds)
            self._times = [number + 1, total + seconds, min(least, seconds), max(most, seconds)]

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
        if self._times:
            number, total, least, most = self._times
            named = (("last", self.ping_s or 0.0), ("least", least), ("mean", total / number), ("most", most))
            times = ", ".join([f"{name} {duration_text(seconds)}" for name, seconds in named])
            rows.append(("ping", f"{times} ({number:,.0f} answered)"))
        elif self._trips.unanswered:
            rows.append(("ping", f"{self._trips.unanswered} unanswered"))
        else:
            rows.append(("ping", "none sent"))
        if not_shown:
            rows.append(("not shown", f"{not_shown:,} messages, because more came than could be drawn"))
        rows.append(("time", duration_text(mono - self._began)))
        return rows
