"""How long answers to our requests took, live: as `latencies`, but never in the way of a stream.

While nothing that was sent waits for an answer, what is received is not looked at; and it is looked at no longer than a
while for one request.
"""

from wsinspect.events import Batch
from wsinspect.figures.histogram import Histogram
from wsinspect.figures.pairs import Pairing

LARGEST_OPEN = 1000
PATIENT_S = 60.0
"""So long after the last request an answer is looked for,"""
PATIENT_ROWS = 20_000
"""in so many rows received."""


class Replies:
    """Matches and measures batch after batch."""

    def __init__(self) -> None:
        self.times = Histogram()
        """Microseconds."""

        self.last_s: float | None = None
        self._pairing = Pairing(largest=LARGEST_OPEN)
        self._until = 0.0
        self._rows = 0

    @property
    def waiting(self) -> int:
        """Requests that wait for an answer."""
        return self._pairing.waiting("out")

    def add(self, batch: Batch) -> None:
        """Take a batch."""
        if batch.direction == "out":
            if batch.messages:
                self._until, self._rows = batch.at.mono + PATIENT_S, PATIENT_ROWS
        elif batch.uniform:
            if not self._pairing.waiting("out"):
                return
            self._rows -= len(batch.rows)
            if self._rows < 0 or batch.at.mono > self._until:
                self._pairing = Pairing(largest=LARGEST_OPEN)
                return
        for pair in self._pairing.add(batch):
            if pair.direction == "out":
                self.last_s = pair.seconds
                self.times.add(int(pair.seconds * 1e6 + 0.5))
