"""The connections of a stream: where to, how long, what went over each, and how it ended."""

from wsinspect.events import CLOSED, ERROR, GAP, HANDSHAKE, Batch, Closed, Direction, Gap, Handshake

LARGEST = 1000
"""So many connections are told one by one, the first ones."""


class Connection:
    """What is known of one connection; moments are seconds of the axis."""

    def __init__(self, number: int, began: float) -> None:
        self.number = number
        self.handshake: Handshake | None = None
        self.closed: Closed | None = None
        self.began = began
        self.last = began
        self.messages: dict[Direction, int] = {"in": 0, "out": 0}
        self.payload: dict[Direction, int] = {"in": 0, "out": 0}
        self.wire: dict[Direction, int] = {"in": 0, "out": 0}
        self.errors = 0
        self.gap: Gap | None = None
        """The time without a connection before it, where there was one."""

    @property
    def seconds(self) -> float:
        """From its first row to its last."""
        return self.last - self.began


class Connections:
    """Follows batch after batch. Connections that follow one another get a number each, from 1 on, as others have."""

    def __init__(self) -> None:
        self.all: list[Connection] = []
        self.number = 0
        """How many there were."""

        self.gaps = 0
        self.gap_s = 0.0
        """Times without a connection, and their seconds in all."""

        self.errors = 0
        self.compressed = False
        """Compression was agreed on, on one of them."""

        self._current = 0
        self._broke: Gap | None = None
        self._by_number: dict[int, Connection] = {}

    def number_of(self, batch: Batch, seconds: float) -> int:
        """Take a batch at its place on the axis; return the number of its connection."""
        number = batch.connection or self._current
        if not batch.uniform or not number:
            number = self._look_closely(batch, seconds, number)
        found = self._by_number.get(number)
        if found is None:
            if batch.connection:
                found = self._begin(number, seconds)
            if found is None:
                return number
        direction = batch.direction
        if batch.messages:
            found.messages[direction] += batch.messages
            found.payload[direction] += batch.payload
        found.wire[direction] += batch.wire
        if batch.rows or batch.wire:
            found.last = max(found.last, seconds)
        return number

    def _look_closely(self, batch: Batch, seconds: float, number: int) -> int:
        for type, payload, _ in batch.rows:
            if type == HANDSHAKE:
                if not batch.connection:
                    number = self._current = self.number + 1
                self._begin(number, seconds, payload)
            elif type == GAP:
                self.gaps += 1
                self.gap_s += payload.seconds
                self._broke = payload
            else:
                if not number:
                    # A recording that was cut begins in the middle of one.
                    number = self._current = 1
                    self._begin(number, seconds)
                if type == CLOSED and number in self._by_number:
                    self._by_number[number].closed = payload
                elif type == ERROR:
                    self.errors += 1
                    if number in self._by_number:
                        self._by_number[number].errors += 1
        return number

    def _begin(self, number: int, seconds: float, handshake: Handshake | None = None) -> Connection | None:
        if handshake is not None:
            self.compressed |= "permessage-deflate" in handshake.extensions
        self.number = max(self.number, number)
        if number in self._by_number or len(self.all) >= LARGEST:
            return None
        made = self._by_number[number] = Connection(number, seconds)
        made.handshake = handshake
        made.gap, self._broke = self._broke, None
        self.all.append(made)
        return made
