"""A recording's page: what it holds and what it leaves out, what is packed, and that nothing gets out of its place."""

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import HANDSHAKE
from tests.recorded_pages import BLOCK, begun, common, many, page_of, row, rows_in, text, unpacked
from tests.test_export_html_browser import HOSTILE, hostile
from wsinspect.events import BINARY, CLOSE, CLOSED, FRAME, PING, PONG, TEXT, Closed, Frame, Moment
from wsinspect.exports.html import html
from wsinspect.exports.page import cells, connection, keeping
from wsinspect.exports.page.cells import Cells
from wsinspect.exports.page.clock import PageClock
from wsinspect.exports.page.keeping import Keeping, Kept
from wsinspect.exports.page.thinning import Span, Spans
from wsinspect.registry import EXPORTS

PAGE = Path(keeping.__file__).parent


class Reading(HTMLParser):
    """Counts the elements of a page, and notes what could load or run something."""

    VOID = frozenset({"meta", "input", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.types: list[str | None] = []
        self.strange: list[str] = []
        self.policy = ""
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("img", "iframe", "object", "embed", "link", "base", "form", "video", "audio") and (
            given != {"method": "dialog"}
        ):
            self.strange.append(tag)
        self.strange += [name for name in given if name.startswith("on") or name in ("src", "srcdoc", "style")]
        self.strange += [value for name, value in attributes if name == "href" and value and value[0] != "#"]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "script":
            self.types.append(given.get("type"))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.inside:
            self.inside[self.open[-1]].append(data)
        else:
            self.texts.append(data)


def read(page: bytes) -> Reading:
    reading = Reading()
    reading.feed(page.decode())
    reading.close()
    return reading


@pytest.mark.parametrize(
    "batches", [list(common()), hostile(), list(many(20)), []], ids=["common", "hostile", "many", "none"]
)
def test_the_page_is_ours_alone(batches: list[object]) -> None:
    reading = read(page_of(batches))  # type: ignore[arg-type]
    assert reading.open == []
    assert reading.strange == []
    assert len(set(reading.ids)) == len(reading.ids)
    scripts = [text for text, type in zip(reading.inside["script"], reading.types, strict=True) if type is None]
    assert set(reading.types) == {None, "text/plain"}
    for kind, sources in (("script", scripts), ("style", reading.inside["style"])):
        hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in sources]
        assert f"{kind}-src {' '.join(hashes)};" in reading.policy
    assert reading.policy.startswith("default-src 'none';")
    assert not re.search(r"unsafe|https?:|data:|\*", reading.policy)


def test_rows_come_back_as_they_were() -> None:
    batches = [*common(), *[text(9, "in", payload) for payload in HOSTILE]]
    rows = rows_in(page_of(batches))
    wanted = [row for batch in batches for row in batch.rows]
    assert [row["number"] for row in rows] == list(range(len(wanted)))
    types = unpacked(page_of(batches))[0]["types"]
    for (type, payload, wire), made in zip(wanted, rows, strict=True):
        content = made["content"]
        assert made["wire"] == wire
        if type in (TEXT, BINARY, PING, PONG):
            assert made["size"] == len(payload)
            back = content.encode() if isinstance(content, str) else base64.b64decode(content[0])
            assert back == payload
            assert isinstance(content, list) == (type == BINARY or payload == b"\x37\xfa\x21\x3d")
        else:
            assert content["text"]
        assert types[made["kind"] >> 1]
    assert rows[3]["at"] == 74_000


@given(st.lists(st.tuples(st.sampled_from(["in", "out"]), st.text(), st.floats(0, 1e6)), max_size=20))
def test_any_text_comes_back(messages: list[tuple[str, str, float]]) -> None:
    rows = rows_in(page_of([text(at, way, payload) for way, payload, at in messages]))
    assert [row["content"] for row in rows] == [payload for _, payload, _ in messages]
    assert [row["kind"] for row in rows] == [int(way == "out") for way, _, _ in messages]


def test_the_first_and_the_last_stand_on_a_page_that_cannot_hold_all() -> None:
    told: list[str] = []
    page = b"".join(html(many(1000), told.append, most_rows=100))
    rows = rows_in(page)
    assert [row["number"] for row in rows] == [*range(50), *range(952, 1002)]
    assert told == [
        "a page holds 100 of the 1,002 events, from the beginning and the end: 902 are left out of its list; "
        "its charts cover all"
    ]
    assert told[0] in "".join(read(page).texts)
    facts = unpacked(page)[0]
    assert sum(facts["cells"]["count"]) == facts["rows"] == 1002
    assert facts["pairs"]["count"] == 100


def test_a_page_that_holds_all_needs_no_counts() -> None:
    told: list[str] = []
    facts, blocks = unpacked(b"".join(html(many(6000), told.append)))
    assert told == []
    assert facts["cells"] is None
    assert [len(block["kind"]) for block in blocks] == [5000, 1002]


def kept(number: int, size: int = 10, type: int = TEXT) -> Kept:
    return Kept(number, number, type, 0, size, size, 0, b"x" * size)


def test_bytes_are_bounded_too() -> None:
    keeping = Keeping(most_rows=1000, most_bytes=400)
    for number in range(100):
        keeping.add(kept(number))
    assert [row.number for row in keeping] == [*range(20), *range(80, 100)]
    assert (len(keeping), keeping.left_out) == (40, 60)
    keeping.add(kept(100, 5000))
    assert [row.number for row in keeping][-1] == 100
    assert len(keeping) == 21


def test_what_tells_most_is_kept_from_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.exports.page.keeping.MOST_NOTABLE", 2)
    keeping = Keeping(most_rows=4)
    for number in range(100):
        keeping.add(kept(number, type=CLOSE if number in (40, 50, 60) else TEXT))
    assert [row.number for row in keeping] == [0, 1, 40, 50, 98, 99]
    assert keeping.left_out == 94


def test_a_payload_is_shortened_between_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.exports.html.LONGEST", 4)
    told: list[str] = []
    batches = [text(0, "in", "aéé"), row(1, "in", (BINARY, b"123456", 8)), text(2, "in", "1234")]
    batches.append(row(3, "in", (FRAME, Frame(True, 0, 2, None, 2, b"123456", None, 0), 8)))
    rows = rows_in(b"".join(html(batches, told.append)))
    assert [made["content"] for made in rows[:3]] == ["aé", ["MTIzNA=="], "1234"]
    assert rows[3]["content"]["payload"] == ["MTIzNA=="]
    assert [made["size"] for made in rows] == [5, 6, 4, 6]
    assert told == ["a page holds at most 0 MiB of a payload: 2 payloads are shortened"]


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 21), st.integers(0, 1 << 24)), max_size=200))
def test_cells_count_everything_once(rows: list[tuple[int, int, int]]) -> None:
    counted = Cells()
    for at, kind, size in rows:
        counted.add(at, kind, size, size + 2)
    columns = counted.columns()
    assert sum(columns["count"]) == len(rows)
    assert sum(columns["size"]) == sum(size for _, _, size in rows)
    assert sum(columns["wire"]) == sum(size + 2 for _, _, size in rows)
    assert all(bin < cells.BINS for bin in columns["bin"])
    places = {(at // counted.width, kind, size.bit_length()) for at, kind, size in rows}
    assert places == set(zip(columns["bin"], columns["kind"], columns["bits"], strict=True))


def test_spans_are_thinned_out() -> None:
    spans = Spans(most=10)
    for number in range(100):
        spans.add(Span(number, number, number, 1, 1))
    columns = spans.columns()
    every = columns["every"]
    assert columns["count"] == 100
    assert columns["request"] == list(range(0, 100, every))  # type: ignore[call-overload]
    assert every == 16


def test_the_clock_goes_on_where_another_run_begins() -> None:
    clock = PageClock()
    assert clock.at(Moment(1000.0, 50.0), begins=True) == 0
    assert clock.at(Moment(1001.0, 51.5)) == 1_500_000
    assert clock.at(Moment(1010.0, 60.0), begins=True) == 10_000_000
    assert clock.at(Moment(1100.0, 3.0), begins=True) == 100_000_000
    assert clock.at(Moment(1101.0, 4.0)) == 101_000_000
    assert clock.at(Moment(900.0, 900.0), begins=True) == 101_000_000
    assert PageClock().at(Moment(0.0, 0.0)) == 0
    early = PageClock()
    early.at(Moment(10.0, 10.0))
    assert early.at(Moment(9.0, 9.0)) == 0


def test_replies_and_pongs_find_their_partners() -> None:
    batches = [
        begun(HANDSHAKE),
        text(1, "out", '{"id": 7, "method": "sum"}'),
        row(1, "out", (PING, b"a", 7)),
        row(1.25, "in", (PONG, b"a", 3)),
        text(1.5, "in", '{"id": 7, "result": 3}'),
        row(2, "in", (PONG, b"unasked", 3)),
    ]
    facts, _ = unpacked(page_of(batches))
    assert facts["pairs"] == {
        "count": 1, "every": 1, "request": [1], "reply": [4], "at": [1_000_000], "took": [500_000], "way": [1]
    }  # fmt: skip
    assert facts["trips"]["request"] == [2]
    assert facts["trips"]["reply"] == [3]
    assert facts["trips"]["took"] == [250_000]


def test_pings_without_answer_are_forgotten() -> None:
    one = connection.Connection(0, None)
    for number in range(3000):
        assert one.round_trip("out", PING, b"%d" % number, number, number) is None
    assert one.round_trip("in", PONG, b"1", 3000, 3000) is None
    assert one.round_trip("in", PONG, b"2999", 3001, 3001) == (2999, 2999, 2)


def test_connections_beyond_the_bound_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST", 3)
    monkeypatch.setattr(connection, "MOST_AT_ONCE", 2)
    told: list[str] = []
    batches = [begun(HANDSHAKE, number) for number in range(1, 6)]
    batches.append(row(1, "in", (CLOSED, Closed("peer", True, 1000, "", 1000, "", 0), 0), 5))
    page = b"".join(html(batches, told.append))
    assert told == ["a page shows the handshakes of 3 connections: those of 2 more are left out"]
    words = "".join(read(page).texts)
    assert "Connection 3" in words
    assert "Connection 4" not in words
    assert "5 connections" in words
    assert "closed by the server, cleanly" in words


def test_a_recording_of_nothing_is_a_page_too() -> None:
    words = "".join(read(page_of([])).texts)
    assert "Recording of nothing" in words
    assert "The first 0 of 0 events" in words


def test_without_a_handshake_and_an_end() -> None:
    words = "".join(read(page_of([text(0, "in", "x")])).texts)
    assert "The recording holds no handshake of it." in words
    assert "it was open when the recording stopped" in words


def test_ends_explain_their_codes_in_the_tongue_of_the_connection() -> None:
    batches = [
        begun(HANDSHAKE._replace(subprotocol="graphql-transport-ws")),
        row(1, "in", (CLOSE, b"\x11\x2ftoo many", 12)),
        row(1, "in", (CLOSED, Closed("peer", True, 4399, "", 4399, "", 6), 0)),
        row(2, "in", (CLOSE, (4401).to_bytes(2, "big"), 4)),
    ]
    facts, _ = unpacked(page_of(batches))
    assert [known["dialect"] for known in facts["explanations"]][-1] == "graphql-transport-ws"


def test_it_is_registered() -> None:
    assert EXPORTS.load("html") is html


def test_no_script_of_ours_can_make_markup_or_run_text() -> None:
    for script in PAGE.glob("*.js"):
        if script.name != "uPlot.iife.min.js":
            words = script.read_text(encoding="utf-8")
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", words)
            assert "</script" not in words
            assert "<!--" not in words


def test_what_is_bundled_is_the_package_as_it_is() -> None:
    known = {
        "uPlot.iife.min.js": "dist/uPlot.iife.min.js",
        "uPlot.min.css": "dist/uPlot.min.css",
        "uPlot.LICENSE": "LICENSE",
    }
    packages = [Path(place) / "uplot" for place in os.environ.get("NODE_PATH", "").split(os.pathsep) if place]
    there = next((package for package in packages if package.is_dir()), None)
    if there is None:
        pytest.skip("npm's uplot is not installed (or not in NODE_PATH)")
    assert json.loads((there / "package.json").read_text())["version"] in (PAGE / "__init__.py").read_text()
    for ours, theirs in known.items():
        assert (PAGE / ours).read_bytes() == (there / theirs).read_bytes()


def test_the_licence_stands_in_the_page() -> None:
    page = page_of(common())
    assert b"Copyright (c) 2022 Leon Sorokin" in page
    assert b"The MIT License" in page
    assert len(BLOCK.findall(page)) == 2
