"""A server's answer to the opening handshake, read from a copy of its bytes. Knows no connection.

The library reads the answer that opens a connection. This is for the other ones: it takes what servers really send,
and tells as much of it as there is.
"""

from typing import NamedTuple

NO_BODY = (204, 304)
SHOWN_BODY = 64 * 1024


class Answer(NamedTuple):
    """An HTTP answer, as far as it came; ``whole`` is true when nothing more belongs to it."""

    version: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    whole: bool

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read_answer(head: bytes) -> Answer | None:
    """Read an HTTP/1.x answer, skipping interim ones (1xx but 101); None if the bytes are no such thing, so far."""
    while True:
        top, found, rest = _split_head(head)
        line, *fields = top.split(b"\n")
        version, _, tail = line.rstrip(b"\r").decode("latin-1").partition(" ")
        status, _, reason = tail.partition(" ")
        if not (found or fields) or not version.startswith("HTTP/") or not (len(status) == 3 and status.isdecimal()):
            return None
        code = int(status)
        if found and 100 <= code < 200 and code != 101:
            head = rest
            continue
        headers = [
            (name.strip(), value.strip())
            for name, colon, value in (field.rstrip(b"\r").decode("latin-1").partition(":") for field in fields)
            if colon
        ]
        answer = Answer(version, code, reason.strip(), headers, b"", found and (code == 101 or code in NO_BODY))
        return _with_body(answer, rest) if found and not answer.whole else answer


def _split_head(data: bytes) -> tuple[bytes, bool, bytes]:
    """Split at the empty line, which may end in bare LF; say whether it was there."""
    ends = [(data.find(mark), len(mark)) for mark in (b"\r\n\r\n", b"\n\n")]
    ends = [(at, size) for at, size in ends if at >= 0]
    if not ends:
        return data, False, b""
    at, size = min(ends)
    return data[:at], True, data[at + size :]


def _with_body(answer: Answer, data: bytes) -> Answer:
    if "chunked" in answer.header("Transfer-Encoding").lower():
        body, whole = _unchunk(data)
    else:
        length = answer.header("Content-Length")
        whole = length.isdecimal() and len(length) < 19 and len(data) >= int(length)
        body = data[: int(length)] if whole else data
    return answer._replace(body=body[:SHOWN_BODY], whole=whole or len(body) >= SHOWN_BODY)


def _unchunk(data: bytes) -> tuple[bytes, bool]:
    """Undo the chunked coding (RFC 9112 section 7.1), as far as the data goes."""
    pieces: list[bytes] = []
    while True:
        line, found, rest = data.partition(b"\r\n")
        try:
            size = int(line.partition(b";")[0], 16) if found else -1
        except ValueError:
            size = -1
        if size <= 0:
            return b"".join(pieces), size == 0
        pieces.append(rest[:size])
        data = rest[size + 2 :]
