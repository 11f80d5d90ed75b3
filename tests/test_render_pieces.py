"""Large payloads in pieces: byte for byte what is made of them at once, wherever they are cut."""

from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.common_events import BINARY, START, TEXT
from wsinspect.events import FRAME, Batch, Frame, Row
from wsinspect.registry import FORMATS
from wsinspect.render import plain
from wsinspect.render.block import Block
from wsinspect.render.cells import cells
from wsinspect.render.json_block import LARGEST
from wsinspect.render.lines import layout
from wsinspect.render.look import EVERYTHING, Look
from wsinspect.render.palette import COLOUR
from wsinspect.render.pieces import LARGE, Pieces, bytes_of, text_of
from wsinspect.render.safe import neutral

CHARACTERS = st.sampled_from('ab ,\\"\n\t\x01\x1b\x7f\x9b é水😀\u202e\u200b\ufe0f\ufe0e\u2800\U000e0041{}[]:0#')
WORDS = st.text(CHARACTERS, max_size=300) | st.text(max_size=60)
TEXTS = WORDS.map(lambda text: text.encode("utf-8", "replace"))
FRAMES = st.builds(
    Frame,
    st.booleans(),
    st.integers(0, 7),
    st.just(2),
    st.none() | st.just(b"\1\2\3\4"),
    st.integers(2, 14),
    st.binary(max_size=60),
    st.none() | st.integers(0, 99),
    st.integers(0, 99),
)
ROW: st.SearchStrategy[Row] = st.one_of(
    TEXTS.map(lambda payload: (TEXT, payload, len(payload) + 2)),
    st.binary(max_size=60).map(lambda payload: (BINARY, payload, len(payload) + 2)),
    FRAMES.map(lambda frame: (FRAME, frame, len(frame.payload) + 2)),
)
LOOKS: dict[str, tuple[str, Look]] = {
    "ndjson": ("ndjson", Look(frames=True)),
    "ndjson without frames": ("ndjson", Look()),
    "raw": ("raw", Look(neutral=True)),
    "plain": ("plain", Look(frames=True)),
    "plain, all": ("plain", Look(longest=EVERYTHING)),
    "plain, narrow": ("plain", Look(width=40, time="delta")),
    "pretty": ("pretty", Look(COLOUR, 80, frames=True)),
    "pretty, all": ("pretty", Look(COLOUR, 40, longest=EVERYTHING)),
    "pretty, folded": ("pretty", Look(COLOUR, 60, json_indent=2)),
}


def batch_of(rows: list[Row]) -> Batch:
    """Return a batch in which large payloads are seen as such."""
    return Batch(START, "in", []).holding(rows)


@given(name=st.sampled_from(list(LOOKS)), rows=st.lists(ROW, max_size=5), large=st.integers(0, 40))
def test_pieces_are_the_same(name: str, rows: list[Row], large: int) -> None:
    form, look = LOOKS[name]
    batch = batch_of(rows)
    assert text_of(FORMATS.load(form)(look, large)(batch)) == text_of(FORMATS.load(form)(look, 10**9)(batch))


@given(payload=TEXTS, size=st.integers(1, 40), width=st.sampled_from([None, 20, 40, 79]), cut=st.booleans())
@example(payload=b"\x01\x01\x01", size=1, width=None, cut=False)
@example(payload=b"   aaa", size=2, width=None, cut=True)
def test_texts_in_a_block_are_the_same(payload: bytes, size: int, width: int | None, cut: bool) -> None:
    look = Look(COLOUR, width, longest=len(payload) * 2 // 3 if cut else EVERYTHING)
    places = layout(look)
    # What fits on a line is never in pieces.
    assume(look.longest and (places.room is None or cells(neutral(payload.decode())) > 3 * places.room))
    block = Block(look, places)
    assert "".join(block.long_text(payload, -1, size)) == block._text(payload, False)


@given(payload=st.binary(min_size=17, max_size=400), size=st.integers(1, 99), width=st.sampled_from([None, 20, 79]))
def test_dumps_are_the_same(payload: bytes, size: int, width: int | None) -> None:
    for longest in (EVERYTHING, 100):
        look = Look(COLOUR, width, longest=longest)
        block = Block(look, layout(look))
        assert "".join(block.long_binary(payload, -1, size)) == block.binary(payload)


@given(payload=TEXTS, size=st.integers(1, 40), longest=st.integers(1, 300) | st.just(EVERYTHING))
def test_plain_lines_are_the_same(payload: bytes, size: int, longest: int) -> None:
    assert "".join(plain.long_text(payload, None, longest, size)) == plain._text(payload, None, longest)
    assert "".join(plain.long_binary(payload, None, longest, size)) == plain._binary(payload, None, longest)


@pytest.mark.parametrize(
    "name", sorted(LOOKS.keys() - {"pretty, all"})
)  # it does a megabyte at once, for JSON's colours
def test_only_large_ones_are_in_pieces(name: str) -> None:
    form, look = LOOKS[name]
    render = FORMATS.load(form)(look)
    assert isinstance(render(batch_of([(TEXT, b"x" * LARGE, 9)])), str)
    shown = render(batch_of([(TEXT, b"\x01" * (LARGE + 1), 9), (BINARY, b"\xff" * (LARGE + 1), 9)]))
    assert isinstance(shown, Pieces)
    assert max(map(len, bytes_of(shown))) <= 4 * LARGE


FOLDED: dict[str, Any] = {
    "a string without end": (b'{"a": 1, "b": "' + b"x" * LARGEST + b'"}', ['  "a": 1,', '  "b": "xxx']),
    "many keys": (b"{" + b'"k": 1, ' * (LARGEST // 8) + b'"k": 1}', ['  "k": 1,', '  "k": 1,']),
    "brackets": (b"[" * LARGEST + b"]" * LARGEST, ["  [", "    ["]),
    "blanks": (b'{"a": 1' + b" " * LARGEST + b"}", ['  "a": 1', " "]),
}


@pytest.mark.parametrize("name", FOLDED)
def test_of_large_json_the_beginning_is_folded(name: str) -> None:
    payload, lines = FOLDED[name]
    shown = text_of(FORMATS.load("pretty")(Look(width=80, json_indent=2))(batch_of([(TEXT, payload, 9)]))).splitlines()
    for line, wanted in zip(shown[2:], lines, strict=False):
        assert line.strip().startswith(wanted.strip())
    assert "more byte" in shown[-1]
