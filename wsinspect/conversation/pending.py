"""What waits to be drawn above a prompt, bounded in messages and bytes: the oldest messages give way, and are counted.

Texts of ours, and what is told once in a connection, such as its close, never give way. Knows no rendering.
"""

from collections import deque
from typing import NamedTuple

from wsinspect.events import FRAME, Batch, Row
from wsinspect.vocabulary import WSMsgType

MESSAGES = frozenset({int(WSMsgType.TEXT), int(WSMsgType.BINARY), int(WSMsgType.PING), int(WSMsgType.PONG)})
COMMON = MESSAGES | {FRAME}
"""Types of rows that may come without end."""

TOLD = 1000
"""Rows and texts that are kept of what gave way, at most."""


class Missing(NamedTuple):
    """So many messages gave way."""

    messages: int


class _Rest:
    """What is left of a batch: its rows from ``start`` on, the messages among them, and what they cost in memory."""

    __slots__ = ("batch", "cost", "messages", "start")

    def __init__(self, batch: Batch) -> None:
        rows = batch.rows
        self.batch = batch
        self.start = 0
        self.messages = messages_of(rows, batch.uniform)
        self.cost = batch.cost

    def take(self, rows: int) -> list[Row]:
        """Take rows from the front; the cost goes down by their share."""
        batch, start = self.batch, self.start
        left = len(batch.rows) - start
        taken = batch.rows[start : start + rows]
        self.start += len(taken)
        self.messages -= messages_of(taken, batch.uniform)
        self.cost -= self.cost * len(taken) // left
        return taken

    def __bool__(self) -> bool:
        return self.start < len(self.batch.rows)


class Pending:
    """A queue of batches and texts. At most ``messages`` and about ``size`` bytes wait in it."""

    def __init__(self, messages: int, size: int) -> None:
        self._most, self._most_cost = messages, size
        self._items: deque[_Rest | str] = deque()
        self._told: deque[Batch | str] = deque(maxlen=TOLD)
        """What stood among messages that gave way; it comes first."""

        self.messages = 0
        """So many wait."""

        self.missing = 0
        """So many gave way, and nobody was told yet."""

        self._cost = 0

    def __bool__(self) -> bool:
        return bool(self._items or self._told or self.missing)

    def say(self, text: str) -> None:
        """Put a text behind all that waits."""
        self._items.append(text)

    def put(self, batch: Batch) -> None:
        """Put a batch behind all that waits, and let go of what is too much."""
        if batch.rows:
            self._join(_Rest(batch))

    def take(self, rows: int) -> Batch | str | Missing | None:
        """Return what is next, of a batch at most so many rows; None where nothing waits."""
        if self.missing:
            missing, self.missing = self.missing, 0
            return Missing(missing)
        if self._told:
            return self._told.popleft()
        if not self._items:
            return None
        item = self._items[0]
        if isinstance(item, str):
            self._items.popleft()
            return item
        return self._taken(item, rows)

    def widen(self, messages: int) -> None:
        """Let so many messages wait from now on."""
        self._most = messages

    def append(self, later: "Pending") -> None:
        """Take over what waits in another queue, behind all that waits here."""
        if later.missing or later._told:
            # What stands before a place where messages are missing cannot be told apart: it is missing there.
            self.missing += later.missing
            self._told.extend(later._told)
        for item in later._items:
            if isinstance(item, str):
                self._items.append(item)
            else:
                self._join(item)

    def drop(self) -> None:
        """Let go of all messages that wait."""
        while self.messages:
            self._let_go(self.messages)

    def _join(self, rest: _Rest) -> None:
        self._items.append(rest)
        self.messages += rest.messages
        self._cost += rest.cost
        while self.messages > self._most:
            self._let_go(self.messages - self._most)
        while self._cost > self._most_cost and len(self._items) > 1:
            self._let_go(1)

    def _taken(self, rest: _Rest, rows: int) -> Batch:
        messages, cost = rest.messages, rest.cost
        taken = rest.take(rows)
        self.messages -= messages - rest.messages
        self._cost -= cost - rest.cost
        if not rest:
            self._items.popleft()
        batch = rest.batch
        return batch.holding(taken)

    def _let_go(self, messages: int) -> None:
        """Let go of the oldest batch or text, or of so many messages of it if that is less."""
        item = self._items[0]
        if isinstance(item, str):
            self._items.popleft()
            self._told.append(item)
            return
        rows = len(item.batch.rows)
        if messages < item.messages:
            rows = _rows_holding(item, messages)
        gone = self._taken(item, rows)
        self.missing += messages_of(gone.rows, gone.uniform)
        if not gone.uniform and (told := [row for row in gone.rows if row[0] not in COMMON]):
            self._told.append(Batch(gone.at, gone.direction, told))


def messages_of(rows: list[Row], uniform: bool) -> int:
    """Count the messages among rows."""
    return len(rows) if uniform else sum([row[0] in MESSAGES for row in rows])


def _rows_holding(rest: _Rest, messages: int) -> int:
    """Return how many rows, from the front, hold so many messages."""
    if rest.batch.uniform:
        return messages
    rows = rest.batch.rows
    for index in range(rest.start, len(rows)):
        messages -= rows[index][0] in MESSAGES
        if not messages:
            return index + 1 - rest.start
    return len(rows)
