"""Renderers: golden files, fast against plain, and nothing on a terminal that is not printable."""

import json
import re
from base64 import b64decode
from collections.abc import Callable
from time import localtime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.common_events import BINARY, CLOSE, CLOSING, ERROR, HANDSHAKE, PING, PONG, START, TEXT, batches
from wsinspect.events import CLOSED, FRAME, GAP, Batch, Closed, Direction, Event, Frame, Gap, Moment, Row, Violation
from wsinspect.events import HANDSHAKE as OPENED
from wsinspect.registry import FORMATS
from wsinspect.render.cells import cells
from wsinspect.render.lines import frame_words, lift, size_text
from wsinspect.render.look import EVERYTHING, Look, Renderer
from wsinspect.render.ndjson import handshake_line, ndjson, ndjson_line
from wsinspect.render.palette import COLOUR
from wsinspect.render.pieces import text_of
from wsinspect.render.plain import plain_line
from wsinspect.render.pretty import pretty_line
from wsinspect.render.raw import raw, raw_line
from wsinspect.render.times import time_of_day

SGR = re.compile("\x1b\\[[0-9;]*m")
WIDTHS = [None, 20, 21, 24, 29, 34, 35, 40, 60, 80, 120, 200]
CHANGES: list[dict[str, Any]] = [
    {},
    {"time": "utc"},
    {"time": "epoch"},
    {"time": "delta"},
    {"time": "none"},
    {"longest": 0},
    {"longest": 10},
    {"longest": 300},
    {"longest": EVERYTHING},
    {"json_indent": 0},
    {"json_indent": 2, "longest": 40},
    {"json_indent": 3, "longest": EVERYTHING, "time": "none"},
]
LOOKS = [
    Look(palette, width, True)._replace(**change)
    for palette in (Look().palette, COLOUR)
    for width in WIDTHS
    for change in (CHANGES if width in (None, 20, 80) else CHANGES[:1])
]

TWINS: dict[str, Callable[[Look], Callable[[Event], str]]] = {
    "pretty": pretty_line,
    "plain": plain_line,
    "ndjson": ndjson_line,
}

PIECES = (
    st.text() | st.text('{}[]":,0123456789 truefalsn\\\n\x1b日é\u202e', max_size=400) | st.text("ab ,", max_size=900)
)
TEXTS = PIECES | st.lists(PIECES, max_size=4).map(json.dumps)
ROW: st.SearchStrategy[Row] = st.one_of(
    TEXTS.map(lambda text: (TEXT, text.encode("utf-8", "replace"), len(text) + 2)),
    st.tuples(st.just(BINARY), st.binary(max_size=300), st.integers(0, 400)),
    st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125), st.integers(2, 131)),
    st.tuples(
        st.sampled_from([CLOSE, CLOSING]),
        st.builds(
            lambda code, reason: code.to_bytes(2, "big") + reason.encode("utf-8", "replace"),
            st.integers(0, 65535),
            st.text(max_size=60),
        ),
        st.integers(2, 131),
    ),
    st.tuples(
        st.just(ERROR),
        st.builds(
            Violation, st.text(), st.text(), st.text(), st.integers(0), st.binary(max_size=16), st.integers(0, 65535)
        ),
        st.just(0),
    ),
    st.tuples(
        st.just(GAP), st.builds(Gap, st.floats(0, 1e6), st.integers(0, 10**6), st.integers(0, 65535)), st.just(0)
    ),
    st.tuples(
        st.just(CLOSED),
        st.builds(
            Closed, st.just("nobody"), st.just(False), st.just(1006), st.text(), st.none(), st.text(), st.just(7)
        ),
        st.just(0),
    ),
    st.tuples(
        st.just(FRAME),
        st.builds(
            Frame,
            st.booleans(),
            st.integers(0, 7),
            st.integers(0, 15),
            st.none() | st.binary(min_size=4, max_size=4),
            st.integers(2, 14),
            st.binary(),
            st.none() | st.integers(0),
            st.integers(0),
        ),
        st.integers(2),
    ),
)


def batch_of(rows: list[Row], direction: Direction = "in") -> Batch:
    return Batch(START, direction, rows, uniform=all(row[0] in (TEXT, BINARY) for row in rows))


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("look", LOOKS)
def test_fast_is_as_plain(name: str, look: Look) -> None:
    fast: Renderer = FORMATS.load(name)(look)
    plain = lift(TWINS[name](look))
    for what, batch in batches():
        assert text_of(fast(batch)) == plain(batch), what


