"""Tables: what another reader of CSV makes of them is what was written, whatever the texts are."""

import csv as tables
import io
import sqlite3
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import ENDS, HANDSHAKE, START, batches
from wsinspect.events import BINARY, CLOSED, FRAME, PING, TEXT, Batch, Row, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.exports.csv import COLUMNS, csv

# Python's own reader stops at 128 KiB a field, unless told otherwise.
tables.field_size_limit(1 << 24)


def read_back(given: list[Batch]) -> tuple[list[dict[str, str]], list[str]]:
    told: list[str] = []
    text = b"".join(csv(given, told.append)).decode()
    return list(tables.DictReader(io.StringIO(text, newline=""))), told


def line(row: Row, connection: int = 0) -> dict[str, str]:
    (read,), _ = read_back([alone(START, "in", row, connection)])
    return {name: value for name, value in read.items() if value}


def test_an_empty_recording_is_a_line_of_names() -> None:
    assert b"".join(csv([], print)) == b"time,mono,connection,direction,type,size,wire,code,text,base64\r\n"


def test_every_event_has_a_line() -> None:
    given = [batch for _, batch in batches()]
    lines, told = read_back(given)
    frames = sum(batch.rows[0][0] == FRAME for batch in given)
    assert len(lines) == len(given) - frames
    assert told[0] == f"CSV holds no frames: {frames} are left out"
    assert all(tuple(each) == COLUMNS for each in lines)
    texts = [batch.rows[0][1].decode() for batch in given if batch.rows[0][0] == TEXT]
    assert [each["text"] for each in lines if each["type"] == "TEXT"] == texts
    data = [batch.rows[0][1] for batch in given if batch.rows[0][0] == BINARY]
    assert [b64decode(each["base64"]) for each in lines if each["type"] == "BINARY"] == data


def test_lines() -> None:
    stamp = {"time": "2026-11-22T12:04:31.207123Z", "mono": "12.345678"}
    assert line((TEXT, b'a,"b"\r\nc', 11), 3) == stamp | {
        "connection": "3", "direction": "in", "type": "TEXT", "size": "8", "wire": "11", "text": 'a,"b"\r\nc'
    }  # fmt: skip
    assert line((PING, b"\xff", 3)) == stamp | {
        "direction": "in", "type": "PING", "size": "1", "wire": "3", "base64": "/w=="
    }  # fmt: skip
    assert line((BEGINS, HANDSHAKE, 0)) == stamp | {"type": "HANDSHAKE", "code": "101", "text": HANDSHAKE.url}
    assert line((CLOSED, ENDS[-1][1], 0)) == stamp | {
        "type": "CLOSED", "code": "1006", "text": "the connection was reset"
    }  # fmt: skip


@pytest.mark.parametrize(
    "payload", [b"plain " * 50_000, b'a "b"\r\n' * 40_000, b"\n" * 300_000, b"," * 300_000, "é\u202e".encode() * 70_000]
)
def test_large_texts_stand_as_small_ones_do(payload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [alone(START, "out", (type, payload, 9), 2) for type in (TEXT, BINARY)]
    made = b"".join(csv(given, print))
    monkeypatch.setattr("wsinspect.exports.csv.LARGE", 1 << 30)
    assert made == b"".join(csv(given, print))


def test_large_formulas_are_told() -> None:
    texts = [alone(START, "in", (TEXT, text * 300_000, 9)) for text in (b"=", b"a", "é".encode())]
    _, told = read_back([*texts, alone(START, "in", (BINARY, b"=" * 300_000, 9))])
    assert told == ["1 text in it may be taken for a formula by a spreadsheet"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_formulas_stay_and_are_told(text: str) -> None:
    lines, told = read_back([alone(START, "in", (TEXT, text.encode(), 9))] * 2)
    assert [each["text"] for each in lines] == [text, text]
    assert told == ["2 texts in it may be taken for a formula by a spreadsheet"]


def test_headers_are_left_out_where_there_are_some() -> None:
    assert read_back([alone(START, "in", (BEGINS, HANDSHAKE, 0))])[1] == ["CSV holds no headers: 5 are left out"]
    bare = HANDSHAKE._replace(request=[], response=[])
    assert read_back([alone(START, "in", (BEGINS, bare, 0))])[1] == []


def test_a_database_takes_it() -> None:
    lines, _ = read_back([alone(START, "in", (TEXT, b"o'x", 5)), alone(START, "out", (TEXT, b"y", 7))])
    with sqlite3.connect(":memory:") as database:
        database.execute(f"create table events ({', '.join(COLUMNS)})")
        places = ", ".join("?" * len(COLUMNS))
        database.executemany(f"insert into events values ({places})", [tuple(each.values()) for each in lines])
        assert database.execute("select sum(wire), max(text) from events").fetchone() == (12, "y")


@given(st.lists(st.text()))
def test_texts_come_back_whatever_they_are(texts: list[str]) -> None:
    lines, _ = read_back([alone(START, "in", (TEXT, text.encode(), 0)) for text in texts])
    assert [each["text"] for each in lines] == texts
