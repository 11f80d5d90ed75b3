"""The machine of checks, driven in any order that a network can bring about: whatever happens, it comes to one verdict.

A driver keeps the contract: it shows what happens in order, connection by connection, lets orders leave when it likes,
and ticks when the machine wants it, or late.
"""

import os
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.check_scripts import BEGAN, checked, handshake, wanted
from wsinspect.checks.judging.machine import CLOSING_S, Machine, Order
from wsinspect.checks.plan import Close, Expect, ExpectClose, Reject, Send, Wait
from wsinspect.checks.result import Outcome, RunResult
from wsinspect.ending import Ending
from wsinspect.errors import Exit
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Moment,
    Row,
    Violation,
)
from wsinspect.outgoing import Close as Closing
from wsinspect.outgoing import Ping

EXAMPLES = int(os.environ.get("WSINSPECT_EXAMPLES", "40"))
TIMEOUT_S = 12.0
TEXTS = ("a", "b", "x")
NAMES = st.sampled_from(["", "other"])
SOON = st.sampled_from([0.5, 1.0, 3.0])

EXPECTED = st.builds(
    lambda text, count, within: wanted(text=text, count=count, within=within),
    st.sampled_from("ab"),
    st.integers(1, 2),
    SOON,
)
ACTIONS = st.one_of(
    st.builds(lambda text: Send({"text": text}), st.sampled_from(["hello", "again"])),
    st.builds(lambda: Send({"ping": "beat"})),
    EXPECTED.map(lambda one: Expect((one,))),
    st.builds(lambda one, other, any_order: Expect((one, other), any_order), EXPECTED, EXPECTED, st.booleans()),
    st.builds(lambda within: Expect((wanted(types=frozenset({PING}), within=within),)), SOON),
    st.builds(lambda for_s: Reject(wanted(text="x"), for_s), st.none() | SOON),
    st.builds(Wait, SOON),
    st.builds(Close, st.sampled_from([1000, 1001, None])),
    st.builds(lambda codes, within: ExpectClose(codes, within_s=within), st.none() | st.just(frozenset({1000})), SOON),
)


