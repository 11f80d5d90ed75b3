"""Steps that wait for messages, or for the end of a connection. Knows no other steps.

Messages are looked at as they come, before their step begins, too; what they give is saved once it has begun.
"""

import math

from wsinspect.checks.assertions import Miss
from wsinspect.checks.judging.task import Stage, Task
from wsinspect.checks.judging.wanted import Match, Mistaken, Wanted
from wsinspect.checks.judging.wording import close_miss, close_sentence, unmet_at_end, unmet_in_time
from wsinspect.checks.plan import Expect, ExpectClose, Step
from wsinspect.checks.searching import limited
from wsinspect.checks.telling import told_close, told_time
from wsinspect.errors import Exit, InspectError
from wsinspect.filters.pattern import pattern

CLOSE_S = 5.0
"""Between a close frame and the end of the connection lies so long at most."""


class Expecting(Task[Expect]):
    """Waits until all its messages came; their connection looks for them from when the task is made.

    ``savers`` are the expectations of earlier steps that save a variable, by its name, and take those of this one.
    """

    waits = True

    def __init__(self, step: Step, action: Expect, stage: Stage, savers: dict[str, Wanted]) -> None:
        super().__init__(step, action, stage)
        self._wanted: list[Wanted] = []
        earlier = dict(savers)
        for place, expectation in enumerate(action.expectations):
            # Savings happen in the order of the steps: after the last of them, all are done.
            after = [earlier[name] for name in expectation.needs if name in earlier]
            wanted = Wanted(expectation, step.number, max(after, key=_order, default=None), place)
            self._wanted.append(wanted)
            savers.update(dict.fromkeys(expectation.save, wanted))
            if not action.any_order:
                earlier = savers
        self.lane.expect(action, self._wanted)

    @property
    def matches(self) -> list[Match]:
        """The messages that it took, where they are kept."""
        matches = [match for one in self._wanted for match in one.matches]
        return sorted(matches, key=_came_at) if self.action.any_order else matches

    @property
    def deadline(self) -> float:
        unmet = [one.expectation.within_s for one in self._wanted if not one.done]
        return (self.begun_at or 0.0) + min(unmet, default=math.inf)

    def act(self) -> None:
        """Even if no message comes, a mistake in what is expected shows now."""
        try:
            for one in self._wanted:
                if one.is_ready:
                    one.prepare(self.stage.scope)
        except Mistaken as mistake:
            self.verdict.mistaken(mistake.error, self.step, mistake.wanted.expectation.place)

    def save(self) -> bool:
        """Save what its messages give, in the order of its expectations; tell whether there was anything new."""
        if self.action.any_order and not all(one.done for one in self._wanted):
            # Until then it is open which of them takes which message.
            return False
        saved = False
        for one in self._wanted:
            if not one.done:
                break
            if one.is_saved:
                continue
            if isinstance(one.given, InspectError):
                self.verdict.mistaken(one.given, self.step, one.expectation.place, self.lane)
                return True
            self.stage.save(one.given)
            one.is_saved = saved = True
        return saved

    def is_met(self, at: float) -> bool:
        if all(one.is_saved for one in self._wanted):
            return True
        if self.lane.closed is not None or self.lane.is_refused:
            missing = next(one for one in self._wanted if not one.done)
            self._unmet(missing, self._said_at_end(missing), self.hint())
        return False

    def overdue(self, of_all_s: float | None = None) -> None:
        unmet = [one for one in self._wanted if not one.done]
        if not unmet:
            return
        missing = min(unmet, key=_within)
        if self.lane.end is not None:
            self._unmet(missing, self._said_at_end(missing), self.hint())
            return
        self._unmet(missing, unmet_in_time(missing, self.stage.saved, of_all_s), self._why(missing, unmet[0]))

    def _why(self, missing: Wanted, first: Wanted) -> str:
        dropped = self.lane.dropped
        if dropped:
            return f"{dropped:,} messages came while nothing was expected, and were not kept"
        if first is missing or self.action.any_order:
            return ""
        told = first.told(self.stage.saved) or first.expectation.told
        return f"it is looked for behind `{told}`, which did not come either"

    def _said_at_end(self, missing: Wanted) -> str:
        return unmet_at_end(missing, self.stage.saved, self.gone(), waited=not self.was_closed)

    def _unmet(self, missing: Wanted, sentence: str, hint: str) -> None:
        told = missing.told(self.stage.saved) or missing.expectation.told
        miss = missing.miss() or Miss("", told, "")
        place = missing.expectation.place
        self.verdict.fail(Exit.UNMET, sentence, step=self.step, lane=self.lane, miss=miss, hint=hint, place=place)


class ExpectingClose(Task[ExpectClose]):
    """Waits until the connection has ended, and judges how."""

    waits = True

    def __init__(self, step: Step, action: ExpectClose, stage: Stage) -> None:
        super().__init__(step, action, stage)
        self.lane.closes_to_expect += 1

    @property
    def deadline(self) -> float:
        deadline = (self.begun_at or 0.0) + self.action.within_s
        came_at = self.lane.close_came_at
        # A close frame in time is what was wished; how the connection ends shows a little later.
        return came_at + CLOSE_S if came_at is not None and came_at <= deadline else deadline

    def is_met(self, at: float) -> bool:
        lane, wish = self.lane, self.action
        closed = lane.closed
        if closed is None:
            if lane.is_refused:
                self.verdict.fail(Exit.UNMET, self.gone(), step=self.step, lane=lane)
            return False
        try:
            reason_fits = wish.reason is None or limited(pattern(wish.reason).search, closed.reason) is not None
        except InspectError as error:
            self.verdict.mistaken(error, self.step)
            return False
        miss = close_miss(wish, closed, lane.dialect, reason_fits=reason_fits)
        if miss is not None:
            sentence = close_sentence(wish, closed, lane.dialect, as_ordered=lane.close_ordered)
            self.verdict.fail(Exit.UNMET, sentence, step=self.step, lane=lane, miss=miss, hint=self.hint())
            return False
        lane.close_expected = True
        lane.closes_to_expect -= 1
        return True

    def overdue(self, of_all_s: float | None = None) -> None:
        miss = Miss("close", told_close(self.action), "the connection is still open")
        within = (
            f"within {told_time(self.action.within_s)}"
            if of_all_s is None
            else f"in the {told_time(of_all_s)} of the check"
        )
        sentence = f"the connection did not end {within}"
        self.verdict.fail(Exit.UNMET, sentence, step=self.step, lane=self.lane, miss=miss)


def _order(wanted: Wanted) -> tuple[int, int]:
    return wanted.order


def _within(wanted: Wanted) -> float:
    return wanted.expectation.within_s


def _came_at(match: Match) -> float:
    return match[2].mono
