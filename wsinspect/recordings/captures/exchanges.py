"""The HTTP/1.1 before a WebSocket, up to the answer that opens it (RFC 9112, RFC 6455 section 4).

Other requests may come before it, and a proxy's CONNECT, which opens another connection within this one. Knows no TCP.
"""

import re
from collections import deque
from typing import NamedTuple

from wsinspect.headers import header_pairs

MOST_HEAD = 64 * 1024
"""Bytes of a head, and of what waits for the other side's."""

MOST_WAITING = 1000
"""Requests that wait for their answers."""

HEAD_END = re.compile(rb"\r?\n\r?\n")
REQUEST = re.compile(rb"([A-Z]{3,20}) (\S+) HTTP/1\.[01]")
ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3})(?: (.*))?")
BEGINNINGS = re.compile(rb"[A-Z]{1,20}(?: |\Z)"), re.compile(rb"HTTP/1\.|\A.{0,6}\Z", re.DOTALL)
"""How a request and an answer begin, as far as they have come."""

CHUNK = re.compile(rb"[0-9A-Fa-f]{1,16}")

Headers = list[tuple[str, str]]


class Foreign(Exception):
    """It is no HTTP/1.1, or not any more."""


class Request(NamedTuple):
    """A request's head; ``at`` is when it was whole."""

    at: int
    method: str
    resource: str
    headers: Headers

    @property
    def upgrades(self) -> bool:
        """It asks for a WebSocket."""
        return self.method == "GET" and "websocket" in every(self.headers, "Upgrade").lower()


class Answer(NamedTuple):
    """The answer to a request for a WebSocket, and what both sides had sent behind their heads, if it opens one."""

    at: int
    request: Request
    status: int
    reason: str
    headers: Headers
    sent: bytes = b""
    received: bytes = b""


def every(headers: Headers, name: str) -> str:
    """Return all values of a header as one list, or an empty string."""
    return ", ".join([value for key, value in headers if key.lower() == name.lower()])


class _Side:
    """What one side sends: heads, and the bodies between them, which are passed over."""

    __slots__ = ("_endless", "_left", "_searched", "_trailer", "chunked", "held", "stopped")

    def __init__(self) -> None:
        self.held = b""
        self.stopped = False
        """What follows is not looked at yet."""

        self.chunked = False
        self._trailer = False
        self._left = 0
        self._endless = False
        self._searched = 0  # bytes of a head in which its end is not

    def body(self, headers: Headers, *, endless: bool) -> None:
        """A body follows, as the headers of its head say; without any it lasts to the end, or is none."""
        if "chunked" in every(headers, "Transfer-Encoding").lower():
            self.chunked = True
            return
        length = every(headers, "Content-Length").partition(",")[0]
        if length.isdecimal() and len(length) < 19:
            self._left = int(length)
        else:
            self._endless = endless

    def head(self, first: re.Pattern[bytes], beginning: re.Pattern[bytes]) -> "tuple[re.Match[bytes], Headers] | None":
        """Take the next head out of what is held, its first line matched; None where it is not whole yet."""
        while self._skip():
            pass
        if self._left or self.chunked or self._endless or self.stopped:
            return None
        # A line end too many after a body is borne with (RFC 9112 section 2.2).
        self.held = self.held.lstrip(b"\r\n")
        if not self.held:
            return None
        if not beginning.match(self.held):
            raise Foreign
        # It may have begun within the last three.
        end = HEAD_END.search(self.held, max(0, self._searched - 3))
        self._searched = 0 if end else len(self.held)
        if end is None:
            if len(self.held) > MOST_HEAD:
                raise Foreign
            return None
        line, _, fields = self.held[: end.start()].partition(b"\n")
        self.held = self.held[end.end() :]
        matched = first.fullmatch(line.rstrip(b"\r"))
        if matched is None:
            raise Foreign
        return matched, header_pairs(fields.decode("ascii", "surrogateescape").split("\n"))

    def _skip(self) -> bool:
        """Pass over a piece of a body; tell whether there may be more to pass over."""
        if self._endless:
            self.held = b""
        elif self._left:
            passed = min(self._left, len(self.held))
            self.held, self._left = self.held[passed:], self._left - passed
            return self.chunked and not self._left
        elif self.chunked:
            line, end, rest = self.held.partition(b"\n")
            if not end:
                if len(line) > MOST_HEAD:
                    raise Foreign
                return False
            self.held = rest
            if self._trailer:
                self._trailer = self.chunked = line not in (b"", b"\r")
                return self.chunked
            size = CHUNK.match(line)
            if size is None:
                raise Foreign
            # A line end stands behind a chunk.
            self._left = int(size[0], 16) + 2
            if self._left == 2:
                self._left, self._trailer = 0, True
            return True
        return False


class Exchange:
    """Requests and answers of one connection. `held` is the memory of what is not understood yet."""

    __slots__ = ("_answers", "_asked", "_requests")

    def __init__(self) -> None:
        self._requests, self._answers = _Side(), _Side()
        self._asked: deque[Request] = deque()

    @property
    def held(self) -> int:
        """Bytes that wait."""
        return len(self._requests.held) + len(self._answers.held)

    def feed(self, by_client: bool, data: bytes, at: int) -> list[Answer]:
        """Take bytes of one side; return answers to requests for a WebSocket. One of status 101 is the last.

        Raises:
            Foreign: it is something else.
        """
        (self._requests if by_client else self._answers).held += data
        found: list[Answer] = []
        while True:
            self._ask(at)
            answered = self._answer(at)
            if answered is None:
                break
            found += answered
            if answered and answered[0].status == 101:
                break
        if self.held > 2 * MOST_HEAD or len(self._asked) > MOST_WAITING:
            raise Foreign
        return found

    def _ask(self, at: int) -> None:
        side = self._requests
        while (head := side.head(REQUEST, BEGINNINGS[0])) is not None:
            line, headers = head
            request = Request(at, line[1].decode(), line[2].decode("ascii", "surrogateescape"), headers)
            side.stopped = request.upgrades or request.method == "CONNECT"
            if not side.stopped:
                side.body(headers, endless=False)
                # Many may wait, and only an upgrade's words are told.
                request = Request(at, request.method, "", [])
            self._asked.append(request)

    def _answer(self, at: int) -> list[Answer] | None:
        """Read one answer; None where there is none yet."""
        side = self._answers
        if not self._asked:
            return None
        head = side.head(ANSWER, BEGINNINGS[1])
        if head is None:
            return None
        line, headers = head
        status = int(line[1])
        if 100 <= status < 200 and status != 101:
            return []
        request = self._asked.popleft()
        if status == 101:
            if not request.upgrades:
                raise Foreign
            sent, received = self._requests.held, side.held
            return [Answer(at, request, status, _reason(line), headers, sent, received)]
        if request.method == "CONNECT" and 200 <= status < 300:
            self._requests.stopped = False
            return []
        if request.method != "HEAD" and status not in (204, 304):
            side.body(headers, endless=True)
        if not request.upgrades:
            self._requests.stopped = self._requests.stopped and request.method != "CONNECT"
            return []
        self._requests.stopped = False
        return [Answer(at, request, status, _reason(line), headers)]


def _reason(line: re.Match[bytes]) -> str:
    return (line[2] or b"").decode("ascii", "surrogateescape").strip()
