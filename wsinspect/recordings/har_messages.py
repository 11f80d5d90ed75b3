"""The messages of a HAR entry, made rows. Knows no entry.

A message is ``{"type": "send"|"receive"|"error", "time", "opcode", "data"}``; ``data`` is text where the opcode is 1,
and base64 where it is not. Chrome and mitmproxy write ``time`` in seconds since the epoch, Playwright in milliseconds,
and -1 where it is asked for none. Chrome tells errors as rows of their own (opcode -1), and no control frames; other
tools tell those, some with text for ``data``, and some with the code of a close as ``code``.

What we add of our own is in ``_wsinspect``: ``wire`` and ``mono`` where they do not follow from the rest, ``type``
where it does not follow from the opcode, ``dir`` and ``violation`` (as in NDJSON) of a breach of the protocol.
"""

import json
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterator
from typing import Any, NamedTuple

from wsinspect.events import BINARY, CLOSE, CLOSING, NO_STATUS, PING, PONG, TEXT, Direction, Moment, Row, close_parts
from wsinspect.recordings.fields import LATEST, MOST, Damaged, Fields
from wsinspect.recordings.har_entries import number_of, text_of, time_of
from wsinspect.recordings.rows import ROWS
from wsinspect.wire.frames import plain_wire_size

OWN = "_wsinspect"
WAYS: dict[str, Direction] = {"receive": "in", "send": "out"}
OPCODES = {1: TEXT, 2: BINARY, 8: CLOSE, 9: PING, 10: PONG}
OWN_TYPES = {"CLOSE": CLOSE, "CLOSING": CLOSING}
CODES = 1 << 16
URL_LETTERS = str.maketrans("-_", "+/")


class Told(NamedTuple):
    """A message that was read. ``error`` is what an error row says; it has no row then."""

    at: Moment
    direction: Direction
    row: Row | None
    error: str = ""


class Messages:
    """Makes rows of the messages of a file, and counts what is passed over."""

    def __init__(self) -> None:
        self._foreign = self._timeless = self._halves = self._plain = 0

    def read(self, message: Any, before: Moment) -> Told | None:
        """Make a message a row; ``before`` is the moment of the one before it. None where it is none."""
        if not isinstance(message, dict):
            self._foreign += 1
            return None
        own = message.get(OWN)
        own = own if isinstance(own, dict) else {}
        wall = time_of(message.get("time"))
        self._timeless += wall is None
        at = _at(before.wall if wall is None else wall, before, own)
        kind, opcode = text_of(message.get("type")), _opcode(message.get("opcode"))
        if kind == "error":
            breach = _violation(own.get("violation"))
            if breach is not None:
                return Told(at, "out" if own.get("dir") == "out" else "in", breach)
            return Told(at, "in", None, self._text(message.get("data")) or "the connection failed")
        if kind not in WAYS or opcode not in OPCODES:
            self._foreign += 1
            return None
        direction = WAYS[kind]
        type = OPCODES[opcode]
        data = self._text(message.get("data")).encode() if type == TEXT else self._bytes(message.get("data"), type)
        if type == CLOSE:
            data = _close_body(data, message)
            type = OWN_TYPES.get(str(own.get("type")), CLOSING if direction == "out" else CLOSE)
        wire = own.get("wire")
        if not isinstance(wire, int) or isinstance(wire, bool) or not 0 <= wire < MOST:
            wire = plain_wire_size(len(data), masked=direction == "out")
        return Told(at, direction, (type, data, wire))

    def time(self, message: Any) -> float:
        """Return a message's time alone; 0 where it has none."""
        return (isinstance(message, dict) and time_of(message.get("time"))) or 0.0

    def notes(self) -> Iterator[str]:
        """Yield a sentence on each kind of thing that was passed over or changed."""
        for count, what in (
            (self._foreign, "of no known kind, left out"),
            (self._timeless, "without a time, put at that of the one before"),
            (self._plain, "said to be binary, but no base64: taken as text"),
            (self._halves, "with halves of surrogate pairs, put as U+FFFD"),
        ):
            if count:
                yield f"the HAR file holds {count:,} message{'' if count == 1 else 's'} {what}"

    def _text(self, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            value = json.dumps(value, ensure_ascii=False)
        text = text_of(value)
        self._halves += text != value
        return text

    def _bytes(self, value: Any, type: int) -> bytes:
        text = self._text(value)
        # Without its padding, and with the letters of URLs, it is as clear.
        bare = "".join(text.split()).rstrip("=").translate(URL_LETTERS)
        try:
            return b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        except (NoBase64, ValueError):
            self._plain += type == BINARY
            return text.encode()


def _at(wall: float, before: Moment, own: dict[str, Any]) -> Moment:
    mono = number_of(own.get("mono"))
    if mono is None or abs(mono) > LATEST:
        mono = before.mono + (wall - before.wall)
    return Moment(wall, mono)


def _opcode(value: Any) -> int | None:
    number = number_of(value)
    return int(number) if number is not None and number == int(number) else None


def _close_body(data: bytes, message: dict[str, Any]) -> bytes:
    """Return the body of a close frame: nothing, or a code and a reason in UTF-8."""
    if len(data) >= 2:
        code, reason = close_parts(data)
    else:
        told = number_of(message.get("code"))
        if told is None or not 0 < told < CODES:
            return b""
        code, reason = int(told), text_of(message.get("reason"))
    # 1005 says that there was no code; no frame may hold it, and no recording does.
    return b"" if code == NO_STATUS else code.to_bytes(2, "big") + reason.encode()


def _violation(value: Any) -> Row | None:
    if not isinstance(value, dict):
        return None
    try:
        return ROWS["ERROR"](Fields(value))
    except Damaged:
        return None
