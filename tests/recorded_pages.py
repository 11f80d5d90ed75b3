"""Recordings for pages, and pages read back: what stands in them as text, and what is packed."""

import json
import re
import zlib
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from typing import Any

from tests.common_events import HANDSHAKE, START, batches
from wsinspect.events import CLOSED, TEXT, Batch, Closed, Handshake, Moment, Row, alone
from wsinspect.events import HANDSHAKE as BEGIN
from wsinspect.exports.html import html

BLOCK = re.compile(rb'<script type="text/plain" class="(\w+)">([A-Za-z0-9+/=]*)</script>')


def common() -> Iterator[Batch]:
    """Yield the common events as a recording."""
    yield begun(HANDSHAKE)
    for _, batch in batches():
        yield batch


def begun(handshake: Handshake, connection: int = 0) -> Batch:
    """Return the batch that begins a connection."""
    return alone(handshake.at, "in", (BEGIN, handshake, 0), connection)


def row(seconds: float, direction: Any, row: Row, connection: int = 0) -> Batch:
    """Return a row's batch, so many seconds after the beginning."""
    return alone(Moment(START.wall + seconds, START.mono + seconds), direction, row, connection)


def text(seconds: float, direction: Any, payload: str, connection: int = 0) -> Batch:
    """Return a message's batch."""
    data = payload.encode()
    return row(seconds, direction, (TEXT, data, len(data) + 2), connection)


def many(count: int) -> Iterator[Batch]:
    """Yield a recording with so many messages, a request and its reply among ten of them."""
    yield begun(HANDSHAKE)
    for number in range(count):
        seconds = number * 0.01
        if number % 10 == 0:
            yield text(seconds, "out", json.dumps({"id": number, "method": "subscribe", "params": ["news"] * 4}))
        elif number % 10 == 3:
            yield text(seconds, "in", json.dumps({"id": number - 3, "result": list(range(number % 50))}))
        else:
            yield text(
                seconds, "in", json.dumps({"event": "tick", "seq": number, "price": number * 1.25, "x": "y" * 90})
            )
    end = Closed("peer", True, 1001, "bye", 1001, "", 0)
    yield row(count * 0.01, "in", (CLOSED, end, 0))


def page_of(batches: Iterable[Batch], **bounds: Any) -> bytes:
    """Return a recording's page."""
    return b"".join(html(batches, lambda note: None, **bounds))


def unpacked(page: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the facts of a page, and its blocks of rows."""
    blocks = [(name, json.loads(zlib.decompress(a2b_base64(packed), 31))) for name, packed in BLOCK.findall(page)]
    assert [name for name, _ in blocks] == [b"facts"] + [b"rows"] * (len(blocks) - 1)
    return blocks[0][1], [block for _, block in blocks[1:]]


def rows_in(page: bytes) -> list[dict[str, Any]]:
    """Return the rows of a page, each with what its columns say."""
    rows = []
    number = at = 0
    for block in unpacked(page)[1]:
        for values in zip(*block.values(), strict=True):
            made = dict(zip(block, values, strict=True))
            number, at = number + made["number"], at + made["at"]
            rows.append(made | {"number": number, "at": at})
    return rows
