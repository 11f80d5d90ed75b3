"""One connection of a recording: what is learnt of it row by row, for its part of the page. Knows no markup."""

from typing import Any

from wsinspect.close_codes import Tongue, dialect_of
from wsinspect.events import HANDSHAKE, PING, Batch, Closed, Direction, Handshake
from wsinspect.exports.page.content import why
from wsinspect.roundtrips import RoundTrips
from wsinspect.timeline import Timeline

MOST = 100
"""Connections whose handshake and end stand on the page."""

MOST_AT_ONCE = 5_000


class Connection:
    """Watches one connection; ``place`` counts connections from 0, ``number`` is what a reader calls it."""

    def __init__(self, place: int, handshake: Handshake | None) -> None:
        self.place = place
        self.handshake = handshake
        self.tongue = Tongue(dialect_of(handshake.subprotocol if handshake else None))
        self.closed: Closed | None = None
        self.why: list[str] = []
        self.messages: dict[Direction, int] = {"in": 0, "out": 0}
        self._timeline = None if handshake is None else Timeline(handshake.at.mono)
        self._trips = RoundTrips()
        self._pings: dict[bytes, tuple[int, int]] = {}

    @property
    def number(self) -> int:
        """What a reader calls it."""
        return self.place + 1

    def see(self, batch: Batch) -> None:
        """Take a batch, before its rows."""
        if self._timeline is not None:
            self._timeline.see(batch)
        self.messages[batch.direction] += batch.messages

    def round_trip(
        self, direction: Direction, type: int, payload: bytes, number: int, at: int
    ) -> tuple[int, int, int] | None:
        """Take a row; of a pong that answers a ping of ours, return the ping's number and moment, and how long it took,
        in microseconds."""
        if self._trips.seen(direction, type, payload, at / 1e6) is not None:
            asked = self._pings.pop(payload, None)
            return None if asked is None else (*asked, at - asked[1])
        if type == PING and direction == "out":
            self._pings[payload] = number, at
            if len(self._pings) > 2000:
                del self._pings[next(iter(self._pings))]
        return None

    def end(self, closed: Closed) -> None:
        """Take the end."""
        self.closed = closed
        self.why = why(closed, self._timeline, self.handshake, self.tongue)


class Connections:
    """The connections of a recording, in the order in which they begin.

    ``all`` holds at most the first `MOST`; ``count`` counts them all, and ``last`` is the one that began last.
    """

    def __init__(self) -> None:
        self.all: list[Connection] = []
        self.count = 0
        self.last: Connection | None = None
        self._now: dict[int, Connection] = {}

    def of(self, number: int, type: int, payload: Any) -> Connection:
        """Return the connection of a row; a handshake begins one, and so does what comes without any."""
        if type == HANDSHAKE:
            self._begin(number, payload)
        elif number not in self._now:
            self._begin(number, None)
        return self._now[number]

    def _begin(self, number: int, handshake: Handshake | None) -> None:
        self._now[number] = self.last = Connection(self.count, handshake)
        self.count += 1
        if len(self.all) < MOST:
            self.all.append(self.last)
        # Of those that stand side by side, the ones that began long ago make room: nothing is kept without bound.
        if len(self._now) > MOST_AT_ONCE:
            del self._now[next(iter(self._now))]
