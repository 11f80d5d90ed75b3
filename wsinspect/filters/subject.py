"""What an expression is asked about: one message, its payload as JSON, and the terms on it (``:type`` and the like).

Knows no expression.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

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
    Direction,
    Frame,
    Moment,
    close_parts,
)

NAMES = {
    TEXT: "text",
    BINARY: "binary",
    PING: "ping",
    PONG: "pong",
    CLOSE: "close",
    CLOSING: "close",
    ERROR: "error",
    CLOSED: "closed",
    FRAME: "frame",
    HANDSHAKE: "handshake",
    GAP: "gap",
}
"""What ``:type`` is, by the type of a row."""

UNREAD = object()


class Subject:
    """A row with its direction, and ``gap``: seconds since the data message received before it, None for the first."""

    __slots__ = ("_root", "direction", "gap", "payload", "type")

    def __init__(self, type: int, direction: Direction, payload: Any, gap: float | None = None) -> None:
        self.type = type
        self.direction = direction
        self.payload = payload
        self.gap = gap
        self._root: Any = UNREAD

    @property
    def root(self) -> Any:
        """The payload as JSON, parsed once; None where it is none, or too much. In a binary message, an object or a
        list."""
        if self._root is UNREAD:
            self._root = parsed(self.payload) if self.may_be_json else None
        return self._root

    @property
    def may_be_json(self) -> bool:
        """Whether the payload counts as JSON, if it is some."""
        return self.type == TEXT or (self.type == BINARY and self.payload.lstrip()[:1] in (b"{", b"["))

    @property
    def words(self) -> str | None:
        """The payload as text, the reason of a close, the sentence of an error; None where it is not UTF-8."""
        type, payload = self.type, self.payload
        if type in (TEXT, BINARY, PING, PONG):
            try:
                return str(payload, "utf-8")
            except UnicodeDecodeError:
                return None
        if type in (CLOSE, CLOSING):
            return close_parts(payload)[1]
        if type == ERROR:
            return str(payload.sentence)
        return str(payload.reason) if type == CLOSED else None

    @property
    def size(self) -> int | None:
        """The payload in bytes."""
        payload = self.payload.payload if isinstance(self.payload, Frame) else self.payload
        return len(payload) if isinstance(payload, bytes) else None

    @property
    def code(self) -> int | None:
        """The close code."""
        if self.type in (CLOSE, CLOSING):
            return close_parts(self.payload)[0]
        return int(self.payload.code) if self.type in (ERROR, CLOSED, GAP) else None


class Term(NamedTuple):
    """A meta term: how it is read, and the values it can take, if those are few. `topic` tells of each."""

    read: Callable[[Subject], Any]
    values: tuple[str, ...] = ()


TERMS = {
    "type": Term(lambda subject: NAMES.get(subject.type), tuple(dict.fromkeys(NAMES.values()))),
    "dir": Term(lambda subject: subject.direction, ("in", "out")),
    "size": Term(lambda subject: subject.size),
    "code": Term(lambda subject: subject.code),
    "gap": Term(lambda subject: subject.gap),
    "text": Term(lambda subject: subject.words),
}
"""The meta terms, by name without the colon."""


class Pulse:
    """Tells the gap before each row of a stream, from the data messages received so far."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: float | None = None

    def gap(self, type: int, direction: Direction, at: Moment) -> float | None:
        """Take note of the next row; return the seconds since the data message received before it."""
        last = self._last
        if direction == "in" and type in DATA:
            self._last = at.mono
        return None if last is None else at.mono - last


# JSON, as strict as RFC 8259, and never an exception.

FREE = 1 << 20
"""Bytes of JSON whose values never take too much memory."""

MOST = 100 << 20
"""Bytes of memory that the values of one message may take. A peer makes 30 bytes of each it sends: `[{},{},{},...`."""

WEIGHTS = {b"{": 80, b"[": 75, b":": 100, b",": 75}
"""About what it takes that such a byte stands in JSON: a table, a list, a member, a value."""

TOO_MUCH = f"its values would take more than {MOST >> 20} MiB of memory"


def is_too_much(payload: bytes) -> bool:
    """Tell whether a payload, if it is JSON, is not read, because its values would take too much memory."""
    size = len(payload)
    if size <= FREE:
        return False
    # One character beyond U+FFFF makes each of its text take four bytes: in the text, its strings, and what waits.
    text = 12 if _beyond(payload) else 2 if payload.isascii() else 6
    return text * size + sum([payload.count(mark) * weight for mark, weight in WEIGHTS.items()]) > MOST


def _beyond(payload: bytes) -> bool:
    """Tell whether a character beyond U+FFFF stands in JSON: in UTF-8, or as the escape of a pair of surrogates."""
    return any(lead in payload for lead in _FOUR_BYTES) or re.search(rb"\\u[dD][89abAB]", payload) is not None


_FOUR_BYTES = [bytes([lead]) for lead in range(0xF0, 0xF5)]


class _NotJson(Exception):
    pass


def _refused(constant: str) -> NoReturn:
    raise _NotJson(constant)


def _number(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        # Python makes no integer of more than some thousand digits.
        return float(digits)


_DECODER = json.JSONDecoder(parse_constant=_refused)
_PATIENT_DECODER = json.JSONDecoder(parse_constant=_refused, parse_int=_number)


def parsed(payload: bytes) -> Any:
    """Return the JSON value that ``payload`` is; None where it is none, or too much."""
    if is_too_much(payload):
        return None
    try:
        text = payload.decode()
        try:
            return _DECODER.decode(text)
        except json.JSONDecodeError:
            return None
        except ValueError:
            return _PATIENT_DECODER.decode(text)
    except (ValueError, RecursionError, _NotJson):
        return None
