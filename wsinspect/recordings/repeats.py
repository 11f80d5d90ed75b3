"""Parts of a recording read one after the other: each begins with the handshake of the connection that goes on in it.

Knows no file.
"""

from collections.abc import Iterable, Iterator

from wsinspect.events import CLOSED, HANDSHAKE, Batch, Handshake


def without_repeats(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield batches but for those that tell once more that a connection began: the same to the moment, and not closed.

    Connections that stand side by side are none that were recorded in parts.
    """
    begun: Handshake | None = None
    for batch in batches:
        repeated = False
        if not batch.uniform and not batch.connection:
            for type, payload, _ in batch.rows:
                if type == HANDSHAKE:
                    # It stands alone in its batch.
                    repeated = payload == begun
                    begun = payload
                elif type == CLOSED:
                    begun = None
        if not repeated:
            yield batch
