"""A run of a check as a pure machine: what is seen and the time go in, what is to be sent and a verdict come out.

It runs through three states: the connections are opened and their handshakes judged; the steps are done, in order; what
is still open is closed, while messages must go on to be as they should. The first cause of a failure ends it. Knows no
socket, does not sleep, reads no clock: times are given, in seconds on the monotonic clock. Nothing that a peer sends
makes it raise.
"""

import math
from collections.abc import Callable
from enum import Enum
from typing import Any

from wsinspect.checks.judging.doing import Steps
from wsinspect.checks.judging.lanes import Lane
from wsinspect.checks.judging.opening import STEP, TOLD, opening_fault, refusal_fault, too_slow
from wsinspect.checks.judging.outcome import facts, notes, step_results
from wsinspect.checks.judging.task import Order, Stage
from wsinspect.checks.judging.verdict import Verdict
from wsinspect.checks.judging.wanted import Match
from wsinspect.checks.judging.wording import broken, code_hint, ended
from wsinspect.checks.plan import Check, Step
from wsinspect.checks.result import Fault, RunResult
from wsinspect.checks.telling import told_time
from wsinspect.ending import GOOD_CODES
from wsinspect.errors import Exit, InspectError
from wsinspect.events import (
    ABNORMAL,
    BINARY,
    CLOSE,
    CLOSED,
    DATA,
    ERROR,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Handshake,
    Moment,
)
from wsinspect.outgoing import Close

__all__ = ["Machine", "Order"]

CLOSING_S = 5.0
"""A run whose steps are done ends after so long, even if it is not told that its connections are gone."""

BAD_ENDS = (Exit.CLOSED_BADLY, Exit.LOST)
"""Ends that fail a check in which no step expects them."""

OURS = (Exit.OK, Exit.VIOLATION)
"""Exit codes of a connection that we closed, which say nothing that is not known here."""

TOO_BIG = "too-big"
"""The rule that is no rule of the protocol but our own limit in size."""


class State(Enum):
    """Where a run has come to."""

    OPENING = "opening"
    RUNNING = "running"
    CLOSING = "closing"
    OVER = "over"


