"""Secrets hidden in what is told or stored, in the forms in which they come back. Knows no meaning of what holds them.

A secret is found as it stands; with characters escaped as JSON, HTML, a program's text or a pattern does, once or
several times; percent-encoded; in hex; and in base64 of either alphabet, wherever in the encoded bytes it begins, as
in an Authorization header. Of one that was cut off at an ellipsis the rest is found. Of several lines, each is one.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote

from wsinspect.redact import HIDDEN

Value = TypeVar("Value")

PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-")
"""Characters that no encoding of text changes (RFC 3986 section 2.3)."""

ESCAPES = {'"': '"', "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
"""What stands behind the backslash in JSON (RFC 8259 section 7)."""

HTML = {"&": ("amp",), "<": ("lt",), ">": ("gt",), '"': ("quot",), "'": ("apos",)}
"""What characters are called in pages, where they have to be."""

ESCAPE = r"(?<!\\)\\++"
"""Backslashes before what they escape, all there are."""

PARTS = re.compile(r"(?s)(\\*)([^\\]|\Z)")
"""A row of backslashes, which may be empty, and the character behind it."""

ALPHANUMERIC = re.compile("[A-Za-z0-9]+")

LEAST_CODED = 4
"""Bytes of a secret that is looked for in hex and base64: shorter ones would be found where they are not."""

LEAST_LINE = 8
"""Characters of a line that is a secret of its own."""

LARGE = 1 << 18
"""Bytes of a payload, beyond which it is put together anew piece by piece."""

LEAST_LEFT = 4
"""Characters of a secret that are hidden where it was cut off."""

CUT = re.compile(r"(…|\.\.\.)")
URL_SAFE = str.maketrans("+/", "-_")
ALPHABET = "[A-Za-z0-9+/_-]"


class Mask:
    """Hides secrets in texts and payloads; empty ones are none. What takes long to make is made when it is needed."""

    def __init__(self, secrets: Collection[str]) -> None:
        # What hides them would be found in itself.
        whole = {secret for secret in secrets if secret.strip("* \t")}
        lines = {line.strip() for secret in whole for line in secret.splitlines()}
        whole |= {line for line in lines if len(line) >= LEAST_LINE}
        self._secrets = sorted(whole, key=len, reverse=True)
        self._plainly = all(PLAIN.issuperset(secret) for secret in self._secrets)
        self._needles = _needles(self._secrets)

    @cached_property
    def _form(self) -> str:
        return "|".join([form for secret in self._secrets for form in (_alone(secret), *_coded(secret))])

    @cached_property
    def _texts(self) -> re.Pattern[str]:
        return re.compile(self._form)

    @cached_property
    def _bytes(self) -> re.Pattern[bytes]:
        return re.compile(_encoded(self._form))

    @cached_property
    def _known(self) -> list[str]:
        return sorted({shape for secret in self._secrets for shape in _shapes(secret)}, key=len, reverse=True)

    @property
    def is_empty(self) -> bool:
        """There is no secret."""
        return not self._secrets

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        if not self._secrets:
            return text
        text = self._texts.sub(HIDDEN, text)
        return self._without_rests(text) if CUT.search(text) else text

    def swift(self, text: str) -> str:
        """Return the same, faster where there is nothing to hide: which is looked for in the usual forms alone."""
        return self.text(text) if self.touches(_encoded(text)) or CUT.search(text) else text

    def data(self, payload: bytes) -> bytes:
        """Return a payload without secrets; one of UTF-8 stays UTF-8."""
        if not self._secrets:
            return payload
        if len(payload) <= LARGE:
            return self._bytes.sub(HIDDEN.encode(), payload)
        # It may hold a secret a million times; as many pieces would take many times its room.
        shown = bytearray()
        done = 0
        for found in self._bytes.finditer(payload):
            shown += payload[done : found.start()]
            shown += HIDDEN.encode()
            done = found.end()
        if not done:
            return payload
        shown += payload[done:]
        return bytes(shown)

    def touches(self, data: bytes) -> bool:
        """Tell, fast, whether there may be something to hide."""
        if self._needles is not None and not any(needle in data for needle in self._needles):
            return False
        return self._plainly or (bool(self._secrets) and self._bytes.search(data) is not None)

    def everywhere(self, value: Value) -> Value:
        """Return a value with all texts and bytes in it hidden, at any depth of tuples, lists and tables."""
        found: Any = value
        if isinstance(value, Enum):
            return value
        if isinstance(value, str):
            found = self.text(value)
        elif isinstance(value, bytes):
            found = self.data(value)
        elif isinstance(value, tuple):
            inner = [self.everywhere(part) for part in value]
            make: Callable[[list[Any]], Any] = getattr(type(value), "_make", tuple)
            found = make(inner)
        elif isinstance(value, list):
            found = [self.everywhere(part) for part in value]
        elif isinstance(value, Mapping):
            found = {self.everywhere(key): self.everywhere(part) for key, part in value.items()}
        hidden: Value = found
        return hidden

    def _without_rests(self, text: str) -> str:
        """Hide the beginning of a secret before an ellipsis, and the end of one behind it."""
        first, *others = CUT.split(text)
        shown = [first]
        for cut, behind in zip(others[::2], others[1::2], strict=True):
            shown[-1] = self._without_beginning(shown[-1])
            shown += [cut, self._without_end(behind)]
        return "".join(shown)

    def _without_beginning(self, text: str) -> str:
        end = text.rstrip(" ")
        last = end[-LEAST_LEFT:]
        if len(last) < LEAST_LEFT:
            return text
        for shape in self._known:
            if last not in shape:
                continue
            for length in range(min(len(shape) - 1, len(end)), LEAST_LEFT - 1, -1):
                if end.endswith(shape[:length]):
                    return end[:-length] + HIDDEN + text[len(end) :]
        return text

    def _without_end(self, text: str) -> str:
        end = text.lstrip(" ")
        first = end[:LEAST_LEFT]
        if len(first) < LEAST_LEFT:
            return text
        for shape in self._known:
            if first not in shape:
                continue
            for length in range(min(len(shape) - 1, len(end)), LEAST_LEFT - 1, -1):
                if end.startswith(shape[-length:]):
                    return text[: len(text) - len(end)] + HIDDEN + end[length:]
        return text


def _needles(secrets: Collection[str]) -> list[bytes] | None:
    """Return what is looked for quickly: one of it stands in whatever holds a secret in a usual form. None where a
    secret has nothing of the kind."""
    found: list[str] = []
    for secret in secrets:
        shapes = _shapes(secret)
        if not PLAIN.issuperset(secret):
            # However its other characters are escaped, letters and digits stand as they are.
            runs = [max(ALPHANUMERIC.findall(shape), key=len, default="") for shape in shapes]
            if len(runs[0]) < LEAST_CODED:
                return None
            shapes = [run if len(run) >= LEAST_CODED else shape for run, shape in zip(runs, shapes, strict=True)]
        found += shapes
    return [_encoded(needle) for needle in dict.fromkeys(found)]


def _encoded(text: str) -> bytes:
    """Return a text as bytes; a header's bytes that are no text stand for themselves."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _escaped(secret: str) -> str:
    """Return a pattern for a secret as it stands, and escaped for JSON or a URL, character by character.

    A row of backslashes in a payload is read in one way only, and from its beginning: however long it is, the search
    takes time in proportion to it.
    """
    return "".join([_part(len(row), character) for row, character in PARTS.findall(secret)])


