"""HAR 1.2 (HTTP Archive) in Chrome's form: an entry a connection, with ``_webSocketMessages``. Knows no file.

Control frames stand among the messages, with opcodes 8, 9 and 10 and base64 for ``data``, a breach of the protocol as
a row of ``type`` error and opcode -1. What HAR has no place for stands in ``_wsinspect`` of an entry (the handshake as
in NDJSON, null where none was recorded) and of a message (see `recordings.har_messages`), and in ``_wsinspectEnd``: how
the connection ended, and a gap after it. Frames are left out.

Connections stand one behind the other, in the order in which they begin: the first is written as it comes, what the
others bring meanwhile is put aside.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from json import dumps
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from wsinspect import __version__
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    FRAME,
    GAP,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    Batch,
    Event,
    Handshake,
    Moment,
    readable,
)
from wsinspect.exports import Told
from wsinspect.exports.leftovers import Leftovers
from wsinspect.recordings.har_entries import text_of
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson_line, string
from wsinspect.render.pieces import LARGE, Pieces, Shown, base64, bytes_of, enclosed, texts
from wsinspect.spool import Spool
from wsinspect.wire.frames import plain_wire_size

OPCODES = {TEXT: 1, BINARY: 2, CLOSE: 8, CLOSING: 8, PING: 9, PONG: 10, ERROR: -1}
UNKNOWN = "ws://unknown.invalid/"
"""The URL where no handshake was recorded: HAR must have one."""

CLOSE_ENOUGH_S = 1.5e-6
"""Clocks that differ less say the same, written in microseconds."""


def har(batches: Iterable[Batch], told: Told) -> Iterator[bytes]:
    """Yield a HAR file."""
    left = Leftovers("HAR")
    writers: dict[int, _Entries] = {}
    spool = Spool()
    try:
        yield (
            f'{{"log":{{"version":"1.2","creator":{{"name":"wsinspect","version":{string(__version__)}}},"pages":[],'
            '"entries":['
        ).encode()
        for batch in batches:
            number = batch.connection
            rows = [row for row in batch.rows if row[0] != FRAME]
            left.add("frames", len(batch.rows) - len(rows))
            if not rows:
                # Of a connection with nothing else, there is no entry.
                continue
            writer = writers.get(number)
            if writer is None:
                writer = writers[number] = _Entries(first=not writers)
            first = next(iter(writers))
            for row in rows:
                for data in bytes_of(writer.row(row[0], row[1], row[2], batch)):
                    if number == first:
                        yield data
                    else:
                        spool.add(number, data)
        for number, writer in writers.items():
            yield from spool.take(number)
            yield writer.end().encode()
        yield b"\n]}}\n"
    finally:
        spool.close()
    left.tell(told)


class _Entries:
    """Writes the entries of one connection, or of several one after the other; text after text."""

    def __init__(self, *, first: bool) -> None:
        self._comma = "" if first else ","
        self._open = self._some = False
        self._base: Moment | None = None
        self._ends: list[str] = []
        self._line = ndjson_line(Look())

    def row(self, type: int, payload: Any, wire: int, batch: Batch) -> Shown:
        """Return the text of a row: of a message, or of what begins with it; nothing for what stands at the end."""
        if type == HANDSHAKE:
            return self.end() + self._begin(payload, payload.at)
        before = "" if self._open else self._begin(None, batch.at)
        if type in (CLOSED, GAP):
            self._ends.append(self._line(_event(type, payload, wire, batch)).rstrip("\n"))
            return before
        head, tail = self._around(type, payload, wire, batch)
        if type in DATA and len(payload) > LARGE:
            return Pieces(lambda: enclosed(f'{before}{head}"', _large(type, payload), f'"{tail}'))
        return f"{before}{head}{_data(type, payload)}{tail}"

    def end(self) -> str:
        """Return what ends an entry that is open."""
        if not self._open:
            return ""
        self._open = False
        ends, self._ends = self._ends, []
        return "]" + (f',\n"_wsinspectEnd":{{"rows":[{",".join(ends)}]}}' if ends else "") + "}"

    def _begin(self, handshake: Handshake | None, at: Moment) -> str:
        self._open, self._some = True, False
        self._base = handshake.at if handshake is not None else None
        comma, self._comma = self._comma, ","
        return f"{comma}\n{_entry(handshake, at)}"

    def _around(self, type: int, payload: Any, wire: int, batch: Batch) -> tuple[str, str]:
        """Return what stands before and behind the data of a message."""
        comma = ",\n" if self._some else "\n"
        self._some = True
        additions = self._own(type, payload, wire, batch)
        own = f',"_wsinspect":{{{",".join(additions)}}}' if additions else ""
        way = "error" if type == ERROR else "receive" if batch.direction == "in" else "send"
        head = f'{comma}{{"type":"{way}","time":{batch.at.wall:.6f},"opcode":{OPCODES[type]},"data":'
        return head, f"{own}}}"

    def _own(self, type: int, payload: Any, wire: int, batch: Batch) -> list[str]:
        """Return what a message's own keys cannot say."""
        own = []
        if type == ERROR:
            own.append(f'"violation":{self._line(_event(type, payload, wire, batch)).rstrip()}')
            if batch.direction == "out":
                own.append('"dir":"out"')
        else:
            if wire != plain_wire_size(len(payload), masked=batch.direction == "out"):
                own.append(f'"wire":{wire}')
            if type in (CLOSE, CLOSING) and (type == CLOSE) != (batch.direction == "in"):
                own.append(f'"type":"{"CLOSE" if type == CLOSE else "CLOSING"}"')
        at, base = batch.at, self._base
        # What is read back begins with the first message where there is no handshake.
        if base is None or abs(base.mono + (at.wall - base.wall) - at.mono) > CLOSE_ENOUGH_S:
            own.append(f'"mono":{at.mono:.6f}')
        self._base = at
        return own


