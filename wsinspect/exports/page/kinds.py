"""What a row of the page is, as a small number: its type, and where it went. Knows no payload."""

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
    Direction,
)

TYPES = {
    TEXT: "TEXT",
    BINARY: "BINARY",
    PING: "PING",
    PONG: "PONG",
    CLOSE: "CLOSE",
    CLOSING: "CLOSING",
    ERROR: "ERROR",
    CLOSED: "CLOSED",
    GAP: "GAP",
    HANDSHAKE: "HANDSHAKE",
    FRAME: "FRAME",
}
"""Types of rows and their names, in the order of their numbers on the page."""

NOTABLE = frozenset({CLOSE, CLOSING, ERROR, CLOSED, GAP, HANDSHAKE})
"""Types that are kept where others are left out: they are few, and tell most."""

_NUMBERS = {type: number for number, type in enumerate(TYPES)}


def kind_of(type: int, direction: Direction) -> int:
    """Return twice the number of the type, and one more for what went out."""
    return 2 * _NUMBERS[type] + (direction == "out")
