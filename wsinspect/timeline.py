"""When what went over a connection last: data, pings, anything at all, and the largest that we sent. For an autopsy.

Sees each batch once, and of one with nothing but data no single row, unless it may hold the largest message of late.
Moments are seconds on the clock that never jumps. Knows no connection and no clock.
"""

from typing import NamedTuple

from wsinspect.events import CLOSE, CLOSED, CLOSING, DATA, ERROR, FRAME, PING, PONG, Batch, Direction

LATELY_S = 5.0
"""So long our largest message is held to be of late."""

_ENDS = frozenset({CLOSE, CLOSING, ERROR, CLOSED})

Moments = dict[Direction, float | None]


class Sent(NamedTuple):
    """A message that we sent: its type, its size in bytes, and when."""

    type: int
    size: int
    mono: float


class Timeline:
    """Watches one connection from ``opened`` to the first sign of its end, which is ``over``."""

    def __init__(self, opened: float) -> None:
        self.opened = opened
        self.over: float | None = None
        self.last_data: Moments = {"in": None, "out": None}
        self.last_ping: Moments = {"in": None, "out": None}
        self.last_pong: Moments = {"in": None, "out": None}
        self.last_frame: Moments = {"in": None, "out": None}
        """Data and control frames, but for those of the end; of a message that is not whole yet, its bytes count."""

        self.unfinished = False
        """Bytes came that made no message, or an error was found in what came."""

        self.last_sent: Sent | None = None
        self.largest_sent: Sent | None = None
        """The largest data message that we sent in the last seconds before the last one."""

    def see(self, batch: Batch) -> None:
        """Take a batch in the order of the stream."""
        if self.over is not None:
            return
        mono, direction = batch.at.mono, batch.direction
        if not batch.rows:
            if batch.wire:
                self.last_frame[direction] = mono
                self.unfinished = True
            return
        if not batch.uniform:
            self._look_closely(batch)
        elif batch.messages:
            self.last_frame[direction] = mono
        if batch.messages:
            self.last_data[direction] = mono
            if direction == "out":
                self._sent(batch)

    def _look_closely(self, batch: Batch) -> None:
        mono, direction = batch.at.mono, batch.direction
        for type, _, _ in batch.rows:
            if type in DATA or type == FRAME:
                self.last_frame[direction] = mono
            elif type == PING:
                self.last_ping[direction] = self.last_frame[direction] = mono
            elif type == PONG:
                self.last_pong[direction] = self.last_frame[direction] = mono
            elif type in _ENDS:
                self.over = mono
                self.unfinished |= type == ERROR
                return

    def _sent(self, batch: Batch) -> None:
        mono, largest = batch.at.mono, self.largest_sent
        last = next((row for row in reversed(batch.rows) if row[0] in DATA), None)
        if last is not None:
            self.last_sent = Sent(last[0], len(last[1]), mono)
        # No message of a batch is larger than all together.
        if largest is None or batch.payload >= largest.size or mono - largest.mono > LATELY_S:
            row = max((row for row in batch.rows if row[0] in DATA), key=lambda row: len(row[1]), default=None)
            if row is not None and (largest is None or len(row[1]) >= largest.size or mono - largest.mono > LATELY_S):
                self.largest_sent = Sent(row[0], len(row[1]), mono)

    # What an autopsy asks for.

    @property
    def end(self) -> float:
        """The first sign of the end, or the latest moment that was seen."""
        return max([self.opened, *self._all()]) if self.over is None else self.over

    @property
    def uptime(self) -> float:
        """Seconds from opening to the first sign of the end."""
        return self.end - self.opened

    def since(self, moment: float | None) -> float | None:
        """Return the seconds from a moment to the end; None for None."""
        return None if moment is None else self.end - moment

    def quiet(self, *directions: Direction) -> float:
        """Return the seconds from the last frame in any of ``directions``, or from opening, to the end."""
        moments = [moment for way in directions if (moment := self.last_frame[way]) is not None]
        return self.end - max(moments, default=self.opened)

    def _all(self) -> list[float]:
        groups = (self.last_data, self.last_ping, self.last_pong, self.last_frame)
        return [moment for moments in groups for moment in moments.values() if moment is not None]
