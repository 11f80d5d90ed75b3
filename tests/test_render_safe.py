"""What reaches a terminal is printable, and what could deceive is seen."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.render.safe import HIDDEN, is_neutral, neutral, neutral_bytes, units

ROWS = [
    ("", ""),
    ("plain text ~ 123", "plain text ~ 123"),
    ("Grüße, 日本語 🎉", "Grüße, 日本語 🎉"),
    ("\x1b[2J\x07\x00\x7f", r"\x1b[2J\x07\x00\x7f"),
    ("a\tb\r\nc", r"a\tb\r\nc"),
    ("\x9b31m\x85", r"\x9b31m\x85"),
    ("user\u202enimda\u2066", r"user\u202enimda\u2066"),
    ("a\u200bb\u200d\u200f\ufeff\u00ad\u2060", r"a\u200bb\u200d\u200f\ufeff\xad\u2060"),
    ("\u2028\u2029", r"\u2028\u2029"),
    ("a\u00a0b\u3000c", r"a\xa0b\u3000c"),
    ("\ud800\udcff", r"\ud800\udcff"),
    ("\U000e0041\U000e0100", r"\U000e0041\U000e0100"),
    ("\ue000\U0010ffff", r"\ue000\U0010ffff"),
    ("\u3164\u115f\u1160\uffa0\u2800\u034f", r"\u3164\u115f\u1160\uffa0\u2800\u034f"),
    ("\u17b4\u180b\ufe00\U0001d159", r"\u17b4\u180b\ufe00\U0001d159"),
    # A presentation selector stands behind a symbol, once.
    ("❤\ufe0f 1\ufe0f\u20e3 ☎\ufe0e", "❤\ufe0f 1\ufe0f\u20e3 ☎\ufe0e"),
    ("❤\ufe0f\ufe0f", "❤\ufe0f\\ufe0f"),
    ("a\ufe0f", r"a\ufe0f"),
    ("\ufe0f", r"\ufe0f"),
    ("\u3164\ufe0f", r"\u3164\ufe0f"),
    # Backslashes stay single.
    (r"C:\new\x1b", r"C:\new\x1b"),
    ("é e\u0301", "é e\u0301"),
]


@pytest.mark.parametrize(("text", "shown"), ROWS)
def test_neutral(text: str, shown: str) -> None:
    assert neutral(text) == shown
    assert "".join(units(text)) == shown


def test_everything_that_leaves_no_mark_is_escaped() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            assert not is_neutral(character), hex(code)


def test_hidden_characters_are_printable_to_python() -> None:
    assert all(character.isprintable() for character in HIDDEN)


@given(st.text(st.characters()))
def test_the_result_is_printable_and_stays(text: str) -> None:
    shown = neutral(text)
    assert shown.isprintable()
    assert neutral(shown) == shown
    assert "".join(units(text)) == shown


@given(st.binary())
def test_bytes_are_shown_too(data: bytes) -> None:
    assert neutral_bytes(data).isprintable()


def test_bytes_that_are_not_utf8() -> None:
    assert neutral_bytes(b"ok \xff\xc3 \xe2\x80\xae") == r"ok \xff\xc3 \u202e"


def test_long_text_with_one_control_is_quick() -> None:
    assert neutral("x" * 10_000_000 + "\n") == "x" * 10_000_000 + "\\n"
