"""Assertions: what each takes and refuses, what it says of a message that is not the one, and several at once."""

import builtins
import json
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsinspect.checks.assertions import Assertion, Miss
from wsinspect.checks.assertions.conditions import compiled, strings_needed
from wsinspect.checks.assertions.differences import MOST
from wsinspect.checks.assertions.excerpts import LONGEST
from wsinspect.checks.assertions.json_asks import not_json
from wsinspect.checks.assertions.matching import Matcher, matcher
from wsinspect.checks.judging.saving import saved
from wsinspect.checks.searching import Searches
from wsinspect.errors import Exit, InspectError
from wsinspect.events import BINARY, PING, TEXT
from wsinspect.filters.expression import expression
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import Subject
from wsinspect.registry import ASSERTIONS

SCOPE = {
    "N": 5,
    "WORD": "a.b",
    "ODD": "it's `\"\\",
    "LIST": [1, "x"],
    "NULL": None,
    "HEX": "hex:82a1",
    "LONG": "x" * 10_000,
    "secret:TOKEN": "s3cr3t(",
}
TEAM = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "a team",
    "type": "object",
    "required": ["name", "people"],
    "properties": {"name": {"type": "string"}, "people": {"type": "array", "items": {"$ref": "#/$defs/person"}}},
    "additionalProperties": False,
    "$defs": {"person": {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}}},
}


def subject(payload: Any, type: int | None = None) -> Subject:
    """Return a message: text of a string, binary of bytes, else JSON."""
    if isinstance(payload, bytes):
        return Subject(BINARY if type is None else type, "in", payload)
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return Subject(TEXT if type is None else type, "in", text.encode())


