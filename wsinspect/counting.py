"""Stop after so many messages: a gate for batches. Knows no connection."""

from wsinspect.events import Batch
from wsinspect.vocabulary import WSMsgType

DATA = (int(WSMsgType.TEXT), int(WSMsgType.BINARY))


class Countdown:
    """Lets the first ``wanted`` received data messages pass, and everything that is not one."""

    def __init__(self, wanted: int) -> None:
        self.wanted = self.missing = wanted

    def cut(self, batch: Batch) -> Batch:
        """Return the batch as far as it is wanted."""
        if batch.direction != "in" or not batch.messages:
            return batch
        if batch.messages <= self.missing:
            self.missing -= batch.messages
            return batch
        kept = []
        payload = 0
        left = self.missing
        for row in batch.rows:
            if row[0] in DATA:
                if not left:
                    continue
                left -= 1
                payload += len(row[1])
            kept.append(row)
        messages, self.missing = self.missing, 0
        return Batch(
            batch.at,
            batch.direction,
            kept,
            messages=messages,
            payload=payload,
            wire=batch.wire,
            uniform=batch.uniform,
        )
