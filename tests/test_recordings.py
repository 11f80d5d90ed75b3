"""Recordings read back: what NDJSON wrote is what comes out, and what is damaged is told."""

import contextlib
import json
from collections.abc import Iterable
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import ENDS, HANDSHAKE, START, batches
from wsinspect.errors import Exit, InspectError
from wsinspect.events import CLOSED, TEXT, Batch, Moment, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.recordings.choosing import only
from wsinspect.recordings.reading import read
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson
from wsinspect.render.pieces import text_of

AT_ONCE = 1 << 30
RENDER = ndjson(Look(frames=True), AT_ONCE)
HEAD = handshake_line(HANDSHAKE)
HELLO = '{"type":"TEXT","time":"2026-11-22T12:04:31.207123Z","mono":1.5,"dir":"in","size":5,"wire":7,"text":"Hello"}\n'


def told(lines: Iterable[str | bytes]) -> tuple[list[Batch], list[str]]:
    notes: list[str] = []
    return list(read(lines, notes.append)), notes


def without(line: str, key: str) -> str:
    return json.dumps({name: value for name, value in json.loads(line).items() if name != key}) + "\n"


def changed(line: str, **values: object) -> str:
    return json.dumps(json.loads(line) | values) + "\n"


@pytest.mark.parametrize("batch", [pytest.param(batch, id=name) for name, batch in batches()])
def test_each_event_comes_back(batch: Batch) -> None:
    (back,), notes = told([text_of(RENDER(batch))])
    assert not notes
    assert back.rows == batch.rows
    assert back.direction == batch.direction or batch.rows[0][0] >= CLOSED
    assert (back.messages, back.payload, back.wire) == (batch.messages, batch.payload, batch.wire)
    assert back.at == pytest.approx(batch.at, abs=1e-6)


def test_written_once_more_it_is_the_same_to_the_letter() -> None:
    render, again = ndjson(Look(frames=True)), ndjson(Look(frames=True))
    lines = "".join([text_of(render(batch)) for _, batch in batches()])
    assert "".join([text_of(again(batch)) for batch in read(lines.splitlines(keepends=True))]) == lines


@pytest.mark.parametrize("closed", [pytest.param(closed, id=name) for name, closed in ENDS])
def test_each_end_comes_back(closed: object) -> None:
    line = RENDER(Batch(START, "in", [(CLOSED, closed, 0)]))
    (back,), _ = told([line])
    assert back.rows == [(CLOSED, closed, 0)]


def test_a_handshake_comes_back() -> None:
    seen = HANDSHAKE._replace(
        url="ws://127.0.0.1:40123/a?token=***",
        resource="/a?token=***",
        request=[("Authorization", "Bearer ***")],
        response=[("X", "")],
    )
    line = handshake_line(seen)
    (back,), _ = told([line])
    made = back.rows[0][1]
    assert handshake_line(made) == line
    assert made.resource == "/a?token=***"
    assert back.rows[0][0] == BEGINS
    assert back.at == made.at


def test_bytes_of_a_handshake_that_are_no_text_come_back() -> None:
    odd = "a\udce9"
    seen = HANDSHAKE._replace(url=f"ws://h/{odd}", resource=f"/{odd}", reason=odd, subprotocol=odd, extensions=odd)
    line = handshake_line(seen)
    (back,), notes = told([line])
    assert not notes
    assert handshake_line(back.rows[0][1]) == line


@pytest.mark.parametrize("year", ["0001", "0637", "1969", "9999"])
def test_any_year_comes_back(year: str) -> None:
    line = HELLO.replace("2026", year).replace("31.207123", "31.000000").replace("1.5", "1.500000")
    for data in (line, line.replace('"size":5,', '"size": 5,')):
        ((back,), notes) = told([data])
        assert not notes
        assert RENDER(back) == line


def test_bytes_are_as_good_as_text() -> None:
    lines = [HEAD, HELLO]
    assert [repr(batch) for batch in read(line.encode() for line in lines)] == [repr(batch) for batch in read(lines)]


