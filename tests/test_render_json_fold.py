"""JSON folded out: what was sent stays as it was, whatever it is; nothing recurses, and each token is read once."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import START, TEXT
from wsinspect.events import Batch
from wsinspect.registry import FORMATS
from wsinspect.render.cells import cells
from wsinspect.render.json_block import DEEPEST, Shape, json_block
from wsinspect.render.json_fold import NotJson, folded
from wsinspect.render.look import EVERYTHING, Look
from wsinspect.render.palette import COLOUR, NO_COLOUR

SGR = re.compile("\x1b\\[[0-9;]*m")
ALL = Shape(2, 0, None, None, None, NO_COLOUR)


def block(text: str | bytes, **changes: Any) -> str | None:
    shape = ALL._replace(**changes)
    shown = json_block(text.encode() if isinstance(text, str) else text, shape)
    return None if shown is None else shown[1:]


ROWS = [
    ('{"a":1}', '{\n  "a": 1\n}'),
    (' {"a" :\t[ ],\n"b":{ } } ', '{\n  "a": [],\n  "b": {}\n}'),
    ("[1e400,0.10,-0.0,1E+2]", "[\n  1e400,\n  0.10,\n  -0.0,\n  1E+2\n]"),
    ("[12345678901234567890123]", "[\n  12345678901234567890123\n]"),
    ('{"a":1,"a":2,"A":3}', '{\n  "a": 1,\n  "a": 2,\n  "A": 3\n}'),
    (r'["\u00e9\/\"\\"]', '[\n  "\\u00e9\\/\\"\\\\"\n]'),
    ("[true,false,null,NaN,-Infinity]", "[\n  true,\n  false,\n  null,\n  NaN,\n  -Infinity\n]"),
    ('{"a":{"b":[[1],{}]}}', '{\n  "a": {\n    "b": [\n      [\n        1\n      ],\n      {}\n    ]\n  }\n}'),
    ('["\u202e","a\u2028b"]', '[\n  "\\u202e",\n  "a\\u2028b"\n]'),
]


@pytest.mark.parametrize(("text", "shown"), ROWS)
def test_rows(text: str, shown: str) -> None:
    assert block(text) == shown


@pytest.mark.parametrize("text", ["{}", "[]", " [ ] ", "1", '"a"', "null"])
def test_what_takes_one_line_is_not_folded(text: str) -> None:
    assert block(text) is None


BROKEN = [
    "", "[1,]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', "{1:2}", "[1 2]", "[01]", "[1.]", "[.5]", "[+1]", "[1e]", "[-]",
    '["a]', '["a\\x"]', '["\\u12"]', '["a\nb"]', "[tru]", "[True]", "['a']", "[}", "[1]]", "[1] 2", "]", "[[1]",
    '["\0"]', "[1\x0b]", "[\u00a01]",
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_json_is_told(text: str) -> None:
    with pytest.raises(NotJson):
        list(folded(text))
    assert block(text) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_folding_is_the_indentation_that_python_knows(value: object, indent: Any, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    lines = list(folded(text))
    wanted = json.dumps(value, indent=1, ensure_ascii=ascii)
    assert "\n".join(" " * line.depth + line.text for line in lines) == wanted
    assert [line.end for line in lines] == sorted({line.end for line in lines})
    assert lines[-1].end == len(text)


@given(st.text('[]{}",:0123456789.-+eE \\nutrlfas\n', max_size=40))
def test_folding_takes_what_pythons_parser_takes(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        valid = False
    else:
        valid = True
    try:
        list(folded(text))
    except NotJson:
        assert not valid
    else:
        assert valid


@given(VALUES, st.integers(12, 100), st.integers(0, 8), st.sampled_from([NO_COLOUR, COLOUR]))
def test_lines_keep_the_columns_and_lose_nothing(value: object, columns: int, step: int, palette: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    shown = block(text, columns=columns, step=step, palette=palette)
    if shown is None:
        return
    plain = SGR.sub("", shown)
    assert plain.replace("\n", "").isprintable()
    assert max(map(cells, plain.split("\n"))) <= columns
    whole = block(text, step=step)
    assert whole is not None
    assert re.sub(r"\s", "", plain) == re.sub(r"\s", "", whole)


@given(VALUES, st.integers(0, 60), st.integers(1, 6) | st.none())
def test_what_is_left_out_is_counted(value: object, longest: int, lines: int | None) -> None:
    data = json.dumps(value, ensure_ascii=False).encode()
    shown = block(data, longest=longest, lines=lines)
    if shown is None:
        return
    *kept, last = shown.split("\n")
    if not last.startswith("… "):
        return
    hidden = int(re.sub(r"\D", "", last))
    assert 0 < hidden <= len(data)
    assert hidden >= len(data) - longest or lines is not None
    assert lines is None or len(kept) <= lines


# --- hard ones -------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_levels_stand_no_further_right_than_forty() -> None:
    text = "[" * 100_000 + "1" + "]" * 100_000
    shown = block(text)
    assert shown is not None
    assert shown.count("\n") == 200_000
    assert max(map(len, shown.split("\n"))) == 2 * DEEPEST + 1


@pytest.mark.parametrize(("opening", "seen"), [("[", 40), ('{"a":', 1 + 39 * 5)])
def test_a_limit_in_lines_reads_no_further(opening: str, seen: int) -> None:
    text = opening * 1_000_000 + "and this is no JSON"
    shown = block(text, lines=40, columns=80)
    assert shown is not None
    assert shown.count("\n") == 40
    assert shown.endswith(f"… {len(text) - seen:,} more bytes")


@pytest.mark.parametrize("item", ["9" * 5_000_000, '"' + "a" * 5_000_000 + '"', '"' + "é" * 2_000_000 + '"'])
def test_one_huge_token_is_cut_to_its_lines(item: str) -> None:
    shown = block(f"[{item}]", lines=10, columns=80)
    assert shown is not None
    assert len(shown) < 10 * 90
    hidden = int(re.sub(r"\D", "", shown.split("\n")[-1]))
    assert 0 < len(f"[{item}]".encode()) - hidden < 10 * 80 * 2


def test_where_all_is_shown_a_megabyte_is_folded_and_not_more() -> None:
    text = "[" + ",".join(['"' + "x" * 10_000 + '"'] * 100) + "]"
    shown = block(text, columns=80)
    assert shown is not None
    assert shown.count("x") == 1_000_000
    assert block(text + " " * 100_000, columns=80) is None
    assert block(text + " " * 100_000, columns=80, lines=10) is not None


# --- in the formats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pretty", "plain"])
def test_both_line_formats_fold_below_their_line(name: str) -> None:
    look = Look(width=80, json_indent=2, time="none")
    shown = FORMATS.load(name)(look)(Batch(START, "in", [(TEXT, b'{"op":"ping"}', 15)]))
    assert shown == '↓ TEXT       13 B\n  {\n    "op": "ping"\n  }\n'


def test_limits_in_lines_fall_with_full() -> None:
    payload = json.dumps(list(range(2000))).encode()
    for name, lines in (("pretty", 42), ("plain", 1002)):
        render = FORMATS.load(name)
        assert render(Look(json_indent=1))(Batch(START, "in", [(TEXT, payload, 0)])).count("\n") == lines
        whole = render(Look(json_indent=1, longest=EVERYTHING))(Batch(START, "in", [(TEXT, payload, 0)]))
        assert whole.count("\n") == 2003
        assert "more byte" not in whole


def test_a_prefix_that_looks_like_json_is_shown_as_text() -> None:
    payload = b"[INFO] " + b"x" * 100_000 + b" [done]"
    shown = FORMATS.load("pretty")(Look(width=80, json_indent=2))(Batch(START, "in", [(TEXT, payload, 0)]))
    assert shown.split("\n")[1].strip().startswith("[INFO]")
