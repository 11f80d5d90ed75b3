"""One axis of time for a whole stream: seconds since its first row. Knows no clock.

It follows the clock that never jumps. That clock may begin anew where another connection follows, recorded by another
process or after a restart: there the clock on the wall says how much later it was.
"""

from wsinspect.events import HANDSHAKE, Batch

DISAGREE_S = 1.0
"""Clocks that differ by more between two rows are those of two processes."""


class Axis:
    """Tells the seconds of batch after batch, in the order of the stream."""

    def __init__(self) -> None:
        self._base: float | None = None
        self._wall = 0.0
        self._last = 0.0
        self.began_wall = 0.0
        """The first moment, on the wall."""

    def seconds(self, batch: Batch) -> float:
        """Return the seconds from the first row of the stream to this batch."""
        wall, mono = batch.at
        if self._base is None:
            self._base, self.began_wall = mono, wall
        elif not batch.uniform and batch.connection == 0 and any(row[0] == HANDSHAKE for row in batch.rows):
            passed = wall - self._wall
            if abs((mono - self._base - self._last) - passed) > DISAGREE_S:
                self._base = mono - self._last - max(passed, 0.0)
        seconds = max(mono - self._base, 0.0)
        self._wall, self._last = wall, seconds
        return seconds
