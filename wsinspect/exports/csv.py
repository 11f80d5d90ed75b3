"""A table with a line for each event, as RFC 4180 has it: for spreadsheets and databases. Knows no file.

Columns: ``time`` in UTC and ``mono`` (seconds on a clock that never jumps), ``connection`` (empty where there is one at
a time), ``direction``, ``type``, ``size`` of the payload and on the ``wire``, ``code``, ``text``, and ``base64`` where
a payload is no text. Nothing is put before texts that a spreadsheet takes for a formula: others would read it as part
of them. How many there are is told.
"""

import csv as tables
from base64 import b64encode
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    FRAME,
    GAP,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    Batch,
    close_parts,
)
from wsinspect.exports import Told
from wsinspect.exports.leftovers import Leftovers
from wsinspect.render.times import utc

COLUMNS = ("time", "mono", "connection", "direction", "type", "size", "wire", "code", "text", "base64")
NAMES = {
    TEXT: "TEXT", BINARY: "BINARY", PING: "PING", PONG: "PONG", CLOSE: "CLOSE", CLOSING: "CLOSING", ERROR: "ERROR",
    HANDSHAKE: "HANDSHAKE", GAP: "GAP", CLOSED: "CLOSED",
}  # fmt: skip
WITHOUT_WAY = frozenset({HANDSHAKE, GAP, CLOSED})
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet takes for a formula (OWASP: CSV injection)."""


def csv(batches: Iterable[Batch], told: Told) -> Iterator[bytes]:
    """Yield the lines of a table, the first of them with the names of the columns."""
    left = Leftovers("CSV")
    formulas = 0
    stream = StringIO()
    write = tables.writer(stream).writerow
    write(COLUMNS)
    for batch in batches:
        stamp = (utc(batch.at.wall), f"{batch.at.mono:.6f}", batch.connection or "")
        for type, payload, wire in batch.rows:
            if type == FRAME:
                left.add("frames")
                continue
            if type == HANDSHAKE:
                left.add("headers", len(payload.request) + len(payload.response))
            size, code, text, data = _cells(type, payload)
            formulas += text.startswith(FORMULAS)
            way = "" if type in WITHOUT_WAY else batch.direction
            on_wire: object = "" if size == "" else wire
            write((*stamp, way, NAMES[type], size, on_wire, code, text, data))
        yield _taken(stream)
    yield _taken(stream)
    left.tell(told)
    if formulas:
        told(f"{formulas:,} text{'' if formulas == 1 else 's'} in it may be taken for a formula by a spreadsheet")


def _cells(type: int, payload: Any) -> tuple[object, object, str, str]:
    """Return size, code, text and base64 of a row."""
    if type == HANDSHAKE:
        return "", payload.status, payload.url, ""
    if type == GAP:
        return "", payload.code, f"{payload.seconds:.6f} s without a connection", ""
    if type == CLOSED:
        return "", payload.code, payload.reason or payload.cause, ""
    if type == ERROR:
        return "", payload.code, f"{payload.sentence} ({payload.section})", b64encode(payload.data).decode()
    if type in (CLOSE, CLOSING):
        code, reason = close_parts(payload)
        return len(payload), code, reason, ""
    try:
        if type != BINARY:
            return len(payload), "", payload.decode(), ""
    except UnicodeDecodeError:
        pass  # the payload of a ping may be anything
    return len(payload), "", "", b64encode(payload).decode()


def _taken(stream: StringIO) -> bytes:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text.encode("utf-8", "backslashreplace")
