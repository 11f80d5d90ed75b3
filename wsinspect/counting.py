"""When it is enough: a gate for batches, shut after so many messages, or after one that is waited for.

It outlives a connection, so that a count goes on where a connection was opened again. Knows no connection, and of
what is counted and waited for only that it can be asked about each message.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from wsinspect.errors import Exit, shortened
from wsinspect.events import CLOSE, DATA, Batch, Closed, Moment
from wsinspect.filters.looking import COUNTABLE, Looking

Asked: TypeAlias = Callable[[int, Any, Moment], bool]
"""Is asked about type and payload of every received message, in order, with its moment."""


class Gate:
    """Lets received messages pass until it is enough, and everything that is no message.

    ``wanted`` is how many messages are enough: those that ``counts`` says yes to, or all data messages. ``until`` says
    yes to the message after which it is enough; ``until_text`` is what a user calls it. ``counted`` are the types of
    messages that count, data messages beside others.
    """

    def __init__(
        self,
        wanted: int | None = None,
        *,
        counts: Asked | None = None,
        counted: frozenset[int] = DATA,
        until: Asked | None = None,
        until_text: str = "",
    ) -> None:
        self.wanted = wanted
        self.missing = wanted or 0
        self.done = False
        """It is enough: nothing more is wanted, and we are to close."""

        self.kept = 0
        """Once it is enough: so many rows of the last batch came before that."""

        self.closed_as_wished = False
        """What was waited for is the peer's close."""

        self._counts = counts
        self._counted = counted
        self._until = until
        self._until_text = until_text
        self._plain = counts is None and until is None

    def cut(self, batch: Batch) -> Batch:
        """Return the batch as far as it is wanted."""
        if batch.direction != "in":
            return batch
        self.kept = 0
        if not self.done:
            if self._plain and batch.messages < self.missing:
                self.missing -= batch.messages
                return batch
            found = self._shut_at(batch)
            if found is None:
                return batch
            self.kept = found + 1
        behind = [row for row in batch.rows[self.kept :] if row[0] not in self._counted]
        return batch.holding(batch.rows[: self.kept] + behind)

    @property
    def enough(self) -> bool:
        """What was wanted came."""
        return self.done or self.closed_as_wished

    def judged(self, closed: Closed) -> Closed:
        """Return an end with the exit code that it has in view of what was wanted."""
        if self.closed_as_wished and closed.by == "peer":
            return closed._replace(exit=int(Exit.OK))
        if closed.exit == Exit.OK and (cause := self.unmet()):
            return closed._replace(exit=int(Exit.UNMET), cause=cause)
        return closed

    def unmet(self) -> str:
        """Return what was wanted and did not come, as a sentence; empty if it came."""
        if self.enough:
            return ""
        parts = []
        if self.wanted is not None:
            passing = "" if self._counts is None else " that passes the filters"
            if self.wanted == 1:
                parts.append(f"1 message{passing} was wanted, but it did not come")
            else:
                passing = passing.replace("passes", "pass")
                parts.append(f"{self.wanted} messages{passing} were wanted, but {self.missing} of them did not come")
        if self._until is not None:
            parts.append(f"no message matched `{shortened(self._until_text, 60)}` before the end")
        return ", and ".join(parts)

    def _shut_at(self, batch: Batch) -> int | None:
        """Ask about the messages of a batch; return the index of the row after which it is enough, None before that."""
        counts, until, at = self._counts, self._until, batch.at
        for index, (type, payload, _) in enumerate(batch.rows):
            if self.wanted is not None and type in self._counted and (counts is None or counts(type, payload, at)):
                self.missing -= 1
                self.done = not self.missing
            if until is not None and (type == CLOSE or type in COUNTABLE) and until(type, payload, at):
                if type == CLOSE:
                    self.closed_as_wished = True
                else:
                    self.done = True
            if self.done:
                return index
        return None


def gate_of(looking: Looking) -> Gate | None:
    """Return the gate for what a user wants to see; None where nothing is ever enough."""
    if looking.until is None and (looking.enough is None or not looking.filters):
        return None if looking.enough is None else Gate(looking.enough)
    # What filters need is loaded when there are some.
    from wsinspect.filters.sieve import Watch, counted

    types = DATA if looking.types is None else looking.types & COUNTABLE
    return Gate(
        looking.enough,
        counts=counted(looking),
        counted=types | DATA,
        until=None if looking.until is None else Watch(looking.until.holds),
        until_text="" if looking.until is None else looking.until.text,
    )
