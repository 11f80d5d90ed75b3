"""A table with a line for each event, as RFC 4180 has it: for spreadsheets and databases. Knows no file.

Columns: ``time`` in UTC and ``mono`` (seconds on a clock that never jumps), ``connection`` (empty where there is one at
a time), ``direction``, ``type``, ``size`` of the payload and on the ``wire``, ``code``, ``text``, and ``base64`` where
a payload is no text. Nothing is put before texts that a spreadsheet takes for a formula: others would read it as part
of them. How many there are is told.
"""

import csv as tables
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

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
    close_parts,
)
from wsinspect.exports import Told
from wsinspect.exports.leftovers import Leftovers
from wsinspect.render.pieces import LARGE, SLICE, base64
from wsinspect.render.times import utc

COLUMNS = ("time", "mono", "connection", "direction", "type", "size", "wire", "code", "text", "base64")
NAMES = {
    TEXT: "TEXT", BINARY: "BINARY", PING: "PING", PONG: "PONG", CLOSE: "CLOSE", CLOSING: "CLOSING", ERROR: "ERROR",
    HANDSHAKE: "HANDSHAKE", GAP: "GAP", CLOSED: "CLOSED",
}  # fmt: skip
WITHOUT_WAY = frozenset({HANDSHAKE, GAP, CLOSED})
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet takes for a formula (OWASP: CSV injection)."""
QUOTED = re.compile(rb'[",\r\n]')
"""What a text holds that stands in quotation marks."""


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
            if type in DATA and len(payload) > LARGE:
                formulas += type == TEXT and payload[:1].decode("ascii", "ignore").startswith(FORMULAS)
                write((*stamp, batch.direction, NAMES[type], len(payload), wire, "", "", ""))
                row = _taken(stream)
                yield row[: -len(_EMPTY)]
                yield from _large_text(payload) if type == TEXT else _large_bytes(payload)
                continue
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


_EMPTY = b",\r\n"
"""The end of a row in which text and base64 are empty."""


def _large_text(payload: bytes) -> Iterator[bytes]:
    """Yield a large text and the end of its row."""
    mark = b'"' if QUOTED.search(payload) else b""
    yield mark
    for start in range(0, len(payload), SLICE):
        yield payload[start : start + SLICE].replace(b'"', b'""')
    yield mark + _EMPTY


def _large_bytes(payload: bytes) -> Iterator[bytes]:
    """Yield the base64 of large data and the end of its row."""
    yield b","
    yield from base64(payload)
    yield b"\r\n"


def _taken(stream: StringIO) -> bytes:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text.encode("utf-8", "backslashreplace")
