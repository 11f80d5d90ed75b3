"""A check of one line: options as they were typed, in their order, made a `Check`. Knows no command line's parser.

Every error names the option. What is typed is taken as it is: there are no variables, for the shell has its own; only
patterns such as ``${any}`` in JSON mean something.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from wsinspect.checks.assertions import Assertion
from wsinspect.checks.plan import (
    ONLY,
    WITHIN_S,
    Action,
    Check,
    Close,
    Expect,
    Expectation,
    ExpectClose,
    HandshakeWish,
    Link,
    Place,
    Reject,
    Send,
    Step,
    Wait,
)
from wsinspect.checks.telling import told, told_expectation, told_payload
from wsinspect.checks.variables import references
from wsinspect.close_codes import RANGE, code_in, nearest_code
from wsinspect.compose import compose
from wsinspect.errors import InspectError, shortened
from wsinspect.json_faults import NotJson, json_value
from wsinspect.literals import Reads
from wsinspect.outgoing import Close as Closing
from wsinspect.outgoing import Outgoing, Ping, Pong, Sleep
from wsinspect.outgoing import Wait as Waiting
from wsinspect.registry import ASSERTIONS
from wsinspect.vocabulary import WSMsgType

PINGS = frozenset({int(WSMsgType.PING)})
WITHIN = "--within"
OK = 1000

LONGEST_S = 7 * 86_400.0
"""So long a wait lasts that has no end."""


class Typed(NamedTuple):
    """An option as it was typed, and its value: text, seconds, or None where it takes none."""

    option: str
    value: Any


def one_line(
    url: str, typed: Iterable[Typed], *, name: str, wish: HandshakeWish, reads: Reads, dialect: str | None = None
) -> Check:
    """Return the check that a command line says.

    Args:
        url: as it was typed.
        typed: the options that are steps, and ``--within``, in order.
        name: what the check is called.
        wish: what the handshake must be like.
        reads: how the files that ``@`` names are read.
        dialect: whose names for close codes are known besides, see `compose.compose`.

    Raises:
        InspectError: there is a mistake in it; the sentence begins with the option.
    """
    steps = _Steps(reads, dialect)
    for option in typed:
        steps.take(option)
    if wish.refusal and steps.taken:
        raise InspectError(
            f"{steps.taken[0].option}: a refused connection has no steps",
            hint="--expect-status without 101 wants the handshake to be refused",
        )
    return Check(name, (Link(ONLY, url, wish=wish),), steps.made())


class _Made(NamedTuple):
    """A step before it has its number; ``timed`` puts the time of a ``--within`` into its action; ``told`` is what it
    does, where the action cannot tell."""

    action: Action
    timed: Callable[[float], Action] | None = None
    told: str = ""
    option: str = ""
    within_s: float | None = None


class _Steps:
    """The steps so far."""

    def __init__(self, reads: Reads, dialect: str | None) -> None:
        self.taken: list[_Made] = []
        self._reads = reads
        self._dialect = dialect
        self._within_s: float | None = None
        self._counts: dict[str, int] = {}

    def take(self, typed: Typed) -> None:
        self._counts[typed.option] = number = self._counts.get(typed.option, 0) + 1
        if typed.option == WITHIN:
            self._time(typed.value)
            return
        try:
            self.taken.append(_MAKERS[typed.option](self, typed)._replace(option=typed.option))
        except InspectError as fault:
            raise fault.within(_where(typed.option, number)) from None

    def made(self) -> tuple[Step, ...]:
        """Return the steps, each with its time."""
        default = WITHIN_S if self._within_s is None else self._within_s
        return tuple(_step(number, made, default) for number, made in enumerate(self._with_close(), 1))

    def _with_close(self) -> list[_Made]:
        """Return the steps, and before the last a close of ours if that is meant.

        ``--expect pong --expect-close OK`` is no wish that the server, which has just answered, closes by itself: who
        means that, names what comes before the close, or another code.
        """
        before, last = self.taken[:-1], self.taken[-1:]
        wants_ok = any(isinstance(made.action, ExpectClose) and OK in (made.action.codes or ()) for made in last)
        closes = any(isinstance(made.action, Close | ExpectClose) for made in before)
        if wants_ok and not closes and before and isinstance(before[-1].action, Expect):
            return [*before, _Made(Close()), *last]
        return self.taken

    def _time(self, seconds: float) -> None:
        """Take the time for the expectation before it, or for all where none is."""
        if not self.taken:
            if self._within_s is not None:
                raise InspectError(f"{WITHIN} stands twice in front of all", hint="it belongs behind what it times")
            self._within_s = seconds
            return
        at = next((at for at in range(len(self.taken) - 1, -1, -1) if self.taken[at].timed), None)
        if at is None:
            raise InspectError(
                f"{WITHIN} follows no expectation", hint="put it behind one, or in front of all to time every one"
            )
        if self.taken[at].within_s is not None:
            raise InspectError(f"{WITHIN} stands twice behind the same {self.taken[at].option}")
        self.taken[at] = self.taken[at]._replace(within_s=seconds)

    # What each option makes; errors get its name later.

    def send(self, typed: Typed) -> _Made:
        return _spoken(compose(typed.value, reads=self._reads, dialect=self._dialect), typed.value)

    def expect(self, typed: Typed) -> _Made:
        return _expecting("where", typed.value)

    def expect_json(self, typed: Typed) -> _Made:
        return _expecting("partial", _json(typed.value))

    def expect_text(self, typed: Typed) -> _Made:
        return _expecting("text", typed.value)

    def expect_match(self, typed: Typed) -> _Made:
        return _expecting("regex", typed.value)

    def expect_ping(self, typed: Typed) -> _Made:
        return _timed(Expectation({}, told_expectation({}, PINGS), PINGS))

    def reject(self, typed: Typed) -> _Made:
        rejected = _expectation("where", typed.value)
        return _Made(Reject(rejected), lambda seconds: Reject(rejected, seconds))

    def wait(self, typed: Typed) -> _Made:
        return _Made(Wait(typed.value))

    def close(self, typed: Typed) -> _Made:
        try:
            return _spoken(compose(f"/close {typed.value}", reads=self._reads, dialect=self._dialect), "")
        except InspectError as fault:
            # What stands behind an option with a value that may be missing is taken for it.
            hint = "write --close '4000 REASON', or --close= where something else follows"
            raise InspectError(fault.message, hint=hint if "/close" in fault.hint else fault.hint) from None

    def expect_close(self, typed: Typed) -> _Made:
        codes = close_codes(typed.value, self._dialect)
        return _Made(ExpectClose(codes), lambda seconds: ExpectClose(codes, within_s=seconds))


_MAKERS: Mapping[str, Callable[[_Steps, Typed], _Made]] = {
    "--send": _Steps.send,
    "--expect": _Steps.expect,
    "--expect-json": _Steps.expect_json,
    "--expect-text": _Steps.expect_text,
    "--expect-match": _Steps.expect_match,
    "--expect-ping": _Steps.expect_ping,
    "--reject": _Steps.reject,
    "--wait": _Steps.wait,
    "--close": _Steps.close,
    "--expect-close": _Steps.expect_close,
}

STEPS = (*_MAKERS, WITHIN)
"""The options whose order counts."""


def close_codes(text: str, dialect: str | None = None) -> frozenset[int] | None:
    """Return close codes of their numbers and names, with commas between them; None for ``any``."""
    words = [word.strip() for word in text.split(",")]
    if words == ["any"]:
        return None
    codes = set()
    for word in words:
        code = code_in(word, dialect=dialect)
        if code is None:
            near = nearest_code(word, dialect=dialect)
            hint = f"did you mean {near}? " if near else ""
            raise InspectError(
                f"`{shortened(word)}` is neither a close code nor the name of one",
                hint=f"{hint}several have commas between them, and `any` is every one",
            )
        if code not in RANGE:
            raise InspectError(f"close code {shortened(word)} cannot be", hint="codes go from 1000 to 4999")
        codes.add(code)
    return frozenset(codes)


def _where(option: str, number: int) -> str:
    return option if number == 1 else f"{option} {number}"


def _step(number: int, made: _Made, default_s: float) -> Step:
    action, seconds = made.action, made.within_s
    if seconds is None and not isinstance(action, Reject):
        seconds = default_s
    if made.timed is not None and seconds is not None:
        action = made.timed(seconds)
    return Step(number, action, made.told or told(action), place=Place())


def _spoken(step: Outgoing, typed: str) -> _Made:
    """Return the step that `connect` would do."""
    if isinstance(step, Ping):
        return _Made(Send({"ping": step.payload}), told="send a ping")
    if isinstance(step, Pong):
        raise InspectError("a check sends no pongs of its own", hint="pings are answered by themselves")
    if isinstance(step, Closing):
        return _Made(Close(step.code, step.reason))
    if isinstance(step, Sleep):
        return _Made(Wait(step.seconds))
    if isinstance(step, Waiting):
        return _expecting("where", step.condition)._replace(within_s=min(step.timeout_s, LONGEST_S))
    kind = "text" if step.type == WSMsgType.TEXT else "binary"
    send = Send({"payload": step.payload, "type": kind})
    if typed.startswith("@") and not typed.startswith("@@"):
        return _Made(send, told=f"send {told_payload({'file': typed[1:]})}")
    if kind == "binary":
        return _Made(send)
    text = step.payload.decode()
    return _Made(Send({"text": _literally(text)}), told=f"send {told_payload({'text': text})}")


def _expecting(assertion: str, value: Any) -> _Made:
    return _timed(_expectation(assertion, value))


def _timed(expectation: Expectation) -> _Made:
    return _Made(Expect((expectation,)), lambda seconds: Expect((expectation._replace(within_s=seconds),)))


def _expectation(assertion: str, value: Any) -> Expectation:
    """Return the expectation of a message; it is compiled, so that a mistake is told before anything is sent."""
    literal = _literally(value) if isinstance(value, str) and assertion != "partial" else value
    made: Assertion = ASSERTIONS.load(assertion)
    made.make(literal, {})
    return Expectation({assertion: literal}, told_expectation({assertion: value}))


def _literally(text: str) -> str:
    """Return a text as one that refers to nothing."""
    return text.replace("${", "$${")


def _json(text: str) -> Any:
    try:
        value = json_value(text)
    except NotJson as fault:
        raise InspectError(f"it is not JSON: {fault}", hint='quote it for the shell: \'{"op": "pong"}\'') from None
    if references(value):
        name = min(references(value))
        raise InspectError(
            f"there are no variables here, so `${{{shortened(name)}}}` stands for nothing",
            hint="patterns such as ${any:uuid} are known; write $${ for the characters themselves",
        )
    return value
