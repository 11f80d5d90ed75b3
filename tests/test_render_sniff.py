"""Remarks on what a text really is: true ones are made, words are left alone, and nothing hostile makes them slow."""

import json
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import BINARY, START, TEXT
from wsinspect.events import Batch
from wsinspect.registry import FORMATS
from wsinspect.render.look import Look
from wsinspect.render.palette import COLOUR
from wsinspect.render.sniff import LONGEST, SHORTEST, SHOWN, binary_remark, may_hide, remark

ADA = '{"user": "ada", "roles": ["admin"]}'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)

ROWS = [
    (b64encode(ADA.encode()), f"base64 of 35 B: {ADA}"),
    (b64encode(ADA.encode()).rstrip(b"="), f"base64 of 35 B: {ADA}"),
    (urlsafe_b64encode("{\"ключ\": \"зна?чение>>>\"}".encode()), 'base64 of 36 B: {"ключ": "зна?чение>>>"}'),
    (b64encode(b"two lines\nof \ttext here"), "base64 of 23 B: two lines\\nof \\ttext here"),
    (b64encode(PNG), "base64 of 48 B: a PNG image"),
    (b64encode(b"\x1f\x8b\x08" + bytes(30)), "base64 of 33 B: gzip"),
    (json.dumps(ADA).encode(), f"a string of JSON: {ADA}"),
    (json.dumps({"id": 1, "body": ADA}).encode(), f'"body" holds JSON: {ADA}'),
    (json.dumps({"a": ADA, "b": [ADA]}).encode(), f'"a" (and 1 more) holds JSON: {ADA}'),
    (json.dumps([ADA]).encode(), f"a string holds JSON: {ADA}"),
    (json.dumps({"data": b64encode(ADA.encode()).decode()}).encode(), f'"data" holds base64 of 35 B: {ADA}'),
    (json.dumps({"k\u202e\\\"": ADA}, ensure_ascii=False).encode(), f'"k\\u202e\\\\\\"" holds JSON: {ADA}'),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "said"), ROWS)
def test_rows(payload: bytes, said: str) -> None:
    assert remark(payload) == said


NOTHING = [
    b"", b"hello", b"hello, world", b"thisIsALongIdentifierWithoutAnySpace", b"0123456789abcdef0123456789abcdef",
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAA", b"6f1ed002-ab5c-4aa3-9d3c-0242ac120002", b"/a/path/with/many/parts/of/it/to/go",
    b"============================", b"https://example.com/some/long/path?query=1", b"-----------------------------",
    b'{"a": "b"}', b'{"a": "{"}', b'{"a": "{}"}', b'{"a": "[not json at all]"}',
    b'{"id": "6f1ed002-ab5c-4aa3-9d3c-0242ac120002"}', b64encode(b"text \x1b[31m red and more"),
    b'["', b'"{', b'"{\\"a\\"', b'{"a": "\\ud800"}', b64encode(bytes(range(200, 256))),
    b64encode(ADA.encode())[:-3],
]  # fmt: skip


@pytest.mark.parametrize("payload", NOTHING)
def test_what_is_what_it_seems_gets_no_remark(payload: bytes) -> None:
    assert remark(payload) == ""


@given(st.binary(max_size=200) | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_any_text_is_borne_and_what_is_said_is_safe(data: bytes) -> None:
    for payload in (
        data.decode("utf-8", "replace").encode(),
        b64encode(data),
        json.dumps([data.decode("latin-1")]).encode(),
    ):
        said = remark(payload)
        assert said.isprintable()
        assert not said or may_hide(payload)
    assert binary_remark(data).isprintable()


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=20, max_size=200))
def test_base64_of_text_is_always_seen(text: str) -> None:
    assert remark(b64encode(text.encode())) == f"base64 of {len(text)} B: {text}"


def test_binary_that_is_json_or_a_file() -> None:
    assert binary_remark(ADA.encode()) == f"JSON: {ADA}"
    assert binary_remark(PNG) == "a PNG image"
    assert binary_remark(b"PK\x03\x04....") == "a ZIP archive"
    assert binary_remark(b"{}") == binary_remark(b"\x00\x01") == binary_remark(b"") == ""


HOSTILE = {
    "nothing but quotation marks": b'{"' + b'"' * (LONGEST - 4) + b'"}',
    "openings": b"[" + b'"{' * (LONGEST // 2 - 1) + b"]",
    "openings and backslashes": b"[" + b'"{\\' * (LONGEST // 3 - 1) + b"]",
    "one long string": b'{"a": "' + b"a" * (LONGEST - 12) + b'"}',
    "long strings without an end": b"[" + b'"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' * (LONGEST // 40),
    "keys": b"{" + b'"a":"[1]",' * (LONGEST // 12) + b"\\}",
    "deep JSON in a string": json.dumps({"a": "[" * 20_000 + "]" * 20_000, "b": '"'}).encode(),
    "deep JSON in deep JSON": json.dumps(["[" * 3000 + '"' + "]" * 3000] * 5).encode(),
    "equals signs": b"A" * 24 + b"=" * (LONGEST - 24),
    "long numbers in a string": json.dumps({"a": '{"n": ' + "9" * 50_000 + "}"}).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_borne(name: str) -> None:
    payload = HOSTILE[name]
    assert len(payload) <= LONGEST
    assert len(remark(payload)) <= 12 * SHOWN
    for look in (Look(width=80), Look(COLOUR, 80)):
        assert FORMATS.load("pretty")(look)(Batch(START, "in", [(TEXT, payload, 0)])).count("\n") <= 12


def test_nobody_looks_at_long_texts_or_short_words() -> None:
    assert not may_hide(b64encode(b"a" * LONGEST))
    assert not may_hide(b"a" * (SHORTEST - 1))
    assert binary_remark(b"[" + b"1," * LONGEST + b"1]") == ""


def test_only_pretty_remarks_dimmed_and_on_one_line() -> None:
    batch = Batch(START, "in", [(TEXT, b64encode(b'{"a": "' + b"x" * 600 + b'"}'), 0)])
    *_, last, end = FORMATS.load("pretty")(Look(COLOUR, 80))(batch).split("\n")
    assert end == ""
    assert last.startswith(" " * 14 + COLOUR.dim + 'base64 of 609 B: {"a": "xxx')
    assert last.endswith("…" + COLOUR.reset)
    assert "base64 of" not in FORMATS.load("plain")(Look())(batch)
    binary = Batch(START, "in", [(BINARY, ADA.encode(), 0)])
    assert "JSON: {" in FORMATS.load("pretty")(Look())(binary)
    assert "JSON: {" not in FORMATS.load("plain")(Look())(binary)