def test_it_reads_no_further_than_it_is_asked() -> None:
    endless = (HELLO for _ in count())
    assert [batch.rows[0] for batch in islice(read(endless), 3)] == [(TEXT, b"Hello", 7)] * 3


@pytest.mark.parametrize(
    "last", [HELLO[:40], HELLO[:40].encode(), '{"type":"TE', "\0\0\0", b'{"type":"TEXT","text":"\xe2\x82']
)
def test_a_torn_last_line_is_left_out(last: str | bytes) -> None:
    found, notes = told([HELLO, last])
    assert len(found) == 1
    assert notes == ["line 2, the last, was torn off and is left out"]


@pytest.mark.parametrize("last", ['{"$schema":"x","log":{}}', "[]", HELLO.strip().replace("time", "when")])
def test_a_last_line_that_is_whole_was_not_torn(last: str) -> None:
    with pytest.raises(InspectError, match="line 2 of the recording is damaged: "):
        told([HELLO, last])


def test_a_last_line_without_its_end_counts_if_it_is_whole() -> None:
    found, notes = told([HELLO, HELLO.rstrip("\n")])
    assert len(found) == 2
    assert not notes


def test_lines_may_come_without_their_ends() -> None:
    found, notes = told((HEAD + HELLO + HELLO).splitlines())
    assert len(found) == 3
    assert not notes
    with pytest.raises(InspectError, match="line 2 of the recording is damaged: it is not JSON"):
        told([HELLO.strip(), "{", HELLO.strip()])


DAMAGED = [
    ("nonsense\n", "it is not JSON"),
    (b"\xff\xfe\n", "it is not UTF-8"),
    ("[1]\n", "it is not a JSON object"),
    ("[" * 100_000 + "\n", "it is nested too deep"),
    ('{"a": 1' + "0" * 5000 + "}\n", "it is not JSON"),
    ("{}\n", "`type` is missing"),
    ('{"type": 1}\n', "`type` must be a string"),
    (without(HELLO, "text"), "`text` is missing"),
    (changed(HELLO, text=1), "`text` must be a string"),
    (changed(HELLO, text="\ud800"), "`text` must be text that has a form in UTF-8"),
    (changed(HELLO, wire=-1), "`wire` must be a whole number from 0 on"),
    (changed(HELLO, wire=True), "`wire` must be a whole number from 0 on"),
    (changed(HELLO, wire=10**400), "`wire` must be a whole number below 1000000000000000"),
    (changed(HELLO, dir="up"), "`dir` must be in or out"),
    (without(HELLO, "dir"), "`dir` is missing"),
    (changed(HELLO, time="noon"), "`time` must be a time in ISO 8601"),
    (changed(HELLO, time=7), "`time` must be a time in ISO 8601"),
    (changed(HELLO, time="2026-11-22T12:04:31"), "`time` must be a time with its zone, in ISO 8601"),
    (changed(HELLO, time="9999-12-31T23:59:59.999999Z"), "`time` must be a time of the years 1 to 9999 in UTC"),
    (changed(HELLO, time="9999-12-31T23:59:59-01:00"), "`time` must be a time of the years 1 to 9999 in UTC"),
    (changed(HELLO, time="0001-01-01T00:00:00+01:00"), "`time` must be a time of the years 1 to 9999 in UTC"),
    (
        HELLO.replace("2026-11-22T12:04:31", "9999-12-31T23:59:59"),
        "`time` must be a time of the years 1 to 9999 in UTC",
    ),
    (changed(HELLO, mono="1"), "`mono` must be a number"),
    (changed(HELLO, mono=float("nan")), "`mono` must be a finite number"),
    (changed(HELLO, mono=10**400), "`mono` must be a finite number"),
    (changed(HELLO, mono=1e300), "`mono` must be a number below 1000000000000000"),
    (changed(HELLO, type="BINARY", base64="A"), "`base64` must be base64"),
    (changed(HELLO, type="CLOSE", code=70000, reason=""), "`code` must be a whole number below 65536"),
    (changed(HELLO, type="FRAME", fin=1), "`fin` must be true or false"),
    (changed(HEAD, request=[["Host"]]), "`request` must be a list of [name, value]"),
    (changed(HEAD, seconds=1e308), "`seconds` must be a number from 0 on, below 1000000000000000"),
    (changed(HEAD, seconds=-1), "`seconds` must be a number from 0 on, below 1000000000000000"),
    (changed(HEAD, steps=[["tls", 1e308, ""]]), "`steps` must be a list of [name, seconds, detail]"),
    (changed(HEAD, version="1"), "`version` must be a whole number from 0 on"),
]


