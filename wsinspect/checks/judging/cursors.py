"""A place in what is received: each expectation looks at the messages behind the one that the one before it took.

Messages are looked at as they come, and forgotten, whether the step that expects them has begun or not. Only where an
expectation waits for a variable, or may still be added, they are held until then; how many is bounded. Knows no time.
"""

from collections import deque
from collections.abc import Iterator
from enum import Enum

from wsinspect.checks.judging.wanted import Block, Wanted
from wsinspect.checks.variables import Scope
from wsinspect.events import Moment
from wsinspect.filters.subject import Subject

MOST_HELD = 10_000
MOST_HELD_BYTES = 16 << 20
"""So many messages are held, and bytes of them; a single one may be larger."""


class Fate(Enum):
    """What became of a message. Counted: it was taken, and more are wanted; skipped: it is not what is looked for;
    unasked: nothing is looked for any more."""

    TAKEN = "taken"
    COUNTED = "counted"
    SKIPPED = "skipped"
    UNASKED = "unasked"
    HELD = "held"
    OVERFULL = "overfull"


class Cursor:
    """Expectations in order, and the messages that none of them has looked at yet.

    ``scope`` is where their variables are, and grows as steps are done. While it is ``open_ended``, more may be added.
    """

    __slots__ = ("_blocks", "_held", "_held_bytes", "_scope", "dropped", "open_ended")

    def __init__(self, scope: Scope, *, open_ended: bool = False) -> None:
        self.open_ended = open_ended
        self.dropped = 0
        """So many messages were held for an expectation that was not added in time, and forgotten."""

        self._scope = scope
        self._blocks: deque[Block] = deque()
        self._held: deque[tuple[int, bytes, float | None, Moment]] = deque()
        self._held_bytes = 0

    def add(self, block: Block) -> None:
        """Expect something more, behind all that is expected already."""
        self._blocks.append(block)

    @property
    def wanted(self) -> Wanted | None:
        """What is looked for now."""
        if not self._blocks:
            return None
        return next((one for one in self._blocks[0].wanted if not one.done), None)

    def offer(self, subject: Subject, at: Moment) -> Fate:
        """Look at the next message; raises `Mistaken`."""
        if self._held or not self._is_ready():
            return self._hold(subject, at)
        return self._look_at(subject, at)

    def replay(self) -> Iterator[tuple[Fate, Subject]]:
        """Look at what was held, as far as it can be looked at now; raises `Mistaken`."""
        while self._held and self._is_ready():
            type, payload, gap, at = self._held.popleft()
            self._held_bytes -= len(payload)
            subject = Subject(type, "in", payload, gap)
            yield self._look_at(subject, at), subject

    def _is_ready(self) -> bool:
        if not self._blocks:
            return not self.open_ended
        block = self._blocks[0]
        return block.is_prepared or block.prepare(self._scope)

    def _look_at(self, subject: Subject, at: Moment) -> Fate:
        if not self._blocks:
            return Fate.UNASKED
        block = self._blocks[0]
        if not block.take(subject, at, self._scope):
            return Fate.SKIPPED
        if not block.done:
            return Fate.COUNTED
        self._blocks.popleft()
        return Fate.TAKEN

    def _hold(self, subject: Subject, at: Moment) -> Fate:
        size = len(subject.payload)
        while self._held and (len(self._held) >= MOST_HELD or self._held_bytes + size > MOST_HELD_BYTES):
            if self._blocks:
                return Fate.OVERFULL
            # Nothing is expected yet: the oldest are the least likely to be.
            self._held_bytes -= len(self._held.popleft()[1])
            self.dropped += 1
        self._held.append((subject.type, subject.payload, subject.gap, at))
        self._held_bytes += size
        return Fate.HELD
