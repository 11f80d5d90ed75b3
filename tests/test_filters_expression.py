"""Expressions: what they give, what they refuse and where they point, and that no text and no payload breaks them."""

import json
import sys
from collections.abc import Callable
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    FRAME,
    GAP,
    PING,
    PONG,
    TEXT,
    Closed,
    Frame,
    Gap,
    Moment,
    Violation,
)
from wsinspect.filters.expression import FUNCTIONS, Expression, condition, expression
from wsinspect.filters.pattern import pattern
from wsinspect.filters.place import Misplaced, pointed
from wsinspect.filters.subject import FREE, TERMS, Pulse, Subject, is_too_much, parsed
from wsinspect.filters.topic import EXAMPLES, help_text
from wsinspect.filters.topic import TERMS as TOLD
from wsinspect.render.cells import cells

ORDER = {
    "op": "trade",
    "price": 101,
    "loss": -3,
    "ratio": 2.5e-3,
    "live": True,
    "dead": False,
    "none": None,
    "items": [{"price": 5, "name": "a"}, {"price": 20, "name": "b"}],
    "user": {"id": "u1", "true": 7, "my-field": 1},
    "größe": 9,
    "empty": "",
    "zero": 0,
}
PAYLOAD = json.dumps(ORDER, ensure_ascii=False).encode()


def tried(compile: Callable[[str], Any], text: str) -> Any:
    """Return what a text compiles to, or the mistake that is found in it."""
    try:
        return compile(text)
    except Misplaced as error:
        return error


def subject(payload: Any = PAYLOAD, type: int = TEXT, gap: float | None = 0.5) -> Subject:
    return Subject(type, "in", payload, gap)


VALUES: list[tuple[str, Any]] = [
    # numbers stand for themselves
    ("price > 100", True),
    ("100 < price", True),
    ("price>=101&&price<=101", True),
    ("price > 101", False),
    ("loss == -3", True),
    ("loss<-2", True),
    ("-4 < loss", True),
    ("ratio == 2.5e-3", True),
    ("ratio == 0.0025", True),
    ("price == 1.01E+2", True),
    ("price != 0", True),
    ("zero == 0", True),
    ("zero == false", False),
    ("live == 1", False),
    # so do words, where they can be nothing else
    ("live == true", True),
    ("dead == false", True),
    ("none == null", True),
    ("missing == null", True),
    ("user.true", 7),
    ("{true: price}", {"true": 101}),
    ("@.true", None),
    # strings, fields
    ("op == 'trade'", True),
    ("'trade' == op", True),
    (r"'it\'s'", "it's"),
    ('user."my-field" == 1', True),
    ('user | "my-field"', 1),
    ("größe > 8", True),
    ('"gr\\u00f6\\u00dfe"', 9),
    ("user.{größe: id}", {"größe": "u1"}),
    ('op == @."user"', False),
    ("`[1]`", [1]),
    (r"'a\\b'", r"a\\b"),
    # comparisons of what cannot be compared
    ("op > 3", None),
    ("price > 'a'", None),
    ("live > 0", None),
    ("missing > 3", None),
    ("op > 'tra'", True),
    # brackets
    ("items[0].price", 5),
    ("items[-1].price", 20),
    ("items[ 1 ].price", 20),
    ("items[:1]", ORDER["items"][:1]),  # type: ignore[index]
    ("items[ 0 : 2 : 2 ].name", ["a"]),
    ("items[::-1].name", ["b", "a"]),
    ("items[*].price", [5, 20]),
    ("items[?price > 10].name", ["b"]),
    ("items[?price > 10 && :type == 'text'].name", ["b"]),
    ("items[?:size > 10].name | [0]", "a"),
    ("items[?name == 'a' || price == 20] | length(@)", 2),
    ("items[].{n: name, p: price, t: :type}", [{"n": "a", "p": 5, "t": "text"}, {"n": "b", "p": 20, "t": "text"}]),
    ("{a:price,b::type,c:op}", {"a": 101, "b": "text", "c": "trade"}),
    ("[price, :gap, 1, true, 'x']", [101, 0.5, 1, True, "x"]),
    ("user.*", ["u1", 7, 1]),
    ("(price > 1) && (price < 200)", True),
    ("!(op == 'x')", True),
    ("!live", False),
    ("!!live", True),
    ("!missing && live", True),
    ("!contains(op, 'x')", True),
    ("live && !dead && price", 101),
    # functions
    ("contains(op, 'rad')", True),
    ("contains(['buy', 'trade'], op)", True),
    ("contains([1, 101], price)", True),
    ("length(items) == 2", True),
    ("max(items[*].price)", 20),
    ("sort_by(items, &name)[0].price", 5),
    ("max_by(items, & price).name", "b"),
    ("map(&price, items)", [5, 20]),
    ("not_null(missing, none, op)", "trade"),
    ("sum(items[*].price) > 24.5", True),
    ("to_number('7') == 7", True),
    ("join(', ', items[*].name)", "a, b"),
    # what fails on a message gives null
    ("length(price)", None),
    ("sum(op)", None),
    ("starts_with(missing, 'a')", None),
    ("abs(op) > 1 || live", None),
    # terms
    (":type", "text"),
    (":type=='text'", True),
    (":dir == 'in'", True),
    (":size > 100", True),
    (":gap < 1", True),
    (":code", None),
    ("contains(:text, 'trade')", True),
    ("price|:type", "text"),
    (":size >= 1 && price", 101),
    # white space
    ("  price\n\t>\r100 ", True),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: Any) -> None:
    found = expression(text).value(subject())
    assert found == value
    assert type(found) is type(value)