@pytest.mark.parametrize(("line", "fault"), DAMAGED)
def test_a_damaged_line_is_told_with_its_number(line: str | bytes, fault: str) -> None:
    seen = []
    with pytest.raises(InspectError) as raised:
        seen.extend(read([HELLO, "\n", line, HELLO]))
    assert raised.value.message == f"line 3 of the recording is damaged: {fault} (at byte {len(HELLO) + 1})"
    assert len(seen) == 2
    assert raised.value.exit == Exit.OUTPUT
    assert "--format ndjson" in raised.value.hint


def test_what_stood_before_the_damage_is_read() -> None:
    reading = read([HELLO, "{\n"])
    assert next(reading).rows == [(TEXT, b"Hello", 7)]
    with pytest.raises(InspectError):
        next(reading)


def test_unknown_types_are_passed_over_with_a_note_each() -> None:
    odd = changed(HELLO, type="TRAILER\x1b")
    found, notes = told([odd, HELLO, odd, *(changed(HELLO, type=f"X{number}") for number in range(20))])
    assert len(found) == 1
    assert notes[0] == "`TRAILER\x1b` on line 1 is no type known here; its lines are left out"
    assert notes[-1].startswith("from line 13 on there are more unknown types")
    assert len(notes) == 11


def test_an_unknown_version_is_passed_over_to_the_next_connection() -> None:
    found, notes = told([changed(HEAD, version=2, request=0), changed(HELLO, text=0), HEAD, HELLO])
    assert [batch.rows[0][0] for batch in found] == [BEGINS, TEXT]
    assert notes == ["line 1 begins a connection in version 2 of the format, unknown here: it is left out"]


def test_keys_of_a_later_version_do_not_matter() -> None:
    assert told([changed(HELLO, tag={"a": 1})])[0][0].rows == [(TEXT, b"Hello", 7)]


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.text(max_size=60),
            st.builds(
                lambda line, key, value: changed(line, **{key: value}),
                st.sampled_from([HELLO, HEAD, *(RENDER(batch) for _, batch in batches()[4:9])]),
                st.sampled_from(["type", "time", "mono", "dir", "text", "code", "wire", "base64", "request"]),
                st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just([[]])),
            ),
        ),
        max_size=5,
    )
)
def test_whatever_stands_there_is_read_or_told(lines: list[str | bytes]) -> None:
    with contextlib.suppress(InspectError):
        for batch in read(lines):
            assert isinstance(batch.at, Moment)
            RENDER(batch)


def test_one_of_several_connections_is_taken() -> None:
    side_by_side = [alone(START, "in", (TEXT, b"%d" % number, 3), number) for number in (1, 2, 1, 3)]
    assert [batch.rows[0][1] for batch in only(side_by_side, 1)] == [b"1", b"1"]
    in_turn = [alone(START, "in", row) for row in [(BEGINS, HANDSHAKE, 0), (TEXT, b"a", 3)] * 2]
    assert list(only(in_turn, 2)) == in_turn[2:]
    with pytest.raises(InspectError, match="there is no connection 3: the recording holds 2 connections"):
        list(only(in_turn, 3))
