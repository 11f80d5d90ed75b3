"""Rows and facts as blocks of a page: JSON, compressed, in base64. Nothing in a block can end its element.

A block of rows is an object of columns, so that a hundred thousand rows are read by a browser at once.
"""

import json
import zlib
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

from wsinspect.events import BINARY
from wsinspect.exports.page.content import base64
from wsinspect.exports.page.keeping import Kept

ROWS_OF_BLOCK = 5000
LEVEL = 6
GZIP_BITS = 31
"""zlib's window and header that make it gzip, without a time in it."""


def block(name: str, value: Any) -> bytes:
    """Return the element of a block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Lone surrogates, which a header may hold, become escapes that JSON knows.
    compress = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_BITS)
    packed = compress.compress(text.encode("utf-8", "backslashreplace")) + compress.flush()
    return b'\n<script type="text/plain" class="%s">%s</script>' % (name.encode(), b2a_base64(packed, newline=False))


def rows_of(kept: Iterable[Kept], longest: int) -> Iterator[dict[str, Any]]:
    """Yield blocks of rows as columns; numbers and moments stand as differences to the row before."""
    rest, before = iter(kept), (0, 0)
    while rows := list(islice(rest, ROWS_OF_BLOCK)):
        numbers = [before[0], *[row.number for row in rows]]
        moments = [before[1], *[row.at for row in rows]]
        before = numbers[-1], moments[-1]
        yield {
            "number": _differences(numbers),
            "at": _differences(moments),
            "kind": [row.kind for row in rows],
            "size": [row.size for row in rows],
            "wire": [row.wire for row in rows],
            "connection": [row.connection for row in rows],
            "content": [_content(row, longest) for row in rows],
        }


def _differences(values: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(values)]


def _content(row: Kept, longest: int) -> "str | list[str] | dict[str, Any]":
    """Return text as a string, bytes as a list of their base64, facts as they are."""
    if isinstance(row.content, dict):
        return row.content
    if row.type != BINARY:
        cut = row.size > longest
        try:
            return row.content.decode("utf-8", "ignore" if cut else "strict")
        except UnicodeDecodeError:
            pass
    return base64(row.content)
