"""Expectations under way: what each has got so far, and how near the others came. Knows no connection and no clock.

A message is asked about once, when it comes. What it gives to be saved is worked out then, and counts only once its
step is reached.
"""

import math
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from wsinspect.checks.assertions import Miss
from wsinspect.checks.assertions.excerpts import payload_excerpt, size_of
from wsinspect.checks.assertions.matching import Matcher, matcher
from wsinspect.checks.judging.assigning import Assignment
from wsinspect.checks.judging.evidence import filled_in
from wsinspect.checks.judging.saving import saved
from wsinspect.checks.plan import Expectation
from wsinspect.checks.telling import told_count
from wsinspect.checks.variables import Scope
from wsinspect.errors import InspectError
from wsinspect.events import Moment
from wsinspect.filters.subject import Subject

LARGEST_NEAREST = 1 << 20
"""Bytes of a payload that is kept to be held against what was wanted."""

MOST_NEAREST = 8
"""So many of those that came equally near are kept, the last: the one that differs least is shown."""

OTHER_TYPE = -1
"""The score of a message of a type that is not wanted."""

Given: TypeAlias = Mapping[str, Any] | InspectError
"""What a message gives to be saved, or why it does not."""

Match: TypeAlias = tuple[int, bytes, Moment]
"""A message that was taken: type, payload, and when it came."""


_Near: TypeAlias = tuple[int, bytes | None, int, float | None]
"""A message that came near: type, payload if it is kept, its size, and what was lost before it."""


class Mistaken(Exception):
    """An expectation that means nothing, now that its variables have values."""

    def __init__(self, wanted: "Wanted", error: InspectError) -> None:
        super().__init__(error.message)
        self.wanted = wanted
        self.error = error


class Wanted:
    """An expectation of step ``number``, the ``place``-th there. ``after`` is what must have been saved before it can
    be asked for."""

    __slots__ = (
        "_nearest",
        "_score",
        "_types",
        "after",
        "came",
        "done",
        "expectation",
        "given",
        "is_saved",
        "matcher",
        "matches",
        "number",
        "order",
        "others",
    )

    def __init__(self, expectation: Expectation, number: int, after: "Wanted | None", place: int = 0) -> None:
        self.expectation = expectation
        self.number = number
        self.order = number, place
        self.after = after
        self.matcher: Matcher | None = None
        self.came = 0
        """So many of `count` came."""

        self.others = 0
        """So many messages came, while this was looked for, that were not it."""

        self.done = False
        self.given: Given = {}
        self.is_saved = False
        """What it gives has been saved."""

        self.matches: list[Match] = []
        self._types = expectation.types
        self._score = OTHER_TYPE
        self._nearest: deque[_Near] | None = None

    @property
    def is_ready(self) -> bool:
        """All that it refers to is known."""
        return self.after is None or self.after.is_saved

    def prepare(self, scope: Scope) -> None:
        """Compile it; raises `Mistaken`."""
        if self.matcher is None:
            try:
                self.matcher = matcher(self.expectation.wanted, scope)
            except InspectError as error:
                raise Mistaken(self, error) from None
            except RecursionError:
                raise Mistaken(self, InspectError("what is expected is nested too deeply")) from None

    def fits(self, subject: Subject) -> bool:
        """Tell whether a message is one; one that is not is kept if none came nearer."""
        assert self.matcher is not None
        score = OTHER_TYPE
        if subject.type in self._types:
            score = self.matcher.score(subject)
            if score == self.matcher.all:
                return True
        self.others += 1
        if score >= self._score:
            if score > self._score or self._nearest is None:
                self._score = score
                self._nearest = deque(maxlen=MOST_NEAREST)
            payload = subject.payload
            kept = payload if len(payload) <= LARGEST_NEAREST else None
            self._nearest.append((subject.type, kept, len(payload), subject.gap))
        return False

    def take(self, subject: Subject, at: Moment, scope: Scope, *, keep: bool) -> None:
        """Count a message that fits; ``keep`` keeps it."""
        self.came += 1
        if keep:
            self.matches.append((subject.type, subject.payload, at))
        if self.came == self.expectation.count:
            self.done = True
            self._nearest = None
            self.given = giving(self.expectation, subject, scope)

    def miss(self) -> Miss | None:
        """Return what is wrong with the message that came nearest; None where none came."""
        if self._nearest is None or self.matcher is None:
            return None
        # Of those that differ equally, the last: it is what a reader sees last among the events.
        misses = [self._miss(self.matcher, near) for near in reversed(self._nearest)]
        return min(misses, key=_distance)

    def _miss(self, matcher: Matcher, near: "_Near") -> Miss:
        type, payload, size, gap = near
        kind = told_count(frozenset({type}))
        if payload is None:
            return Miss("size", matcher.told, f"{kind} of {size_of(size)}, too large to be kept")
        subject = Subject(type, "in", payload, gap)
        if self._score == OTHER_TYPE:
            wished = " or ".join(told_count(frozenset({one})) for one in sorted(self._types))
            return Miss("type", wished, f"{kind}: {payload_excerpt(subject)}")
        return matcher.miss(subject)

    def told(self, scope: Scope) -> str:
        """Return what is wanted in words, empty where every message of its types is."""
        if not self.expectation.wanted:
            return ""
        return self.matcher.told if self.matcher is not None else filled_in(self.expectation.told, scope)