def test_plain_jmespath_gives_what_the_library_gives() -> None:
    for text in (
        "items[?price > `10`].name",
        "items[].price | [0]",
        "user.{a: id}",
        "items[*].[name, price]",
        "a.b",
        "@",
    ):
        assert expression(text).value(subject()) == jmespath.search(text, ORDER)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_known(name: str) -> None:
    least, _ = FUNCTIONS[name]
    expression(f"{name}({', '.join(['@'] * least)})").value(subject())


VIOLATION = Violation("rsv", "RFC 6455, 5.2", "it set RSV1", 3, b"\xc1", 1002)
TERMS_BY_ROW: list[tuple[int, Any, dict[str, Any]]] = [
    (TEXT, "ä".encode(), {"type": "text", "size": 2, "code": None, "text": "ä"}),
    (BINARY, b"\xff", {"type": "binary", "size": 1, "code": None, "text": None}),
    (BINARY, b"ok", {"type": "binary", "size": 2, "code": None, "text": "ok"}),
    (PING, b"beat", {"type": "ping", "size": 4, "code": None, "text": "beat"}),
    (PONG, b"", {"type": "pong", "size": 0, "code": None, "text": ""}),
    (CLOSE, b"\x0f\xa1bye", {"type": "close", "size": 5, "code": 4001, "text": "bye"}),
    (CLOSE, b"", {"type": "close", "size": 0, "code": 1005, "text": ""}),
    (CLOSING, b"\x03\xe8", {"type": "close", "size": 2, "code": 1000, "text": ""}),
    (ERROR, VIOLATION, {"type": "error", "size": None, "code": 1002, "text": "it set RSV1"}),
    (
        CLOSED,
        Closed("nobody", False, 1006, "", None, "", 7),
        {"type": "closed", "size": None, "code": 1006, "text": ""},
    ),
    (FRAME, Frame(True, 0, 1, None, 2, b"abc", None, 0), {"type": "frame", "size": 3, "code": None, "text": None}),
    (GAP, Gap(1.0, 1, 1006), {"type": "gap", "size": None, "code": 1006, "text": None}),
]


@pytest.mark.parametrize(("type", "payload", "terms"), TERMS_BY_ROW)
def test_terms(type: int, payload: Any, terms: dict[str, Any]) -> None:
    for name, value in terms.items():
        assert expression(f":{name}").value(Subject(type, "out", payload, None)) == value
    assert expression("[:dir, :gap]").value(Subject(type, "out", payload, None)) == ["out", None]
    assert expression("@").value(Subject(type, "in", payload, None)) is None, "no JSON: the root is null"