# Name, value, payloads that it holds for, and payloads that it does not hold for.
ROWS: list[tuple[str, Any, list[Any], list[Any]]] = [
    ("text", "pong", ["pong", b"pong"], ["pong ", "Pong", "", b"\xff"]),
    ("text", "", [""], [" "]),
    ("text", "größe", ["größe"], ["gro\u0308ße"]),
    ("text", "n=${N}, ${WORD}", ["n=5, a.b"], ["n=5, axb"]),
    ("text", "${N}", ["5"], ["5.0"]),
    ("text", "$${N}", ["${N}"], ["5"]),
    ("contains", "on", ["pong", "on", b"\xffon"], ["pOng", ""]),
    ("contains", ["a", "b"], ["ab", "b and a"], ["a", "b", ""]),
    ("contains", "${WORD}", ["xa.bx"], ["axb"]),
    ("contains", ["ü"], ["für"], [b"f\xfcr"]),
    ("regex", "^o.$", ["ok"], ["oka", "nok", ""]),
    ("regex", "(?i)OK", ["ok"], ["ko"]),
    ("regex", "^${WORD}$", ["a.b"], ["axb"]),
    ("regex", "^${N}+$", ["555"], ["5+"]),
    ("regex", "^${secret:TOKEN}$", ["s3cr3t("], ["s3cr3t"]),
    ("regex", "^\\xff$", [b"\xff", "ÿ"], [b"\xfe"]),
    ("regex", "^x{3}", ["xxx"], ["xx"]),
    ("json", {"a": [1, True, "${null}"]}, [{"a": [1, True, None]}, '{"a":[1.0,true,null]}'], [{"a": [1, 1, None]}, {}]),
    (
        "json",
        {"a": 1},
        ['{"a":2,"a":1}', b'{"a":1}', b' \n{"a":1}'],
        ['{"a":1,"a":2}', '{"a":1', "", '{"a":1,}', b"\xff"],
    ),
    ("json", "${null}", ["null", " null\n"], ["", "nul", "0", b"null", "nullnull", "\x00null"]),
    ("json", 5, ["5", "5.0", "5e0"], ['"5"', b"5", "05", "NaN"]),
    ("json", "pong", ['"pong"', '"\\u0070ong"'], ["pong", '"ping"']),
    (
        "json",
        {"o": "a\\b", 'q"': "ü"},
        [{"o": "a\\b", 'q"': "ü"}, '{"o":"a\\\\b","q\\"":"ü"}'],
        [{"o": "a\\\\b", 'q"': "ü"}],
    ),
    (
        "json",
        {"x": "${LIST}", "n": "${N}", "t": "<${N}>"},
        [{"x": [1, "x"], "n": 5, "t": "<5>"}],
        [{"x": [1], "n": "5", "t": ""}],
    ),
    ("json", {"id": "${any:uuid}"}, [{"id": "0b8e0f4a-1d2c-4f3b-9a5e-6c7d8e9f0a1b"}], [{"id": "1"}, {}]),
    (
        "partial",
        {"op": "pong"},
        [{"op": "pong", "x": 1}, '{"op":"\\u0070ong"}'],
        [{"op": "ping"}, {"x": "pong"}, ["op"], "null"],
    ),
    ("partial", {"d": {"n": "${any:number}"}}, [{"d": {"n": 1, "m": 2}}], [{"d": {"n": "1"}}, {"d": []}, {"d": None}]),
    ("partial", [{"a": 1}], [[{"a": 1, "b": 2}]], [[], [{"a": 1}, {}], [{"b": 2}]]),
    ("partial", {}, [{}, {"a": 1}], [[], "null", "", "x"]),
    (
        "where",
        "op == 'pong'",
        [{"op": "pong"}, '{"op":"\\u0070ong"}', b'{"op":"pong"}'],
        [{"op": "ping"}, "pong", '["pong"]'],
    ),
    ("where", "data.n > `3` && :size < 100", [{"data": {"n": 4}}], [{"data": {"n": 3}}, {"data": {"n": "4"}}, ""]),
    ("where", ":text == 'pong'", ["pong"], ["ping"]),
    ("where", "a == ${N}", [{"a": 5}], [{"a": "5"}]),
    ("where", "a == ${WORD}", [{"a": "a.b"}], [{"a": "axb"}]),
    ("where", "a == ${LIST}", [{"a": [1, "x"]}], [{"a": [1]}]),
    ("where", "a == ${NULL}", [{"a": None}, {}, "x"], [{"a": 0}]),
    ("where", "a == ${ODD} && a == '${ODD}'", [{"a": SCOPE["ODD"]}], [{"a": "it's"}]),
    ("where", "a == 'it\\'s ${N} ${ODD}'", [{"a": f"it's 5 {SCOPE['ODD']}"}], [{"a": "it's 5"}]),
    ("where", '"k ${ODD}" == `1`', [{f"k {SCOPE['ODD']}": 1}], [{"k": 1}]),
    (
        "where",
        'a == `{"x": ${LIST}, "y": "n ${ODD}\\"${N}"}`',
        [{"a": {"x": [1, "x"], "y": f'n {SCOPE["ODD"]}"5'}}],
        [{"a": 1}],
    ),
    ("where", "a == '$${N}'", [{"a": "${N}"}], [{"a": "5"}]),
    (
        "schema",
        TEAM,
        [{"name": "x", "people": []}, {"name": "x", "people": [{"age": 1, "b": 2}]}],
        [{}, {"name": 1, "people": []}, "", b"x"],
    ),
    ("schema", True, ["1", "null", {}], ["", "x", b"1"]),
    ("schema", False, [], ["1", "null", {}]),
    ("schema", {"type": "null"}, ["null"], ["1", "nul"]),
    (
        "schema",
        {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 3, "exclusiveMinimum": True},
        ["4"],
        ["3"],
    ),
    ("schema", {"$ref": "https://json-schema.org/draft/2020-12/schema"}, [{"type": "string"}], [{"type": "strng"}]),
    ("size", 3, ["abc", b"\0\1\2"], ["", "abcd", "ü"]),
    ("size", 0, [""], ["a"]),
    ("size", {"min": 2}, ["ab", "x" * 1000], ["a"]),
    ("size", {"max": 2}, ["", "ab"], ["abc"]),
    ("size", {"min": 2, "max": 3}, ["ab", "abc"], ["a", "abcd"]),
    ("size", {"min": 2, "max": 2}, ["ab"], ["a", "abc"]),
    ("size", "${N}", ["abcde"], ["abc"]),
    ("size", {"max": "${N}"}, ["abcde"], ["abcdef"]),
    ("binary", "hex:00 ff", [b"\0\xff"], [b"\0", b"\0\xff\0", ""]),
    ("binary", "00:ff", [b"\0\xff"], [b"\0"]),
    ("binary", "base64:AP8=", [b"\0\xff"], [b"\0"]),
    ("binary", "text:hällo", ["hällo".encode(), "hällo"], [b"hallo"]),
    ("binary", "", [b"", ""], [b"\0"]),
    ("binary", "${HEX}", [b"\x82\xa1"], [b"\x82"]),
    ("prefix", "hex:82", [b"\x82", b"\x82\xa1"], [b"", b"\xa1\x82"]),
    ("prefix", "text:ab", ["abc"], ["a", "xab"]),
    ("prefix", "base64:gqE", [b"\x82\xa1\0"], [b"\x82"]),
]


