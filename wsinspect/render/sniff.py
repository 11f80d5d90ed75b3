r"""What a text really is, where it is something else inside: base64, or JSON that was written into a JSON string.

Both are mistakes that are made often, or envelopes that hide what matters. Looks at short texts only, and reads each a
fixed number of times; what it says is a remark, and may be wrong. Knows no colours and no terminal.
"""

import binascii
import re
from collections.abc import Callable
from functools import cache
from json import JSONDecoder

from wsinspect.render.json_highlight import is_json
from wsinspect.render.lines import size_text
from wsinspect.render.safe import neutral

LONGEST = 1 << 16
"""Bytes of a text, beyond which nobody looks."""
SHORTEST = 24
"""Letters of base64 that are looked at; shorter ones may well be words."""
SHOWN = 1000
"""Letters of what was found that are returned at most."""

MARKS = frozenset(b'{["')
"""First bytes of what may be JSON; other texts hide something only if they have no space."""
SPACE = 0x20
_BACKSLASH = 0x5C

_STRING = JSONDecoder()
_BASE64 = rb"[A-Za-z0-9+/]++={0,2}|[A-Za-z0-9_-]++={0,2}"
_LONG_STRING = rb'"[A-Za-z0-9+/_-]{24,}+={0,2}"'
# The start of a string that may hold JSON or base64; a quotation mark inside a string has a backslash before it.
_CANDIDATE = r'(?<!\\)"(?=[{\[]|[A-Za-z0-9+/_-]{24,}+={0,2}")'
_KEY_BEFORE = r'"(?:[^"\\]++|\\.)*+"(?=[ \t\r\n]*+:[ \t\r\n]*+\Z)'
_KEY_REACH = 80
_TRIED = 100
"""Candidates of one text that are looked into."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (b"\x00asm", "WebAssembly"),
    (b"SQLite format 3\x00", "an SQLite database"),
)


def may_hide(payload: bytes) -> bool:
    """Tell quickly whether `remark` could say something of a text; a false alarm costs only time."""
    size = len(payload)
    if size > LONGEST or not size:
        return False
    if payload[0] in MARKS:
        # JSON in a string has quotation marks of its own, and those have backslashes.
        if _BACKSLASH in payload and (payload.find(b'"{') >= 0 or payload.find(b'"[') >= 0):
            return True
        return _long_string()(payload) is not None
    return SPACE not in payload and size >= SHORTEST


def remark(payload: bytes) -> str:
    """Return what a text really is, safe to show; empty if it is what it seems."""
    if not may_hide(payload):
        return ""
    if payload[0] in MARKS:
        return _inside(payload.decode())
    return _base64(payload)


def binary_remark(payload: bytes) -> str:
    """Return what a binary message really is: JSON, or a file of a known kind; empty if nothing is known."""
    if len(payload) <= LONGEST and is_json(payload) and len(payload) > 2:
        return f"JSON: {neutral(payload[:SHOWN].decode('utf-8', 'ignore'))}"
    return _kind(payload)


@cache
def _long_string() -> Callable[[bytes], object]:
    return re.compile(_LONG_STRING).search


def _kind(data: bytes) -> str:
    return next((name for magic, name in _MAGIC if data.startswith(magic)), "")


def _base64(letters: bytes) -> str:
    """Return what base64 or base64url holds, if that is text, or a file of a known kind."""
    if len(letters) < SHORTEST or not re.fullmatch(_BASE64, letters):
        return ""
    bare = letters.rstrip(b"=")
    if len(bare) % 4 == 1 or (len(bare) != len(letters) and len(letters) % 4):
        return ""
    size = len(bare) * 3 // 4
    part = bare[: SHOWN // 3 * 4].translate(bytes.maketrans(b"-_", b"+/"))
    data = binascii.a2b_base64(part + b"=" * (-len(part) % 4))
    held = _kind(data) or _text(data)
    return f"base64 of {size_text(size)}: {held}" if held else ""


def _text(data: bytes) -> str:
    """Return UTF-8 that was cut off anywhere, safe to show; empty if it is none, or holds controls."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3 or error.reason != "unexpected end of data":
            return ""
        text = data[: error.start].decode()
    seen = text.translate({9: None, 10: None, 13: None})
    return neutral(text) if seen.isprintable() else ""


def _inside(text: str) -> str:
    """Return what the first string in a JSON text that holds JSON or base64 holds, and how many do."""
    found: list[tuple[int, str]] = []
    for tried, candidate in enumerate(re.finditer(_CANDIDATE, text)):
        if tried == _TRIED:
            break
        held = _held(text, candidate.start())
        if held:
            found.append((candidate.start(), held))
    if not found:
        return ""
    start, held = found[0]
    if not start:
        return f"a string of {held}"
    key = re.search(_KEY_BEFORE, text[max(start - _KEY_REACH, 0) : start])
    others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{neutral(key[0]) if key else 'a string'}{others} holds {held}"


def _held(text: str, start: int) -> str:
    """Return what the string that begins at ``start`` holds."""
    try:
        value, _ = _STRING.raw_decode(text, start)
    except ValueError:
        return ""
    data = value.encode("utf-8", "replace")
    if value.startswith(("{", "[")):
        return f"JSON: {neutral(value[:SHOWN])}" if len(data) > 2 and is_json(data) else ""
    return _base64(data)
