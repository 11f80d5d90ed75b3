"""What an expression is asked about: one message, its payload as JSON, and the terms on it (``:type`` and the like).

Knows no expression.
"""

import json
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
        """The payload as JSON, parsed once; None where it is none. In a binary message, an object or a list."""
        if self._root is UNREAD:
            payload = self.payload
            is_json = self.type == TEXT or (self.type == BINARY and payload.lstrip()[:1] in (b"{", b"["))
            self._root = parsed(payload) if is_json else None
        return self._root

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
    """Return the JSON value that ``payload`` is; None where it is none."""
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