def test_truth() -> None:
    for text in ("none", "missing", "dead", "empty", "`[]`", "`{}`", "''", "items[?price > 100]", "false", "null"):
        assert not condition(text).holds(subject()), text
    for text in ("zero", "0", "op", "items", "live", "true", "' '", "-1"):
        assert condition(text).holds(subject()), text
    assert condition(":gap > 2").matches(TEXT, "in", b"", 2.5)
    assert not condition(":gap > 2").matches(TEXT, "in", b"")
    assert condition(":dir == 'out'").matches(PING, "out", b"")


def test_terms_are_there_where_the_payload_is_no_json() -> None:
    text = Subject(TEXT, "in", b"hello", None)
    assert expression("{t: :type, op: op, n: 1}").value(text) == {"t": "text", "op": None, "n": 1}
    assert expression("contains(['text', 'ping'], :type)").holds(text)
    assert expression("[op, price]").value(text) is None, "as in JMESPath"


ROOTS: list[tuple[int, bytes, Any]] = [
    (TEXT, b' {"a": 1} \n', {"a": 1}),
    (TEXT, b"3", 3),
    (TEXT, b"", None),
    (TEXT, b"{", None),
    (TEXT, b'{"a": NaN}', None),
    (TEXT, b"Infinity", None),
    (TEXT, b'{"a": 1, "a": 2}', {"a": 2}),
    (TEXT, b"1" * 5000, float("inf")),
    (TEXT, b"-" + b"1" * 5000, float("-inf")),
    (TEXT, b"[" * 100_000, None),
    (TEXT, b"[" * 50_000 + b"]" * 50_000, None),
    (TEXT, b'"\\ud800"', "\ud800"),
    (TEXT, b"\xef\xbb\xbf1", None),
    (BINARY, b'{"a": 1}', {"a": 1}),
    (BINARY, b"\n[1]", [1]),
    (BINARY, b"1", None),
    (BINARY, b"{\xff", None),
    (PING, b"{}", None),
]


@pytest.mark.parametrize(("type", "payload", "root"), ROOTS)
def test_roots(type: int, payload: bytes, root: Any) -> None:
    assert Subject(type, "in", payload).root == root
    assert condition("@ == null").matches(type, "in", payload) is (root is None)


def test_the_payload_is_read_only_where_it_matters() -> None:
    class Unread(Subject):
        @property
        def root(self) -> Any:
            raise AssertionError("it was parsed")

    for text in (":size > 3", ":type == 'text' && :gap > 2 || !:code", "contains(['text'], :type)", "{a: :type}"):
        row = Unread(TEXT, "in", b"{}", None)
        expression(text).value(row)
        assert not expression(text)._reads_root, text
    for text in ("a", ":size > a", "contains(:text, @)", "`1` | @"):
        assert expression(text)._reads_root, text


SELECTED: list[tuple[str, bytes, bytes | None]] = [
    ("op", PAYLOAD, b"trade"),
    ("price", PAYLOAD, b"101"),
    ("items[0]", PAYLOAD, b'{"price":5,"name":"a"}'),
    ("live", PAYLOAD, b"true"),
    ("dead", PAYLOAD, b"false"),
    ("none", PAYLOAD, None),
    ("empty", PAYLOAD, b""),
    ("missing", PAYLOAD, None),
    ("a", b'{"a": "\\u00e4\\n\\ud83d\\ude00"}', "ä\n😀".encode()),
    ("a", b'{"a": "x\\ud800y"}', "x\ufffdy".encode()),
    ("a", b'{"a": ["\\ud800"]}', '["\ufffd"]'.encode()),
    ("a", b'{"a": 12345678901234567890123}', b"12345678901234567890123"),
    ("a", b'{"a": 0.1}', b"0.1"),
    ("a", b'{"a": 1e400}', b"1.7976931348623157e+308"),
    ("a", b'{"a": [-1e400, {"b": 1e400}]}', b'[-1.7976931348623157e+308,{"b":1.7976931348623157e+308}]'),
    ("@", b"9" * 5000, b"1.7976931348623157e+308"),
    ("sum([@, @])", b"9" * 4300, None),
    (":size", b"", b"0"),
    ("`NaN`", b"", b"null"),
]


@pytest.mark.parametrize(("text", "payload", "selected"), SELECTED)
def test_selected(text: str, payload: bytes, selected: bytes | None) -> None:
    assert expression(text).selected(Subject(TEXT, "in", payload)) == selected


