"""How long answers took, by how requests were told; the slowest; and what has no partner, with the first of each."""

from heapq import heappush, heappushpop
from typing import NamedTuple

from wsinspect.events import Batch, Direction
from wsinspect.figures.histogram import Histogram
from wsinspect.figures.keys import Finder
from wsinspect.figures.pairs import OTHER, Fault, Pair, Pairing, Stray

SLOWEST = 3
"""So many of the slowest pairs are told."""
FIRST = 3
"""So many messages without a partner are told, of each fault."""


class Faults:
    """Messages of one fault: how many, and the first of them."""

    def __init__(self) -> None:
        self.number = 0
        self.first: list[Stray] = []

    def add(self, stray: Stray) -> None:
        """Count one."""
        self.number += 1
        if len(self.first) < FIRST:
            self.first.append(stray)


class Kind(NamedTuple):
    """Pairs of one kind: by which key they were found, and the direction of the requests."""

    scheme: str
    direction: Direction


class Latencies:
    """Matches and measures batch after batch."""

    def __init__(self, find: Finder | None = None) -> None:
        self.guessed = find is None
        self.times: dict[Kind, Histogram] = {}
        """Microseconds."""

        self._pairing = Pairing(find, self._strayed)
        self._connection = 0
        self._slowest: dict[Kind, list[tuple[float, int, Pair]]] = {}
        self._faults: dict[tuple[Fault, Kind], Faults] = {}

    def add(self, batch: Batch, connection: int) -> None:
        """Take a batch; ``connection`` counts those that follow one another, too."""
        found = self._pairing.add(batch)
        # What a handshake cut off belongs to the connection before it.
        self._connection = connection
        for pair in found:
            kind = Kind(pair.scheme, pair.direction)
            times = self.times.get(kind)
            if times is None:
                times = self.times[kind] = Histogram()
                self._slowest[kind] = []
            seconds = pair.seconds
            times.add(int(seconds * 1e6 + 0.5))
            slowest = self._slowest[kind]
            # Of two alike, the earlier stays.
            ranked = (seconds, -pair.answered.number, pair._replace(connection=connection))
            if len(slowest) < SLOWEST:
                heappush(slowest, ranked)
            elif ranked[:2] > slowest[0][:2]:
                heappushpop(slowest, ranked)

    def finish(self) -> None:
        """The stream is over."""
        self._pairing.finish()

    @property
    def let_go(self) -> int:
        """Requests that were given up, because too many were open."""
        return sum(self._pairing.let_go.values())

    def slowest(self, kind: Kind) -> list[Pair]:
        """Return the slowest pairs of a kind, the slowest first."""
        return [pair for _, _, pair in sorted(self._slowest.get(kind, ()), reverse=True)]

    def faults(self) -> list[tuple[Fault, Kind, Faults]]:
        """Return what has no partner, by fault and by the direction and scheme of those messages.

        A guessed key that no two messages have in common is none, and not told.
        """
        found: dict[tuple[Fault, Kind], Faults] = {}
        for (fault, kind), faults in self._faults.items():
            if fault == "no partner":
                if kind in self.times:
                    fault = "no answer"
                elif Kind(kind.scheme, OTHER[kind.direction]) in self.times:
                    fault = "no request"
            asker = kind if fault in ("no answer", "asked again") else Kind(kind.scheme, OTHER[kind.direction])
            if self.guessed and asker not in self.times and not _is_sure(fault, kind.scheme):
                continue
            both = found.setdefault((fault, kind), Faults())
            both.number += faults.number
            both.first = sorted(both.first + faults.first, key=lambda stray: stray.place.number)[:FIRST]
        return [(fault, kind, faults) for (fault, kind), faults in found.items()]

    def _strayed(self, stray: Stray) -> None:
        kind = Kind(stray.scheme, stray.direction)
        faults = self._faults.setdefault((stray.fault, kind), Faults())
        faults.add(stray if stray.connection else stray._replace(connection=self._connection))


def _is_sure(fault: Fault, scheme: str) -> bool:
    """Tell whether a message says itself what it is."""
    return scheme in ("JSON-RPC", "GraphQL") and fault != "no partner"