def test_every_assertion_is_tried() -> None:
    assert {row[0] for row in ROWS} == set(ASSERTIONS) == {row[0] for row in MALFORMED}


@pytest.mark.parametrize(
    ("name", "value", "payload", "holds"),
    [
        (name, value, payload, holds)
        for name, value, passing, failing in ROWS
        for holds, payloads in ((True, passing), (False, failing))
        for payload in payloads
    ],
)
def test_assertions(name: str, value: Any, payload: Any, holds: bool) -> None:
    asked = matcher({name: value}, SCOPE)
    message = subject(payload)
    assert asked.holds(message) is holds
    assert asked.score(message) == holds
    if not holds:
        miss = asked.miss(message)
        assert miss.assertion == name
        assert miss.expected or value == ""
        assert_bounded(miss)
    else:
        assert asked.miss(message) == Miss("", asked.told, "")


def assert_bounded(miss: Miss) -> None:
    assert len(miss.expected) <= LONGEST + 10
    assert len(miss.came) <= LONGEST + 10
    assert len(miss.difference) <= MOST
    for line in miss.difference:
        assert line[:2] in ("- ", "+ ", "  ")
        assert "\n" not in line
        assert len(line) < LONGEST


# Name, value, the sentence's beginning behind the name, and what the hint holds.
MALFORMED: list[tuple[str, Any, str, str]] = [
    ("text", 5, "this is no text", "in quotes"),
    ("text", "${NOPE}", "no variable is called `NOPE`", ""),
    ("text", "\udcff", "character 1 is not UTF-8", ""),
    ("contains", [], "no text is given", ""),
    ("contains", "", "the text is empty", 'text = ""'),
    ("contains", ["a", ""], "the text is empty", ""),
    ("contains", ["a", 5], "this is no text", ""),
    ("contains", {"a": 1}, "this is no text", ""),
    ("regex", 5, "a pattern is a text", "regex ="),
    ("regex", "a(b", "the pattern is wrong: missing )", "docs.python.org"),
    ("regex", "x" * 10_001, "the pattern is longer than 10,000", ""),
    ("json", {"a": "${any:uid}"}, "`uid` in a pattern is no kind", "did you mean `uuid`?"),
    ("partial", ["${match:(}"], "the pattern is wrong", ""),
    ("partial", {"a": "x ${any} y"}, "`${any...}` stands for a whole value", ""),
    ("where", 5, "an expression is a text", "op =="),
    ("where", "op = 'x'", "`=` means nothing here", "did you mean `==`?"),
    ("where", "", "the expression is empty", ""),
    ("where", "a == ${NOPE}", "no variable is called `NOPE`", ""),
    ("where", "a == ${N", "a `${` is never closed", ""),
    ("schema", 5, "a schema is a table, true or false", ""),
    ("schema", {"type": "strng"}, 'the schema is wrong: type: "strng" cannot stand there', ""),
    ("schema", {"properties": {"a": {"pattern": "("}}}, "the schema is wrong: properties.a.pattern:", ""),
    ("schema", {"$schema": "https://example.org/own"}, "the `$schema` of the schema is not known", "2020-12"),
    ("schema", {"$schema": 5}, "the `$schema` of the schema is not known", "2020-12"),
    ("schema", {"$ref": "https://example.org/a"}, "the schema refers to `https://example.org/a`", "nothing is fetched"),
    ("schema", {"items": [{"not": {"$ref": "#/$defs/x"}}][0]}, "the schema refers to `#/$defs/x`", "$defs"),
    ("size", -1, "a size is a number of bytes", "size = 12"),
    ("size", 1.5, "a size is a number of bytes", ""),
    ("size", True, "a size is a number of bytes", ""),
    ("size", "12", "a size is a number of bytes", ""),
    ("size", {}, "no bound is given", ""),
    ("size", {"min": 3, "max": 2}, "no size is at least 3 and at most 2", ""),
    ("size", {"mx": 3}, "`mx` is no bound", "did you mean `max`?"),
    ("size", {"min": "x"}, "a size is a number of bytes", ""),
    ("binary", "zz", "character 1 is not a hex digit", "hex:"),
    ("binary", "hex:0", "the hex digits from character 5 on are odd", ""),
    ("binary", "base64:?", "character 8 is not base64", ""),
    ("binary", "@file", "this is no file but bytes", ""),
    ("binary", 5, "this is no text", ""),
    ("prefix", "", "no bytes are given", "hex:82"),
    ("prefix", "hex:", "no bytes are given", ""),
    ("prefix", "xyz", "character 1 is not a hex digit", ""),
]


