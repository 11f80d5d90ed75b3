r"""A large line of a recording, taken apart while it comes: a message of 16 MiB may be a line of 96 MiB, and memory is
bounded.

That is done where the line's last value is a string, ``text`` or ``base64``, as `render.ndjson` writes messages and
frames: that string becomes the payload piece by piece, and an empty one stands for it in the line. Any other line is
put together as it came. What was taken apart and turns out to be another kind of line, or a damaged one, is written
again, so that who reads it finds what stood there. Knows no type of line.
"""

import re
from binascii import a2b_base64, b2a_base64
from codecs import utf_8_decode
from io import BytesIO
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C one, as encode_basestring is
from json.encoder import encode_basestring, encode_basestring_ascii

LARGE = 1 << 20
"""Bytes of a line beyond which it is taken apart."""

# An object without others in it, up to within the string that is to be its last value.
HEAD = re.compile(rb'\{(?:"[^"\\]*":(?:"[^"\\]*"|[^\]\["\\{},]*),)*"(text|base64)":"')
LONGEST_HEAD = 1024

ENDS = "}\n", "}"
"""What may follow the string."""

KEPT = len('=="}\n')
"""Characters that may be the end of the line, with what fills up base64: they are kept until more has come."""

PAIR = len(r"\ud83d\ude00")
"""Characters of the longest escape."""


class LargeLine:
    """A line whose beginning has come."""

    def __init__(self, begun: bytes) -> None:
        self._plain: list[bytes] | None = None
        """The pieces of a line that is not taken apart."""

        self._payload = BytesIO()
        self._held = b""
        """What has come of the string, and is not part of the payload yet."""

        self._quads = ""
        """The same of base64 without escapes: less than four characters."""

        found = HEAD.match(begun, 0, LONGEST_HEAD)
        if found is None:
            self._plain = [begun]
        else:
            self._head, self._key = found[0], found[1].decode()
            self.add(begun[found.end() :])

    def add(self, piece: bytes) -> None:
        """Go on by a piece in which the line does not end."""
        if self._plain is not None:
            self._plain.append(piece)
            return
        held = self._held + piece
        try:
            text, decoded = utf_8_decode(held, "strict", False)
            words, left = _unescaped(text[:-KEPT])
            self._take(words)
        except ValueError:
            self._give_up(held)
        else:
            self._held = (left + text[-KEPT:]).encode() + held[decoded:]

    def ended(self, piece: bytes) -> tuple[bytes, tuple[str, bytes] | None]:
        """Return the line that ends with a piece, and the key and payload for which an empty string stands in it."""
        if self._plain is None:
            held = self._held + piece
            try:
                text = held.decode()
                words, end = scanstring(text, 0, True)
                if text[end:] not in ENDS:
                    raise ValueError
                self._take(words, is_last=True)
            except ValueError:
                self._give_up(held)
            else:
                return self._head + b'"' + text[end:].encode(), (self._key, self._payload.getvalue())
        else:
            self._plain.append(piece)
        return b"".join(self._plain or ()), None

    def _take(self, words: str, *, is_last: bool = False) -> None:
        """Add what the string says to the payload; raises `ValueError` where it cannot be."""
        if self._key == "text":
            self._payload.write(words.encode())
            return
        words = self._quads + words
        end = len(words) if is_last else len(words) // 4 * 4
        if not is_last and "=" in words:
            raise ValueError("base64 ends before the string does")
        self._payload.write(a2b_base64(words[:end], strict_mode=True))
        self._quads = words[end:]

    def _give_up(self, rest: bytes) -> None:
        """Write again what was taken apart; from here on the line is put together."""
        payload = self._payload.getvalue()
        self._payload.close()
        if self._key == "text":
            string = encode_basestring(payload.decode())[1:-1]
        else:
            string = b2a_base64(payload, newline=False).decode() + encode_basestring_ascii(self._quads)[1:-1]
        self._plain = [self._head, string.encode(), rest]


def _unescaped(text: str) -> tuple[str, str]:
    """Return what the beginning of a string says, and what is left: perhaps the beginning of an escape.

    Raises:
        ValueError: the string ends here, or is none.
    """
    end = len(text)
    escape = text.rfind("\\", -PAIR)
    if escape >= 0:
        before = text[: escape + 1]
        # The last of several backslashes begins an escape if the others are pairs.
        if (len(before) - len(before.rstrip("\\"))) % 2:
            end = escape
    words, after = scanstring(text[:end] + '"', 0, True)
    if after <= end:
        raise ValueError("the string ends here")
    left = text[end:]
    if words and "\ud800" <= words[-1] <= "\udbff":
        # The other half of the pair is to come.
        left = f"\\u{ord(words[-1]):x}{left}"
        words = words[:-1]
    return words, left