def _alone(secret: str) -> str:
    """Return the same pattern; a secret of one letter or digit is found only where no other one is next to it, or
    next to nothing would be left to read."""
    form = _escaped(secret)
    return f"(?<![A-Za-z0-9]){form}(?![A-Za-z0-9])" if len(secret) == 1 and ALPHANUMERIC.match(secret) else form


def _part(backslashes: int, character: str) -> str:
    """Return a pattern for so many backslashes, and the character behind them, if there is one."""
    alone = _character(character) if character else ""
    if not backslashes:
        return alone
    # Whatever escapes the character is read as a part of the row.
    row = rf"(?<!\\)\\{{{backslashes},}}+" + (_character(character, escape="") if character else "")
    coded = [f"(?:{way}){{{backslashes}}}{alone}" for way in (_percent("\\"), ESCAPE + "u005[cC]")]
    return f"(?:{'|'.join([*coded, row])})"


def _character(character: str, escape: str = ESCAPE) -> str:
    """Return a pattern for a character that is no backslash; ``escape`` for what stands before its escaped forms."""
    literal = re.escape(character)
    if character.isalnum() and character in PLAIN:
        return literal
    if escape:
        # As in a pattern that a secret was put into.
        literal = f"(?:{escape})?{literal}"
    if character in PLAIN:
        return literal
    units = character.encode("utf-16-be", "surrogatepass").hex()
    unicode = [f"u{_hex(units[at : at + 4])}" for at in range(0, len(units), 4)]
    ways = [_percent(character), escape + ESCAPE.join(unicode), _html(character)]
    ways.append(escape + ESCAPE.join([f"x{_hex(f'{byte:02x}')}" for byte in _utf8(character)]))
    if character in ESCAPES:
        ways.append(escape + ESCAPES[character])
    if character == " ":
        ways.append(r"\+")
    # An escape goes before the plain character, for a backslash in front of it belongs to it.
    return f"(?:{'|'.join([*ways, literal])})"


