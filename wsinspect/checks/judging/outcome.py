"""What came of a run beside its fault: its steps, what is known of its connections, and what was odd. Knows no time."""

from collections.abc import Sequence

from wsinspect.checks.judging.doing import Steps
from wsinspect.checks.judging.lanes import Lane
from wsinspect.checks.judging.verdict import Verdict
from wsinspect.checks.result import Fault, Outcome, StepResult, outcome_of


def step_results(steps: Steps, verdict: Verdict, fault: Fault | None, ended_at: float) -> tuple[StepResult, ...]:
    """Return all steps of a run that ended at this moment, on the monotonic clock; those not done are skipped."""
    results = list(steps.done)
    under_way = steps.under_way
    for step in steps.all[len(results) :]:
        results.append(StepResult(step.number, verdict.told(step), Outcome.SKIPPED, 0.0, step.on, step.place))
    for index, result in enumerate(results):
        if under_way is not None and result.number == under_way.step.number:
            result = result._replace(seconds=max(ended_at - (under_way.begun_at or ended_at), 0.0))
        if fault is not None and result.number == fault.step:
            # What must not come may come long after its step.
            result = result._replace(outcome=outcome_of(fault))
        results[index] = result
    return tuple(results)


def facts(lanes: Sequence[Lane]) -> dict[str, str]:
    """Return what is known of connections, for reports."""
    found = {name: value for lane in lanes for name, value in lane.facts()}
    if len(lanes) > 1:
        found["received"] = str(sum(lane.received for lane in lanes))
        found["sent"] = str(sum(lane.sent for lane in lanes))
    return found


def notes(lanes: Sequence[Lane]) -> list[str]:
    """Return what is odd about how connections ended that we closed."""
    return [note for lane in lanes for note in _notes(lane)]


def _notes(lane: Lane) -> list[str]:
    closed = lane.closed
    if closed is None or closed.by != "us" or not lane.close_ordered or not closed.cause:
        return []
    return [f"{lane.name}: {closed.cause}" if lane.name else closed.cause]