class Driver(RuleBasedStateMachine):
    """Who drives a machine, and remembers all that it was told and ordered."""

    @initialize(
        steps=st.lists(st.tuples(NAMES, ACTIONS), max_size=5),
        two=st.booleans(),
        options=st.fixed_dictionaries({"strict": st.booleans(), "allow_violations": st.booleans()}),
    )
    def begin(self, steps: list[tuple[str, Any]], two: bool, options: dict[str, bool]) -> None:
        self.names = ("", "other") if two else ("",)
        pairs = [(name if two else "", action) for name, action in steps]
        self.check = checked(*pairs, on=self.names, timeout_s=TIMEOUT_S, **options)
        self.at = BEGAN
        self.machine = Machine(self.check, BEGAN)
        self.endings: dict[str, Ending] = {}  # of those that are open
        self.unopened = list(self.names)
        self.over: set[str] = set()
        self.orders: list[Order] = []
        self.left: list[Order] = []
        self.came: list[tuple[str, str]] = []
        self.steps_done = 0
        self.verdict: RunResult | None = None

    def take(self, orders: list[Order]) -> None:
        assert not (orders and self.verdict), "it orders something behind its end"
        self.orders += orders

    def see(self, name: str, row: Row, direction: Direction = "in") -> None:
        self.take(self.machine.saw(name, Batch(Moment(0.0, self.at), direction, [row])))

    @property
    def alive(self) -> list[str]:
        return sorted(set(self.endings) - self.over)

    # What happens.

    @precondition(lambda self: self.unopened)
    @rule(refused=st.sampled_from([False, False, False, False, True]))
    def answered(self, refused: bool) -> None:
        name = self.unopened.pop(0)
        if refused:
            self.take(self.machine.refused(name, handshake(self.at, name, status=401), "no", self.at))
        else:
            self.endings[name] = Ending()
            self.take(self.machine.opened(name, handshake(self.at, name), self.at))

    @precondition(lambda self: self.alive)
    @rule(
        data=st.data(),
        message=st.one_of(
            st.tuples(st.just(TEXT), st.sampled_from(TEXTS)),
            st.tuples(st.sampled_from([TEXT, BINARY, PING, PONG]), st.sampled_from(["", "beat"])),
        ),
    )
    def comes(self, data: st.DataObject, message: tuple[int, str]) -> None:
        name = data.draw(st.sampled_from(self.alive))
        type, text = message
        if type == TEXT:
            self.came.append((name, text))
        rejected = (type, text) == (TEXT, "x") and name in self.rejecting
        self.see(name, (type, text.encode(), len(text) + 2))
        assert not rejected or self.machine.done

    @property
    def rejecting(self) -> list[str]:
        """The connections that are open on which no message `x` may come any more."""
        if self.machine.done:
            return []
        done = self.check.steps[: self.machine.steps_done]
        rejects = [step for step in done if isinstance(step.action, Reject) and step.action.for_s is None]
        return [step.on for step in rejects if step.on in self.alive]

    @precondition(lambda self: self.rejecting)
    @rule()
    def what_is_rejected_comes(self) -> None:
        self.see(self.rejecting[0], (TEXT, b"x", 3))
        assert self.machine.done
        assert self.machine.result().fault is not None

    @precondition(lambda self: self.machine.steps_done < len(self.check.steps))
    @rule()
    def what_is_wanted_comes(self) -> None:
        step = self.check.steps[self.machine.steps_done]
        if step.on not in self.alive:
            return
        if isinstance(step.action, ExpectClose):
            self.gone(step.on)
        for one in step.action.expectations if isinstance(step.action, Expect) else ():
            for _ in range(one.count):
                text = one.wanted.get("text", "")
                self.came.append((step.on, text))
                self.see(step.on, (TEXT if text else PING, text.encode(), 3))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), code=st.sampled_from([1000, 1001, 1011]))
    def server_closes(self, data: st.DataObject, code: int) -> None:
        name = data.draw(st.sampled_from(self.alive))
        body = code.to_bytes(2, "big")
        self.endings[name].close_received(body)
        self.see(name, (CLOSE, body, 4))

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def server_breaks_a_rule(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.alive))
        breach = Violation("masked", "RFC 6455 §5.1", "the server masked a frame", 0, b"", 1002)
        self.endings[name].violated(breach)
        was_done = self.machine.done
        self.see(name, (ERROR, breach, 0))
        if not self.check.allow_violations and not was_done:
            fault = self.machine.result().fault
            assert self.machine.done
            assert fault is not None
        self.gone(name)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), lost=st.booleans())
    def connection_goes(self, data: st.DataObject, lost: bool) -> None:
        name = data.draw(st.sampled_from(self.alive))
        if lost:
            self.endings[name].lost("the connection was reset")
        self.gone(name)

    def gone(self, name: str) -> None:
        closed: Closed = self.endings[name].closed()
        self.over.add(name)
        self.see(name, (CLOSED, closed, 0))

    @precondition(lambda self: any(order.on in self.alive for order in self.orders))
    @rule()
    def order_leaves(self) -> None:
        order = next(order for order in self.orders if order.on in self.alive)
        self.orders.remove(order)
        self.left.append(order)
        what = order.what
        if isinstance(what, Closing):
            body = b"" if what.code is None else what.code.to_bytes(2, "big")
            self.endings[order.on].close_sent(body)
            self.see(order.on, (CLOSING, body, 4), "out")
        else:
            type = PING if isinstance(what, Ping) else TEXT
            self.see(order.on, (type, what.payload, 8), "out")

    @rule(seconds=st.sampled_from([0.0, 0.25, 1.0, 4.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.at + seconds
        while (due := self.machine.deadline) is not None and due <= until:
            self.at = max(self.at, due)
            self.tick()
        self.at = until

    @rule(seconds=st.sampled_from([0.5, 3.0]))
    def time_passes_unnoticed(self, seconds: float) -> None:
        self.at += seconds

    def tick(self) -> None:
        self.take(self.machine.tick(self.at))
        due = self.machine.deadline
        assert self.machine.done or (due is not None and due > self.at), "it wants to be told the time it knows"

    # What must hold.

    @invariant()
    def there_is_one_verdict(self) -> None:
        result = self.machine.result()
        if self.verdict is not None:
            assert self.machine.done
            assert result.fault == self.verdict.fault
            assert result.steps == self.verdict.steps
            assert result.seconds == self.verdict.seconds
        elif self.machine.done:
            self.verdict = result
        assert (self.machine.deadline is None) is self.machine.done
        if not self.machine.done:
            assert result.fault is not None
            assert result.fault.exit == Exit.INTERNAL

    @invariant()
    def each_step_ends_once_and_in_order(self) -> None:
        assert self.machine.steps_done >= self.steps_done
        self.steps_done = self.machine.steps_done
        if self.verdict is None:
            return
        outcomes = [step.outcome for step in self.verdict.steps]
        assert [step.number for step in self.verdict.steps] == [step.number for step in self.check.steps]
        assert all(step.seconds >= 0 for step in self.verdict.steps)
        bad = [step.number for step in self.verdict.steps if step.outcome.is_bad]
        fault = self.verdict.fault
        if fault is None:
            assert outcomes == [Outcome.PASSED] * len(outcomes)
            assert all(order.on in self.over or not isinstance(order.what, Closing) for order in self.orders)
        else:
            assert bad == ([] if fault.step in (None, 0) else [fault.step])
        for number, outcome in enumerate(outcomes, 1):
            if number > self.steps_done and number not in bad:
                assert outcome is Outcome.SKIPPED
            if number <= self.steps_done and number not in bad:
                assert outcome is Outcome.PASSED

    @invariant()
    def what_is_sent_is_what_the_steps_say(self) -> None:
        ordered = [*self.left, *self.orders]
        for name in self.names:
            sends = [s.action.what for s in self.check.steps if isinstance(s.action, Send) and s.on == name]
            made = [order.what for order in ordered if order.on == name]
            messages = [what for what in made if not isinstance(what, Closing)]
            said = [what.payload.decode() for what in messages]  # type: ignore[union-attr]
            assert said == [next(iter(send.values())) for send in sends][: len(said)]
            assert len(made) - len(messages) <= 1, "it closes twice"

    @invariant()
    def what_was_expected_has_come(self) -> None:
        done = self.check.steps[: self.machine.steps_done]
        for name in self.names:
            for text in "ab":
                asked = [
                    one.count
                    for step in done
                    if isinstance(step.action, Expect) and step.on == name
                    for one in step.action.expectations
                    if one.wanted.get("text") == text
                ]
                assert self.came.count((name, text)) >= sum(asked)

    def teardown(self) -> None:
        # Whatever is still missing, it ends in time.
        latest = self.at + TIMEOUT_S + CLOSING_S
        self.time_passes(TIMEOUT_S + CLOSING_S)
        assert self.machine.done, latest
        self.there_is_one_verdict()
        self.each_step_ends_once_and_in_order()


TestDriver = Driver.TestCase
TestDriver.settings = settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None)
