"""Pairs of messages: a request and the first answer with its key, whichever side asks; and what stays without partner.

`Pairing` takes batch after batch and gives the pairs that each completes, with the places of both messages, in constant
memory. How a key is found, `keys` knows. Knows no figures; `latencies` counts.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from wsinspect.events import CLOSED, DATA, GAP, HANDSHAKE, Batch, Direction, Moment
from wsinspect.figures.keys import Clue, Finder, Guess, Key

LARGEST_OPEN = 10_000
"""So many requests of each direction are awaited, the last ones."""
LARGEST_ANSWERED = 2_000
"""So many answered requests of each direction are remembered, those that were last heard of."""

OTHER: dict[Direction, Direction] = {"in": "out", "out": "in"}


class Place(NamedTuple):
    """Where a message stands: ``number`` counts all rows of the stream, in their order, from 0."""

    number: int
    at: Moment


class Pair(NamedTuple):
    """A request and its first answer; ``direction`` is that of the request, ``name`` what is asked for, or empty."""

    scheme: str
    key: Key
    name: str
    direction: Direction
    connection: int
    asked: Place
    answered: Place

    @property
    def seconds(self) -> float:
        """How long the answer took, on the clock that never jumps."""
        return max(self.answered.at.mono - self.asked.at.mono, 0.0)


Fault: TypeAlias = Literal["no answer", "no request", "asked again", "answered again", "no partner"]
"""``no partner``: nothing tells whether it asked or answered."""


class Stray(NamedTuple):
    """A message that is no half of a pair. ``direction`` is its own."""

    fault: Fault
    scheme: str
    key: Key
    name: str
    direction: Direction
    connection: int
    place: Place


class _Asked(NamedTuple):
    place: Place
    name: str
    sure: bool
    """It is a request for certain."""


_Full: TypeAlias = tuple[int, str, Key]  # connection, scheme, key


class Pairing:
    """Matches the messages of a stream, each connection's for itself. ``strayed`` is told of what has no partner.

    ``find`` finds keys; by default they are guessed. ``let_go`` counts the requests of each direction that were given
    up because too many were open.
    """

    def __init__(
        self,
        find: Finder | None = None,
        strayed: Callable[[Stray], None] = lambda stray: None,
        *,
        largest: int = LARGEST_OPEN,
    ) -> None:
        self._guess = Guess()
        self._find: Finder = find or self._guess
        self._strayed = strayed
        self._largest = largest
        self._open: dict[Direction, dict[_Full, _Asked]] = {"in": {}, "out": {}}
        self._answered: dict[Direction, dict[_Full, bool]] = {"in": {}, "out": {}}  # whether more may follow
        self._number = 0
        self.let_go: dict[Direction, int] = {"in": 0, "out": 0}

    def waiting(self, direction: Direction) -> int:
        """Return the number of requests of a direction that wait for an answer."""
        return len(self._open[direction])

    def add(self, batch: Batch) -> list[Pair]:
        """Take a batch in the order of the stream; return the pairs that it completes."""
        pairs: list[Pair] = []
        find, direction, connection, number = self._find, batch.direction, batch.connection, self._number - 1
        self._number += len(batch.rows)
        for type, payload, _ in batch.rows:
            number += 1
            if type in DATA:
                for clue in find(type, direction, payload, connection):
                    pair = self._met(clue, direction, connection, Place(number, batch.at))
                    if pair is not None:
                        pairs.append(pair)
            elif type == HANDSHAKE:
                self._ended(connection)
                self._guess.opens(connection, payload.subprotocol)
            elif type in (GAP, CLOSED):
                self._ended(connection)
        return pairs

    def finish(self) -> None:
        """The stream is over: what is open stays without an answer."""
        for connection in {full[0] for table in self._open.values() for full in table}:
            self._ended(connection)

    def _met(self, clue: Clue, direction: Direction, connection: int, place: Place) -> Pair | None:
        full, other = (connection, clue.scheme, clue.key), OTHER[direction]
        if clue.role != "asks":
            asked = self._open[other].pop(full, None)
            if asked is not None:
                self._keep(other, full, clue.role == "streams")
                return Pair(clue.scheme, clue.key, asked.name or clue.name, other, connection, asked.place, place)
            if clue.role == "ends" and self._open[direction].pop(full, None) is not None:
                # Who asked wants it no more.
                self._keep(direction, full, True)
                return None
            if full in self._answered[other]:
                streams = self._answered[other].pop(full)
                if not streams:
                    self._stray("answered again", clue, direction, connection, place)
                self._keep(other, full, streams and clue.role != "ends")
                return None
            if clue.role != "either":
                if not (clue.role == "ends" and full in self._answered[direction]):
                    self._stray("no request", clue, direction, connection, place)
                return None
        if full in self._open[direction]:
            self._stray("asked again", clue, direction, connection, place)
            return None
        self._answered[direction].pop(full, None)
        table = self._open[direction]
        table[full] = _Asked(place, clue.name, clue.role == "asks")
        if len(table) > self._largest:
            del table[next(iter(table))]
            self.let_go[direction] += 1
        return None

    def _keep(self, direction: Direction, full: _Full, streams: bool) -> None:
        table = self._answered[direction]
        table[full] = streams
        if len(table) > LARGEST_ANSWERED:
            del table[next(iter(table))]

    def _stray(self, fault: Fault, clue: Clue, direction: Direction, connection: int, place: Place) -> None:
        self._strayed(Stray(fault, clue.scheme, clue.key, clue.name, direction, connection, place))

    def _ended(self, connection: int) -> None:
        """A connection is over: what is open on it is answered no more, and its keys begin anew."""
        for direction, table in self._open.items():
            for full in [full for full in table if full[0] == connection]:
                asked = table.pop(full)
                fault: Fault = "no answer" if asked.sure else "no partner"
                self._strayed(Stray(fault, full[1], full[2], asked.name, direction, connection, asked.place))
        for answered in self._answered.values():
            for full in [full for full in answered if full[0] == connection]:
                del answered[full]
