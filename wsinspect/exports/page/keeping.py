"""Which rows stand on the page: all, or the first and the last where there are too many. Bounded in memory.

What is rare and tells most (a close, a breach, a gap) is kept from the middle, too, up to a bound of its own.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from wsinspect.exports.page.kinds import NOTABLE

MOST_ROWS = 120_000
MOST_BYTES = 32 << 20
"""Rows of a page, and bytes of payload: half of each for the beginning, half for the end."""

MOST_NOTABLE = 2_000
"""Rows that are kept from the middle."""

LONGEST = 1 << 20
"""Bytes of one payload that stand on the page."""


class Kept(NamedTuple):
    """A row of the page: the ``number`` of the event in the recording, ``at`` in microseconds since the beginning,
    the row's type, its kind, the sizes of its whole payload and on the wire, the connection's place, and what it
    holds: bytes, shortened, or facts for JSON.
    """

    number: int
    at: int
    type: int
    kind: int
    size: int
    wire: int
    connection: int
    content: "bytes | dict[str, Any]"


class Keeping:
    """Takes rows one by one, and keeps those of the page."""

    def __init__(self, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES) -> None:
        self._rows_of_half, self._bytes_of_half = most_rows // 2, most_bytes // 2
        self._first: list[Kept] = []
        self._notable: list[Kept] = []
        self._last: deque[Kept] = deque()
        self._bytes_first = self._bytes_last = 0
        self.left_out = 0

    def add(self, row: Kept) -> None:
        """Take a row, in the order of the stream."""
        size = _held(row)
        if not self._last and len(self._first) < self._rows_of_half and self._bytes_first + size <= self._bytes_of_half:
            self._first.append(row)
            self._bytes_first += size
            return
        self._last.append(row)
        self._bytes_last += size
        while len(self._last) > self._rows_of_half or (self._bytes_last > self._bytes_of_half and len(self._last) > 1):
            gone = self._last.popleft()
            self._bytes_last -= _held(gone)
            if gone.type in NOTABLE and len(self._notable) < MOST_NOTABLE:
                self._notable.append(gone)
            else:
                self.left_out += 1

    def __len__(self) -> int:
        return len(self._first) + len(self._notable) + len(self._last)

    def __iter__(self) -> Iterator[Kept]:
        yield from self._first
        yield from self._notable
        yield from self._last


def _held(row: Kept) -> int:
    return min(row.size, LONGEST)
