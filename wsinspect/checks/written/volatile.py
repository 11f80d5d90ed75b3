"""Values that will be others the next time, guessed by their looks and names: ids, tokens, times, measurements.

A time counts only if it is near the moment at which it was recorded: a birthday stays what it is. A guess is a pattern
as check files have them (see `patterns`), or a regular expression for what stands within a text. What a wrong guess
costs is little either way: who reads the check sees the pattern, and who runs it the value. Knows no message.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from wsinspect.redact import HIDDEN, WORD

UUID, TIME, DATE, TOKEN = "${any:uuid}", "${any:time}", "${any:date}", "${any:token}"
STRING, NUMBER, INTEGER = "${any:string}", "${any:number}", "${any:integer}"

DAY_S = 86_400.0
BEHIND_S = 2 * DAY_S
AHEAD_S = 400 * DAY_S
"""A time is one of the session if it is no further from it: tokens expire in a year."""

UNITS = (1.0, 1e3, 1e6, 1e9)
"""A second in seconds, milliseconds, microseconds and nanoseconds."""

LARGE = 10**15
"""Whole numbers from here on are ids that a server makes, where they are no times."""

PLACES = 4
"""Digits behind the point of a number that was measured."""

IDS = frozenset({
    "id", "ids", "uuid", "guid", "sid", "uid", "nonce", "etag", "hash", "digest", "cursor", "session", "ticket",
    "challenge", "trace", "token", "signature", "key", "ref", "handle",
})  # fmt: skip
"""Last words of names whose values are ids."""

COUNTERS = frozenset({
    "seq", "sequence", "offset", "cursor", "counter", "revision", "rev", "tick", "nr", "serial",
})  # fmt: skip
"""Last words of names whose values count up."""

MEASURES = frozenset({
    "uptime", "elapsed", "duration", "latency", "took", "rtt", "ms", "us", "ns", "load", "memory", "rss", "cpu",
    "usage", "free", "used", "pid", "port", "random", "rand", "nonce", "temperature", "online", "clients",
    "connections", "viewers", "subscribers", "listeners", "players", "price", "bid", "ask", "volume",
})  # fmt: skip
"""Last words of names of numbers that are others at each look."""

LEAST_ID = 1000
"""A whole number below it is rather an index than an id."""

LONGEST_NAME = 64
"""Characters of a name whose words are remembered: messages repeat their names."""

LONG = 12
"""Characters from which on what is known to be an id is looked at less strictly."""

_NUMERIC = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}", re.ASCII)
_TOKENISH = re.compile(r"[A-Za-z0-9._~+/=:-]{8,}", re.ASCII)
_RUN = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{8,}|[0-9A-F]{8,}", re.ASCII)

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"


class Part(NamedTuple):
    """A part of a text that may change: where it is found, what it is then replaced by, and what makes sure."""

    found: re.Pattern[str]
    pattern: str
    sure: Callable[[str, float], bool]


def guessed(name: str, value: Any, wall: float) -> str | None:
    """Return the pattern for a value that was recorded ``wall`` seconds after the epoch; None where it will stay.

    ``name`` is the key under which it stands, empty where it has none.
    """
    if isinstance(value, bool) or value is None:
        return None
    word = last_word(name)
    if isinstance(value, str):
        return _guessed_text(word, value, wall)
    if not isinstance(value, int | float):
        return None
    if is_epoch(value, wall):
        return TIME
    if word in MEASURES:
        return NUMBER
    if isinstance(value, float):
        return NUMBER if len(repr(value).partition(".")[2]) >= PLACES else None
    if abs(value) >= LARGE or (word in IDS | COUNTERS and abs(value) >= LEAST_ID):
        return INTEGER
    return None


def within(text: str, wall: float, known: Callable[[str], bool] = lambda part: False) -> str | None:
    """Return a regular expression for a text in which something will be another, None where nothing will.

    ``known`` tells of what looks as if, but is known to stay.
    """
    pieces, end, changes = [], 0, False
    for start, stop, pattern in _changing(text, wall, known):
        pieces += [plain(text[end:start]), pattern]
        end, changes = stop, True
    return f"^{''.join(pieces)}{plain(text[end:])}$" if changes else None


def plain(text: str) -> str:
    """Return a text as a regular expression that finds it, with no more escapes than are needed."""
    return re.sub(r"[\\.^$*+?()\[\]{}|]", r"\\\g<0>", text)


def last_word(name: str) -> str:
    """Return the last word of a name, in small letters: of `createdAt` it is `at`."""
    return _last_word(name) if len(name) <= LONGEST_NAME else _last_word.__wrapped__(name)


@lru_cache(1000)
def _last_word(name: str) -> str:
    words = [word.lower() for word in WORD.findall(name)]
    while len(words) > 1 and words[-1].isdecimal():
        words.pop()
    return words[-1] if words else ""


def is_near(seconds: float, wall: float) -> bool:
    """Tell whether a time, in seconds since the epoch, is one of the session."""
    return -BEHIND_S <= seconds - wall <= AHEAD_S


def is_epoch(value: float, wall: float) -> bool:
    """Tell whether a number is a time of the session: seconds since the epoch, or thousandths and so on of them."""
    return any(is_near(value / unit, wall) for unit in UNITS)


def is_random(text: str) -> bool:
    """Tell whether letters and digits look as if nobody had chosen them."""
    digits = sum(character.isdigit() for character in text)
    if not digits:
        return False
    if digits == len(text):
        return len(text) >= 15
    if _HEX.fullmatch(text):
        return digits > 1
    words = len(WORD.findall(text))
    if text.isalnum() and len(text) >= 16 and (words >= 4 or len(text) >= 20):
        return True
    # Words that were chosen are longer than two letters on average.
    return len(text) >= 10 and words >= 6 and len(text) / words < 2.3


def _guessed_text(word: str, text: str, wall: float) -> str | None:
    if _WHOLE_UUID.fullmatch(text):
        return UUID
    if _NUMERIC.fullmatch(text):
        if len(text) < 20 and is_epoch(float(text), wall):
            return TIME
        if word in MEASURES:
            return r"${match:^-?\d+(\.\d+)?$}"
        if len(text) >= 15 and text.isdigit():
            return TOKEN
        return r"${match:^\d+$}" if word in IDS | COUNTERS and len(text) > 3 and text.isdigit() else None
    if _DATE.fullmatch(text):
        return DATE if _is_day(text, wall) else None
    if _ISO.fullmatch(text):
        return TIME if _is_iso(text, wall) else None
    if _TOKENISH.fullmatch(text):
        if _JWT.fullmatch(text) or (_BASE64.fullmatch(text) and is_random(text.rstrip("=").replace("/", "x"))):
            return TOKEN
        if sum(len(run) for run in _RUN.findall(text) if is_random(run)) * 2 >= len(text):
            return TOKEN
        if word in IDS and len(text) >= LONG and _is_motley(text):
            return TOKEN
    if word in IDS and 6 <= len(text) <= 64 and _RUN.fullmatch(text) and _looks_made(text):
        return STRING
    return None


def _looks_made(text: str) -> bool:
    """Tell whether something short, known to be an id, was made by a machine: `a8Xk2p`, not `user-42`."""
    return any(character.isdigit() for character in text) and len(text) / max(len(WORD.findall(text)), 1) < 2.1


def _is_motley(text: str) -> bool:
    """Tell whether small and large letters change too often for words: some tokens hold hardly a digit."""
    is_mixed = text.lower() != text != text.upper()
    return is_mixed and len(text) / max(len(WORD.findall(text)), 1) < 3


def _changing(text: str, wall: float, known: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    """Yield where parts begin and end that will be others, in order, with the pattern for each."""
    at = 0
    while True:
        best: tuple[int, int, str] | None = None
        for part in PARTS:
            match = part.found.search(text, at)
            while match and (not part.sure(match[0], wall) or known(match[0])):
                match = part.found.search(text, match.end())
            if match and (best is None or match.start() < best[0]):
                best = match.start(), match.end(), part.pattern
        if best is None:
            return
        yield best
        at = best[1]


def _is_iso(text: str, wall: float) -> bool:
    try:
        time = datetime.fromisoformat(text.upper().replace(" UTC", "Z").replace(",", "."))
        if time.tzinfo is None:
            # A local time of a server anywhere is at most 14 hours off.
            time = time.replace(tzinfo=UTC)
        return is_near(time.timestamp(), wall)
    except (ValueError, OverflowError):
        return False


def _is_day(text: str, wall: float) -> bool:
    return _is_iso(f"{text}T12:00:00Z", wall)


def _is_year_near(text: str, wall: float) -> bool:
    year = re.search(r"\d{4}", text)
    return year is None or abs(int(year[0]) - 1970 - wall / (365.2425 * DAY_S)) <= 2


def _always(text: str, wall: float) -> bool:
    return True


def _is_made(text: str, wall: float) -> bool:
    return is_random(text)


def _is_stamp(text: str, wall: float) -> bool:
    return is_epoch(float(text), wall)


_WHOLE_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:[Zz]|UTC|[+-]\d\d(?::?\d\d)?))?", re.ASCII
)
_JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){1,4}", re.ASCII)

PARTS = (
    # What was hidden in the recording.
    Part(re.compile(re.escape(HIDDEN)), ".+", _always),
    Part(re.compile(rf"(?<![0-9A-Za-z]){_WHOLE_UUID.pattern}(?![0-9A-Za-z])", re.ASCII), "[0-9A-Fa-f-]{36}", _always),
    Part(_JWT, r"[\w.-]+", _always),
    Part(re.compile(rf"(?<!\d){_ISO.pattern}(?!\d)", re.ASCII), r"\d{4}-\d\d-\d\d[T ][\d:.,]+\S*", _is_iso),
    Part(re.compile(r"(?<![\d-])\d{4}-\d\d-\d\d(?![\d-])", re.ASCII), r"\d{4}-\d\d-\d\d", _is_day),
    # As HTTP (RFC 9110 section 5.6.7) and mail write it, and as C's ctime does.
    Part(
        re.compile(
            rf"[A-Z][a-z]{{2}},? (?:\d\d? {_MONTH} \d{{4}}|{_MONTH} +\d\d?,?) \d\d:\d\d:\d\d(?: \d{{4}}| [A-Z]{{3,4}})?"
        ),
        r"\w{3}[\w,: ]*\d\d:\d\d:\d\d[\w ]*",
        _is_year_near,
    ),
    Part(
        re.compile(r"(?<![\d:])(?<!\d\d[T ])[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d+)?(?![\d:])", re.ASCII),
        r"\d\d:\d\d:\d\d[.\d]*",
        _always,
    ),
    Part(re.compile(r"(?<![\w.-])\d{10,19}(?:\.\d+)?(?![\w-])", re.ASCII), r"\d+(\.\d+)?", _is_stamp),
    Part(re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9_-]{8,}(?![A-Za-z0-9])", re.ASCII), r"[\w-]+", _is_made),
    Part(re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{8,}(?![A-Za-z0-9])", re.ASCII), "[0-9A-Za-z]+", _is_made),
)
"""What may change within a text; of several at one place the first counts."""
