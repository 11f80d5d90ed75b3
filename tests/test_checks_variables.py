"""Templates: rows of what refers to what, and what comes of it when it is filled."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.checks.variables import (
    RESERVED,
    Pattern,
    filled,
    filled_text,
    is_name,
    pattern_in,
    references,
    shown,
    text_of,
)
from wsinspect.errors import InspectError

SCOPE = {
    "NAME": "world",
    "N": 7,
    "YES": True,
    "NONE": None,
    "LIST": ["a", 1],
    "TABLE": {"a": "é"},
    "TRICK": "${NAME}",
    "env:HOME": "/home/x",
    "file:a b.txt": "content",
    "secret:T": "hush",
}


@pytest.mark.parametrize(
    ("value", "names", "made"),
    [
        ("plain", set(), "plain"),
        ("", set(), ""),
        ("hello ${NAME}", {"NAME"}, "hello world"),
        ("${NAME}${N}", {"NAME", "N"}, "world7"),
        ("${N}", {"N"}, 7),
        ("${YES}", {"YES"}, True),
        ("${NONE}", {"NONE"}, None),
        ("${LIST}", {"LIST"}, ["a", 1]),
        ("${TABLE}", {"TABLE"}, {"a": "é"}),
        (" ${N}", {"N"}, " 7"),
        ("is ${YES} or ${NONE}", {"YES", "NONE"}, "is true or null"),
        ("a ${TABLE} b", {"TABLE"}, 'a {"a":"é"} b'),
        # What a value brings is not looked at again.
        ("${TRICK}", {"TRICK"}, "${NAME}"),
        ("${TRICK}!", {"TRICK"}, "${NAME}!"),
        ("${env:HOME}/x", {"env:HOME"}, "/home/x/x"),
        ("${file:a b.txt}", {"file:a b.txt"}, "content"),
        ("Bearer ${secret:T}", {"secret:T"}, "Bearer hush"),
        ("$${NAME}", set(), "${NAME}"),
        ("$${NAME} ${N}", {"N"}, "${NAME} 7"),
        ("$$${NAME}", set(), "$${NAME}"),
        ("$${any}", set(), "${any}"),
        ("cost: $5, {x}, $", set(), "cost: $5, {x}, $"),
        ("${any}", set(), "${any}"),
        ("${any:string|null}", set(), "${any:string|null}"),
        ("${match:^a{3}$}", set(), "${match:^a{3}$}"),
        ("${null}", set(), "${null}"),
        ({"a": ["${N}", {"b": "x${NAME}"}], "${N}": 1}, {"N", "NAME"}, {"a": [7, {"b": "xworld"}], "${N}": 1}),
        (12, set(), 12),
    ],
)
def test_references_and_filling(value: Any, names: set[str], made: Any) -> None:
    assert references(value) == names
    assert filled(value, SCOPE) == made
    assert type(filled(value, SCOPE)) is type(made)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("${", "a `${` is never closed", "$${"),
        ("a ${NAME", "a `${` is never closed", "$${"),
        ("${}", "`${}` is no reference", "${NAME}"),
        ("${a b}", "`${a b}` is no reference", "${NAME}"),
        ("${1X}", "`${1X}` is no reference", "${NAME}"),
        ("${evn:HOME}", "`${evn:HOME}` is no reference", "did you mean `${env:...}`?"),
        ("${secrets:X}", "`${secrets:X}` is no reference", "did you mean `${secret:...}`?"),
        ("${env:}", "`${env:}` is no reference", ""),
        ("${env}", "`${env}` says not which", "${env:NAME}"),
        ("id-${any:uuid}", "`${any...}` stands for a whole value, not within a text", "regex"),
        ("${match:a} ${match:b}", "`${match...}` stands for a whole value, not within a text", ""),
    ],
)
def test_what_is_no_reference(text: str, message: str, hint: str) -> None:
    for ask in (references, lambda value: filled(value, SCOPE)):
        with pytest.raises(InspectError) as caught:
            ask(text)
        assert caught.value.message == message
        assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"), [("${NAM}", "did you mean `${NAME}`?"), ("x ${QQQQQQ}", "there are: LIST, N, NAME,")]
)
def test_an_unknown_name(text: str, hint: str) -> None:
    with pytest.raises(InspectError, match="no variable is called") as caught:
        filled(text, SCOPE)
    assert caught.value.hint.startswith(hint)
    with pytest.raises(InspectError) as caught:
        filled(text, {})
    assert "--var" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("${any}", Pattern("any", "")),
        ("${any:}", Pattern("any", "")),
        ("${any:uuid|null}", Pattern("any", "uuid|null")),
        ("${match:^[0-9]{3}$}", Pattern("match", "^[0-9]{3}$")),
        ("${match:a\nb}", Pattern("match", "a\nb")),
        ("${null}", Pattern("null", "")),
        ("$${any}", None),
        ("${any} ", None),
        ("${NAME}", None),
        ("${null:x}", None),
        ("", None),
    ],
)
def test_patterns(text: str, pattern: Pattern | None) -> None:
    assert pattern_in(text) == pattern


def test_a_text_is_filled_with_quotes() -> None:
    assert filled_text("a == ${NAME} && $${x}", SCOPE, lambda value: f"'{value}'") == "a == 'world' && ${x}"


def test_what_is_shown_is_only_what_may_be() -> None:
    scope = {"NAME": "world", "N": 7}
    assert shown("${NAME} ${secret:T} $${NAME} ${", scope) == "world ${secret:T} $${NAME} ${"
    assert shown({"a": ["${N}", "${OTHER}"]}, scope) == {"a": [7, "${OTHER}"]}


@pytest.mark.parametrize("name", ["a", "_", "A1", "a-b", "HOST_2"])
def test_names(name: str) -> None:
    assert is_name(name)
    assert filled(f"${{{name}}}", {name: 1}) == 1


@pytest.mark.parametrize("name", ["", "1a", "a b", "a.b", "é", "a:b", "-a", *sorted(RESERVED)])
def test_no_names(name: str) -> None:
    assert not is_name(name)


@given(st.text(alphabet="${}:anyNAMEmatchulenvfi \n\\", max_size=30))
def test_no_text_makes_anything_but_an_error(text: str) -> None:
    try:
        names = references(text)
    except InspectError:
        return
    scope = dict.fromkeys(names, "")
    assert isinstance(filled(text, scope), str)
    assert isinstance(shown(text, scope), str)


@given(st.text(alphabet="${}any:x ", max_size=30))
def test_an_escaped_text_is_itself(text: str) -> None:
    assert filled(text.replace("${", "$${"), {}) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5))
def test_a_value_within_a_text_is_one_string(value: Any) -> None:
    assert filled("<${X}>", {"X": value}) == f"<{text_of(value)}>"
    assert filled("${X}", {"X": value}) == value
