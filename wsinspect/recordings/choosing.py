"""One connection of a recording that holds several, side by side or one after the other. Knows no file."""

from collections.abc import Iterable, Iterator

from wsinspect.errors import Exit, InspectError
from wsinspect.events import HANDSHAKE, Batch


def only(batches: Iterable[Batch], wanted: int) -> Iterator[Batch]:
    """Yield the batches of one connection, counted from 1 in the order in which they begin.

    Raises:
        InspectError: there are not so many; all batches have been seen then.
    """
    begun = found = 0
    for batch in batches:
        if batch.connection:
            begun = max(begun, batch.connection)
            current = batch.connection
        else:
            begun += sum(row[0] == HANDSHAKE for row in batch.rows)
            current = begun
        if current == wanted:
            found += 1
            yield batch
    if not found:
        held = f"{begun} connection{'' if begun == 1 else 's'}"
        raise InspectError(f"there is no connection {wanted}: the recording holds {held}", exit=Exit.USAGE)
