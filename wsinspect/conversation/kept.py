"""What was seen of a conversation so far, kept to be saved: the last batches, bounded in bytes. Knows no file."""

from collections import deque
from collections.abc import Iterable, Iterator

from wsinspect.events import HANDSHAKE, Batch
from wsinspect.render.look import Renderer
from wsinspect.render.pieces import bytes_of

LARGEST = 32 << 20
"""Bytes that are kept, as they cost in memory."""


class Kept:
    """The last batches, and the handshake that came before them."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._batches: deque[tuple[Batch, int]] = deque()
        self._cost = 0
        self._handshake: Batch | None = None
        """Of the connection that the oldest batches belong to, where it is among them no more."""

        self.missing = 0
        """Data messages that were let go."""

    def add(self, batch: Batch) -> None:
        """Keep a batch, and let go of the oldest where it is too much."""
        if not batch.rows:
            return
        cost = batch.cost
        self._batches.append((batch, cost))
        self._cost += cost
        while self._cost > self._largest and len(self._batches) > 1:
            gone, cost = self._batches.popleft()
            self._cost -= cost
            self.missing += gone.messages
            if gone.rows[0][0] == HANDSHAKE:
                self._handshake = gone

    def batches(self) -> list[Batch]:
        """Return what is kept, in order, a handshake first."""
        batches = [batch for batch, _ in self._batches]
        return [self._handshake, *batches] if self._handshake is not None else batches


def lines(batches: Iterable[Batch], render: Renderer) -> Iterator[bytes]:
    """Yield the lines of a recording, piece by piece."""
    for batch in batches:
        yield from bytes_of(render(batch))