@pytest.mark.parametrize(("name", "value", "message", "hint"), MALFORMED)
def test_malformed_values_are_refused(name: str, value: Any, message: str, hint: str) -> None:
    with pytest.raises(InspectError) as caught:
        matcher({name: value}, SCOPE)
    assert caught.value.message.startswith(f"`{name}`: {message}")
    assert hint in caught.value.hint
    assert caught.value.exit == Exit.USAGE


def test_an_unknown_assertion_is_refused() -> None:
    with pytest.raises(InspectError, match="no assertion is called `txt`") as caught:
        matcher({"txt": 1}, {})
    assert caught.value.hint == "did you mean `text`?"


@pytest.mark.parametrize("name", ASSERTIONS)
def test_forms_are_json_schemas_that_take_what_is_taken(name: str) -> None:
    assertion: Assertion = ASSERTIONS.load(name)
    jsonschema.Draft202012Validator.check_schema(assertion.form)
    assert assertion.form["description"]
    validator = jsonschema.Draft202012Validator(assertion.form)
    for other, value, _, _ in ROWS:
        if other == name:
            validator.validate(value)


# What is said of a message that is not the one.
MISSES: list[tuple[str, Any, Any, Miss]] = [
    (
        "where",
        "a.*.b && c[1:] || x | y",
        {"a": 1},
        Miss("where", "a.*.b && c[1:] || x | y", '{"a": 1}', ("  a: 1", "  c: null", "  x: null")),
    ),
    (
        "text",
        "pong",
        "ping",
        Miss("text", "pong", "ping", ("  first difference at character 2; 4 expected, 4 came", '- "pong"', '+ "ping"')),
    ),
    (
        "text",
        "ab",
        b"a\xff",
        Miss(
            "text",
            "ab",
            "61 ff",
            ("  first difference at offset 1; 2 bytes expected, 2 bytes came", "- 61 62", "+ 61 ff"),
        ),
    ),
    (
        "contains",
        ["b", "ERR", "a"],
        "an err",
        Miss("contains", "b, ERR", "an err", ('- "b"', '- "ERR"', "  it stands there in other letter case")),
    ),
    ("regex", "^${WORD}$", "axb", Miss("regex", "^a\\.b$", "axb")),
    ("json", {"a": 1}, {"a": 2}, Miss("json", '{"a":1}', '{"a": 2}', ("- a: 1", "+ a: 2"))),
    (
        "json",
        {"a": 1},
        "{a:1}",
        Miss("json", '{"a":1}', "{a:1}", ("  it is no JSON: line 1, column 2: a name in double quotes is missing",)),
    ),
    (
        "json",
        1,
        b"1",
        Miss("json", "1", "1", ("  it does not count as JSON: in a binary message, JSON is an object or a list",)),
    ),
    ("json", 1, b"\xff", Miss("json", "1", "ff", ("  it is no JSON: it is not UTF-8",))),
    ("json", 1, "", Miss("json", "1", "", ("  it is no JSON: line 1, column 1: a value is missing",))),
    ("json", 1, "null", Miss("json", "1", "null", ("- 1", "+ null"))),
    (
        "json",
        {"a": 1},
        "[" * 100_000,
        Miss(
            "json",
            '{"a":1}',
            "[" * 483 + "… (100,000 bytes)",
            ("  it is no JSON: it is nested too deep to be checked",),
        ),
    ),
    ("partial", {"a": 1}, {"b": 2}, Miss("partial", '{"a":1}', '{"b": 2}', ("- a: 1",))),
    (
        "where",
        "op == 'x' && a.b[0].\"c d\" > `3` && length(list) > :size && items[?p > q] && !n",
        {"op": "y", "a": {"b": [{"c d": 2}]}, "list": [1]},
        Miss(
            "where",
            "op == 'x' && a.b[0].\"c d\" > `3` && length(list) > :size && items[?p > q] && !n",
            '{"op": "y", "a": {"b": [{"c d": 2}]}, "list": [1]}',
            ('  op: "y"', '  a.b[0]."c d": 2', "  list: [1]", "  :size: 50", "  items: null", "  n: null"),
        ),
    ),
    (
        "where",
        "a",
        "x",
        Miss("where", "a", "x", ("  a: null", "  it is no JSON: line 1, column 1: a value is missing")),
    ),
    (
        "schema",
        TEAM,
        {"name": "x", "people": [{"age": 1}, {"age": -1}]},
        Miss(
            "schema",
            "valid by a team",
            '{"name": "x", "people": [{"age": 1}, {"age": -1}]}',
            ("  people[1].age: `minimum` 0 does not hold for -1",),
        ),
    ),
    (
        "schema",
        TEAM,
        {"name": "x"},
        Miss("schema", "valid by a team", '{"name": "x"}', ('  required is missing: "people"',)),
    ),
    (
        "schema",
        TEAM,
        {"name": "x", "people": [], "more": 1},
        Miss(
            "schema",
            "valid by a team",
            '{"name": "x", "people": [], "more": 1}',
            ('  no such name is allowed: "more"',),
        ),
    ),
    ("schema", False, "1", Miss("schema", "valid by false", "1", ("  nothing is valid by the schema `false`",))),
    (
        "schema",
        TEAM,
        "x",
        Miss("schema", "valid by a team", "x", ("  it is no JSON: line 1, column 1: a value is missing",)),
    ),
    ("size", 3, "ab", Miss("size", "3 bytes", "2 bytes")),
    ("size", {"min": 3}, "a", Miss("size", "at least 3 bytes", "1 byte")),
    ("size", {"max": 1}, "ab", Miss("size", "at most 1 byte", "2 bytes")),
    ("size", {"min": 1, "max": 2}, "", Miss("size", "1 to 2 bytes", "0 bytes")),
    (
        "binary",
        "00ff",
        b"\0\xfe\1",
        Miss(
            "binary",
            "00 ff",
            "00 fe 01",
            ("  first difference at offset 1; 2 bytes expected, 3 bytes came", "- 00 ff", "+ 00 fe 01"),
        ),
    ),
    (
        "prefix",
        "82a2",
        b"\x82\xa1\0",
        Miss(
            "prefix",
            "82 a2",
            "82 a1 00",
            ("  first difference at offset 1; 2 bytes expected, 2 bytes came", "- 82 a2", "+ 82 a1"),
        ),
    ),
]


