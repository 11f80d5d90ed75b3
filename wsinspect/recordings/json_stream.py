"""JSON read from a stream piece by piece, as who reads asks for it. Knows no file, and nothing of what is read.

What is not asked for is passed over without being kept, however large or deep it is; what is asked for is parsed by
Python's own scanner. Python and browsers write halves of surrogate pairs, and numbers of any length: they are read, as
bytes are that are no UTF-8 (as lone surrogates). A fault is told with the byte at which it stands.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any, Protocol

CHUNK = 1 << 16
LARGEST = 256 << 20
"""Characters of one value that is kept."""

MARK = b"\xef\xbb\xbf"
"""What some editors put in front of UTF-8."""

TAIL = 16
"""So near to the end of what was read a fault may be one of not having read enough."""

SPACE = re.compile(r"[ \t\n\r]*+")
PLAIN = re.compile(r"(?:[^\"\\]++|\\.)*+", re.DOTALL)
"""The inside of a string, as far as it goes."""

BETWEEN = re.compile(r"(?:[^\"\[\]{}]++|\"(?:[^\"\\]++|\\.)*+\")*+", re.DOTALL)
"""What holds no brackets but in strings."""

SCALAR = re.compile(r"[^\s,\]}]*+")
CUT = re.compile(r"\s*+(?:[a-zI]\w{0,8}|-|\.|[eE][+-]?|\\?u?[0-9a-fA-F]{0,4})")
"""What may stand behind a fault's place where the text stops too early."""

OPEN = re.compile(r"(?:\.|[eE][+-]?)?")
"""What may stand behind a number that goes on."""

LONGEST_EXACT = 18
"""Digits of a whole number that is kept as one."""


class Source(Protocol):
    """What is read from."""

    def read(self, size: int, /) -> bytes: ...


class Broken(Exception):
    """It is not JSON, or ends too early; ``offset`` tells at which byte, the sentence how."""

    def __init__(self, sentence: str, offset: int) -> None:
        super().__init__(sentence)
        self.offset = offset


class JsonStream:
    """A reader of one JSON text. Each member and item is read by `value`, `skip`, `members` or `items`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._decode = getincrementaldecoder("utf-8")("surrogateescape").decode
        self._scan = JSONDecoder(strict=False, parse_int=_whole).raw_decode
        self._text = ""
        self._at = 0
        self._base = 0  # the byte at which `_text` begins
        self._over = False
        self._first = True

    @property
    def offset(self) -> int:
        """The byte that is read next."""
        return self._offset(self._at)

    def peek(self) -> str:
        """Return the next character that is no space; nothing at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            assert match is not None
            self._at = match.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def members(self) -> Iterator[str]:
        """Yield the keys of an object; before the next one is asked for, its value must have been read."""
        self._take("{", "an object")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                self._fail("a key")
            key = self.value()
            self._take(":", "a colon")
            yield key
            if self._ends("}"):
                return

    def items(self) -> Iterator[None]:
        """Stand at each item of an array; before the next one is asked for, it must have been read."""
        self._take("[", "a list")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            if not self.peek():
                self._fail("a value")
            yield
            if self._ends("]"):
                return

    def value(self) -> Any:
        """Return the next value; numbers too large to be exact are floats."""
        if not self.peek():
            self._fail("a value")
        while True:
            try:
                made, end = self._scan(self._text, self._at)
            except RecursionError:
                raise Broken("it is nested too deep", self.offset) from None
            except JSONDecodeError as fault:
                cut = fault.msg.startswith("Unterminated") or fault.pos >= len(self._text) - TAIL
                place = self._offset(fault.pos)
                # As much again, so that a long value is not looked at too often.
                if not cut or not self._more(len(self._text) - self._at):
                    raise self._fault(fault, place) from None
            else:
                if not OPEN.fullmatch(self._text, end) or not isinstance(made, int | float) or isinstance(made, bool):
                    self._at = end
                    return made
                # Of a number more digits may follow.
                if not self._more():
                    if end < len(self._text):
                        raise Broken("it ends too early", self._offset(len(self._text)))
                    self._at = end
                    return made
            if len(self._text) - self._at > LARGEST:
                raise Broken(f"a value is longer than {LARGEST >> 20} MiB", self.offset)

    def skip(self) -> None:
        """Pass over the next value; nothing of it is kept."""
        first = self.peek()
        if first == '"':
            self._at += 1
            self._skip_string()
        elif first and first in "[{":
            self._skip_nested()
        elif first and first not in ",:]}":
            self._run(SCALAR)
        else:
            self._fail("a value")

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.peek():
            self._fail("the end")

    def _skip_nested(self) -> None:
        depth = 0
        while True:
            self._run(BETWEEN)
            mark = self._next()
            if mark == '"':
                self._skip_string()
            elif mark in "[{":
                depth += 1
            else:
                depth -= 1
                if not depth:
                    return

    def _skip_string(self) -> None:
        """Pass over a string whose first quote is read."""
        while True:
            self._run(PLAIN)
            # A backslash at the end of what was read has its second half ahead.
            if self._next() == '"':
                return
            self._next()

    def _run(self, pattern: re.Pattern[str]) -> None:
        """Pass over as much as fits a pattern."""
        while True:
            match = pattern.match(self._text, self._at)
            assert match is not None
            self._at = match.end()
            if self._at < len(self._text) or not self._more():
                return

    def _next(self) -> str:
        """Take one character."""
        if self._at >= len(self._text) and not self._more():
            raise Broken("it ends too early", self.offset)
        self._at += 1
        return self._text[self._at - 1]

    def _ends(self, bracket: str) -> bool:
        """Take what stands behind a member or an item: a comma, or the end."""
        found = self.peek()
        if found == bracket:
            self._at += 1
            return True
        self._take(",", f"a comma or {bracket}")
        return False

    def _take(self, character: str, what: str) -> None:
        if self.peek() != character:
            self._fail(what)
        self._at += 1

    def _fail(self, wanted: str) -> None:
        if not self.peek():
            raise Broken("it ends too early", self.offset)
        raise Broken(f"it is not JSON ({wanted} should stand there)", self.offset)

    def _fault(self, fault: JSONDecodeError, place: int) -> Broken:
        """Tell a fault of the scanner's: the text may just stop, within a string, a word or a number."""
        if self._over and (fault.msg.startswith("Unterminated") or CUT.fullmatch(fault.doc, fault.pos)):
            return Broken("it ends too early", self._offset(len(self._text)))
        return Broken(f"it is not JSON ({fault.msg.lower()})", place)

    def _more(self, size: int = 0) -> bool:
        """Read on; what is read already and behind us is let go. Return whether there is more."""
        if self._over:
            return False
        self._drop()
        while True:
            data = self._source.read(max(CHUNK, size))
            if self._first and data:
                self._first = False
                if data.startswith(MARK):
                    data = data[len(MARK) :]
                    self._base += len(MARK)
            self._over = not data
            text = self._decode(data, self._over)
            if text or self._over:
                break
        self._text += text
        return bool(text)

    def _drop(self) -> None:
        if self._at:
            self._base = self._offset(self._at)
            self._text = self._text[self._at :]
            self._at = 0

    def _offset(self, at: int) -> int:
        return self._base + len(self._text[:at].encode("utf-8", "surrogateescape"))


def _whole(digits: str) -> int | float:
    # Of thousands of digits Python makes no number.
    return int(digits) if len(digits) <= LONGEST_EXACT else float(digits)