MISTAKES: list[tuple[str, int, str, str]] = [
    # expression, column, what the message and the hint hold
    ("op = 'x'", 3, "`=` means nothing", "did you mean `==`"),
    ("op === 'x'", 5, "`=` means nothing", "did you mean `==`"),
    ("op =~ 'x'", 3, "`=` means nothing", "--grep"),
    ("", 0, "empty", "price > 100"),
    ("  ", 0, "empty", ""),
    ('op == "x"', 6, '"x" names a field', "write 'x', or @.\"x\""),
    ("op and live", 3, "`and` cannot stand here", "`&&`"),
    ("op or live", 3, "`or`", "`||`"),
    ("not live", 0, "`not`", "`!( … )`"),
    ("op in items", 3, "`in`", "contains("),
    ("op & live", 3, "`&`", "`&&`"),
    ("a b", 2, "`b` cannot stand here", "operator is missing"),
    ("contains(op 'x')", 12, "`'x'` cannot", "operator is missing"),
    ("price -1", 6, "`-1` cannot", "no arithmetic"),
    ("price - loss", 6, "`-` means nothing", "no arithmetic"),
    ("price + 1", 6, "`+` means nothing", "no arithmetic"),
    ("my-field == 1", 2, "`-` means nothing", 'double quotes: "my-name"'),
    ("@type", 1, "`type` cannot", '"@type"'),
    ("$.op", 0, "`$`", "root already"),
    ("op == 'x", 6, "string that begins here does not end", "'it\\'s'"),
    ('a."b', 2, "name that begins here does not end", ""),
    ("a == `1", 5, "literal that begins here does not end", ""),
    ("`foo`", 0, "no JSON", "single quotes"),
    ("a == ``", 5, "no JSON", ""),
    ("`" + "1" * 5000 + "`", 0, "no JSON", ""),
    ('"\\x"', 0, "no JSON string", ""),
    ('"\\u0000:type"', 0, "no JSON string", ""),
    ("(a", 0, "`(` is never closed", ""),
    ("items[?price > 10", 5, "`[?` is never closed", ""),
    ("a)", 1, "`)` closes nothing", ""),
    ("(a]", 2, "`]` does not close `(`", ""),
    ("{a: b]", 5, "`]` does not close `{`", ""),
    ("a ==", 4, "ends too early", ""),
    ("a == ", 5, "ends too early", ""),
    ("== a", 0, "`==` cannot stand here", ""),
    ("price > > 1", 8, "`>` cannot stand here", ""),
    ("-1 < :size && > 3", 14, "`>` cannot stand here", ""),
    ("true == :type && ]", 17, "`]` closes nothing", ""),
    ("größe > 1 && > 3", 13, "`>` cannot stand here", ""),
    ("a.", 2, "ends too early", ""),
    ("a.:type", 2, "`:type` stands for itself", ""),
    ("a.'x'", 2, "`'x'` cannot stand here", ""),
    ("a.1", 2, "`1` cannot stand here", ""),
    ("a[1.5]", 2, "`1.5` cannot stand here", ""),
    ("a[b]", 2, "`b` cannot stand here", ""),
    ("{1: a}", 1, "`1` cannot stand here", ""),
    ("{a b}", 3, "`b` cannot stand here", ""),
    ("{:type}", 1, "`:type` has no name", "{name: :type}"),
    ("{a: b, :type: c}", 7, "`:type` has no name", ""),
    ("{}", 1, "`}` cannot stand here", ""),
    ("a : b", 2, "`:` cannot stand here", ""),
    (":typ", 0, "`:typ` is no meta term", "did you mean `:type`"),
    ("a && :zzz", 5, "`:zzz` is no meta term", ":type :dir :size :code :gap :text"),
    (":type == 'txt'", 9, "`:type` is never 'txt'", "did you mean 'text'"),
    ("'TEXT' != :type", 0, "`:type` is never 'TEXT'", "did you mean 'text'"),
    (":dir == 'received'", 8, "`:dir` is never", "in, out"),
    ("!op == 'x'", 0, "closer to its right side than `==`", "!(a == b)"),
    ("a && !b.c[0] > 3", 5, "closer", "!(a > b)"),
    ("items[?!a.f == 3]", 7, "closer", ""),
    ("!length(a) == 3", 0, "closer", ""),
    ("lenth(op)", 0, "no function is called `lenth`", "did you mean `length`"),
    ('"length"(op)', 0, "no function is called", "`length`"),
    ("a && foo2(x)", 5, "no function is called `foo2`", ""),
    ("length(op, op)", 0, "takes 1 argument, not 2", ""),
    ("a || contains(b)", 5, "takes 2 arguments, not 1", ""),
    ("length()", 0, "takes 1 argument, not 0", ""),
    ("not_null()", 0, "at least 1 argument, not 0", ""),
    ("length(op,)", 10, "`)` cannot stand here", ""),
    ("&op", 0, "`&` cannot stand here", ""),
    ("007", 0, "`007` is no number", ""),
    ("price > .5", 8, "`.` cannot stand here", ""),
    ("1" * 400, 0, "too many digits", ""),
    ("a[" + "1" * 20 + "]", 1, "too many digits", ""),
    ("items[::0]", 5, "step", ""),
    ("(" * 60, 50, "more than 50 brackets", ""),
    ("!" * 5000 + "a", 0, "nested too deeply", ""),
    ("a" + " && a" * 500, 0, "nested too deeply", ""),
    ("a" * 10_001, 10_000, "longer than", ""),
    ("a\x00b", 1, "means nothing", ""),
    ("a\u00a0b", 1, "means nothing", ""),
    ("日本 = 1", 3, "`=` means nothing", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "message", "hint"), MISTAKES)