def _percent(character: str) -> str:
    """Return a pattern for a character that is percent-encoded, once or several times."""
    return "".join([f"%(?:25)*{_hex(f'{byte:02x}')}" for byte in _utf8(character)])


def _html(character: str) -> str:
    """Return a pattern for a character as pages have it, by its number or, of a few, its name."""
    names = [f"#0*{ord(character)}", f"#[xX]0*{_hex(f'{ord(character):x}')}", *HTML.get(character, ())]
    return f"&(?:{'|'.join(names)});"


def _utf8(character: str) -> bytes:
    return character.encode("utf-8", "surrogatepass")


def _hex(digits: str) -> str:
    """Return a pattern for hex digits in either case."""
    return "".join([f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits])


def _coded(secret: str) -> list[str]:
    """Return patterns for a secret in hex and base64."""
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) < LEAST_CODED:
        return []
    found = ["[ :]?".join([_hex(f"{byte:02x}") for byte in data])]
    for before in range(3):
        sure, left, right = _base64(data, before)
        inner = "".join([{"+": "[+-]", "/": f"(?:(?:{ESCAPE})?/|_)"}.get(digit, digit) for digit in sure])
        # The digits at its ends belong to its neighbours in part.
        found.append(ALPHABET * left + inner + f"(?:{ALPHABET}={{0,2}})" * right)
    return found


def _base64(data: bytes, before: int) -> tuple[str, bool, bool]:
    """Return the digits that bytes surely have in base64 when ``before`` others stand before them, modulo 3; and
    whether there are further digits at the left and at the right that only a part of them stands in."""
    bits = 8 * before, 8 * (before + len(data))
    begin, end = -(-bits[0] // 6), bits[1] // 6
    digits = b64encode(bytes(before) + data).decode()
    return digits[begin:end], bool(bits[0] % 6), bool(bits[1] % 6)


def _shapes(secret: str) -> list[str]:
    """Return the usual forms of a secret as plain texts: for what was cut off, and to look for quickly."""
    shapes = [secret, re.escape(secret)]
    if not PLAIN.issuperset(secret):
        shapes += ["".join([f"\\{ESCAPES[c]}" if c in ESCAPES else "\\\\" if c == "\\" else c for c in secret])]
        shapes += [quote(secret, safe="", errors="replace")]
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) >= LEAST_CODED:
        shapes += [data.hex(), data.hex().upper(), data.hex(" "), data.hex(" ").upper(), data.hex(":")]
        for before in range(3):
            digits = _base64(data, before)[0]
            shapes += [digits, digits.translate(URL_SAFE)]
    return list(dict.fromkeys(shapes))
