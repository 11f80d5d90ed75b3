"""Answers to the handshake that open nothing: read from bytes by rows, and shown as lines."""

import gzip
import zlib

import pytest

from tests.common_events import HANDSHAKE
from tests.servers import answer, chunked
from wsinspect.net.answer import SHOWN_BODY, Answer, read_answer
from wsinspect.render.look import Look
from wsinspect.render.palette import palette
from wsinspect.render.refusal import SHOWN_COLUMNS, refusal

CHUNKED = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"x" * (SHOWN_BODY + 10)


def plain(status: int, reason: str, headers: list[tuple[str, str]], body: bytes, whole: bool) -> Answer:
    return Answer("HTTP/1.1", status, reason, headers, body, whole)


NO = [("Content-Length", "2")]
TE = [("Transfer-Encoding", "chunked")]
# What came, and what it is; whatever is whole must be the same with bytes behind it.
ANSWERS: list[tuple[str, bytes, Answer | None]] = [
    ("length", answer("401 Unauthorized", b"no"), plain(401, "Unauthorized", NO, b"no", True)),
    ("short of its length", answer("401 Unauthorized", b"no")[:-1], plain(401, "Unauthorized", NO, b"n", False)),
    ("no length", b"HTTP/1.1 500 Oh\r\n\r\nwell", plain(500, "Oh", [], b"well", False)),
    ("no body", b"HTTP/1.1 304 Same\r\n\r\n", plain(304, "Same", [], b"", True)),
    ("opens", b"HTTP/1.1 101 Switching\r\n\r\n\x81\x00", plain(101, "Switching", [], b"", True)),
    ("no reason", b"HTTP/1.1 404\r\n\r\n", plain(404, "", [], b"", False)),
    ("empty reason", b"HTTP/1.1 404 \r\n\r\n", plain(404, "", [], b"", False)),
    ("bare LF", b"HTTP/1.1 404 No\nA: b\n\nx", plain(404, "No", [("A", "b")], b"x", False)),
    ("mixed ends", b"HTTP/1.1 404 No\nA: b\r\n\nx", plain(404, "No", [("A", "b")], b"x", False)),
    ("HTTP/1.0", b"HTTP/1.0 200 OK\r\n\r\n", Answer("HTTP/1.0", 200, "OK", [], b"", False)),
    ("ICY", b"ICY 200 OK\r\n\r\n", None),
    ("interim", b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + answer("401 No", b"no"), plain(401, "No", NO, b"no", True)),
    ("two interim", b"HTTP/1.1 100 Go\r\n\r\n" * 2 + answer("401 No", b"no"), plain(401, "No", NO, b"no", True)),
    ("only interim", b"HTTP/1.1 100 Go\r\n\r\n", None),
    ("head unfinished", b"HTTP/1.1 404 No\r\nA: b\r\nC: d", plain(404, "No", [("A", "b"), ("C", "d")], b"", False)),
    ("status line alone", b"HTTP/1.1 404 Not", plain(404, "Not", [], b"", False)),
    ("odd headers", b"HTTP/1.1 404 No\r\n: x\r\nno\r\nA : b\r\n c\r\n\r\n",
     plain(404, "No", [("", "x"), ("A", "b c")], b"", False)),
    ("latin-1", b"HTTP/1.1 404 N\xf6\r\nA: \xe9\r\n\r\n", plain(404, "N\xf6", [("A", "\xe9")], b"", False)),
    ("wrong length", b"HTTP/1.1 404 No\r\nContent-Length: -1\r\n\r\nx",
     plain(404, "No", [("Content-Length", "-1")], b"x", False)),
    ("chunks", CHUNKED.encode() + chunked(b"ab", b"c"), plain(404, "Not Found", TE, b"abc", True)),
    ("chunk extension", CHUNKED.encode() + b"2;a=b\r\nab\r\n0\r\n\r\n", plain(404, "Not Found", TE, b"ab", True)),
    ("chunk unfinished", CHUNKED.encode() + b"5\r\nab", plain(404, "Not Found", TE, b"ab", False)),
    ("chunks unfinished", CHUNKED.encode() + chunked(b"ab", last=False), plain(404, "Not Found", TE, b"ab", False)),
    ("chunk of nonsense", CHUNKED.encode() + b"-1\r\nab\r\n", plain(404, "Not Found", TE, b"", False)),
    ("chunk of 0x", CHUNKED.encode() + b"0x2\r\nab\r\n", plain(404, "Not Found", TE, b"", False)),
    ("chunk without end", CHUNKED.encode() + b"f" * 15 + b"\r\nab", plain(404, "Not Found", TE, b"ab", False)),
    ("SSH", b"SSH-2.0-OpenSSH_9\r\n", None),
    ("nothing", b"", None),
    ("HTML", b"<html></html>\n\n", None),
    ("status of words", b"HTTP/1.1 OK\r\n\r\n", None),
    ("status too long", b"HTTP/1.1 2000 OK\r\n\r\n", None),
    ("status in other digits", "HTTP/1.1 ²00 OK\r\n\r\n".encode("latin-1"), None),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_answer(sent: bytes, expected: Answer | None) -> None:
    assert read_answer(sent) == expected
    if expected is not None and expected.whole:
        assert read_answer(sent + b"more\r\n\r\n") == expected
    for size in range(len(sent)):
        early = read_answer(sent[:size])
        assert early is None or not early.whole or early == expected


def test_the_end_of_the_connection_is_that_of_a_body_without_length() -> None:
    """RFC 9112 section 6.3; where a length is stated, or chunks are, it is not."""
    for sent, whole in [
        (b"HTTP/1.1 500 Oh\r\n\r\nwell", True),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\nwell", False),
        (CHUNKED.encode() + b"5\r\nab", False),
        (b"HTTP/1.1 500 Oh\r\nA: b", False),
    ]:
        read = read_answer(sent, ended=True)
        assert read is not None
        assert read.whole is whole


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        ("gzip", gzip.compress(b"<p>no</p>" * 9, mtime=0)),
        ("x-gzip", gzip.compress(b"<p>no</p>" * 9, mtime=0)),
        ("deflate", zlib.compress(b"<p>no</p>" * 9)),
        ("deflate", zlib.compress(b"<p>no</p>" * 9)[2:-4]),
        ("identity", b"<p>no</p>" * 9),
    ],
)
def test_content_coding(coding: str, coded: bytes) -> None:
    read = read_answer(answer("403 No", coded, f"Content-Encoding: {coding}"))
    assert read is not None
    assert read.body == b"<p>no</p>" * 9
    assert read.whole


