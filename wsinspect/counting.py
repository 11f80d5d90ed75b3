"""Stop after so many messages: a gate for batches. Knows no connection."""

from wsinspect.events import Batch
from wsinspect.vocabulary import WSMsgType

DATA = (int(WSMsgType.TEXT), int(WSMsgType.BINARY))


class Countdown:
    """Lets the first ``wanted`` received data messages pass, and everything that is not one."""

    def __init__(self, wanted: int) -> None:
        self.missing = wanted

    def cut(self, batch: Batch) -> Batch:
        """Return the batch as far as it is wanted."""
        if batch.direction != "in" or not batch.messages:
            return batch
        if batch.messages <= self.missing:
            self.missing -= batch.messages
            return batch
        kept = []
        for row in batch.rows:
            if row[0] in DATA:
                if not self.missing:
                    continue
                self.missing -= 1
            kept.append(row)
        return Batch(batch.at, batch.direction, kept, uniform=batch.uniform)
