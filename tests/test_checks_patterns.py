"""Expected JSON values: what is equal, what a pattern fits, what is refused, and how two values are told apart."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsinspect.checks.assertions.differences import (
    MOST,
    WIDE,
    bytes_difference,
    json_difference,
    path_of,
    text_difference,
)
from wsinspect.checks.assertions.excerpts import LONGEST, hex_excerpt, json_excerpt, payload_excerpt
from wsinspect.checks.assertions.patterns import KINDS, Kind, judge, planted
from wsinspect.errors import InspectError
from wsinspect.events import BINARY, TEXT
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import Subject

UUID = "0b8e0f4a-1d2c-4f3b-9a5e-6c7d8e9f0a1b"

# What is written, what comes, and whether it is equal.
EQUAL = [
    (1, 1.0, True),
    (1.0, 1, True),
    (1, True, False),
    (True, 1, False),
    (True, True, True),
    (False, 0, False),
    (0, False, False),
    (0, -0.0, True),
    ("1", 1, False),
    ("${null}", None, True),
    ("${null}", 0, False),
    ("${null}", "", False),
    ("", None, False),
    ([], {}, False),
    ([1, 2], [1, 2], True),
    ([1, 2], [2, 1], False),
    ([1], [True], False),
    ([2], [2, 2], False),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ({"a": 1}, {"a": 1, "b": 2}, False),
    ({"a": 2}, {"a": 2, "b": 2}, False),
    ({"a": 2, "b": 2}, {"a": 2}, False),
    ({"a": [{"b": True}]}, {"a": [{"b": 1}]}, False),
    ({"a": [{"b": "${null}"}]}, {"a": [{"b": None}]}, True),
    ({"a": "${null}"}, {}, False),
    (2**53 + 1, float(2**53), False),
    ("ä", "a\u0308", False),
    ("${any}", None, True),
    ("${any}", {"a": 1}, True),
    ({"a": "${any}"}, {"a": None}, True),
    ({"a": "${any}"}, {}, False),
    ("${match:^o.$}", "ok", True),
    ("${match:k}", "ok", True),
    ("${match:^k}", "ok", False),
    ("${match:1}", 1, False),
    ("${match:^a{2}$}", "aa", True),
    (r"${match:^\$\{x\}$}", "${x}", True),
    ("$${any}", "${any}", True),
    ("$${any}", "x", False),
    ("a $${any} b", "a ${any} b", True),
    ("${any:string|null}", None, True),
    ("${any:string|null}", "x", True),
    ("${any: string | null }", "x", True),
    ("${any:string|null}", 1, False),
]


@pytest.mark.parametrize(("written", "came", "equal"), EQUAL)
def test_equality_is_that_of_json(written: Any, came: Any, equal: bool) -> None:
    wanted = planted(written, {})
    assert judge(wanted)(came) is equal
    assert (json_difference(wanted, came) == ()) is equal


PARTIAL = [
    ({"a": 1}, {"a": 1, "b": 2}, True),
    ({"a": 1}, {"b": 2}, False),
    ({}, {"b": 2}, True),
    ({}, [], False),
    ({}, None, False),
    ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}, True),
    ({"a": {"b": 1}}, {"a": {"c": 1}}, False),
    ([{"a": 1}, {}], [{"a": 1, "b": 2}, {"c": 1}], True),
    ([{"a": 1}], [{"a": 1}, {"a": 1}], False),
    ([], [], True),
    ([], [1], False),
    ({"a": "${any:list}"}, {"a": [1, 2], "b": 1}, True),
    ({"a": True}, {"a": 1}, False),
    ("${null}", None, True),
    (1, 1, True),
    (1, 2, False),
]


@pytest.mark.parametrize(("written", "came", "holds"), PARTIAL)
def test_partial_asks_for_no_more_than_is_written(written: Any, came: Any, holds: bool) -> None:
    wanted = planted(written, {})
    assert judge(wanted, partial=True)(came) is holds
    assert (json_difference(wanted, came, partial=True) == ()) is holds


FITS: dict[str, tuple[list[Any], list[Any]]] = {
    "string": (["", "x"], [None, 1, [], {}]),
    "number": ([0, 1.5, -3], [True, "1", None]),
    "integer": ([0, -3, 1.0], [1.5, True, "1", math.inf]),
    "boolean": ([True, False], [0, 1, "true", None]),
    "list": ([[], [1]], [{}, "[]"]),
    "object": ([{}, {"a": 1}], [[], "{}"]),
    "null": ([None], [0, "", False]),
    "uuid": ([UUID, UUID.upper()], [UUID[:-1], UUID + "0", UUID.replace("-", ""), f" {UUID}", "", 1, None]),
    "date": (["2024-02-29", "1999-12-31"], ["2023-02-29", "2024-2-9", "20240229", "2024-02-29T00:00:00Z", 20240229]),
    "time": (
        [
            "2024-02-29T12:00:00Z",
            "2024-02-29t12:00:00.123456789+02:00",
            "2024-02-29 12:00",
            "2024-02-29 12:00:00 UTC",
            "2016-12-31T23:59:60Z",
            "2024-02-29T12:00:00-0500",
            "2024-02-29T12:00:00,5",
            1_700_000_000,
            1_700_000_000.25,
            1_700_000_000_123,
            1_700_000_000_123_456,
            1_700_000_000_123_456_789,
            "1700000000",
            "1700000000.000200",
        ],
        [
            "2024-02-30T12:00:00Z",
            "2024-02-29",
            "2024-02-29T24:00:00Z",
            "2024-02-29T12:00:00Zx",
            "٢٠٢٤-٠٢-٢٩T12:00:00Z",
            "12:00:00",
            "9" * 400,
            "",
            0,
            12_345,
            1e300,
            math.inf,
            True,
            None,
            [],
        ],
    ),
    "token": (["abcdefgh", "eyJhbGciOi.J9-_", "Zm9vYmFyCg=="], ["short", "with space", "ümläute-x", "", 12345678]),
}


def test_every_kind_is_tried() -> None:
    assert FITS.keys() == KINDS.keys()


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (kind, value, fits)
        for kind, rows in FITS.items()
        for fits, row in zip((True, False), rows, strict=True)
        for value in row
    ],
)
def test_kinds(kind: str, value: Any, fits: bool) -> None:
    assert judge(planted(f"${{any:{kind}}}", {}))(value) is fits


# What is written, the scope, and what is wrong with it.
MALFORMED = [
    ("${any:strng}", "`strng` in a pattern is no kind of value", "did you mean `string`?"),
    ("${any:qqqqq}", "`qqqqq` in a pattern is no kind of value", "known are: string, number"),
    ("${any:string|}", "`` in a pattern is no kind of value", "known are"),
    ("${match:}", "`${match:}` holds no pattern", "write ${match:REGEX}"),
    ("${match:(}", "the pattern is wrong", "https://docs.python.org"),
    ({"a": [{"b": "${NOPE}"}]}, "no variable is called `NOPE`", "there are: X"),
    ({"a": math.nan}, "an expected number is no JSON", "neither nan nor inf"),
    ({"a": math.inf}, "an expected number is no JSON", "neither nan nor inf"),
    ({"a": object()}, "a date or time of TOML is no JSON value", "in quotes"),
]


@pytest.mark.parametrize(("written", "message", "hint"), MALFORMED)
def test_malformed(written: Any, message: str, hint: str) -> None:
    with pytest.raises(InspectError) as caught:
        planted(written, {"X": 1})
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


def test_a_wrong_pattern_is_pointed_at() -> None:
    with pytest.raises(Misplaced) as caught:
        planted({"a": "${match:a(b}"}, {})
    assert caught.value.excerpt == ("    a(b", "     ^")


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(InspectError, match="nested too deeply"):
        planted(deep, {})
    with pytest.raises(InspectError, match="nested too deeply"):
        planted({"a": "${X}"}, {"X": deep})


def test_variables_are_values_and_never_patterns() -> None:
    scope = {"N": 5, "T": "x", "O": {"a": "${any}"}, "P": "${any}"}
    wanted = planted({"n": "${N}", "t": "n is ${N}", "o": "${O}", "p": "${P}"}, scope)
    holds = judge(wanted)
    assert holds({"n": 5.0, "t": "n is 5", "o": {"a": "${any}"}, "p": "${any}"})
    assert not holds({"n": 5, "t": "n is 5", "o": {"a": 1}, "p": "${any}"})
    assert not holds({"n": 5, "t": "n is 5", "o": {"a": "${any}"}, "p": "anything"})


# Differences: what is written, what came, the lines.
DIFFERENCES: list[tuple[Any, Any, list[str]]] = [
    (1, 2, ["- 1", "+ 2"]),
    (True, 1, ["- true", "+ 1"]),
    ({"a": 1}, [1], ['- {"a":1}', "+ [1]"]),
    ({"op": "pong"}, {"op": "error"}, ['- op: "pong"', '+ op: "error"']),
    ({"a": 1}, {}, ["- a: 1"]),
    ({}, {"a": 1}, ["+ a: 1"]),
    (
        {"a": {"b-c": [0, {"true": 1}]}},
        {"a": {"b-c": [0, {"true": 2}]}},
        ['- a."b-c"[1]."true": 1', '+ a."b-c"[1]."true": 2'],
    ),
    ({"id": "${any:uuid}"}, {"id": 17}, ["- id: ${any:uuid}", "+ id: 17"]),
    ({"id": "${any:uuid}"}, {}, ["- id: ${any:uuid}"]),
    ([1, 2, 3], [1, 9, 2, 3], ["  the list has 4 elements, not 3", "+ [1]: 9"]),
    ({"l": [1, 2, 3]}, {"l": [1, 3]}, ["  l has 2 elements, not 3", "- l[1]: 2"]),
    ({"l": [1]}, {"l": []}, ["  l has 0 elements, not 1", "- l[0]: 1"]),
    ({"l": [1, 2]}, {"l": [2, 1]}, ["- l[0]: 1", "+ l[0]: 2", "- l[1]: 2", "+ l[1]: 1"]),
    ({"a": "x\ny"}, {"a": "x\nz"}, [r'- a: "x\ny"', r'+ a: "x\nz"']),
    ({"": 1}, {"": 2}, ['- "": 1', '+ "": 2']),
]


@pytest.mark.parametrize(("written", "came", "lines"), DIFFERENCES)
def test_differences(written: Any, came: Any, lines: list[str]) -> None:
    assert list(json_difference(planted(written, {}), came)) == lines


def test_partial_differences_leave_out_what_was_not_asked_for() -> None:
    wanted = planted({"a": {"b": 1}, "l": [{"x": 1}]}, {})
    came = {"a": {"b": 2, "c": 3}, "l": [{"x": 1, "y": 2}], "z": 1}
    assert json_difference(wanted, came, partial=True) == ("- a.b: 1", "+ a.b: 2")


def test_long_strings_are_shown_around_the_first_difference() -> None:
    lines = json_difference("x" * 500 + "A" + "y" * 500, "x" * 500 + "B" + "y" * 500)
    assert lines[0].startswith('- "…xxx')
    assert "A" in lines[0]
    assert "B" in lines[1]
    assert all(len(line) < 250 for line in lines)


def test_differences_are_bounded() -> None:
    lines = json_difference({f"k{index}": index for index in range(1000)}, {})
    assert len(lines) == MOST
    assert lines[-1] == "  … and more"
    assert json_difference({}, {"a": "x" * 10_000_000})[0] == f'+ a: "{"x" * (WIDE - 2)}…'
    deep = {"n" * 300: {"m" * 300: 1}}
    (line, _) = json_difference(deep, {"n" * 300: {"m" * 300: 2}})
    assert len(line) < 3 * WIDE


def test_values_as_deep_as_the_stack_are_survived() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    assert json_difference([], deep)
    assert json_excerpt(deep)
    twin = json.loads(json.dumps(deep))
    assert isinstance(json_difference(deep, twin), tuple)


def test_paths() -> None:
    assert path_of(["a", 0, "b c", "d", "größe"]) == 'a[0]."b c".d.größe'
    assert path_of([0, "a"]) == "[0].a"
    assert path_of([]) == ""


TEXTS = [
    ("a", "a", []),
    ("abc", "abd", ["  first difference at character 3; 3 expected, 3 came", '- "abc"', '+ "abd"']),
    ("abc", "", ["  first difference at character 1; 3 expected, 0 came", '- "abc"', '+ ""']),
    ("ab", "abc", ["  first difference at character 3; 2 expected, 3 came", '- "ab"', '+ "abc"']),
    ("a\nb\nc", "a\nx\nc", ["  a", "- b", "+ x", "  c"]),
    ("a\nb", "a", ["  a", "- b"]),
    ("a", "a\nb\nc", ["  a", "+ b", "+ c"]),
    (
        "\n".join("abcdefgh"),
        "\n".join("Xbcdefg"),
        ["- a", "+ X", "  b", "  c", "  … line 6:", "  f", "  g", "- h"],
    ),
]


@pytest.mark.parametrize(("wanted", "came", "lines"), TEXTS)
def test_differences_of_texts(wanted: str, came: str, lines: list[str]) -> None:
    assert list(text_difference(wanted, came)) == lines


def test_differences_of_long_texts_are_bounded() -> None:
    many = "\n".join(map(str, range(5000)))
    assert (
        text_difference(many, many + "\nx")[0] == "  first difference at character 23,890; 23,889 expected, 23,891 came"
    )
    lines = text_difference("\n".join("abcdefgh" * 20), "\n".join("hgfedcba" * 20))
    assert len(lines) == MOST
    (_, ours, theirs) = text_difference("x" * 9_000_000, "x" * 8_999_999 + "y")
    assert ours.endswith('x"')
    assert theirs.endswith('y"')
    assert len(ours) < 50


def test_differences_of_bytes() -> None:
    assert bytes_difference(b"ab", b"ab") == ()
    assert bytes_difference(b"\0\1\2", b"\0\1") == (
        "  first difference at offset 2; 3 bytes expected, 2 bytes came",
        "- 00 01 02",
        "+ 00 01",
    )
    lines = bytes_difference(bytes(1000), bytes(999) + b"\1")
    assert lines[1] == "- … " + " ".join(["00"] * 11)
    assert lines[2] == "+ … " + " ".join(["00"] * 10 + ["01"])


# Excerpts.


def test_excerpts_are_bounded_and_can_be_written() -> None:
    assert json_excerpt({"a": [1, None, True, "ü"]}) == '{"a":[1,null,true,"ü"]}'
    assert json_excerpt(Kind("${any}", bool)) == '"${any}"'
    assert json_excerpt("\ud800") == '"\\ud800"'
    assert json_excerpt(10**5000) == "…"
    assert len(json_excerpt(list(range(1_000_000)))) == LONGEST
    assert hex_excerpt(b"") == ""
    assert hex_excerpt(b"\0\xff") == "00 ff"
    assert hex_excerpt(bytes(1000), 40) == "00 00 00 00 00 00 00 00 … (1,000 bytes)"


PAYLOADS = [
    (TEXT, b"", ""),
    (TEXT, b"abc", "abc"),
    (TEXT, b"x" * 500, "x" * 500),
    (TEXT, b"x" * 501, "x" * 487 + "… (501 bytes)"),
    (TEXT, "ü".encode() * 500, "ü" * 500),
    (TEXT, "ü".encode() * 1001, "ü" * 485 + "… (2,002 bytes)"),
    (BINARY, b"abc", "abc"),
    (BINARY, b"\xff\0", "ff 00"),
]


@pytest.mark.parametrize(("type", "payload", "shown"), PAYLOADS)
def test_payloads_are_shown(type: int, payload: bytes, shown: str) -> None:
    assert payload_excerpt(Subject(type, "in", payload)) == shown


def test_a_payload_that_begins_as_text_but_is_none_is_shown_in_hex() -> None:
    shown = payload_excerpt(Subject(BINARY, "in", b"a" * 100_000 + b"\xff"))
    assert shown.startswith("61 61")
    assert shown.endswith("… (100,001 bytes)")
    assert len(shown) <= LONGEST


# Properties.

SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS_ = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS | TEXTS_,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc") | TEXTS_, inner, max_size=4),
    max_leaves=12,
)


def written(value: Any) -> Any:
    """Return how a value is written in a check."""
    if value is None:
        return "${null}"
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {name: written(inner) for name, inner in value.items()}
    return [written(inner) for inner in value] if isinstance(value, list) else value


def canonical(value: Any) -> Any:
    """Return a value that Python compares as JSON does."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return {name: canonical(inner) for name, inner in value.items()}
    return [canonical(inner) for inner in value] if isinstance(value, list) else value


