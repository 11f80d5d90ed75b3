"""Bodies of answers as lines to read: rows, then whatever anybody may send."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsinspect.render.body import Body, readable

ROWS = [
    (b"", "", "text", []),
    (b" \r\n\t", "text/html", "text", []),
    (b"\n no\r\nway \n", "", "text", ["no", "way"]),
    (b"\xef\xbb\xbfno", "", "text", ["no"]),
    (b"caf\xe9 \x80", "text/plain; charset=ISO-8859-1", "text", ["café €"]),
    (b"caf\xe9", "text/plain", "text", ["caf�"]),
    ("né".encode("utf-16"), "text/plain; charset=utf-16", "text", ["né"]),
    (b"caf\xc3\xa9", "text/plain; charset=zlib", "text", ["café"]),
    (b"\x89PNG\0", "image/png", "binary", ["(5 bytes that are not text)"]),
    (b"\0", "", "binary", ["(a byte that is not text)"]),
    (b'[1, {"a": []}]', "", "JSON", ["[", "  1,", "  {", '    "a": []', "  }", "]"]),
    (b'"just a string"', "application/json", "JSON", ['"just a string"']),
    (b'"just a string"', "text/plain", "text", ['"just a string"']),
    (b'{"cut": "of', "application/json", "text", ['{"cut": "of']),
    (b"{not json}", "", "text", ["{not json}"]),
    (b"<html><p>a<p>b", "", "HTML", ["a", "b"]),
    (b"<!-- x --><!doctype html><title>T</title>", "", "HTML", ["T"]),
    (b"a &amp; b", "text/html", "HTML", ["a & b"]),
    (b"<h1>T</h1><title>T</title>more", "", "HTML", ["T", "more"]),
    (b"<script>only</script>", "text/html", "text", ["<script>only</script>"]),
    (b"<p>a<!-- b", "", "HTML", ["a"]),
    (b"<p>1 < 2 & 3 > 2", "", "HTML", ["1 < 2 & 3 > 2"]),
    (b"<p>&#" + b"9" * 5000 + b";", "", "HTML", ["&#" + "9" * 5000 + ";"]),
    (
        b"<Error><Code>AccessDenied</Code></Error>",
        "application/xml",
        "text",
        ["<Error><Code>AccessDenied</Code></Error>"],
    ),
]


@pytest.mark.parametrize(("body", "content_type", "kind", "lines"), ROWS)
def test_readable(body: bytes, content_type: str, kind: str, lines: list[str]) -> None:
    assert readable(body, content_type) == Body(kind, lines)


PIECES = [
    "<",
    "<a",
    "</",
    "<!--",
    "-->",
    "<![",
    "<!",
    "<?",
    "&",
    "&#",
    '<p a="',
    "<script>",
    "</script>",
    "<title>",
    "[",
    '{"a":',
]


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_bodies_take_no_time(piece: str) -> None:
    body = (piece * 65536)[:65536].encode()
    for content_type in ("text/html", "application/json"):
        began = time.process_time()
        readable(body, content_type)
        assert time.process_time() - began < 2


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, ">", "x", " ", "\n", '"', "}", "]", "1", ",", "</title>"])).map("".join))
def test_anything_becomes_lines(text: str) -> None:
    for content_type in ("text/html", "application/json", ""):
        for line in readable(text.encode(), content_type).lines:
            assert "\n" not in line


@given(st.binary(), st.text(max_size=40))
def test_any_bytes_become_lines(body: bytes, content_type: str) -> None:
    readable(body, content_type)