def test_mistakes(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(Misplaced) as caught:
        expression(text)
    error = caught.value
    assert message in error.message
    assert hint in error.hint
    assert error.column == column
    assert error.exit == 2
    assert len(error.message) < 120


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="ab.[]?{}()!&|=<>:'\"`-10, @*size type", max_size=40))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    compiled = tried(expression, text)
    if isinstance(compiled, Misplaced):
        assert 0 <= compiled.column <= len(text)
        assert all(line.isprintable() and cells(line) < 80 for line in compiled.excerpt)
    else:
        for row in (subject(), subject(b"\xff", BINARY), subject(b"[[1], {}]"), Subject(CLOSE, "in", b"", None)):
            compiled.holds(row)
            compiled.selected(row)


WORDS = ["price", "op", "items", "user", "id", "'x'", "1", "-2.5", "true", ":size", ":type", ":gap", "@", "`[1]`"]
MARKS = [
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "|",
    ".",
    "[0]",
    "[]",
    "[*]",
    "[?",
    "]",
    "(",
    ")",
    "!",
    ",",
    "[",
    "{",
    "}",
    "a:",
]
CALLS = ["length(", "contains(", "sort_by(", "&", "map(", "max("]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(WORDS + MARKS + CALLS), max_size=12))
def test_any_words_compile_or_are_refused(words: list[str]) -> None:
    text = " ".join(words)
    compiled = tried(expression, text)
    if isinstance(compiled, Misplaced):
        assert 0 <= compiled.column <= len(text)
    else:
        compiled.selected(subject())
        assert isinstance(compiled.holds(subject()), bool)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    JSON, st.sampled_from(["a > b", "a == b", "sort(a)", "a[0:1] < b", "max_by(a, &b)", "sum(a)", "join(a, b)", "!a"])
)
def test_no_payload_breaks_an_expression(value: Any, text: str) -> None:
    payload = json.dumps(value).encode()
    expression(text).selected(Subject(TEXT, "in", payload))
    found = expression("@").selected(Subject(TEXT, "in", payload))
    if value is None or isinstance(value, str):
        assert found == (None if value is None else value.encode())
    else:
        assert found is not None
        assert json.loads(found) == value


def test_a_compiled_expression_can_be_used_again() -> None:
    found = expression("a > :size")
    rows = [(b'{"a": 3}', False), (b'{"a": 30}', True), (b"x", False), (b'{"a": 30}', True)]
    assert [found.holds(Subject(TEXT, "in", payload)) for payload, _ in rows] == [held for _, held in rows]
    assert isinstance(found, Expression)
    assert found.text == "a > :size"


