"""A step under way: what it begins, when it is met, and until when it may take. Knows no action.

Times are on the monotonic clock.
"""

import math
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from wsinspect.checks.judging.lanes import Lane
from wsinspect.checks.judging.verdict import Verdict
from wsinspect.checks.judging.wording import code_hint, ended
from wsinspect.checks.plan import Action, Step
from wsinspect.outgoing import Close, Message, Ping, Pong

A = TypeVar("A", bound=Action)


class Order(NamedTuple):
    """Something to be sent on a connection, by its name."""

    on: str
    what: Message | Ping | Pong | Close


class Stage(NamedTuple):
    """What all steps share: the connections, all variables, those among them that steps have saved, the verdict, and
    what is to be sent, for whoever takes it."""

    lanes: Mapping[str, Lane]
    scope: dict[str, Any]
    saved: dict[str, Any]
    verdict: Verdict
    orders: list[Order]

    def save(self, values: Mapping[str, Any]) -> None:
        """Have variables from now on."""
        self.scope.update(values)
        self.saved.update(values)


class Task(Generic[A]):
    """A step; ``lane`` is its connection, if it is that of one."""

    waits = False
    """It waits for something to come."""

    def __init__(self, step: Step, action: A, stage: Stage) -> None:
        self.step = step
        self.action = action
        self.stage = stage
        self.verdict = stage.verdict
        self.begun_at: float | None = None
        self.was_closed = False
        """The connection had ended before the step began."""

    @property
    def lane(self) -> Lane:
        """Its connection; raises KeyError where it is that of none."""
        return self.stage.lanes[self.step.on]

    @property
    def deadline(self) -> float:
        """When it is due, once it has begun; infinite where it may take for ever."""
        return math.inf

    def begin(self, at: float) -> None:
        """Begin it."""
        self.begun_at = at
        lane = self.stage.lanes.get(self.step.on)
        self.was_closed = lane is not None and lane.closed is not None
        self.act()

    def act(self) -> None:
        """Do what is done at its begin."""

    def is_met(self, at: float) -> bool:
        """Tell whether it is done; a fault is told to the verdict."""
        return True

    def overdue(self, of_all_s: float | None = None) -> None:
        """Tell the verdict that its time is over, or that of the whole check: ``of_all_s``."""

    def gone(self) -> str:
        """Return how its connection went, as a sentence."""
        lane = self.lane
        if lane.is_refused:
            return "the connection was refused"
        if lane.end is None:
            return "we had closed the connection"
        return ended(lane.end, lane.dialect, as_ordered=lane.close_ordered)

    def hint(self) -> str:
        """Return what its connection's end means."""
        return code_hint(self.lane.end, self.lane.dialect) if self.lane.end is not None else ""