@pytest.mark.parametrize(("name", "value", "payload", "miss"), MISSES)
def test_misses(name: str, value: Any, payload: Any, miss: Miss) -> None:
    assert matcher({name: value}, SCOPE).miss(subject(payload)) == miss


@pytest.mark.parametrize(
    "payload", ["x" * 3_000_000, json.dumps({"k": "v" * 3_000_000}), bytes(range(256)) * 9000, "[1," * 9]
)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "y" * 9000),
        ("contains", ["z" * 9000] * 50),
        ("regex", "z" * 9000),
        ("json", {"k": "w" * 9000}),
        ("partial", {f"k{index}": "w" * 900 for index in range(200)}),
        ("where", "k == '" + "w" * 9000 + "'"),
        ("schema", {"properties": {"k": {"enum": ["w" * 9000]}}, "title": "t" * 9000, "type": "object"}),
        ("size", {"max": 1}),
        ("binary", "hex:" + "00" * 9000),
        ("prefix", "hex:" + "01" * 9000),
    ],
)
def test_misses_are_bounded_whatever_comes(name: str, value: Any, payload: Any) -> None:
    asked = matcher({name: value}, {})
    message = subject(payload)
    assert not asked.holds(message)
    assert_bounded(asked.miss(message))
    assert len(asked.told) < LONGEST


# What is told.


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "any message"),
        ({"text": "a\nb"}, 'text "a\\nb"'),
        ({"contains": ["a", "b"]}, 'contains "a" and "b"'),
        ({"json": {"a": "${any}"}, "size": {"min": 1}}, 'size at least 1 byte and json {"a":"${any}"}'),
        ({"where": "a == ${N}", "prefix": "hex:82"}, "prefix 82 and where a == `5`"),
        ({"schema": TEAM, "regex": "x", "partial": {}}, "regex x and partial {} and schema a team"),
        ({"binary": ""}, "binary nothing"),
    ],
)
def test_what_is_told(wanted: dict[str, Any], told: str) -> None:
    assert matcher(wanted, SCOPE).told == told


# Several at once.