def test_gap_is_since_the_last_data_message_that_came() -> None:
    pulse = Pulse()
    rows = [
        (PING, "in", 1.0),
        (TEXT, "in", 2.0),
        (TEXT, "in", 2.0),
        (TEXT, "out", 3.0),
        (PING, "in", 5.0),
        (BINARY, "in", 6.0),
    ]
    gaps = [pulse.gap(type, "in" if direction == "in" else "out", Moment(0.0, mono)) for type, direction, mono in rows]
    assert gaps == [None, None, 0.0, 1.0, 3.0, 4.0]


# Where the mark stands.


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.data())
def test_the_mark_stands_below_the_character(text: str, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, len(text)))
    above, below = pointed(text, column)
    assert above.isprintable()
    assert cells(above) <= 78
    assert below.strip() == "^"
    assert len(below) <= 78
    if text.isascii() and text.isprintable() and len(text) < 70 and column < len(text):
        assert above[len(below) - 1] == text[column]


def test_long_text_is_shown_around_the_mark() -> None:
    above, below = pointed("x" * 100 + "=" + "y" * 100, 100)
    assert above[len(below) - 1] == "="
    assert above.startswith("    …x")
    assert above.endswith("y…")
    wide, mark = pointed("日本\x1b = 1", 4)
    assert cells(wide[: wide.index("=")]) == len(mark) - 1


# Patterns.

PATTERN_MISTAKES = [("a(b", 1), ("[a", 0), ("*a", 0), ("a{2}{3}", 4), ("(?P<x>a)(?P=y)", 12), ("\\", 0), ("(?z)", 1)]


@pytest.mark.parametrize(("text", "column"), PATTERN_MISTAKES)
def test_pattern_mistakes(text: str, column: int) -> None:
    with pytest.raises(Misplaced, match="pattern is wrong") as caught:
        pattern(text)
    assert caught.value.column == column


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | st.text(alphabet="ab()[]{}*+?\\|^$.1,:P<>=!-", max_size=20))
def test_any_pattern_compiles_or_is_refused(text: str) -> None:
    compiled = tried(pattern, text)
    assert not isinstance(compiled, Misplaced) or 0 <= compiled.column <= len(text)


def test_large_patterns_are_refused() -> None:
    for text in ("a" * 10_001, "(" * 5000 + ")" * 5000, "a{99999999999999999999}"):
        with pytest.raises(Misplaced):
            pattern(text)


# What is told.


def test_what_is_told_is_what_there_is() -> None:
    assert [name.removeprefix(":") for name in TOLD] == list(TERMS)
    for text in EXAMPLES:
        expression(text)
    for name in TOLD:
        assert name in help_text()


# JSON that is too much to be read.


@pytest.mark.parametrize(
    "payload",
    [
        b"[" + b"{}," * 1_000_000 + b"1]",
        b"[" + b"1.25," * 2_500_000 + b"1]",
        b"[" + b'"aa",' * 1_300_000 + b"1]",
        b'{"a":"' + b"x" * (10 << 20) + "😀".encode() + b'"}',
        b'{"a":"' + b"x" * (10 << 20) + b'\\ud83d\\ude00"}',
    ],
    ids=["tables", "numbers", "short strings", "wide", "wide, escaped"],
)
def test_json_whose_values_would_fill_memory_is_not_read(payload: bytes) -> None:
    assert is_too_much(payload)
    assert parsed(payload) is None
    assert not condition("a || @ != null").holds(Subject(TEXT, "in", payload))


def test_of_a_message_that_was_judged_nothing_is_kept() -> None:
    judge = condition(":size > `1` && n == `1`")
    before = sys.getrefcount(payload := b'{"n": 1}')
    for _ in range(3):
        assert judge.holds(Subject(TEXT, "in", payload))
    assert sys.getrefcount(payload) == before


def test_json_of_a_megabyte_is_always_read() -> None:
    payload = b"[" + b"{}," * ((FREE - 8) // 3) + b"{}]"
    assert not is_too_much(payload)
    assert len(parsed(payload)) > 300_000
    assert not is_too_much(b'{"a":"' + b"x" * (16 << 20) + b'"}')
