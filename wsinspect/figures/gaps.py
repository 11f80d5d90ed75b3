"""The time between messages: how it is spread by direction, and the longest silences of a connection."""

from heapq import heappush, heappushpop
from typing import NamedTuple, TypeAlias

from wsinspect.events import CLOSED, GAP, HANDSHAKE, Batch, Direction, Moment
from wsinspect.figures.histogram import Histogram

LONGEST = 5
"""So many silences are told."""
LEAST_S = 0.001
"""Less is no silence."""
CONNECTIONS = 4096
"""So many connections are followed side by side, those that were last heard of."""

Last: TypeAlias = dict[int, tuple[float, Moment]]


class Silence(NamedTuple):
    """``seconds`` without a data message in either direction, from ``began`` on."""

    seconds: float
    began: Moment
    connection: int


class Gaps:
    """Measures batch after batch, each connection for itself."""

    def __init__(self) -> None:
        self.arrivals: dict[Direction, Histogram] = {"in": Histogram(), "out": Histogram()}
        """Microseconds between two data messages of a direction; those of one chunk came at once."""

        self._last: dict[Direction, Last] = {"in": {}, "out": {}}
        self._heard: Last = {}
        self._longest: list[Silence] = []
        self._least = LEAST_S
        """A silence that is shorter is none of the longest."""

    def add(self, batch: Batch, seconds: float, connection: int) -> None:
        """Take a batch at its place on the axis; ``connection`` counts those that follow one another, too."""
        if not batch.uniform:
            self._look_closely(batch, seconds, connection)
        if not batch.messages:
            return
        now = seconds, batch.at
        last = self._last[batch.direction]
        before = last.get(connection)
        arrivals = self.arrivals[batch.direction]
        if before is not None:
            arrivals.add(int((seconds - before[0]) * 1e6 + 0.5))
        if batch.messages > 1:
            arrivals.add(0, batch.messages - 1)
        _keep(last, connection, now)
        heard = self._heard.get(connection)
        if heard is not None and seconds - heard[0] < self._least:
            self._heard[connection] = now
        else:
            self._broken(now, connection)

    def longest(self) -> list[Silence]:
        """Return the longest silences, the longest first."""
        return sorted(self._longest, reverse=True)

    def _look_closely(self, batch: Batch, seconds: float, connection: int) -> None:
        types = {row[0] for row in batch.rows}
        if types & {HANDSHAKE, GAP}:
            for last in self._last.values():
                last.pop(connection, None)
            _keep(self._heard, connection, (seconds, batch.at))
        elif CLOSED in types:
            self._broken((seconds, batch.at), connection)

    def _broken(self, now: tuple[float, Moment], connection: int) -> None:
        """A silence ends."""
        before = self._heard.get(connection)
        _keep(self._heard, connection, now)
        if before is None or now[0] - before[0] < self._least:
            return
        silence = Silence(now[0] - before[0], before[1], connection)
        if len(self._longest) < LONGEST:
            heappush(self._longest, silence)
        else:
            heappushpop(self._longest, silence)
        if len(self._longest) == LONGEST:
            self._least = self._longest[0].seconds


def _keep(last: Last, connection: int, now: tuple[float, Moment]) -> None:
    if connection not in last and len(last) >= CONNECTIONS:
        del last[next(iter(last))]
    last[connection] = now
