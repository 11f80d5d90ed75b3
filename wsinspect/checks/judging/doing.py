"""The steps of a check, done in their order, as far as they can be. Knows no handshake, and no end of a check.

Times are on the monotonic clock.
"""

import math
from typing import Any

from wsinspect.checks.assertions import Miss
from wsinspect.checks.assertions.excerpts import payload_excerpt
from wsinspect.checks.judging.cursors import MOST_HELD, MOST_HELD_BYTES, Fate
from wsinspect.checks.judging.expecting import Expecting, ExpectingClose
from wsinspect.checks.judging.lanes import Lane
from wsinspect.checks.judging.task import Stage, Task
from wsinspect.checks.judging.tasks import Closes, Rejecting, Sending, Waiting
from wsinspect.checks.judging.wanted import Match, Mistaken, Wanted
from wsinspect.checks.judging.wording import rejected
from wsinspect.checks.plan import Close, Expect, ExpectClose, Reject, Send, Step, Wait
from wsinspect.checks.result import Outcome, StepResult
from wsinspect.checks.telling import told_count, told_time
from wsinspect.errors import Exit, InspectError
from wsinspect.events import DATA, Moment
from wsinspect.filters.subject import Subject


class Steps:
    """The steps; ``done`` are those behind us. If ``strict``, data messages that no expectation takes are a failure."""

    def __init__(self, stage: Stage, *, strict: bool) -> None:
        self.done: list[StepResult] = []
        self.last_matches: list[Match] = []
        """What the last step took that expected messages, where that is kept."""

        self._stage = stage
        self._verdict = stage.verdict
        self._strict = strict
        self._tasks: list[Task[Any]] = []
        self._savers: dict[str, Wanted] = {}

    def add(self, step: Step) -> None:
        """Have one more step, behind all others; raises `InspectError`."""
        if step.on not in self._stage.lanes and not isinstance(step.action, Wait):
            raise InspectError(f"no connection is called `{step.on}`", hint="name it beside the step:  on = ...")
        self._tasks.append(self._task(step))

    def _task(self, step: Step) -> Task[Any]:
        stage, action = self._stage, step.action
        match action:
            case Send():
                return Sending(step, action, stage)
            case Expect():
                return Expecting(step, action, stage, self._savers)
            case Reject():
                return Rejecting(step, action, stage)
            case Wait():
                return Waiting(step, action, stage)
            case Close():
                return Closes(step, action, stage)
            case ExpectClose():
                return ExpectingClose(step, action, stage)

    @property
    def all(self) -> list[Step]:
        """All steps, in their order."""
        return [task.step for task in self._tasks]

    @property
    def under_way(self) -> Task[Any] | None:
        """The step that has begun and is not done."""
        task = self._next
        return task if task is not None and task.begun_at is not None else None

    @property
    def all_done(self) -> bool:
        """Every step is behind us."""
        return self._next is None

    @property
    def _next(self) -> Task[Any] | None:
        index = len(self.done)
        return self._tasks[index] if index < len(self._tasks) else None

    def waiting_on(self, lane: Lane) -> Step | None:
        """Return the step that waits for something to come on a connection."""
        task = self.under_way
        return task.step if task is not None and task.waits and task.lane is lane else None

    def numbered(self, number: int) -> Step | None:
        """Return the step of this number."""
        return next((task.step for task in self._tasks if task.step.number == number), None)

    # Going on.

    def advance(self, at: float) -> None:
        """Do as many steps as can be done now."""
        verdict = self._verdict
        while True:
            self._replay()
            task = self._next
            if task is None or verdict.fault is not None:
                return
            if task.begun_at is None:
                task.begin(at)
            if isinstance(task, Expecting) and task.save():
                # What is known now may make further messages those that are expected.
                continue
            if verdict.fault is not None or not task.is_met(at):
                return
            seconds = max(at - (task.begun_at or at), 0.0)
            step = task.step
            told = verdict.told(step)
            self.done.append(StepResult(step.number, told, Outcome.PASSED, seconds, step.on, step.place))
            if isinstance(task, Expecting):
                self.last_matches = task.matches

    def saw(self, lane: Lane, subject: Subject, at: Moment) -> bool:
        """Look at a received message; tell whether that was all that an expectation wanted."""
        is_over = False
        for watch in lane.watches:
            if at.mono >= watch.until:
                is_over = True
            elif watch.sees(subject):
                self._rejected(lane, watch.wanted, subject)
                return False
        if is_over:
            lane.watches = [watch for watch in lane.watches if at.mono < watch.until]
        try:
            fate = lane.offer(subject, at)
        except Mistaken as mistake:
            self._mistaken(mistake)
            return False
        return self._judged(fate, lane, subject)

    def _replay(self) -> None:
        """Look at what was held for a variable or an expectation, as far as that can be now."""
        for lane in self._stage.lanes.values():
            try:
                for fate, subject in lane.replay():
                    self._judged(fate, lane, subject)
            except Mistaken as mistake:
                self._mistaken(mistake)

    # Time.

    @property
    def deadline(self) -> float:
        """When the step under way is due; infinite where it may take for ever."""
        task = self.under_way
        return task.deadline if task is not None else math.inf

    def expire(self, at: float, lane: Lane | None = None) -> None:
        """Time has come to ``at``: fail where what is expected is overdue.

        With ``lane``, that connection alone is known to have been seen up to then.
        """
        task = self.under_way
        if task is None or not task.waits:
            return
        if at >= task.deadline if lane is None else (at > task.deadline and task.lane is lane):
            task.overdue()

    def time_out(self, timeout_s: float) -> None:
        """The time of the whole check is over."""
        task = self.under_way
        if task is not None and task.waits:
            task.overdue(timeout_s)
        else:
            sentence = f"the check was not done in its {told_time(timeout_s)}"
            self._verdict.fail(Exit.TIMEOUT, sentence, step=task.step if task is not None else None)

    # Failures.

    def _judged(self, fate: Fate, lane: Lane, subject: Subject) -> bool:
        """Fail where a message must not be, or cannot be kept; tell whether an expectation has all it wants."""
        if fate is Fate.OVERFULL:
            self._overfull(lane, subject)
        elif self._strict and fate in (Fate.SKIPPED, Fate.UNASKED) and subject.type in DATA:
            self._unasked(lane, subject)
        return fate is Fate.TAKEN

    def _overfull(self, lane: Lane, subject: Subject) -> None:
        wanted = lane.wanted(subject.type)
        self._verdict.fail(
            Exit.TOO_BIG,
            "more messages came than can be held until the variables are known that this step needs",
            hint=f"at most {MOST_HELD:,} messages and {MOST_HELD_BYTES >> 20} MiB: expect earlier what saves them",
            step=self.numbered(wanted.number) if wanted is not None else None,
            lane=lane,
        )

    def _rejected(self, lane: Lane, wanted: Wanted, subject: Subject) -> None:
        told = wanted.told(self._stage.saved) or wanted.expectation.told
        self._verdict.fail(
            Exit.UNMET,
            rejected(wanted, self._stage.saved),
            step=self.numbered(wanted.number),
            lane=lane,
            miss=Miss("reject", f"no message with: {told}", payload_excerpt(subject)),
            place=wanted.expectation.place,
        )

    def _unasked(self, lane: Lane, subject: Subject) -> None:
        wanted, task = lane.wanted(subject.type), self.under_way
        miss = wanted.miss() if wanted is not None else None
        if miss is None:
            miss = Miss("strict", "no further message", payload_excerpt(subject))
        self._verdict.fail(
            Exit.UNMET,
            f"{told_count(frozenset({subject.type}))} came that no step asks for, and the check is strict",
            step=task.step if task is not None else None,
            lane=lane,
            miss=miss,
        )

    def _mistaken(self, mistake: Mistaken) -> None:
        wanted = mistake.wanted
        self._verdict.mistaken(mistake.error, self.numbered(wanted.number), wanted.expectation.place)
