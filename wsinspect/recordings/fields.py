"""The fields of one line of a recording, each of its kind. Knows no type of line; `rows` does."""

import json
from binascii import a2b_base64
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, NoReturn

from wsinspect.errors import shortened
from wsinspect.events import Direction, Moment

EARLIEST = -62_135_596_800.0
LATEST = 253_402_300_799.0
"""The first second of the year 1 in UTC, and the last of the year 9999: no calendar here goes further."""

LATEST_S = 10**15
"""No clock that began with its machine is as late."""

MOST = 10**15
"""Nothing that is counted here comes to as much; what is read may be added up, and be divided."""


class Damaged(Exception):
    """A line is not what it should be; told in a sentence."""


class NoJson(Damaged):
    """A line is no JSON, or only the beginning of some."""


class Fields:
    """The keys of a line; each method returns the value of one, or raises `Damaged`."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[str, Any]) -> None:
        self._keys = keys

    def get(self, key: str) -> Any:
        """A value of any kind."""
        try:
            return self._keys[key]
        except KeyError:
            raise Damaged(f"`{key}` is missing") from None

    def has(self, key: str) -> bool:
        """Tell whether the key is there."""
        return key in self._keys

    def put(self, key: str, payload: bytes) -> None:
        """Have a payload stand for what a string says."""
        self._keys = {**self._keys, key: payload}

    def text(self, key: str) -> str:
        """A string that can be sent: no half of a surrogate pair stands alone in it."""
        value = self.get(key)
        if not isinstance(value, str):
            _wrong(key, "a string")
        try:
            value.encode()
        except UnicodeEncodeError:
            _wrong(key, "text that has a form in UTF-8")
        return value

    def whole(self, key: str, least: int = 0) -> int:
        """A whole number."""
        value = self.get(key)
        if type(value) is not int or value < least:
            _wrong(key, f"a whole number from {least} on")
        if value >= MOST:
            _wrong(key, f"a whole number below {MOST}")
        return int(value)

    def within(self, key: str, bound: int) -> int:
        """A whole number below a bound."""
        value = self.whole(key)
        if value >= bound:
            _wrong(key, f"a whole number below {bound}")
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        value = self.get(key)
        if type(value) not in (int, float):
            _wrong(key, "a number")
        try:
            made = float(value)
        except OverflowError:
            made = float("inf")
        if not isfinite(made):
            _wrong(key, "a finite number")
        return made

    def seconds(self, key: str) -> float:
        """How long something took."""
        value = self.number(key)
        if not _lasts(value):
            _wrong(key, f"a number from 0 on, below {LATEST_S}")
        return value

    def truth(self, key: str) -> bool:
        """True or false."""
        value = self.get(key)
        if not isinstance(value, bool):
            _wrong(key, "true or false")
        return value

    def one_of(self, key: str, *known: str) -> Any:
        """One of a few words."""
        value = self.get(key)
        if value not in known:
            _wrong(key, " or ".join(known))
        return value

    def utf8(self, key: str = "text") -> bytes:
        """A string that can be sent, as it is sent."""
        value = self.get(key)
        return value if isinstance(value, bytes) else self.text(key).encode()

    def base64(self, key: str = "base64") -> bytes:
        """Bytes."""
        value = self.get(key)
        if isinstance(value, bytes):
            return value
        try:
            return a2b_base64(self.text(key), strict_mode=True)
        except ValueError:
            _wrong(key, "base64")

    def pairs(self, key: str) -> list[tuple[str, str]]:
        """Headers: lists of a name and a value."""
        return [(name, said) for name, said in self.lists(key, "[name, value]", str, str)]

    def lists(self, key: str, shape: str, *kinds: type) -> list[list[Any]]:
        """Lists, each with a value of each kind, a float being seconds; ``shape`` is what errors call one."""
        value = self.get(key)
        if not isinstance(value, list) or not all(_fits(one, kinds) for one in value):
            _wrong(key, f"a list of {shape}")
        return value

    def words(self, key: str) -> str:
        """What a handshake says. Bytes that were no text stand as halves of surrogate pairs, as Python reads them."""
        value = self.get(key)
        if not isinstance(value, str):
            _wrong(key, "a string")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self.get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            _wrong(key, "a list of strings")
        return tuple(value)

    def table(self, key: str) -> "Fields":
        """An object of its own."""
        value = self.get(key)
        if not isinstance(value, dict):
            _wrong(key, "an object")
        return Fields(value)

    def missing(self, key: str) -> bool:
        """Tell whether a value that may be null is null."""
        return self.get(key) is None

    def at(self) -> Moment:
        """The moment of the line, on both clocks."""
        stamp = self.get("time")
        try:
            time = datetime.fromisoformat(stamp)
            if time.tzinfo is None:
                _wrong("time", "a time with its zone, in ISO 8601")
            wall = time.timestamp()
        except (TypeError, ValueError, OverflowError):
            _wrong("time", "a time in ISO 8601")
        if not EARLIEST <= wall <= LATEST:
            _wrong("time", "a time of the years 1 to 9999 in UTC")
        mono = self.number("mono")
        if abs(mono) >= LATEST_S:
            _wrong("mono", f"a number below {LATEST_S}")
        return Moment(wall, mono)

    def direction(self) -> Direction:
        """Where it went."""
        way: Direction = self.one_of("dir", "in", "out")
        return way


def fields_of(text: str) -> Fields:
    """Return the fields of a line; raises `Damaged` where it is no JSON object."""
    try:
        keys = json.loads(text)
    except RecursionError:
        raise Damaged("it is nested too deep") from None
    except ValueError:
        raise NoJson("it is not JSON") from None
    if not isinstance(keys, dict):
        raise Damaged("it is not a JSON object")
    return Fields(keys)


def _fits(value: Any, kinds: tuple[type, ...]) -> bool:
    if not isinstance(value, list) or len(value) != len(kinds):
        return False
    pairs = zip(value, kinds, strict=True)
    return all(_lasts(part) if kind is float else isinstance(part, kind) for part, kind in pairs)


def _lasts(value: Any) -> bool:
    """Tell whether something can have taken so many seconds."""
    return type(value) in (int, float) and 0 <= value < LATEST_S


def _wrong(key: str, kind: str) -> NoReturn:
    raise Damaged(f"`{shortened(key)}` must be {kind}")
