"""Secrets taken out of the batches of a recording, written or read. Knows no file.

What a handshake carries as a secret is hidden in it, and wherever its connection repeats it later. Sizes become those
of what is shown; those on the wire stay.
"""

from collections.abc import Collection
from typing import Any

from wsinspect.events import CLOSE, CLOSED, CLOSING, FRAME, HANDSHAKE, Batch, Row
from wsinspect.masking import Mask
from wsinspect.redact import LEAST, redact_handshake, secrets_asked


class Hiding:
    """Hides in batch after batch, in the order of the stream.

    ``secrets`` are known from the start, and always hidden; those of handshakes are, unless ``shows_asked``.
    """

    def __init__(self, secrets: Collection[str] = (), *, shows_asked: bool = False) -> None:
        self._secrets = secrets
        self._shows_asked = shows_asked
        self._known = Mask(secrets)
        self._masks: dict[int, Mask] = {}  # by connection

    def __call__(self, batch: Batch) -> Batch:
        """Return a batch without secrets; it is the same one where there are none."""
        rows = batch.rows
        if not batch.uniform and not self._shows_asked and any(row[0] == HANDSHAKE for row in rows):
            batch = self._met(batch)
            rows = batch.rows
        mask = self._masks.get(batch.connection, self._known)
        if batch.connection and not batch.uniform and any(row[0] == CLOSED for row in rows):
            # Nothing follows, and there may be millions of others.
            self._masks.pop(batch.connection, None)
        if mask.hides_nothing and batch.uniform:
            return batch
        payloads = [payload for _, payload, _ in rows if isinstance(payload, bytes)]
        if len(payloads) == len(rows) and not mask.touches(b"\n".join(payloads)):
            return batch
        return batch.holding([_hidden(row, mask) for row in rows])

    def _met(self, batch: Batch) -> Batch:
        """A connection begins: know its secrets, and take them out of its handshake."""
        rows = []
        for type, payload, wire in batch.rows:
            if type == HANDSHAKE:
                asked = {secret for secret in secrets_asked(payload) if len(secret) >= LEAST}
                self._masks.pop(batch.connection, None)
                if asked:
                    self._masks[batch.connection] = Mask({*self._secrets, *asked})
                payload = redact_handshake(payload)
            rows.append((type, payload, wire))
        return batch.holding(rows)


def _hidden(row: Row, mask: Mask) -> Row:
    type, payload, wire = row
    hidden: Any = payload
    if type in (CLOSE, CLOSING):
        hidden = payload[:2] + mask.data(payload[2:])
    elif type == FRAME:
        hidden = payload._replace(payload=mask.data(payload.payload))
    elif not isinstance(payload, bytes):
        hidden = mask.everywhere(payload)
    else:
        hidden = mask.data(payload)
    return type, hidden, wire
