"""What the client did in a recording, step by step and by connection, for forms that do it again. Knows no form.

Pongs that answer a ping and a close that answers a close are left out: whoever does it again answers, too. So are
headers that a client makes itself. Steps are put aside as they come, so that a session may be larger than memory.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from wsinspect.compose import CONTROL_LIMIT
from wsinspect.events import BINARY, CLOSE, CLOSING, DATA, FRAME, HANDSHAKE, PING, PONG, TEXT, Batch, Handshake
from wsinspect.exports.leftovers import Leftovers
from wsinspect.headers import TOKEN, carries
from wsinspect.redact import HIDDEN
from wsinspect.spool import Spool

MADE_BY_CLIENTS = frozenset(
    {"host", "upgrade", "connection", "content-length", "user-agent"}
    | {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"}
)
UNANSWERED = 64
"""So many pings are remembered that a pong may answer."""

OF_US = "wsinspect/"
URL_SAFE = "".join(map(chr, range(0x21, 0x7F)))


class Step(NamedTuple):
    """Something that the client sent, ``pause`` seconds after what it did before; ``type`` is that of a row."""

    pause: float
    type: int
    payload: bytes


def seconds(value: float) -> str:
    """Return seconds as a number with at most three digits behind the point."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


class Side:
    """The client's side of one connection; ``after`` is how many seconds after the first one it began."""

    def __init__(self, number: int, handshake: Handshake | None, mono: float, after: float) -> None:
        self.number = number
        self.handshake = handshake
        self.after = after
        self.steps = 0
        self.bytes = 0
        self._last = mono
        self._pings: list[bytes] = []
        self._closed = False

    def step(self, type: int, payload: bytes, batch: Batch) -> Step | None:
        """Return what a row is to the client: a step of its own, or None."""
        if batch.direction == "in":
            if type == PING:
                self._pings = [*self._pings[-UNANSWERED:], payload]
            self._closed = self._closed or type == CLOSE
            return None
        if type == PONG and payload in self._pings:
            self._pings.remove(payload)
            return None
        if type in (CLOSE, CLOSING):
            if self._closed:
                return None
            self._closed = True
        pause = round(max(0.0, batch.at.mono - self._last), 3)
        self._last = batch.at.mono
        self.steps += 1
        self.bytes += len(payload)
        return Step(pause, type, payload)

    @property
    def url(self) -> str:
        """Return the URL, with all that no URL holds as it is written in one; empty where it is not known."""
        if self.handshake is None:
            return ""
        try:
            # In captures, bytes that are no UTF-8 stand as lone surrogates.
            data = self.handshake.url.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            data = self.handshake.url.encode("utf-8", "replace")
        return quote(data, safe=URL_SAFE)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that the client added on its own."""
        return [(name, value) for name, value in self._asked if carries(value) and self._is_added(name, value)]

    @property
    def user_agent(self) -> str | None:
        """Return what the client called itself, empty if it did not; None where it was us, or that is unknown."""
        if not self._asked:
            return None
        named = [value for value in self._values("user-agent") if carries(value)]
        return None if named and named[0].startswith(OF_US) else "".join(named[:1])

    @property
    def subprotocols(self) -> list[str]:
        """Return what was offered."""
        names = [name.strip() for value in self._values("sec-websocket-protocol") for name in value.split(",")]
        return [name for name in names if TOKEN.fullmatch(name)]

    @property
    def compression(self) -> bool:
        """Tell whether compression was offered."""
        return any("permessage-deflate" in value for value in self._values("sec-websocket-extensions"))

    @property
    def hides(self) -> bool:
        """Tell whether a secret is hidden in what is sent with the request."""
        return any(HIDDEN in text for text in (self.url, *self.subprotocols, *[value for _, value in self.headers]))

    @property
    def _asked(self) -> list[tuple[str, str]]:
        return self.handshake.request if self.handshake is not None else []

    def _values(self, name: str) -> list[str]:
        return [value for header, value in self._asked if header.lower() == name]

    def _is_added(self, name: str, value: str) -> bool:
        """Tell whether a client would not send a header by itself; a host may be another than the URL's."""
        lower = name.lower()
        if lower != "host":
            return lower not in MADE_BY_CLIENTS and TOKEN.fullmatch(name) is not None
        try:
            return value.lower() != urlsplit(self.url).netloc.rpartition("@")[2].lower()
        except ValueError:
            return False


Written = Callable[[Side, Step], Iterable[tuple[str, bytes]]]
"""How a step is written: pieces, each with the name of the place where it belongs."""


Pieces = Callable[[str], Iterator[bytes]]
"""Gives what was written for a place."""


def client_sides(batches: Iterable[Batch], left: Leftovers, written: Written) -> Iterator[tuple[Side, Pieces]]:
    """Yield each connection's side, once all is read, with what gives the pieces that were written for a place."""
    spool = Spool()
    sides: list[Side] = []
    current: dict[int, Side] = {}
    start: float | None = None
    try:
        for batch in batches:
            start = batch.at.mono if start is None else start
            side = current.get(batch.connection)
            for type, payload, _ in batch.rows:
                if side is None or type == HANDSHAKE:
                    begun = payload if type == HANDSHAKE else None
                    mono = batch.at.mono
                    side = current[batch.connection] = Side(
                        len(sides) + 1, begun, mono, round(max(0.0, mono - start), 3)
                    )
                    sides.append(side)
                if type == FRAME:
                    left.add("frames")
                if type not in KNOWN:
                    continue
                if batch.direction == "in":
                    left.add("received messages" if type in DATA else "received control frames")
                if type in (PING, PONG) and len(payload) > CONTROL_LIMIT:
                    left.add("control frames of more than 125 bytes")
                    continue
                step = side.step(type, payload, batch)
                if step is not None:
                    for place, piece in written(side, step):
                        spool.add((side.number, place), piece)
        for side in sides:
            # Nothing is known of a connection that never came about.
            if side.handshake is None and not side.steps:
                continue
            yield side, partial(_pieces, spool, side.number)
    finally:
        spool.close()


def _pieces(spool: Spool, number: int, place: str) -> Iterator[bytes]:
    return spool.take((number, place))


KNOWN = frozenset({TEXT, BINARY, PING, PONG, CLOSE, CLOSING})