def test_several_must_all_hold_and_the_cheapest_is_asked_first() -> None:
    asked = matcher({"where": "a > `1`", "json": {"a": 2}, "contains": "a", "size": {"max": 9}}, {})
    assert asked.all == 4
    rows = [("x" * 10, 0, "size"), ("x", 1, "contains"), ('{"a":1}', 2, "json"), ('{"a":2}', 4, "")]
    for payload, score, name in rows:
        message = subject(payload)
        assert asked.score(message) == score
        assert asked.holds(message) is (score == asked.all)
        assert asked.miss(message).assertion == name


def test_nothing_wanted_holds_for_everything() -> None:
    asked = matcher({}, {})
    assert asked.holds(subject(""))
    assert asked.score(subject("")) == asked.all == 0


@pytest.mark.parametrize("payload", [b"", b"beat", b"\xff"])
def test_pings_can_be_asked(payload: bytes) -> None:
    message = subject(payload, PING)
    assert matcher({"binary": payload.hex(), "size": len(payload)}, {}).holds(message)
    assert not matcher({"json": "${any}"}, {}).holds(message)
    assert matcher({"where": ":type == 'ping'"}, {}).holds(message)


# Secrets, and mistakes in what is filled.


def mistake(wanted: dict[str, Any]) -> InspectError:
    with pytest.raises(InspectError) as caught:
        matcher(wanted, SCOPE)
    return caught.value


def test_a_mistake_is_shown_as_it_was_written_without_what_a_variable_brought() -> None:
    rows = [
        ({"where": "a == ${secret:TOKEN} && b = 1"}, "    a == ${secret:TOKEN} && b = 1", "    " + " " * 26 + "^"),
        ({"where": "${secret:TOKEN} a"}, "    ${secret:TOKEN} a", "    " + " " * 16 + "^"),
        ({"where": "a ${secret:TOKEN}"}, "    a ${secret:TOKEN}", "      ^"),
        ({"where": "a == `[${LIST},]`"}, "    a == `[${LIST},]`", "         ^"),
        ({"regex": "${secret:TOKEN}("}, "    ${secret:TOKEN}(", "    " + " " * 15 + "^"),
        ({"regex": "[z-${secret:TOKEN}]"}, "    [z-${secret:TOKEN}]", "     ^"),
    ]
    for wanted, line, mark in rows:
        error = mistake(wanted)
        assert isinstance(error, Misplaced)
        assert error.excerpt == (line, mark)
        assert "s3cr3t" not in f"{error.message} {error.hint} {error.excerpt}"
    assert mistake({"where": "a == ${LONG}"}).excerpt == ("    a == ${LONG}", "         ^")
    assert mistake({"where": "a = '$${x}'"}).excerpt == ("    a = '$${x}'", "      ^")
    assert mistake({"where": "a ${secret:TOKEN}"}).message == "`where`: `${secret:TOKEN}` cannot stand here"


def test_a_value_that_no_expression_can_hold_is_refused() -> None:
    for value in (float("nan"), object()):
        with pytest.raises(InspectError, match="no JSON, so that no expression can hold it"):
            matcher({"where": "a == ${X}"}, {"X": value})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
ODD = st.text("ab'\"`\\$}{ \nü", max_size=12)


@settings(max_examples=200, deadline=None)
@given(ANYTHING | ODD)
def test_variables_in_expressions_are_what_they_are(value: Any) -> None:
    message = subject({"a": value, "b": [value]})
    assert compiled("a == ${V}", {"V": value}).value(message) is True
    assert compiled("b == `[${V}]`", {"V": value}).value(message) is True
    assert compiled("'${V}' == ${T}", {"V": value, "T": value if isinstance(value, str) else None}).value(message) is (
        isinstance(value, str)
    )


@settings(max_examples=200, deadline=None)
@given(ODD, ODD)
def test_variables_in_quotes_are_text(one: str, two: str) -> None:
    scope = {"A": one, "B": two}
    message = subject({"k": f"x {one}-{two}", f"{one}.{two}": 7})
    assert compiled("k == 'x ${A}-${B}'", scope).value(message) is True
    assert compiled('k == `"x ${A}-${B}"`', scope).value(message) is True
    assert compiled('"${A}.${B}" == `7`', scope).value(message) is True


