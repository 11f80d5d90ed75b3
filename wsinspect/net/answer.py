"""A server's answer to the opening handshake, read from a copy of its bytes. Knows no connection.

The library reads the answer that opens a connection. This is for the other ones: it takes what servers really send,
and tells as much of it as there is.
"""

import re
import zlib
from typing import NamedTuple

from wsinspect.headers import header_pairs

NO_BODY = (204, 304)
SHOWN_BODY = 64 * 1024
EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
READ_CHALLENGES = 2000
CHALLENGE_PART = re.compile(
    r"""(?P<name>[\w!#$%&'*+.^`|~-]++)[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<plain>[^\s,"=]++))"""
    r"|(?:^|(?<=,))[ \t]*(?P<scheme>[A-Za-z][\w!#$%&'*+.^`|~-]{0,30}+)(?=[ \t]+[^\s=]|[ \t]*(?:,|$))"
)
STATUS_LINE = re.compile(r"(HTTP/\S*) +(\d{3})(?: +(.*))?", re.ASCII)


class Answer(NamedTuple):
    """An HTTP answer, as far as it came; ``whole`` is true when nothing more belongs to it.

    ``body`` is free of the coding it travelled in (chunked, gzip, deflate), where that could be undone.
    """

    version: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    whole: bool

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def every(self, name: str) -> str:
        """Return all values of a header as one list (RFC 9110 section 5.3), or an empty string."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())


class Challenge(NamedTuple):
    """What a server asks for who we are: the scheme, such as Basic or Bearer, and the realm, which may be empty."""

    scheme: str
    realm: str


def challenges(value: str) -> list[Challenge]:
    """Read WWW-Authenticate (RFC 9110 section 11.6.1); what cannot be read is left out."""
    found: list[Challenge] = []
    for match in CHALLENGE_PART.finditer(value[:READ_CHALLENGES]):
        if match["scheme"]:
            found.append(Challenge(match["scheme"], ""))
        elif match["name"] and match["name"].lower() == "realm" and found:
            realm = match["quoted"] if match["quoted"] is not None else match["plain"]
            found[-1] = found[-1]._replace(realm=re.sub(r"\\(.)", r"\1", realm))
    return found


def read_answer(head: bytes, *, ended: bool = False) -> Answer | None:
    """Read an HTTP/1.x answer, skipping interim ones (1xx but 101); None if the bytes are no such thing, so far.

    ``ended`` says that the server ended the connection behind them: a body of no stated length is then whole.
    """
    start = 0
    while True:
        end = EMPTY_LINE.search(head, start)
        line, *fields = (head[start : end.start()] if end else head[start:]).decode("latin-1").split("\n")
        seen = STATUS_LINE.fullmatch(line.rstrip("\r"))
        if seen is None:
            return None
        version, status, reason = seen[1], int(seen[2]), (seen[3] or "").strip()
        if end and 100 <= status < 200 and status != 101:
            start = end.end()
            continue
        whole = end is not None and (status == 101 or status in NO_BODY)
        answer = Answer(version, status, reason, header_pairs(fields), b"", whole)
        return _with_body(answer, head[end.end() :], ended) if end and not whole else answer


def _with_body(answer: Answer, data: bytes, ended: bool) -> Answer:
    if "chunked" in answer.header("Transfer-Encoding").lower():
        body, whole = _unchunk(data)
    else:
        length = answer.header("Content-Length")
        whole = length.isdecimal() and len(length) < 19 and len(data) >= int(length)
        body = data[: int(length)] if whole else data
        # RFC 9112 section 6.3: without a length, the end of the connection is that of the body.
        whole = whole or (ended and not length)
    plain = _decoded(body, answer.header("Content-Encoding").lower())
    return answer._replace(body=plain[:SHOWN_BODY], whole=whole or len(body) >= SHOWN_BODY)


def _unchunk(data: bytes) -> tuple[bytes, bool]:
    """Undo the chunked coding (RFC 9112 section 7.1), as far as the data goes."""
    pieces: list[bytes] = []
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        size_text = data[start:end].partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size_text):
            break
        size = int(size_text, 16)
        if size == 0:
            return b"".join(pieces), True
        start = end + 1 + size
        pieces.append(data[end + 1 : start])
        start += 2 if data[start : start + 2] == b"\r\n" else 1
    return b"".join(pieces), False


def _decoded(body: bytes, coding: str) -> bytes:
    """Undo a content coding as far as the data goes; we ask for none, but some servers and proxies do not care."""
    if coding not in ("gzip", "x-gzip", "deflate"):
        return body
    for window_bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(window_bits).decompress(body, SHOWN_BODY)
        except zlib.error:
            continue
    return body
