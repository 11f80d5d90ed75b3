"""Parts of a recording read one after the other: each begins with the handshake of the connection that goes on in it.

Knows no file.
"""

from collections.abc import Iterable, Iterator

from wsinspect.events import CLOSED, HANDSHAKE, Batch, Handshake


class Repeats:
    """Tells, batch by batch in the order of the stream, what is only told once more."""

    def __init__(self) -> None:
        self._open: dict[int, Handshake] = {}  # by connection

    def __call__(self, batch: Batch) -> bool:
        """Tell whether a batch is the beginning of a connection that is open: the same to the moment."""
        if batch.uniform:
            return False
        for type, payload, _ in batch.rows:
            if type == HANDSHAKE:
                if self._open.get(batch.connection) == payload:
                    # It stands alone in its line.
                    return True
                self._open[batch.connection] = payload
            elif type == CLOSED:
                self._open.pop(batch.connection, None)
        return False


def without_repeats(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield batches but for those that another part repeats."""
    repeats = Repeats()
    for batch in batches:
        if not repeats(batch):
            yield batch
