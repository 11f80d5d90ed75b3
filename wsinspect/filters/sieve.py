"""Batches as far as a user wants to see them; and the judges of messages that counting uses. Knows no connection.

``--where`` and ``--grep`` judge data messages, pings and pongs. What tells of the connection itself always passes them:
a close, an error, a gap and the end; ``--type`` hides closes and errors where it does not name them. A frame goes with
the message that it ends up in; one whose message is not complete when its batch ends cannot be judged, and is shown.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from wsinspect.events import CLOSE, CLOSED, CLOSING, DATA, ERROR, FRAME, GAP, HANDSHAKE, TEXT, Batch, Moment, Row
from wsinspect.filters.looking import Looking
from wsinspect.filters.subject import Pulse, Subject

Sieve: TypeAlias = Callable[[Batch], Batch]
Judge: TypeAlias = Callable[[Subject], bool]

ALWAYS = (CLOSED, HANDSHAKE, GAP)
ENDS = (CLOSE, CLOSING, ERROR)
CONTROL = 0x8
"""The bit of an opcode that tells control frames (RFC 6455 section 5.5)."""


def sieve(looking: Looking) -> Sieve | None:
    """Return what takes out of batches, in their order, what is not to be seen; None where all is."""
    if not looking.filters:
        return None
    if looking.where or looking.grep or looking.select is not None:
        return _by_judge(looking)
    assert looking.types is not None
    return _by_type(looking.types)


def judge(looking: Looking) -> Judge | None:
    """Return what tells whether a message passes ``where`` and ``grep``; None where every one does."""
    conditions = [condition.holds for condition in looking.where]
    searches = [pattern.search for pattern in looking.grep]
    if not conditions and not searches:
        return None
    if len(conditions) == 1 and not searches:
        return conditions[0]

    def passes(subject: Subject) -> bool:
        if searches:
            words = _searched(subject)
            for search in searches:
                if search(words) is None:
                    return False
        return all(holds(subject) for holds in conditions)

    return passes


class Watch:
    """Judges the rows of one direction as they come, in order: it must be shown all of its messages."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._pulse = Pulse()

    def __call__(self, type: int, payload: Any, at: Moment) -> bool:
        """Tell whether a received message passes."""
        return self._judge(Subject(type, "in", payload, self._pulse.gap(type, "in", at)))


def counted(looking: Looking) -> Watch | None:
    """Return what tells whether a received message counts: one that is shown; None where every data message is."""
    if not looking.filters:
        return None
    types, select, passes = looking.types, looking.select, judge(looking)

    def counts(subject: Subject) -> bool:
        if types is not None and subject.type not in types:
            return False
        if passes is not None and not passes(subject):
            return False
        return select is None or subject.type not in DATA or select.value(subject) is not None

    return Watch(counts)


def _by_type(types: frozenset[int]) -> Sieve:
    shown = types | frozenset(ALWAYS)

    def sift(batch: Batch) -> Batch:
        return batch.holding([row for row in batch.rows if row[0] in shown])

    return sift


def _by_judge(looking: Looking) -> Sieve:
    types, select, passes = looking.types, looking.select, judge(looking)
    pulse = Pulse()

    def sift(batch: Batch) -> Batch:
        direction, at = batch.direction, batch.at
        kept: list[Row | None] = []
        frames: dict[bool, list[int]] = {False: [], True: []}  # by whether of control: where in `kept` they wait
        for row in batch.rows:
            type, payload, wire = row
            if type in ALWAYS:
                kept.append(row)
                continue
            wanted = types is None or type in types
            if type == FRAME:
                if wanted:
                    frames[bool(payload.opcode & CONTROL)].append(len(kept))
                    kept.append(row)
                continue
            if type in ENDS:
                frames[True].clear()
                if wanted:
                    kept.append(row)
                continue
            waiting = frames[type not in DATA]
            gap = pulse.gap(type, direction, at)
            if not wanted and not waiting:
                continue
            subject = Subject(type, direction, payload, gap)
            if passes is not None and not passes(subject):
                for index in waiting:
                    kept[index] = None
            elif wanted:
                if select is not None and type in DATA:
                    part = select.selected(subject)
                    if part is not None:
                        kept.append((TEXT, part, wire))
                else:
                    kept.append(row)
            waiting.clear()
        return batch.holding([row for row in kept if row is not None])

    return sift


def _searched(subject: Subject) -> str:
    """Return what a pattern is looked for in: the payload as text, or each byte as a character where it is none."""
    words = subject.words
    return words if words is not None else str(subject.payload, "latin-1")
