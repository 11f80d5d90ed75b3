"""What a recorded session comes to for a check: its handshake, what went each way, in order and bounded, and its end.

Of a long recording only the first part is kept, and of large payloads only their beginnings; the rest is counted. Knows
no check.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    GAP,
    HANDSHAKE,
    PING,
    PONG,
    Batch,
    Closed,
    Direction,
    Handshake,
    Violation,
    close_parts,
)
from wsinspect.filters.subject import parsed

KEPT = 2000
"""So many messages are kept."""

KEPT_BYTES = 4 << 20
"""So many bytes of messages are kept."""

SMALL = 4096
"""Bytes of a received payload that are kept."""

SENDABLE = 64 << 10
"""Bytes of a payload of ours that are kept: all of it is needed to send it again."""


class Message(NamedTuple):
    """A message, ping or pong: ``payload`` is its beginning where ``size`` is larger; ``json`` is an object or a list,
    where it is one; ``at`` is in seconds since the handshake, ``wall`` since the epoch."""

    type: int
    direction: Direction
    payload: bytes
    size: int
    at: float
    wall: float
    json: Any = None

    @property
    def whole(self) -> bool:
        """All of the payload is there."""
        return len(self.payload) == self.size

    @property
    def text(self) -> str:
        """The payload of a text message; of a part, a character that was cut is left out."""
        return self.payload.decode("utf-8", "ignore")


class End(NamedTuple):
    """How a connection ended: who began, and the code and reason that they gave (1005: none, 1006: no close frame)."""

    by: Literal["peer", "us", "nobody"]
    code: int
    reason: str


class Session(NamedTuple):
    """A connection of a recording.

    ``left`` are messages behind those that are kept, ``others`` connections behind this one. ``end`` is None where that
    was not recorded; ``lasted`` is in seconds. ``pings`` are those that the server sent.
    """

    handshake: Handshake
    messages: tuple[Message, ...]
    left: int
    others: int
    end: End | None
    lasted: float
    pings: int
    violations: tuple[Violation, ...]


def first_session(batches: Iterable[Batch]) -> Session | None:
    """Return the first connection of a recording; None where none begins in it. The rest is read to be counted."""
    rows = _rows(batches)
    for batch, type, payload in rows:
        if type == HANDSHAKE:
            return _Collector(payload, batch.connection).collect(rows)
    return None


class _Collector:
    def __init__(self, handshake: Handshake, connection: int) -> None:
        self._handshake = handshake
        self._connection = connection
        self._messages: list[Message] = []
        self._bytes = 0
        self._left = 0
        self._pings = 0
        self._end: End | None = None
        self._lasted = 0.0
        self._violations: list[Violation] = []

    def collect(self, rows: "Iterator[tuple[Batch, int, Any]]") -> Session:
        others, over = 0, False
        for batch, type, payload in rows:
            if batch.connection != self._connection:
                # It stands beside this one.
                others += type == HANDSHAKE
                continue
            others += type in (HANDSHAKE, GAP)
            over = over or type in (HANDSHAKE, GAP)
            if not over:
                self._take(batch, type, payload)
        return Session(
            self._handshake,
            tuple(self._messages),
            self._left,
            others,
            self._end,
            self._lasted,
            self._pings,
            tuple(self._violations),
        )

    def _take(self, batch: Batch, type: int, payload: Any) -> None:
        at = max(batch.at.mono - self._handshake.at.mono, 0.0)
        self._lasted = max(self._lasted, at)
        if type == CLOSED:
            closed: Closed = payload
            if closed.by == "nobody" or self._end is None:
                self._end = End(closed.by, closed.code, closed.reason)
        elif type == ERROR:
            if not self._violations:
                self._violations.append(payload)
        elif type in (CLOSING, CLOSE):
            # The first of the two tells who began.
            self._end = self._end or End("us" if type == CLOSING else "peer", *close_parts(payload))
        elif type == PING and batch.direction == "in":
            self._pings += 1
        elif type in DATA or type == PING or (type == PONG and batch.direction == "in"):
            self._keep(batch, type, payload, at)

    def _keep(self, batch: Batch, type: int, payload: bytes, at: float) -> None:
        if self._end is not None:
            return  # it was still under way when the end had begun
        if len(self._messages) >= KEPT or self._bytes > KEPT_BYTES:
            self._left += 1
            return
        limit = SENDABLE if batch.direction == "out" else SMALL
        kept = payload[:limit]
        self._bytes += len(kept)
        # A large message is told by its top alone, for which all of it must be read.
        json = parsed(payload) if type in DATA and len(payload) <= 16 * SMALL else None
        if not isinstance(json, dict | list) or (type == BINARY and batch.direction == "out"):
            json = None
        if json is not None and len(payload) > limit:
            json = _top(json) if isinstance(json, dict) else None
        self._messages.append(Message(type, batch.direction, kept, len(payload), at, batch.at.wall, json))


def _top(value: dict[str, Any]) -> dict[str, Any]:
    """Return a large object without what is within its own values: those are kept empty, for their kind."""
    return {name: type(inner)() if isinstance(inner, dict | list) else inner for name, inner in value.items()}


def _rows(batches: Iterable[Batch]) -> Iterator[tuple[Batch, int, Any]]:
    for batch in batches:
        for type, payload, _ in batch.rows:
            yield batch, type, payload
