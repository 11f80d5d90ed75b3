"""Why a check is not passed: the first cause, with its place, what was expected, and the last that was seen before it.

Knows no step's meaning.
"""

from collections.abc import Mapping
from typing import Any

from wsinspect.checks.assertions import Miss
from wsinspect.checks.judging.evidence import filled_in, last_of
from wsinspect.checks.judging.lanes import Lane
from wsinspect.checks.plan import Place, Step
from wsinspect.checks.result import Fault
from wsinspect.errors import Exit, InspectError

NOTHING = Miss("", "", "")


class Verdict:
    """The fault of a run, if there is one: what comes after the first does not change it.

    ``saved`` are the variables that steps have saved, for what is told.
    """

    def __init__(self, lanes: Mapping[str, Lane], saved: Mapping[str, Any]) -> None:
        self.fault: Fault | None = None
        self._lanes = lanes
        self._saved = saved

    def fail(
        self,
        exit: Exit,
        sentence: str,
        *,
        step: Step | None = None,
        lane: Lane | None = None,
        miss: Miss | None = None,
        hint: str = "",
        place: Place | None = None,
    ) -> None:
        """The check is not passed; ``step`` is to blame, ``lane`` is where, ``miss`` is what was expected and came."""
        against = miss or NOTHING
        fault = Fault(
            exit,
            sentence,
            hint,
            step.number if step is not None else None,
            self.told(step) if step is not None else "",
            against.expected,
            against.came,
            against.difference,
        )
        if step is not None:
            fault = fault._replace(place=step.place if place in (None, Place()) else place)
        self.take(fault, lane)

    def mistaken(
        self,
        error: InspectError,
        step: Step | None = None,
        place: Place | None = None,
        lane: Lane | None = None,
    ) -> None:
        """What the user wrote cannot be done, as shows only now."""
        miss = Miss("", "", "", error.excerpt)
        self.fail(error.exit, error.message, step=step, lane=lane, hint=error.hint, place=place, miss=miss)

    def take(self, fault: Fault, lane: Lane | None = None) -> None:
        """The check is not passed, for this reason, if it is the first."""
        if self.fault is None:
            blamed = lane.evidence if lane is not None else None
            events = last_of([one.evidence for one in self._lanes.values()], blamed)
            self.fault = fault._replace(events=events)

    def told(self, step: Step) -> str:
        """Return what a step does, with what was saved by now."""
        return filled_in(step.told, self._saved)