@pytest.mark.parametrize("name", TWINS)
@given(rows=st.lists(ROW, max_size=6), look=st.sampled_from(LOOKS))
def test_fast_is_as_plain_for_any_rows(name: str, rows: list[Row], look: Look) -> None:
    batch = batch_of(rows)
    assert FORMATS.load(name)(look)(batch) == lift(TWINS[name](look))(batch)


@given(rows=st.lists(ROW, max_size=6), look=st.sampled_from(LOOKS), name=st.sampled_from(["pretty", "plain", "ndjson"]))
@settings(max_examples=300)
def test_nothing_but_printable_text_lines_and_our_colours(rows: list[Row], look: Look, name: str) -> None:
    shown = FORMATS.load(name)(look)(batch_of(rows))
    if not look.palette.reset or name != "pretty":
        assert "\x1b" not in shown
    plain = SGR.sub("", shown)
    assert plain.replace("\n", "").isprintable()
    if name == "pretty" or (name == "plain" and look.json_indent is not None):
        # Each event begins a line at the left, or with its time; nothing of a payload can look like one.
        assert len(re.findall(r"(?m)^( +\+[0-9.]+  [↓↑✕]|[^ \n])", plain)) == len(rows)
    else:
        assert plain.count("\n") == len(rows) == len(plain.splitlines())
    if name != "ndjson" and look.width is not None and (name == "pretty" or look.longest != EVERYTHING):
        assert max(map(cells, plain.split("\n"))) <= look.width


@pytest.mark.parametrize("name", ["pretty", "plain"])
@pytest.mark.parametrize("width", [*range(20, 60), 79, 80, 120, 1000])
def test_no_line_is_wider_than_the_width(name: str, width: int) -> None:
    for change in CHANGES:
        look = Look(width=width, frames=True)._replace(**change)
        if look.longest == EVERYTHING and (name == "plain" or width % 20):
            continue  # plain shows everything on one line; pretty takes its time over a megabyte
        render = FORMATS.load(name)(look)
        for what, batch in batches():
            for line in text_of(render(batch)).splitlines():
                assert cells(line) <= width, what


def test_hidden_bytes_are_counted() -> None:
    render = FORMATS.load("pretty")(Look(width=80))
    for text in ("x" * 5000, "日" * 5000, "a\x1b" * 3000, "é\n" * 3000):
        *_, last = render(batch_of([(TEXT, text.encode(), 0)])).splitlines()
        hidden = int(re.sub(r"\D", "", last))
        shown = "".join(line.strip() for line in render(batch_of([(TEXT, text.encode(), 0)])).splitlines()[1:-1])
        visible = shown.replace("\\x1b", "\x1b").replace("\\n", "\n")
        assert len(visible.encode()) + hidden == len(text.encode())


# --- NDJSON reads back -----------------------------------------------------------------------------------------------


def payload_of(read: dict[str, Any]) -> bytes:
    return read["text"].encode() if "text" in read else b64decode(read["base64"], validate=True)


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text('\x00\x1b\x7f\x85\u2028\u202e\ufe0f"\\日🎉'))
def test_ndjson_text_reads_back(text: str) -> None:
    payload = text.encode()
    line = ndjson(Look())(batch_of([(TEXT, payload, 7)]))
    assert isinstance(line, str)
    assert line[:-1].isprintable()
    assert line.splitlines() == [line[:-1]]
    read = json.loads(line)
    assert payload_of(read) == payload
    assert (read["size"], read["wire"], read["dir"], read["mono"]) == (len(payload), 7, "in", START.mono)
    assert read["time"] == "2026-11-22T12:04:31.207123Z"


@given(st.sampled_from([BINARY, PING, PONG]), st.binary())
def test_ndjson_bytes_read_back(type: int, payload: bytes) -> None:
    assert payload_of(json.loads(ndjson(Look())(batch_of([(type, payload, 7)])))) == payload


