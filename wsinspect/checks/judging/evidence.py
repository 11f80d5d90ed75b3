"""The last that was seen on a connection, kept small: what a failure shows as its events. Knows no check."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from wsinspect.checks.result import Seen
from wsinspect.checks.variables import Scope, shown, text_of
from wsinspect.errors import shortened
from wsinspect.events import BINARY, CLOSE, CLOSED, CLOSING, ERROR, PING, PONG, TEXT, Closed, Direction, close_parts
from wsinspect.vocabulary import WSMsgType

KEPT = 10
"""So many events are kept of each connection."""

KEPT_BYTES = 2048
"""Bytes that are kept of each payload."""

HEX_BYTES = 256
LONGEST = 1000

OF_OTHERS = 4
"""So many events of other connections are shown, at most, beside as many as there are of the one to blame."""

TELLING = frozenset({TEXT, BINARY, PING, PONG, CLOSE, CLOSING, CLOSED, ERROR})
"""Types of rows that are events here; frames are not."""


class Evidence:
    """The last events of the connection ``on``; ``began`` is when it was opened, on the monotonic clock."""

    __slots__ = ("_rows", "began", "on")

    def __init__(self, on: str) -> None:
        self.on = on
        self.began = 0.0
        self._rows: deque[tuple[float, Direction, int, Any, int]] = deque(maxlen=KEPT)

    def note(self, at: float, direction: Direction, type: int, payload: Any) -> None:
        """Take note of a row; those that are no events are passed over."""
        if type not in TELLING:
            return
        size = 0
        if isinstance(payload, bytes):
            size = len(payload)
            if size > KEPT_BYTES:
                payload = payload[:KEPT_BYTES]
        self._rows.append((at, direction, type, payload, size))

    def timed(self) -> list[tuple[float, Seen]]:
        """Return the events, each with its moment on the monotonic clock."""
        return [
            (at, Seen(at - self.began, self.on, direction, WSMsgType(type).name, size, _text(type, payload, size)))
            for at, direction, type, payload, size in self._rows
        ]


def last_of(all: Iterable[Evidence], blamed: Evidence | None = None) -> tuple[Seen, ...]:
    """Return the last events of several connections, in the order in which they were seen: most of them of the one that
    is to blame, if one is."""
    others = _merged([evidence for evidence in all if evidence is not blamed])
    own = blamed.timed() if blamed is not None else []
    others = others[-max(KEPT - len(own), OF_OTHERS) :]
    return tuple([seen for _, seen in sorted(own[-(KEPT - len(others)) :] + others, key=_moment)])


def filled_in(text: str, saved: Scope) -> str:
    """Return what is told of a step, with what was saved by now; shortened, for a peer can have long values saved."""
    if "${" not in text:
        return text
    try:
        told = shown(text, saved)
        return shortened(told if isinstance(told, str) else text_of(told), LONGEST)
    except (RecursionError, ValueError):
        return text


def _merged(all: Iterable[Evidence]) -> list[tuple[float, Seen]]:
    return sorted([row for evidence in all for row in evidence.timed()], key=_moment)


def _moment(row: tuple[float, Seen]) -> float:
    return row[0]


def _text(type: int, payload: Any, size: int) -> str:
    if type in (CLOSE, CLOSING):
        code, reason = close_parts(payload)
        return f"{code} {reason}".rstrip()
    if isinstance(payload, Closed):
        how = "cleanly" if payload.clean else "not cleanly"
        return f"by {payload.by}, {how}{f': {payload.cause}' if payload.cause else ''}"
    if type == ERROR:
        return f"{payload.sentence} ({payload.section})"
    is_cut = size > len(payload)
    text = _decoded(payload, cut=is_cut)
    if text is not None and (type == TEXT or _reads_well(text)):
        return f"{text}…" if is_cut else text
    shown = payload[:HEX_BYTES].hex(" ")
    return f"{shown} …" if size > HEX_BYTES else shown


def _decoded(payload: bytes, *, cut: bool) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError as fault:
        # Where it was cut, a character may have been, too.
        return payload[: fault.start].decode() if cut and fault.start > len(payload) - 4 else None


def _reads_well(text: str) -> bool:
    return all(character.isprintable() or character in "\r\n\t" for character in text)
