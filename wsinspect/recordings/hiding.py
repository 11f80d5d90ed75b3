"""Secrets taken out of the batches of a recording, written or read. Knows no file.

What a handshake carries as a secret is hidden in it, and wherever its connection repeats it later. Sizes become those
of what is shown; those on the wire stay. A frame is a part of a message, or compressed, so that a secret cannot be cut
out of it: of a message that held one, the frames hold as many ``*``. To know, frames wait for the end of their message;
they then stand before it, in the order of the wire and in its batch.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from wsinspect.asked import redact_handshake, secrets_asked
from wsinspect.errors import InspectError
from wsinspect.events import CLOSE, CLOSED, CLOSING, DATA, ERROR, FRAME, HANDSHAKE, Batch, Direction, Row
from wsinspect.masking import Mask
from wsinspect.redact import LEAST
from wsinspect.wire.frames import CONTINUATION

CONTROL = 0x8
"""The bit of an opcode that tells control frames (RFC 6455 section 5.5)."""

COMPRESSED = 4
"""RSV1, which begins a compressed message (RFC 7692 section 6)."""

WAYS: tuple[Direction, ...] = ("in", "out")

LAST = (ERROR, CLOSED, HANDSHAKE)
"""Rows behind which no message goes on that was begun before."""

ENDS = (CLOSE, CLOSING, CLOSED)
"""Rows that tell why a connection ends, in words of either side."""

MOST_HELD = 32 << 20
"""Bytes of frames that wait for the end of their message, as they cost in memory; of more, the bytes are left out."""

MOST_MASKS = 256
"""Connections whose masks are kept ready: one takes a hundred times the room of its secrets."""


class Hiding:
    """Hides in batch after batch, in the order of the stream.

    ``secrets`` are known from the start, and always hidden; those of handshakes are, unless ``shows_asked``.
    """

    def __init__(self, secrets: Collection[str] = (), *, shows_asked: bool = False) -> None:
        self._shows_asked = shows_asked
        self._known = Mask(secrets)
        self._asked: dict[int, frozenset[str]] = {}
        """Secrets of handshakes, by connection: of those that never end, they stay, a line for each."""

        self._mask_of = lru_cache(MOST_MASKS)(lambda asked: Mask({*secrets, *asked}))
        self._held: dict[tuple[int, Direction], Batch] = {}
        """Frames whose message is not whole yet, where there are some, at the moment of the last; ``wire`` counts the
        bytes of their payloads."""

        self._beyond: set[tuple[int, Direction]] = set()
        """Where a message goes on of which too much was held."""

    def __call__(self, batch: Batch) -> Batch:
        """Return a batch without secrets; it is the same one where there are none."""
        rows = batch.rows
        if not batch.uniform and not self._shows_asked and any(row[0] == HANDSHAKE for row in rows):
            batch = self._met(batch)
            rows = batch.rows
        mask = self._mask(batch.connection)
        if batch.connection and not batch.uniform and any(row[0] == CLOSED for row in rows):
            # Nothing follows, and there may be millions of others.
            self._asked.pop(batch.connection, None)
        if mask.is_empty:
            return batch
        in_between = bool(self._held or self._beyond)
        if batch.uniform and not in_between:
            # Data alone, as most of a long recording is.
            if not mask.touches(b"\n".join([row[1] for row in rows])):
                return batch
        elif not in_between and not _waits(rows):
            payloads = [payload.payload if type == FRAME else payload for type, payload, _ in rows]
            if all(isinstance(payload, bytes) for payload in payloads) and not mask.touches(b"\n".join(payloads)):
                return batch
        return batch.holding(self._without(batch, mask))

    def _mask(self, connection: int) -> Mask:
        asked = self._asked.get(connection)
        return self._known if asked is None else self._mask_of(asked)

    def every(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield all batches without secrets, to the last frame."""
        try:
            for batch in batches:
                yield self(batch)
        except InspectError:
            yield from self._rest()
            raise
        yield from self._rest()

    def _rest(self) -> Iterator[Batch]:
        """Yield the frames whose message never became whole: nothing follows."""
        for key, held in self._held.items():
            mask = self._mask(key[0])
            yield held.holding(_released(held.rows, mask, ended=False))
        self._held.clear()

    def _met(self, batch: Batch) -> Batch:
        """A connection begins: know its secrets, and take them out of its handshake."""
        rows = []
        for type, payload, wire in batch.rows:
            if type == HANDSHAKE:
                asked = {secret for secret in secrets_asked(payload) if len(secret) >= LEAST}
                self._asked.pop(batch.connection, None)
                if asked:
                    self._asked[batch.connection] = frozenset(asked)
                payload = redact_handshake(payload)
            rows.append((type, payload, wire))
        return batch.holding(rows)

    def _without(self, batch: Batch, mask: Mask) -> list[Row]:
        """Return the rows of a batch without secrets, and with the frames that they end."""
        key = batch.connection, batch.direction
        cost = self._held[key].wire if key in self._held else 0
        held = self._taken(key)
        shown: list[Row] = []
        for row in batch.rows:
            type, payload, _ = row
            if type == FRAME:
                if _begins(payload) and any(_is_data(frame) for _, frame, _ in held):
                    # The message of those before is not shown.
                    shown += _released(held, mask, ended=False)
                    held, cost = [], 0
                if _begins(payload):
                    self._beyond.discard(key)
                elif key in self._beyond and _is_data(payload):
                    shown.append(_without_bytes(row))
                    continue
                held.append(row)
                cost += len(payload.payload)
                continue
            hidden = _hidden(row, mask)
            if type in LAST:
                shown += _released(held, mask, ended=False)
                held, cost = [], 0
                if type != ERROR:
                    for way in WAYS:
                        shown += _released(self._taken((batch.connection, way)), mask, ended=False)
            elif type in DATA or not any(_is_data(frame) for _, frame, _ in held):
                shown += _released(held, mask, ended=True, touched=hidden[1] != payload)
                held, cost = [], 0
            if type in DATA or type in LAST:
                self._beyond.discard(key)
            shown.append(hidden)
        if held:
            waiting = Batch(batch.at, batch.direction, held, connection=batch.connection, wire=cost)
            if waiting.cost > MOST_HELD:
                self._beyond.add(key)
                return shown + [_without_bytes(row) for row in held]
            self._held[key] = waiting
        return shown

    def _taken(self, key: tuple[int, Direction]) -> list[Row]:
        held = self._held.pop(key, None)
        return [] if held is None else held.rows