@given(st.integers(0, 65535), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_ndjson_close_reads_back(code: int, reason: str) -> None:
    body = code.to_bytes(2, "big") + reason.encode()
    read = json.loads(ndjson(Look())(batch_of([(CLOSE, body, 7)])))
    assert read["code"].to_bytes(2, "big") + read["reason"].encode() == body


def test_ndjson_frame_and_violation_read_back() -> None:
    frame = Frame(False, 4, 0, b"\x01\x02\x03\x04", 6, b"\xff\x00", 12, 99)
    read = json.loads(ndjson(Look(frames=True))(batch_of([(FRAME, frame, 8)])))
    assert payload_of(read) == frame.payload
    assert bytes.fromhex(read["mask"]) == frame.mask
    assert [read[key] for key in ("fin", "rsv", "opcode", "header", "size", "plain", "wire", "offset")] == [
        False, 4, 0, 6, 2, 12, 8, 99,
    ]  # fmt: skip
    violation = Violation("utf8", "RFC 6455 §8.1", "bad\n", 12, b"\xff", 1007)
    read = json.loads(ndjson(Look())(batch_of([(ERROR, violation, 0)])))
    assert (
        Violation(read["rule"], read["section"], read["message"], read["offset"], payload_of(read), read["code"])
        == violation
    )


def test_frames_are_shown_only_if_asked_for() -> None:
    frame = Frame(True, 0, 1, None, 2, b"a", None, 0)
    for name in FORMATS:
        assert not FORMATS.load(name)(Look())(batch_of([(FRAME, frame, 3)]))


def test_handshake_reads_back() -> None:
    line = handshake_line(HANDSHAKE)
    assert line[:-1].isprintable()
    read = json.loads(line)
    assert read["version"] == 1
    assert [tuple(header) for header in read["response"]] == HANDSHAKE.response
    assert read["subprotocol"] == "chat.v2"
    assert json.loads(handshake_line(HANDSHAKE._replace(subprotocol=None)))["subprotocol"] is None


@pytest.mark.parametrize("wall", [0.0, 1795349071.9999999, 1795349071.207123, 1e9 + 0.000001])
def test_times_round_without_a_carry_lost(wall: float) -> None:
    time = json.loads(ndjson(Look())(Batch(Moment(wall, 0.0), "in", [(PING, b"", 2)])))["time"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time)


# --- raw -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [b"\n", b"\0", b""])
def test_raw_writes_what_came_and_nothing_else(separator: bytes) -> None:
    look = Look(separator=separator)
    rows: list[Row] = [(TEXT, b"a\n", 4), (PING, b"p", 3), (BINARY, b"\xff\x00", 4), (CLOSE, b"\x03\xe8", 4)]
    wanted = b"a\n" + separator + b"\xff\x00" + separator
    assert raw(look)(batch_of(rows)) == wanted
    assert raw(look)(batch_of([rows[0], rows[2]])) == wanted
    assert not raw(look)(batch_of(rows, "out"))
    assert not raw(look)(batch_of([(PING, b"p", 3)]))
    for what, batch in batches():
        assert raw(look)(batch) == b"".join(raw_line(look)(event) for event in batch), what


@given(st.lists(ROW))
def test_raw_on_a_terminal_is_neutral(rows: list[Row]) -> None:
    shown = raw(Look(neutral=True))(batch_of(rows))
    assert isinstance(shown, str)
    assert shown.replace("\n", "").isprintable()
    assert shown.count("\n") == sum(row[0] in (TEXT, BINARY) for row in rows)


# --- parts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (9999, "9999 B"),
        (10_000, "10.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (999_950_000, "1.0 GB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_the_clock_counts_down_to_the_millisecond() -> None:
    stamp = time_of_day(localtime)
    for wall, end in ((1795349071.207, ".207"), (1795349071.9999, ".999"), (1795349072.0, ".000"), (0.5, ".500")):
        assert stamp(Moment(wall, 0.0)).endswith(end)


def test_fragments_hang_together() -> None:
    def rail(fin: bool, opcode: int) -> str:
        return frame_words(Frame(fin, 0, opcode, None, 2, b"", None, 0), None)[:1]

    assert [rail(False, 1), rail(False, 0), rail(True, 9), rail(True, 0), rail(True, 2)] == ["┌", "├", " ", "└", " "]


@pytest.mark.parametrize("name", ["plain", "pretty"])
def test_a_close_that_answers_ours_is_not_explained_as_theirs(name: str) -> None:
    render = FORMATS.load(name)(Look(width=100, time="none"))
    ours, theirs = (Batch(START, way, [(type, b"\x03\xf3", 4)]) for way, type in (("out", CLOSING), ("in", CLOSE)))
    opened = Batch(START, "in", [(OPENED, HANDSHAKE, 0)])
    assert "met an error" in render(theirs)
    assert "It answers our close." in render(ours) + render(theirs)
    assert "met an error" in render(opened) + render(theirs)