@settings(max_examples=200, deadline=None)
@given(st.text("ab${}:'\"`\\ =&|[]().VN1", max_size=25))
def test_no_text_breaks_an_assertion(text: str) -> None:
    for name in ("text", "contains", "regex", "json", "partial", "where", "binary", "prefix", "size"):
        try:
            asked = matcher({name: text}, {"V": "x", "N": 1})
        except InspectError:
            continue
        for payload in (text, b"\xff", {"a": text}):
            message = subject(payload)
            if not asked.holds(message):
                assert_bounded(asked.miss(message))


# What stands in a payload before it is parsed.


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ("op == 'pong'", ["pong"]),
        ("'pong' == op", ["pong"]),
        ('a.b[0]."c" == `"x"` && n > `3` && t == \'y\'', ["x", "y"]),
        ("op == 'a' || op == 'b'", []),
        ("(op == 'a')", []),
        ("op != 'a'", []),
        (":type == 'text'", []),
        (":text == 'a' && op == 'b'", ["b"]),
        ("join('-', l) == 'a-b'", []),
        ("l[*] == 'a'", []),
        ("l[0:1] == 'a'", []),
        ("{x: 'a'} | x == 'a'", []),
        ("[op == 'a'] && t == 'b'", ["b"]),
        ("a == b", []),
        ("a == `1`", []),
        ("'a' == 'a'", []),
    ],
)
def test_strings_that_a_condition_needs(text: str, strings: list[str]) -> None:
    expression(text)
    assert list(strings_needed(text)) == strings


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "op == 'a'",
                "'b' == x.y",
                "x.y != 'a'",
                "op",
                "x[0] == 'a'",
                ":text == 'a'",
                "to_string(op) == 'a'",
                "!(op == 'a')",
                "(op == 'a' || op == 'b')",
                "op == null",
                '[op] == `["a"]`',
            ]
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["&&", "||"]),
    st.sampled_from(
        ['{"op":"a"}', '{"op":"\\u0061"}', '{"op":"b","x":{"y":"b"}}', '{"x":["a"]}', "a", '"a"', "{}", "null", '["a"]']
    ),
)
def test_a_search_before_the_parse_changes_nothing(terms: list[str], joint: str, payload: str) -> None:
    text = f" {joint} ".join(terms)
    assert matcher({"where": text}, {}).holds(subject(payload)) is expression(text).holds(subject(payload))


@settings(max_examples=200, deadline=None)
@given(ANYTHING, ANYTHING, st.booleans())
def test_json_holds_whether_written_with_escapes_or_without(value: Any, other: Any, ascii: bool) -> None:
    asked = matcher({"json": {"v": "${V}"}}, {"V": value})
    assert asked.holds(subject(json.dumps({"v": value}, ensure_ascii=ascii)))
    part = matcher({"partial": "${V}"}, {"V": value})
    assert part.holds(subject(json.dumps(value, ensure_ascii=ascii)))
    if not asked.holds(subject({"v": other})):
        assert asked.miss(subject({"v": other})).difference


NAMES_AND_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "text": st.sampled_from(['{"a":1}', "x"]),
        "contains": st.sampled_from(["a", "1"]),
        "regex": st.sampled_from(["^.a?", "x"]),
        "json": st.sampled_from([{"a": 1}, {"a": "${any}"}]),
        "partial": st.sampled_from([{}, {"a": 1}]),
        "where": st.sampled_from(["a", "a == `1`", ":size > 3"]),
        "schema": st.sampled_from([True, {"type": "object"}]),
        "size": st.sampled_from([7, {"min": 1}]),
        "binary": st.sampled_from(["78", "text:{}"]),
        "prefix": st.sampled_from(["78", "text:{"]),
    },
)


@settings(max_examples=200, deadline=None)
@given(NAMES_AND_VALUES, st.sampled_from(['{"a":1}', "{}", "x", "", '{"a":2}', "null"]))
def test_the_score_agrees_with_what_holds(wanted: dict[str, Any], payload: str) -> None:
    asked: Matcher = matcher(wanted, {})
    message = subject(payload)
    score = asked.score(message)
    held = sum(matcher({name: value}, {}).holds(message) for name, value in wanted.items())
    assert asked.holds(message) is (score == asked.all) is (held == asked.all)
    assert asked.all == len(wanted)
    assert score <= held
    miss = asked.miss(message)
    assert (miss.assertion == "") is asked.holds(message)
    assert miss.assertion == "" or not matcher({miss.assertion: wanted[miss.assertion]}, {}).holds(message)


# Bounds.