def _event(type: int, payload: Any, wire: int, batch: Batch) -> Event:
    return Event(batch.at, batch.direction, readable(type, payload), wire)


def _data(type: int, payload: Any) -> str:
    """Return the value of ``data``."""
    if type == ERROR:
        return string(payload.sentence)
    return string(payload.decode()) if type == TEXT else f'"{b64encode(payload).decode()}"'


def _large(type: int, payload: bytes) -> Iterable[str | bytes]:
    """Return the same of large data in pieces, without quotation marks."""
    return (string(text)[1:-1] for text in texts(payload)) if type == TEXT else base64(payload)


def _entry(handshake: Handshake | None, at: Moment) -> str:
    """Return an entry up to its messages: all that a reader must know before them."""
    own = "null" if handshake is None else handshake_line(handshake).rstrip()
    if handshake is None:
        handshake = Handshake(at, UNKNOWN, "", 0, 0.0, None, "", [], [], reason="")
    spent = {step.name: step.seconds for step in handshake.steps}
    connect = spent.get("connect", 0.0) + spent.get("tls", 0.0)
    opened = "connect" in spent or "tls" in spent
    known = sum([spent.get(name, 0.0) for name in ("resolve", "proxy", "connect", "tls")])
    timings = {
        "blocked": _milliseconds(spent.get("proxy")),
        "dns": _milliseconds(spent.get("resolve")),
        "connect": _milliseconds(connect if opened else None),
        "ssl": _milliseconds(spent.get("tls")),
        "send": 0,
        "wait": _milliseconds(max(0.0, spent.get("upgrade", handshake.seconds - known))),
        "receive": 0,
    }
    host, _, port = handshake.address.rpartition(":")
    parts: dict[str, Any] = {
        "startedDateTime": _iso(handshake.at.wall - handshake.seconds),
        "time": _milliseconds(handshake.seconds),
        "request": {
            "method": "GET",
            "url": text_of(handshake.url.partition("#")[0]),
            "httpVersion": "HTTP/1.1",
            "headers": _headers(handshake.request),
            "queryString": _query(handshake.url),
            "cookies": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": handshake.status,
            "statusText": text_of(handshake.reason),
            "httpVersion": "HTTP/1.1",
            "headers": _headers(handshake.response),
            "cookies": [],
            "content": {"size": 0, "mimeType": "x-unknown"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 0,
            "_error": None,
        },
        "cache": {},
        "timings": timings,
        "serverIPAddress": host.strip("[]"),
        "connection": port,
        "_resourceType": "websocket",
    }
    if not host:
        del parts["serverIPAddress"], parts["connection"]
    return f'{dumps(parts)[:-1]}, "_wsinspect":{{"handshake":{own}}},\n"_webSocketMessages":['


def _headers(headers: list[tuple[str, str]]) -> list[dict[str, str]]:
    # Of halves of surrogate pairs others' JSON makes nothing good; they stand in our own key.
    return [{"name": text_of(name), "value": text_of(value)} for name, value in headers]


def _query(url: str) -> list[dict[str, str]]:
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]


def _milliseconds(seconds: float | None) -> float:
    """Return a step's time as HAR tells it; -1 stands for a step that was not taken."""
    return -1 if seconds is None else round(seconds * 1000, 3)


def _iso(wall: float) -> str:
    return datetime.fromtimestamp(max(0.0, wall), UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