def without_secret_reasons(batch: Batch, mask: Mask) -> Batch:
    """Return a batch whose closes repeat no secret; messages stay as they came."""
    if mask.is_empty or batch.uniform or not any(_tells_reason(row) for row in batch.rows):
        return batch
    return batch.holding([_without_reason(row, mask) if _tells_reason(row) else row for row in batch.rows])


def _tells_reason(row: Row) -> bool:
    return row[0] in ENDS or (row[0] == FRAME and row[1].opcode == CLOSE)


def _without_reason(row: Row, mask: Mask) -> Row:
    return _released([row], mask, ended=True)[0] if row[0] == FRAME else _hidden(row, mask)


def _waits(rows: list[Row]) -> bool:
    """Tell whether there are frames of a message that does not stand behind them."""
    unfinished = False
    missing = 0
    for type, payload, _ in rows:
        if type == FRAME:
            if _is_data(payload):
                unfinished = not payload.fin
                missing += payload.fin
        elif type in DATA:
            missing = max(0, missing - 1)
    return unfinished or bool(missing)


def _begins(frame: Any) -> bool:
    return _is_data(frame) and frame.opcode != CONTINUATION


def _is_data(frame: Any) -> bool:
    return not frame.opcode & CONTROL


def _released(rows: Iterable[Row], mask: Mask, *, ended: bool, touched: bool = False) -> list[Row]:
    """Return rows of frames without secrets.

    ``ended`` where a message ends here, ``touched`` where something was hidden in it; of what has no end, nothing
    compressed is shown.
    """
    rows = list(rows)
    data = [frame for _, frame, _ in rows if _is_data(frame)]
    stars = touched or mask.data(joined := b"".join([frame.payload for frame in data])) != joined
    stars = stars or (not ended and any(frame.rsv & COMPRESSED for frame in data))
    return [
        _without_bytes(row) if (stars if _is_data(row[1]) else mask.data(row[1].payload) != row[1].payload) else row
        for row in rows
    ]


def _without_bytes(row: Row) -> Row:
    type, frame, wire = row
    return type, _starred(frame), wire


def _starred(frame: Any) -> Any:
    return frame._replace(payload=b"*" * len(frame.payload))


def _hidden(row: Row, mask: Mask) -> Row:
    type, payload, wire = row
    hidden: Any = payload
    if type in (CLOSE, CLOSING):
        hidden = payload[:2] + mask.data(payload[2:])
    elif not isinstance(payload, bytes):
        hidden = mask.everywhere(payload)
    else:
        hidden = mask.data(payload)
    return type, hidden, wire
