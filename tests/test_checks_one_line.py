"""A check of one line: what each option makes, in which order, and how mistakes are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.checks.one_line import STEPS, Typed, close_codes, one_line
from wsinspect.checks.plan import (
    Check,
    Close,
    Expect,
    Expectation,
    ExpectClose,
    HandshakeWish,
    Reject,
    Send,
    Step,
    Wait,
)
from wsinspect.checks.variables import filled
from wsinspect.errors import Exit, InspectError
from wsinspect.events import PING

NO_WISH = HandshakeWish()
FILES = {"hello.txt": b"hello", "blob": b"\xff\x00"}


def reads(path: str) -> bytes:
    if path not in FILES:
        raise InspectError(f"cannot read `{path}`: no such file")
    return FILES[path]


def made(*words: str | tuple[str, object], wish: HandshakeWish = NO_WISH) -> Check:
    typed = [Typed(word, None) if isinstance(word, str) else Typed(*word) for word in words]
    return one_line("ws://h/", typed, name="n", wish=wish, reads=reads)


def step(*words: str | tuple[str, object]) -> Step:
    return made(*words).steps[0]


def wanted(*words: str | tuple[str, object]) -> Expectation:
    action = step(*words).action
    assert isinstance(action, Expect)
    return action.expectations[0]


SENDS = [
    ("hello", {"text": "hello"}, "send hello"),
    ("//x", {"text": "/x"}, "send /x"),
    ("text:@x", {"text": "@x"}, "send @x"),
    ("pay ${X}", {"text": "pay $${X}"}, "send pay ${X}"),
    ("@hello.txt", {"payload": b"hello", "type": "text"}, "send the file hello.txt"),
    ("@blob", {"payload": b"\xff\x00", "type": "binary"}, "send the file blob"),
    ("hex:0a0b", {"payload": b"\n\x0b", "type": "binary"}, "send 2 B of binary"),
    ("/binary 0a", {"payload": b"\n", "type": "binary"}, "send 1 B of binary"),
    ("/ping beat", {"ping": b"beat"}, "send a ping"),
]


@pytest.mark.parametrize(("text", "what", "told"), SENDS)
def test_what_is_sent(text: str, what: dict[str, object], told: str) -> None:
    one = step(("--send", text))
    assert one.action == Send(what)
    assert one.told == told


def test_commands_are_steps_of_other_kinds() -> None:
    check = made(("--send", "/close 4000 bye"), ("--send", "/sleep 2s"), ("--send", "/wait ok == true 3s"))
    close, sleep, wait = [step.action for step in check.steps]
    assert close == Close(4000, "bye")
    assert sleep == Wait(2)
    assert isinstance(wait, Expect)
    assert wait.expectations[0].wanted == {"where": "ok == true"}
    assert wait.expectations[0].within_s == 3


@given(st.text())
def test_a_text_is_sent_as_it_is_typed(text: str) -> None:
    action = step(("--send", "text:" + text.encode("utf-8", "replace").decode())).action
    assert isinstance(action, Send)
    assert filled(action.what["text"], {}) == text.encode("utf-8", "replace").decode()


EXPECTATIONS = [
    ("--expect", "op == 'pong'", {"where": "op == 'pong'"}),
    ("--expect-json", '{"a": "${any:uuid}"}', {"partial": {"a": "${any:uuid}"}}),
    ("--expect-json", "[1, null]", {"partial": [1, None]}),
    ("--expect-text", "a ${b}", {"text": "a $${b}"}),
    ("--expect-match", "^a+$", {"regex": "^a+$"}),
]


@pytest.mark.parametrize(("option", "text", "meant"), EXPECTATIONS)
def test_what_is_expected(option: str, text: str, meant: dict[str, object]) -> None:
    one = wanted((option, text))
    assert one.wanted == meant
    assert one.within_s == 5


def test_a_ping_is_expected() -> None:
    one = wanted("--expect-ping")
    assert one.types == {PING}
    assert not one.wanted
    assert step("--expect-ping").told == "expect a ping"


def test_order_and_numbers() -> None:
    check = made(("--expect", "a"), ("--send", "x"), ("--wait", 1.5), ("--expect", "b"), ("--close", ""))
    assert [step.number for step in check.steps] == [1, 2, 3, 4, 5]
    words = [step.told.split()[0] for step in check.steps]
    assert words == ["expect", "send", "wait", "expect", "close"]
    assert check.links[0].url == "ws://h/"
    assert check.name == "n"


def within(check: Check) -> list[float | None]:
    """Return the time of each step that has one."""
    times: list[float | None] = []
    for one in check.steps:
        match one.action:
            case Expect((expectation,)):
                times.append(expectation.within_s)
            case Reject(_, seconds):
                times.append(seconds)
            case ExpectClose():
                times.append(one.action.within_s)
    return times


TIMES = [
    ([("--expect", "a"), ("--within", 2.0), ("--expect", "b")], [2, 5]),
    ([("--within", 3.0), ("--expect", "a"), ("--expect", "b"), ("--within", 1.0), ("--expect-close", "OK")], [3, 1, 3]),
    ([("--expect", "a"), ("--send", "x"), ("--within", 2.0)], [2]),
    ([("--reject", "a")], [None]),
    ([("--reject", "a"), ("--within", 2.0)], [2]),
    ([("--within", 2.0), ("--reject", "a")], [None]),
    ([("--within", 2.0), ("--send", "/wait a 9s"), "--expect-ping"], [9, 2]),
    ([("--within", 0.0), ("--expect-close", "1006"), ("--within", 0.0)], [0]),
]


@pytest.mark.parametrize(("words", "seconds"), TIMES)
def test_a_time_belongs_to_the_expectation_before_it(
    words: list[str | tuple[str, object]], seconds: list[float | None]
) -> None:
    assert within(made(*words)) == seconds


CODES = [
    ("1000", {1000}),
    ("OK", {1000}),
    ("ok, GOING_AWAY,4000", {1000, 1001, 4000}),
    ("1006", {1006}),
    ("nocode", {1005}),
    ("any", None),
]


@pytest.mark.parametrize(("text", "codes"), CODES)
def test_close_codes(text: str, codes: set[int] | None) -> None:
    assert close_codes(text) == codes
    action = step(("--expect-close", text)).action
    assert action == ExpectClose(None if codes is None else frozenset(codes))


CLOSES = [
    ("", Close(1000, "")),
    ("4001 good bye", Close(4001, "good bye")),
    ("GOING_AWAY", Close(1001)),
    ("none", Close(None)),
]


@pytest.mark.parametrize(("text", "close"), CLOSES)
def test_closing(text: str, close: Close) -> None:
    assert step(("--close", text)).action == close


MISTAKES = [
    ([("--expect", "a ==")], "--expect: the expression ends too early", ""),
    ([("--expect", "a"), ("--expect", "a ==")], "--expect 2: the expression ends too early", ""),
    ([("--reject", "a ==")], "--reject: the expression ends too early", ""),
    ([("--expect-match", "(")], "--expect-match: the pattern is wrong", ""),
    ([("--expect-json", "{")], "--expect-json: it is not JSON: line 1, column 2", "quote it"),
    ([("--expect-json", "NaN")], "--expect-json: it is not JSON", "quote it"),
    ([("--expect-json", "9" * 5000)], "--expect-json: it is not JSON: it holds numbers", ""),
    ([("--expect-json", '"a ${X}"')], "--expect-json: there are no variables here, so `${X}`", "patterns"),
    ([("--expect-json", '"${any:uid}"')], "--expect-json: ", ""),
    ([("--send", "@nowhere")], "--send: cannot read `nowhere`", ""),
    ([("--send", "a"), ("--send", "/pong")], "--send 2: a check sends no pongs", "pings are answered"),
    ([("--send", "/clse")], "--send: there is no command called `/clse`", "did you mean `/close`?"),
    ([("--close", "wss://h/")], "--close: `wss://h/` is neither a close code nor the name", "--close="),
    ([("--close", "1006")], "--close: close code 1006 may not be sent", ""),
    ([("--expect-close", "OKK")], "--expect-close: `OKK` is neither", "did you mean 1000?"),
    ([("--expect-close", "70000")], "--expect-close: close code 70000 cannot be", ""),
    ([("--expect-close", "999")], "--expect-close: close code 999 cannot be", "from 1000 to 4999"),
    ([("--expect-close", "5000")], "--expect-close: close code 5000 cannot be", "from 1000 to 4999"),
    ([("--expect-close", "OK,")], "--expect-close: `` is neither", "commas"),
    ([("--within", 1.0), ("--within", 1.0)], "--within stands twice in front of all", ""),
    ([("--send", "x"), ("--within", 1.0)], "--within follows no expectation", "in front of all"),
    ([("--expect", "x"), ("--within", 1.0), ("--within", 1.0)], "--within stands twice behind the same --expect", ""),
]


@pytest.mark.parametrize(("words", "message", "hint"), MISTAKES)
def test_mistakes_name_the_option(words: list[str | tuple[str, object]], message: str, hint: str) -> None:
    with pytest.raises(InspectError) as caught:
        made(*words)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint
    assert caught.value.exit == Exit.USAGE


OURS = [
    ([("--send", "a"), ("--expect", "b"), ("--expect-close", "OK")], ["Send", "Expect", "Close", "ExpectClose"]),
    ([("--expect", "b"), ("--within", 1.0), ("--expect-close", "1000,1001")], ["Expect", "Close", "ExpectClose"]),
    ([("--expect-close", "OK")], ["ExpectClose"]),
    ([("--expect", "b"), ("--send", "quit"), ("--expect-close", "OK")], ["Expect", "Send", "ExpectClose"]),
    ([("--expect", "b"), ("--expect-close", "GOING_AWAY")], ["Expect", "ExpectClose"]),
    ([("--expect", "b"), ("--expect-close", "any")], ["Expect", "ExpectClose"]),
    ([("--expect", "b"), ("--close", "4000"), ("--expect-close", "OK")], ["Expect", "Close", "ExpectClose"]),
    ([("--close", ""), ("--expect", "b"), ("--expect-close", "OK")], ["Close", "Expect", "ExpectClose"]),
]


@pytest.mark.parametrize(("words", "kinds"), OURS)
def test_who_closes(words: list[str | tuple[str, object]], kinds: list[str]) -> None:
    """Behind a message that was expected, we close where 1000 is fine; else it is the server's to do."""
    assert [type(one.action).__name__ for one in made(*words).steps] == kinds


def test_a_refusal_has_no_steps() -> None:
    refused = HandshakeWish(status=frozenset({401}))
    assert made(wish=refused).links[0].wish == refused
    with pytest.raises(InspectError, match="--send: a refused connection has no steps"):
        made(("--send", "x"), wish=refused)
    assert made(("--send", "x"), wish=HandshakeWish(status=frozenset({101}))).steps


def test_options_are_listed() -> None:
    assert set(STEPS) > {"--send", "--expect", "--within"}
