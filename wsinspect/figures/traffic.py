"""Counts and bytes by direction and type, and the sizes of data messages by direction."""

from wsinspect.events import DATA, FRAME, Batch, Direction
from wsinspect.figures.histogram import Histogram
from wsinspect.filters.subject import NAMES

COUNTED = ("text", "binary", "ping", "pong", "close", "error", "frame")
"""What is counted, by its name in `filters`."""


class Count:
    """So many messages, with the bytes of their payloads and those on the wire."""

    __slots__ = ("messages", "payload", "wire")

    def __init__(self) -> None:
        self.messages = 0
        self.payload = 0
        self.wire = 0

    def add(self, messages: int, payload: int, wire: int) -> None:
        """Count some."""
        self.messages += messages
        self.payload += payload
        self.wire += wire


class Traffic:
    """Counts batch after batch."""

    def __init__(self) -> None:
        self.counts: dict[tuple[Direction, str], Count] = {}
        """By direction and type, in the order in which they came first."""

        self.sizes: dict[Direction, Histogram] = {"in": Histogram(), "out": Histogram()}

    def add(self, batch: Batch) -> None:
        """Take a batch."""
        direction = batch.direction
        if batch.uniform and len(batch.rows) == 1:
            # So recordings are read mostly.
            ((type, payload, wire),) = batch.rows
            size = len(payload)
            self.sizes[direction].add(size)
            self._count(direction, NAMES[type], size, wire)
            return
        sizes = []
        for type, payload, wire in batch.rows:
            if type in DATA:
                size = len(payload)
                sizes.append(size)
            elif isinstance(payload, bytes):
                size = len(payload)
            elif type == FRAME:
                size = len(payload.payload)
            else:
                size = 0
            name = NAMES[type]
            if name in COUNTED:
                self._count(direction, name, size, wire)
        self.sizes[direction].add_all(sizes)

    def _count(self, direction: Direction, name: str, size: int, wire: int) -> None:
        count = self.counts.get((direction, name))
        if count is None:
            count = self.counts[direction, name] = Count()
        count.messages += 1
        count.payload += size
        count.wire += wire

    def data(self, direction: Direction) -> Count:
        """Return the sum of the data messages of a direction."""
        total = Count()
        for (way, name), count in self.counts.items():
            if way == direction and name in ("text", "binary"):
                total.add(count.messages, count.payload, count.wire)
        return total


def ratio(count: Count) -> float | None:
    """Return how many bytes of payload a byte on the wire carried; None where there were none."""
    return count.payload / count.wire if count.wire else None