def test_content_coding_that_cannot_be_undone() -> None:
    for coding in ("gzip", "br"):
        read = read_answer(answer("403 No", b"\x00\x01nonsense", f"Content-Encoding: {coding}"))
        assert read is not None
        assert read.body == b"\x00\x01nonsense"


def test_bomb() -> None:
    read = read_answer(answer("403 No", gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip"))
    assert read is not None
    assert len(read.body) == SHOWN_BODY


def test_long_body_is_enough_at_the_limit() -> None:
    for sent in (answer("403 No", LONG, length=False), (CHUNKED.encode() + chunked(LONG, last=False))):
        read = read_answer(sent)
        assert read is not None
        assert read.whole
        assert read.body == LONG[:SHOWN_BODY]


def test_header_is_found_in_any_case() -> None:
    read = read_answer(b"HTTP/1.1 401 No\r\nX-Thing: 1\r\nx-thing: 2\r\n\r\n")
    assert read is not None
    assert read.header("x-THING") == "1"
    assert read.header("other") == ""


# What is shown of it.


def shown(sent: bytes, colour: bool = False) -> str:
    read = read_answer(sent)
    assert read is not None
    return refusal(HANDSHAKE._replace(response=read.headers), read, Look(palette=palette(colour)))


def test_refusal() -> None:
    assert shown(answer("401 Unauthorized", b'\n{"error": "no"}\nsecond\n', "WWW-Authenticate: Bearer")) == (
        "  < HTTP/1.1 401 Unauthorized\n"
        "  < WWW-Authenticate: Bearer\n"
        "  < Content-Length: 24\n"
        "  <\n"
        '  < {"error": "no"}\n'
        "  < second\n"
    )


def test_refusal_without_body_or_reason() -> None:
    assert shown(b"HTTP/1.0 500\r\n\r\n") == "  < HTTP/1.0 500\n"


def test_refusal_with_colour_is_the_same_text() -> None:
    coloured = shown(answer("401 No", b"body"), colour=True)
    assert "\x1b[" in coloured
    for sequence in set(palette(True)):
        coloured = coloured.replace(sequence, "")
    # A space may stand before a sequence that is gone now.
    assert [line.rstrip() for line in coloured.splitlines()] == shown(answer("401 No", b"body")).splitlines()


def test_refusal_is_neutral() -> None:
    hostile = b"a\x1b[2Jb\x07\r\xe2\x80\xae\xc2\x9b\xe2\x80\xa8"
    text = shown(b"HTTP/1.1 404 N\x1b[31mo\r\nX\x9b-\x1b: \x1b]0;x\x07\r\n\r\n" + hostile)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "\\x1b[2J" in text


def test_refusal_is_bounded() -> None:
    many = [f"X-{number}: {number}" for number in range(500)]
    text = shown(answer("404 " + "N" * 9000, b"line\n" * 3000, *many, "Long: " + "y" * 9000))
    lines = text.splitlines()
    assert len(lines) < 70
    assert all(len(line) <= SHOWN_COLUMNS + 40 for line in lines)
    assert "… 462 more headers" in text
    assert "(… 2,980 more lines)" in text
    assert "(… 1 more line)\n" in shown(answer("404 No", b"x\n" * 21))
    assert "yyy… 8,706 more characters\n" in shown(answer("404 No", b"", "Long: " + "y" * 9006))


def test_refusal_with_a_binary_body() -> None:
    assert "(4 bytes that are not text)" in shown(answer("404 No", b"\x89PN\x00"))


def test_body_that_goes_on() -> None:
    assert "(the body did not end within 4 B)\n" in shown(answer("500 Oh", b"well", length=False))
    cut = shown(answer("500 Oh", b"x" * 9, "Content-Length: 99", length=False))
    assert "(the body did not end within 9 B)\n" in cut


def test_json_body_is_folded_out() -> None:
    body = (
        b'{"error":{"code":40101,"message":"token \\u001b[31mexpired","big":1234567890123456789012345678901234567890}}'
    )
    assert shown(answer("401 No", body, "Content-Type: application/problem+json")).partition("<\n")[2] == (
        "  < {\n"
        '  <   "error": {\n'
        '  <     "code": 40101,\n'
        '  <     "message": "token \\u001b[31mexpired",\n'
        '  <     "big": 1234567890123456789012345678901234567890\n'
        "  <   }\n"
        "  < }\n"
    )
    assert palette(True).key + '"error"' in shown(answer("401 No", body), colour=True)


def test_html_body_is_its_text() -> None:
    body = (
        b"<!DOCTYPE html>\n<html><head><title>502 Bad&nbsp;Gateway</title><style>p {}</style></head>"
        b"<body><h1>502 Bad Gateway</h1><script>alert('<p>no</p>')</script>"
        b"<p>The <b>upstream</b>\n  server &lt;a&gt; is&#27;[31m gone.<br>Sorry.</p></body></html>"
    )
    assert shown(answer("502 Bad Gateway", body)).partition("<\n")[2] == (
        "  < 502 Bad Gateway\n  < The upstream server <a> is[31m gone.\n  < Sorry.\n  < (the text of 241 B of HTML)\n"
    )