def enlarged(value: Any) -> Any:
    """Return a value with more names in each object."""
    if isinstance(value, dict):
        return {name: enlarged(inner) for name, inner in value.items()} | {"more, and more": 1}
    return [enlarged(inner) for inner in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_a_value_is_equal_to_itself_and_a_part_of_itself(value: Any) -> None:
    wanted = planted(written(value), {})
    twin = json.loads(json.dumps(value))
    assert wanted == value
    for partial in (False, True):
        assert judge(wanted, partial=partial)(twin)
        assert json_difference(wanted, twin, partial=partial) == ()
    assert judge(wanted, partial=True)(enlarged(twin))


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_a_difference_is_empty_if_and_only_if_values_are_equal(value: Any, other: Any) -> None:
    wanted = planted(written(value), {})
    equal = canonical(value) == canonical(other)
    assert judge(wanted)(other) is equal
    assert (json_difference(wanted, other) == ()) is equal
    part = judge(wanted, partial=True)(other)
    assert part or not equal
    assert (json_difference(wanted, other, partial=True) == ()) is part


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES)
def test_differences_are_lines(value: Any, other: Any) -> None:
    for line in json_difference(value, other):
        assert line[:2] in ("- ", "+ ", "  ")
        assert "\n" not in line
        assert len(line) < 4 * WIDE


@settings(max_examples=150, deadline=None)
@given(st.text("ab\n", max_size=12), st.text("ab\n", max_size=12))
def test_a_difference_of_texts_is_empty_if_and_only_if_they_are_equal(wanted: str, came: str) -> None:
    lines = text_difference(wanted, came)
    assert (lines == ()) is (wanted == came)
    assert (bytes_difference(wanted.encode(), came.encode()) == ()) is (wanted == came)
    if "\n" in wanted + came and lines:
        # With the lines between, for one that has only moved is the same on both sides.
        assert [line[2:] for line in lines if line[0] != "+"] != [line[2:] for line in lines if line[0] != "-"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | st.text("${any:|match}()^[]null", max_size=20))
def test_no_text_breaks_a_pattern(text: str) -> None:
    for template in (text, f"${{any:{text}}}", f"${{match:{text}}}"):
        try:
            holds = judge(planted(template, {}))
        except InspectError:
            continue
        assert holds(text) in (True, False)
        assert holds(None) in (True, False)
