"""JSON in colour: the characters stay, and nothing the sender does makes it slow."""

import json
import re
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.render.json_highlight import KEPT, _between, highlight, is_json
from wsinspect.render.palette import COLOUR, NO_COLOUR, Palette
from wsinspect.render.safe import neutral

LETTERS = Palette(reset="»", key="«k", string="«s", number="«n", literal="«l", dim="«d")

ROWS = [
    ('{"a": 1}', '{«k"a"»: «n1»}'),
    ('{"a" : "b"}', '{«k"a"» : «s"b"»}'),
    ("[true,false,null]", "[«ltrue»,«lfalse»,«lnull»]"),
    ("[-1.5e+10, 0]", "[«n-1.5e+10», «n0»]"),
    (r'["a\"b", "\\", "\u202e"]', r'[«s"a\"b"», «s"\\"», «s"\u202e"»]'),
    ('{"a": "cut o', '{«k"a"»: «s"cut o»'),
    ('["ends in \\', '[«s"ends in »\\'),
    # Escapes of ours between tokens are no part of one.
    (r"[\n1, \x0b2, true\n]", r"[«d\n»«n1», «d\x0b»«n2», «ltrue»«d\n»]"),
    ("[]", "[]"),
]


@pytest.mark.parametrize(("text", "shown"), ROWS)
def test_tokens(text: str, shown: str) -> None:
    assert highlight(text, LETTERS) == shown


def test_breaks_inside_tokens_end_and_take_up_the_colour() -> None:
    assert highlight('{"abc": 12}', LETTERS, [0, 3, 9], "|") == '|{«k"a»|«kbc"»: «n1»|«n2»}'


@pytest.mark.parametrize("at", range(11))
def test_a_break_anywhere_changes_no_character(at: int) -> None:
    assert highlight('{"abc": 12}', NO_COLOUR, [at], "").replace("|", "") == '{"abc": 12}'
    assert (
        re.sub("«.|»", "", highlight('{"abc": 12}', LETTERS, [at], "|"))
        == '{"abc": 12}'[:at] + "|" + '{"abc": 12}'[at:]
    )


@given(st.text(), st.lists(st.integers(0, 40), unique=True).map(sorted))
def test_any_text_keeps_its_characters(text: str, breaks: list[int]) -> None:
    shown = neutral(text)
    plain = highlight(shown, COLOUR, [at for at in breaks if at <= len(shown)], "")
    assert re.sub("\x1b\\[[0-9;]*m", "", plain) == shown
    assert re.sub("\x1b\\[[0-9;]*m", "", highlight(shown, COLOUR)) == shown


@given(st.text('{}[]:," \\0-1.e+truefalsnxé'))
def test_tokens_are_the_same_however_they_are_found(text: str) -> None:
    # Where lines break, a pattern finds each token; else what stands between strings is looked up.
    assert highlight(text, LETTERS) == highlight(text, LETTERS, [0], "")


def test_a_thousand_numbers_are_no_memory() -> None:
    rows = [f'{{"a": {number}, "b": "c"}}' for number in range(5000)]
    assert [highlight(row, LETTERS) for row in rows] == [highlight(row, LETTERS, [0], "") for row in rows]
    assert len(_between(LETTERS)) <= KEPT


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_objects_and_arrays_are_json(value: object) -> None:
    assert is_json(json.dumps(value).encode()) is isinstance(value, list | dict)


@pytest.mark.parametrize(
    "payload", [b"", b"1", b'"a"', b"{", b"{]", b"[INFO] up [1]", b"{a}", b"[1,]", b" {}", b"[\x00]"]
)
def test_not_json(payload: bytes) -> None:
    assert not is_json(payload)


@pytest.mark.parametrize("payload", [b"{}", b"[1]\r\n", b'{"a":1,"a":2}', b"[" + b"9" * 5000 + b"]"])
def test_json(payload: bytes) -> None:
    assert is_json(payload)


HOSTILE = {
    "one string without end": '["' + "a" * 10_000_000,
    "backslashes": '["' + "\\" * 10_000_001,
    "quotes": "[" + '"' * 2_000_001,
    "deep": "[" * 100_000 + "]" * 100_000,
    "keys and blanks": ('"a"' + " " * 1000) * 2000,
    "one number": "[" + "1" * 10_000_000 + "]",
    "almost numbers": "-" * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_once(name: str) -> None:
    text = HOSTILE[name]
    start = perf_counter()
    assert len(highlight(text, COLOUR)) >= len(text)
    is_json(text.encode())
    assert perf_counter() - start < 10  # quadratic would take hours


def test_nesting_does_not_recurse() -> None:
    assert is_json(b"[" * 30_000 + b"]" * 30_000)  # too deep to be proven
    assert is_json(b"[" * 100_000 + b"]" * 100_000)  # too long to be proven
