"""Round trips of pings, of ours and of the peer's: how long each pong took."""

from wsinspect.events import CLOSED, GAP, HANDSHAKE, PING, PONG, Batch, Direction
from wsinspect.figures.histogram import Histogram
from wsinspect.roundtrips import RoundTrips

CONNECTIONS = 1000
"""So many connections are followed side by side."""

SEEN_AS: dict[Direction, dict[Direction, Direction]] = {
    "out": {"in": "in", "out": "out"},
    "in": {"in": "out", "out": "in"},
}
"""The direction of a row as who sent the pings sees it, by the direction of those pings."""


class Pings:
    """Matches pongs with pings in batch after batch, by the direction of the pings. Moments are on any one clock."""

    def __init__(self) -> None:
        self.times: dict[Direction, Histogram] = {"out": Histogram(), "in": Histogram()}
        """Microseconds."""

        self.unanswered: dict[Direction, int] = {"out": 0, "in": 0}
        """Of connections that are over; see `waiting`."""

        self.last_s: float | None = None
        """The last round trip of a ping of ours."""

        self._trips: dict[tuple[Direction, int], RoundTrips] = {}

    def add(self, batch: Batch) -> None:
        """Take a batch that holds more than data messages."""
        for type, payload, _ in batch.rows:
            if type in (PING, PONG):
                for way, seen_as in SEEN_AS.items():
                    trips = self._trips_of(way, batch.connection)
                    seconds = trips.seen(seen_as[batch.direction], type, payload, batch.at.mono)
                    if seconds is not None:
                        self.times[way].add(int(seconds * 1e6 + 0.5))
                        if way == "out":
                            self.last_s = seconds
            elif type in (HANDSHAKE, GAP, CLOSED):
                self._ended(batch.connection)

    def waiting(self, direction: Direction) -> int:
        """Return how many pings got no pong, so far."""
        waiting = sum([trips.unanswered for (way, _), trips in self._trips.items() if way == direction])
        return self.unanswered[direction] + waiting

    def _trips_of(self, way: Direction, connection: int) -> RoundTrips:
        found = self._trips.get((way, connection))
        if found is None:
            if len(self._trips) >= 2 * CONNECTIONS:
                self._let_go(*next(iter(self._trips)))
            found = self._trips[way, connection] = RoundTrips()
        return found

    def _ended(self, connection: int) -> None:
        for way in SEEN_AS:
            if (way, connection) in self._trips:
                self._let_go(way, connection)

    def _let_go(self, way: Direction, connection: int) -> None:
        self.unanswered[way] += self._trips.pop((way, connection)).unanswered