def test_a_pattern_is_searched_in_all_of_a_message() -> None:
    assert matcher({"regex": "END"}, {}).holds(subject("x" * (4 << 20) + "END"))
    assert matcher({"regex": "\\xff$"}, {}).holds(subject(b"x" * (2 << 20) + b"\xff"))


def test_a_search_that_is_still_under_way_at_the_second_tick_is_given_up() -> None:
    searches = Searches()
    assert searches.limited(len, "abc") == 3
    searches.tick()
    searches.tick()  # nothing is under way

    def slow(ticks: int) -> str:
        for _ in range(ticks):
            searches.tick()
        return "found"

    assert searches.limited(slow, 1) == "found"
    with pytest.raises(InspectError) as error:
        searches.limited(slow, 2)
    assert error.value.exit == Exit.TIMEOUT
    # One tick in each of two searches is none too long.
    assert [searches.limited(slow, 1) for _ in range(3)] == ["found"] * 3


def nested(depth: int) -> str:
    return '{"a":' * depth + "{}" + "}" * depth


def test_what_is_nested_too_deeply_is_no_fault_of_ours() -> None:
    wanted = json.loads(nested(100))
    for name in ("json", "partial"):
        asked = matcher({name: "${V}"}, {"V": wanted})
        assert asked.holds(subject(nested(100)))
        for depth in (99, 400, 900, 100_000):
            message = subject(nested(depth))
            assert asked.holds(message) is (name == "partial" and depth > 100 and message.root is not None)
            assert_bounded(matcher({name: 1}, {}).miss(message))
    for depth in range(200, 950, 50):
        with suppress(InspectError):
            matcher({"partial": "${V}"}, {"V": json.loads(nested(depth))}).holds(subject(nested(depth)))
    payload = nested(400)
    recursive = {"properties": {"a": {"$ref": "#"}}}
    asked = matcher({"schema": recursive}, {})
    if not asked.holds(subject(payload)):
        assert asked.miss(subject(payload)).difference == ("  it cannot be held against the schema: RecursionError",)


def test_without_jsonschema_a_schema_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name.startswith("jsonschema"):
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(InspectError, match="needs the package jsonschema") as caught:
        matcher({"schema": True}, {})
    assert "wsinspect[schema]" in caught.value.hint


# What is saved.


def test_parts_of_a_message_are_saved() -> None:
    message = subject({"data": {"id": 7, "zero": 0, "no": False, "list": [1, 2], "": ""}})
    save = {"ID": "data.id", "Z": "data.zero", "F": "data.no", "L": "data.list[-1]", "E": 'data.""', "S": ":size"}
    values = saved({**save, "X": '"${W}".id'}, message, {"W": "data"})
    assert values == {"ID": 7, "Z": 0, "F": False, "L": 2, "E": "", "S": 67, "X": 7}
    assert saved({}, message, {}) == {}


@pytest.mark.parametrize(
    ("save", "payload", "message", "hint", "exit"),
    [
        (
            {"ID": "data.id"},
            {"data": {}},
            "`data.id` gives nothing to save as ID",
            'what came is {"data": {}}',
            Exit.UNMET,
        ),
        ({"ID": "id"}, {"id": None}, "`id` gives nothing to save as ID", "", Exit.UNMET),
        ({"ID": "id"}, "x", "`id` gives nothing to save as ID: it is no JSON: line 1, column 1", "", Exit.UNMET),
        ({"ID": "id"}, "x" * 1_000_000, "`id` gives nothing to save as ID", "… (1,000,000 bytes)", Exit.UNMET),
        ({"ID": "a b"}, {}, "`save`, ID: `b` cannot stand here", "", Exit.USAGE),
        ({"ID": "${NOPE}"}, {}, "`save`, ID: no variable is called `NOPE`", "", Exit.USAGE),
    ],
)
def test_what_cannot_be_saved(save: dict[str, str], payload: Any, message: str, hint: str, exit: Exit) -> None:
    with pytest.raises(InspectError) as caught:
        saved(save, subject(payload), {})
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint
    assert len(caught.value.hint) < LONGEST
    assert caught.value.exit == exit


def test_what_is_said_of_payloads_that_are_too_much_to_be_read() -> None:
    much = b"," * (2 << 20)
    assert "it is not read as JSON" in not_json(Subject(TEXT, "in", b"[" + much))
    assert "it is not read as JSON" in not_json(Subject(BINARY, "in", b"[" + much))
    # What is none by its first byte is not called too much.
    assert not_json(Subject(BINARY, "in", b"\xff" + much)) == "it is no JSON: it is not UTF-8"
