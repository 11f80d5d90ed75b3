"""Steps that wait for nothing to come: something is sent, time passes, a message must stay away, we close.

Knows no other steps.
"""

from wsinspect.checks.judging.lanes import Watch
from wsinspect.checks.judging.task import Order, Task
from wsinspect.checks.judging.wanted import Mistaken, Wanted
from wsinspect.checks.plan import Close, Reject, Send, Wait
from wsinspect.checks.sending import composed
from wsinspect.errors import Exit, InspectError
from wsinspect.outgoing import Close as Closing


class Sending(Task[Send]):
    """Sends something; whether it leaves shows later."""

    def act(self) -> None:
        lane = self.lane
        if not lane.is_open:
            sentence = f"{self.gone()} before this could be sent"
            self.verdict.fail(Exit.UNMET, sentence, step=self.step, lane=lane, hint=self.hint())
            return
        try:
            what = composed(self.action.what, self.stage.scope)
        except InspectError as error:
            if self.action.needs:
                # The file is right: what the server sent cannot be sent back.
                error = InspectError(error.message, hint=error.hint, exit=Exit.UNMET, excerpt=error.excerpt)
            self.verdict.mistaken(error, self.step)
            return
        lane.ordered(self.step.number, what)
        self.stage.orders.append(Order(self.step.on, what))


class Closes(Task[Close]):
    """Closes the connection, if the server has not done so already."""

    def act(self) -> None:
        lane = self.lane
        if lane.is_open:
            lane.close_ordered = True
            self.stage.orders.append(Order(self.step.on, Closing(self.action.code, self.action.reason)))


class Waiting(Task[Wait]):
    """Lets time pass, while there is still a connection."""

    @property
    def deadline(self) -> float:
        return (self.begun_at or 0.0) + self.action.seconds

    def is_met(self, at: float) -> bool:
        lanes = self.stage.lanes
        concerned = [lanes[self.step.on]] if self.step.on in lanes else list(lanes.values())
        return at >= self.deadline or all(lane.closed is not None for lane in concerned)


class Rejecting(Task[Reject]):
    """Has no message of a kind come: to the end of the check, or for a time, which the step then takes."""

    _watch: Watch | None = None

    @property
    def deadline(self) -> float:
        return (self.begun_at or 0.0) + (self.action.for_s or 0.0)

    def act(self) -> None:
        wanted = Wanted(self.action.expectation, self.step.number, None)
        try:
            wanted.prepare(self.stage.scope)
        except Mistaken as mistake:
            self.verdict.mistaken(mistake.error, self.step, self.action.expectation.place)
            return
        self._watch = Watch(wanted)
        self.lane.watches.append(self._watch)

    def is_met(self, at: float) -> bool:
        if self.action.for_s is not None and self._watch is not None:
            if at < self.deadline and self.lane.closed is None:
                return False
            self._watch.until = self.deadline
        return True
