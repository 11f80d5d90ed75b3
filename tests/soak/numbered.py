"""Messages that carry their number, a thousand at a time: as frames, as lines, as digits alone. Opens nothing.

Both ends make the same bytes, so that a block is checked by comparing it. A block is made from a template by replacing
a mark, all of it in C; that is far faster than any client.
"""

from tests.bench.sender import head

TOGETHER = 1000
"""Messages of a block."""

MARK = b"#########"
"""Stands for the number of the block, in as many digits."""

TAIL = b" a bright cold day in April"
SIZE = len(MARK) + 3 + len(TAIL)
"""Bytes of a payload."""

WIRE = SIZE + 2


def _template(before: bytes, behind: bytes) -> bytes:
    return b"".join([before + MARK + b"%03d" % number + behind for number in range(TOGETHER)])


FRAMES = _template(head(SIZE), TAIL)
LINES = _template(b"", TAIL + b"\n")
DIGITS = _template(b"", b"")
WIDTH = len(DIGITS) // TOGETHER


def block(template: bytes, number: int) -> bytes:
    """Return the block of this number, from 0 on."""
    return template.replace(MARK, b"%09d" % number)


def digits(first: int, count: int) -> bytes:
    """Return the digits of so many messages, from the number ``first`` on."""
    start, skipped = divmod(first, TOGETHER)
    end = -(-(first + count) // TOGETHER)
    whole = b"".join([block(DIGITS, number) for number in range(start, end)])
    return whole[skipped * WIDTH : (skipped + count) * WIDTH]
