"""Values and payloads as a reader of a result sees them: on one line, and never long, whatever their size.

Not neutralised: that is done where they are shown. Knows no assertion.
"""

import json
from typing import Any

from wsinspect.errors import shortened
from wsinspect.filters.subject import Subject

LONGEST = 500
"""Characters of a payload or an expected value."""

WIDEST_UTF8 = 4

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


def json_excerpt(value: Any, longest: int = LONGEST) -> str:
    """Return a value as compact JSON, cut; what is no JSON in it stands as its ``str``."""
    pieces = []
    room = longest
    try:
        for piece in _ENCODER.iterencode(value):
            pieces.append(piece[: longest + 1])
            room -= len(piece)
            if room < 0:
                break
    except (ValueError, RecursionError):
        # Numbers of more digits than Python writes, and values as deep as its stack.
        pieces.append("…")
    return shortened(writable("".join(pieces)), longest)


def text_excerpt(text: str, longest: int = LONGEST) -> str:
    """Return a text in double quotes, as JSON has them, cut."""
    return json_excerpt(text, longest)


def hex_excerpt(data: bytes, longest: int = LONGEST) -> str:
    """Return bytes as pairs of hex digits, and how many they are where not all are shown."""
    room = (longest - len(size_of(len(data))) - 3) // 3
    shown = data[:room].hex(" ")
    return shown if len(data) <= room else f"{shown} … ({size_of(len(data))})"


def payload_excerpt(subject: Subject, longest: int = LONGEST) -> str:
    """Return the payload of a message (data, ping, pong): text as it is, all else in hex.

    How large it is stands behind it where not all of it is shown.
    """
    payload = subject.payload
    whole = len(payload) <= longest * WIDEST_UTF8
    try:
        text = str(payload if whole else payload[: longest * WIDEST_UTF8], "utf-8", "strict" if whole else "ignore")
    except UnicodeDecodeError:
        return hex_excerpt(payload, longest)
    if not whole and not _is_text(payload):
        return hex_excerpt(payload, longest)
    if whole and len(text) <= longest:
        return text
    size = f"… ({size_of(len(payload))})"
    return text[: longest - len(size)] + size


def size_of(count: int) -> str:
    """Return a number of bytes in words."""
    return f"{count:,} byte{'' if count == 1 else 's'}"


def writable(text: str) -> str:
    """Return ``text`` with lone halves of surrogate pairs escaped: JSON can write them, UTF-8 cannot."""
    return text.encode("utf-8", "backslashreplace").decode() if not text.isascii() else text


def _is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