class Machine:
    """One run of a check that begins at ``at``.

    It is told what happens, connection by connection, each in its order: `opened` or `refused`, then `saw` for every
    batch of either direction, up to the one that holds CLOSED. `tick` tells the time, once all that came before has
    been shown; `deadline` is when that is wanted next. Once it is `done`, the result is there, and whatever is still
    open can be closed.

    Where it is ``open_ended``, steps can be added until `finish`; after either, `tick` lets it go on. `idle` tells that
    all steps so far are done.
    """

    def __init__(self, check: Check, at: float, *, open_ended: bool = False) -> None:
        self._check = check
        self._began = self._now = at
        self._timeout_at = at + check.timeout_s
        self._closing_at = math.inf
        self._ended_at: float | None = None
        self._open_ended = open_ended
        self._stirred = False
        """There is something to be done at the next tick."""

        self._state = State.OPENING
        self._notes: list[str] = []
        scope: dict[str, Any] = dict(check.variables)
        saved: dict[str, Any] = {}
        self._lanes = {link.name: Lane(link, scope, open_ended=open_ended) for link in check.links}
        self._verdict = Verdict(self._lanes, saved)
        self._orders: list[Order] = []
        self._steps = Steps(Stage(self._lanes, scope, saved, self._verdict, self._orders), strict=check.strict)
        for step in check.steps:
            self._steps.add(step)
        self._seeing: dict[int, Callable[[Lane, int, Any, Moment], None]] = {
            **dict.fromkeys((TEXT, BINARY, PING, PONG), self._message),
            CLOSE: self._close,
            ERROR: self._error,
            CLOSED: self._closed,
        }

    # What it is told.

    def opened(self, on: str, handshake: Handshake, at: float) -> list[Order]:
        """A connection was opened."""
        lane = self._lanes[on]
        lane.opened(handshake)
        if not self.done:
            self._judge_opening(lane, handshake, None)
            self._go_on(at)
        return self._taken()

    def refused(
        self, on: str, handshake: Handshake, body: str, at: float, error: InspectError | None = None
    ) -> list[Order]:
        """A server answered, but opened nothing; ``error`` tells of it, where it is known what lies behind."""
        lane = self._lanes[on]
        lane.handshake = handshake
        lane.is_refused = True
        if not self.done:
            if lane.wish.refusal:
                self._judge_opening(lane, handshake, body)
            else:
                fault = refusal_fault(handshake, lane.wish)
                if error is not None:
                    fault = fault._replace(exit=error.exit, sentence=error.message, hint=error.hint)
                self._verdict.take(fault, lane)
            self._go_on(at)
        return self._taken()

    def prevented(self, error: InspectError) -> None:
        """Something keeps the check from being run, or from going on."""
        if not self.done:
            opening = self._state is State.OPENING
            fault = Fault(error.exit, error.message, error.hint, difference=error.excerpt)
            self._verdict.take(fault._replace(step=STEP, told=TOLD) if opening else fault)
            self._go_on(self._now)

    def saw(self, on: str, batch: Batch) -> list[Order]:
        """Something came, or left."""
        lane, at = self._lanes[on], batch.at.mono
        self._now = max(self._now, at)
        if batch.direction == "out":
            lane.left(batch)
            if self._state is State.CLOSING:
                self._closing_at = at
            return self._taken()
        if self._state is State.RUNNING:
            self._steps.expire(at, lane)
            if self._steps.deadline <= at or self._verdict.fault is not None:
                self._go_on(at)
        for type, payload, _ in batch.rows:
            see = self._seeing.get(type)
            if see is not None and not self.done:
                lane.evidence.note(at, "in", type, payload)
                see(lane, type, payload, batch.at)
        return self._taken()

    def tick(self, at: float) -> list[Order]:
        """It is ``at``, and all that came before has been shown."""
        self._now = max(self._now, at)
        self._stirred = False
        if self._state is State.OPENING:
            self._expire_opening(at)
        elif self._state is State.RUNNING:
            if self._timeout_at <= min(at, self._steps.deadline):
                self._steps.time_out(self._check.timeout_s)
            self._steps.expire(at)
        elif self._state is State.CLOSING and at >= self._closing_until:
            self._expire_closing()
        self._go_on(at)
        if self._state is State.RUNNING and at >= self._timeout_at and not self.done:
            self._steps.time_out(self._check.timeout_s)
            self._go_on(at)
        return self._taken()

    def add(self, step: Step) -> None:
        """Have one more step; raises `InspectError` where it names no connection."""
        self._steps.add(step)
        self._stirred = True

    def finish(self) -> None:
        """No more steps are added."""
        self._open_ended = False
        for lane in self._lanes.values():
            lane.settle()
        self._stirred = True

    # What it tells.

    @property
    def done(self) -> bool:
        """The verdict is there."""
        return self._state is State.OVER

    @property
    def idle(self) -> bool:
        """All connections are open, and all steps so far are done."""
        return self._state is not State.OPENING and self._steps.all_done

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next, on the monotonic clock."""
        if self.done:
            return None
        if self._stirred:
            return self._now
        due = self._timeout_at
        if self._state is State.OPENING:
            due = min([due, *[self._opening_until(lane) for lane in self._lanes.values()]])
        elif self._state is State.RUNNING:
            due = min(due, self._steps.deadline)
        elif self._state is State.CLOSING:
            due = self._closing_until
        return due if due < math.inf else None

    @property
    def steps_done(self) -> int:
        """So many steps are done."""
        return len(self._steps.done)

    @property
    def last_matches(self) -> list[Match]:
        """The messages that the last expectation took; only where it is open-ended."""
        return self._steps.last_matches

    def result(self) -> RunResult:
        """Return what came of the run; one that is not over has failed."""
        fault = self._verdict.fault
        if fault is None and not self.done:
            fault = Fault(Exit.INTERNAL, "the check was broken off before its end")
        ended_at = self._now if self._ended_at is None else self._ended_at
        lanes = list(self._lanes.values())
        return RunResult(
            step_results(self._steps, self._verdict, fault, ended_at),
            fault,
            max(ended_at - self._began, 0.0),
            facts(lanes),
            (*self._notes, *notes(lanes)),
        )

    # The opening.

    def _judge_opening(self, lane: Lane, handshake: Handshake, body: str | None) -> None:
        try:
            fault = opening_fault(lane.wish, handshake, body)
        except InspectError as error:
            fault = Fault(error.exit, error.message, error.hint, STEP, TOLD, place=lane.wish.place)
        if fault is not None:
            self._verdict.take(fault, lane)

    def _opening_until(self, lane: Lane) -> float:
        if lane.handshake is not None or lane.wish.within_s is None:
            return math.inf
        return self._began + lane.wish.within_s

    def _expire_opening(self, at: float) -> None:
        for lane in self._lanes.values():
            if at >= self._opening_until(lane):
                self._verdict.take(too_slow(lane.wish), lane)
        if at >= self._timeout_at:
            sentence = f"the handshake was not done in the {told_time(self._check.timeout_s)} of the check"
            self._verdict.take(Fault(Exit.TIMEOUT, sentence, step=STEP, told=TOLD))

    # What is seen.

    def _message(self, lane: Lane, type: int, payload: bytes, at: Moment) -> None:
        if type in DATA:
            lane.received += 1
        if self._steps.saw(lane, lane.subject(type, payload, at), at) or self._verdict.fault is not None:
            self._go_on(at.mono)

    def _close(self, lane: Lane, type: int, payload: bytes, at: Moment) -> None:
        lane.close_came(payload, at.mono)

    def _error(self, lane: Lane, type: int, payload: Any, at: Moment) -> None:
        step = self._steps.waiting_on(lane)
        if payload.rule == TOO_BIG:
            self._verdict.fail(Exit.TOO_BIG, payload.sentence, step=step, lane=lane)
        elif not self._check.allow_violations:
            self._verdict.fail(Exit.VIOLATION, broken(payload), step=step, lane=lane)
        self._go_on(at.mono)

    def _closed(self, lane: Lane, type: int, closed: Closed, at: Moment) -> None:
        lane.closed = closed
        unsent = lane.unsent
        how = ended(closed, lane.dialect, as_ordered=lane.close_ordered)
        hint = code_hint(closed, lane.dialect)
        if closed.by == "us" and closed.exit not in OURS:
            # A limit of ours.
            self._verdict.fail(Exit(closed.exit), closed.cause or how, step=self._steps.waiting_on(lane), lane=lane)
        elif unsent is not None:
            step = self._steps.numbered(unsent)
            self._verdict.fail(Exit.UNMET, f"{how} before this was sent", step=step, lane=lane, hint=hint)
        elif self._steps.waiting_on(lane) is None:
            self._judge_end(lane)
        self._go_on(at.mono)

    def _judge_end(self, lane: Lane) -> None:
        """Fail for an end that is a bad one, where no step expects it any more."""
        if lane.closed is None or lane.close_expected:
            return
        closed = _impartial(lane.closed)
        if closed.exit not in BAD_ENDS:
            return
        if lane.closes_to_expect or (self._open_ended and self._state is not State.CLOSING):
            return
        how = ended(closed, lane.dialect, as_ordered=lane.close_ordered)
        self._verdict.fail(Exit(closed.exit), how, lane=lane, hint=code_hint(closed, lane.dialect))

    # The way through.

    def _go_on(self, at: float) -> None:
        """Go as far as can be gone now."""
        self._now = max(self._now, at)
        lanes = self._lanes.values()
        if self._state is State.OPENING and all(lane.handshake is not None for lane in lanes):
            self._state = State.RUNNING
        if self._verdict.fault is None and self._state is State.RUNNING:
            self._steps.advance(at)
            if self._steps.all_done and not self._open_ended and self._verdict.fault is None:
                self._begin_close(at)
        settled = all(lane.closed is not None or lane.is_refused for lane in lanes)
        if not self.done and (self._verdict.fault is not None or (self._state is State.CLOSING and settled)):
            self._over()

    def _begin_close(self, at: float) -> None:
        self._state = State.CLOSING
        self._closing_at = at
        for lane in self._lanes.values():
            self._judge_end(lane)
            if lane.is_open:
                lane.close_ordered = True
                self._orders.append(Order(lane.name, Close()))

    @property
    def _unclosed(self) -> Lane | None:
        """A connection whose close was ordered, but waits behind what was to be sent before it."""
        waiting = [lane for lane in self._lanes.values() if lane.close_ordered and not lane.close_left]
        return next((lane for lane in waiting if lane.closed is None), None)

    @property
    def _closing_until(self) -> float:
        until = self._closing_at + CLOSING_S
        # As long as the check may take, it may take the server to read.
        return until if self._unclosed is None else max(until, self._timeout_at)

    def _expire_closing(self) -> None:
        lane = self._unclosed
        if lane is None:
            self._notes.append(f"a connection was still open {told_time(CLOSING_S)} after its close")
            self._over()
        else:
            sentence = f"not all could be sent in the {told_time(self._check.timeout_s)} of the check"
            self._verdict.fail(Exit.TIMEOUT, sentence, lane=lane, hint="the server does not read what is sent to it")

    def _over(self) -> None:
        self._state = State.OVER
        self._ended_at = self._now

    def _taken(self) -> list[Order]:
        orders = list(self._orders)
        self._orders.clear()
        return orders


def _impartial(closed: Closed) -> Closed:
    """Return an end as if the server began it, where its close with a bad code crossed ours: which of the two was seen
    first is chance, and must change no verdict."""
    if closed.by != "us" or closed.exit != Exit.OK or closed.code in (*GOOD_CODES, ABNORMAL, closed.sent):
        return closed
    return closed._replace(by="peer", exit=int(Exit.CLOSED_BADLY))