def _distance(miss: Miss) -> float:
    """Return in how many lines a message differs; where it cannot be said line by line, it is far off."""
    return sum(line[:1] in ("-", "+") for line in miss.difference) or math.inf


def giving(expectation: Expectation, subject: Subject, scope: Scope) -> Given:
    """Return what a message gives to be saved."""
    if not expectation.save:
        return {}
    try:
        return saved(expectation.save, subject, scope)
    except InspectError as error:
        return error


class _Taken(NamedTuple):
    """A message that one of several takes: which in order, what it gives each of them, and itself if it is kept."""

    serial: int
    given: Mapping[int, Given]
    match: Match | None


class Block:
    """Expectations that look at the same messages: one, or several in any order. ``keep`` keeps what they take."""

    __slots__ = ("_assignment", "_keep", "_serial", "done", "is_prepared", "wanted")

    def __init__(self, wanted: tuple[Wanted, ...], *, keep: bool = False) -> None:
        self.wanted = wanted
        self.is_prepared = False
        self.done = False
        self._keep = keep
        self._serial = 0
        counts = [one.expectation.count for one in wanted]
        self._assignment: Assignment[_Taken] | None = Assignment(counts) if len(wanted) > 1 else None

    def prepare(self, scope: Scope) -> bool:
        """Make it ready, if it can be; raises `Mistaken`."""
        for one in self.wanted:
            if not one.is_ready:
                return False
        for one in self.wanted:
            one.prepare(scope)
        self.is_prepared = True
        return True

    def take(self, subject: Subject, at: Moment, scope: Scope) -> bool:
        """Tell whether a message is wanted here, and count it if so."""
        if self._assignment is not None:
            return self._take_in_any_order(self._assignment, subject, at, scope)
        one = self.wanted[0]
        if not one.fits(subject):
            return False
        one.take(subject, at, scope, keep=self._keep)
        self.done = one.done
        return True

    def _take_in_any_order(self, assignment: Assignment[_Taken], subject: Subject, at: Moment, scope: Scope) -> bool:
        fits = tuple([place for place, one in enumerate(self.wanted) if one.fits(subject)])
        if not fits:
            return False
        self._serial += 1
        gives = {place: giving(self.wanted[place].expectation, subject, scope) for place in fits}
        match = (subject.type, subject.payload, at) if self._keep else None
        if not assignment.take(fits, _Taken(self._serial, gives, match)):
            return False
        for place, one in enumerate(self.wanted):
            one.came = one.expectation.count - assignment.free[place]
            one.done = not assignment.free[place]
        if assignment.is_full:
            self._settle(assignment)
        return True

    def _settle(self, assignment: Assignment[_Taken]) -> None:
        """All came: now it is sure which took which."""
        self.done = True
        for place, one in enumerate(self.wanted):
            taken = sorted(assignment.items(place), key=_by_serial)
            one.given = taken[-1].given[place]
            one.matches = [item.match for item in taken if item.match is not None]


def _by_serial(taken: _Taken) -> int:
    return taken.serial
