"""Whether a value that came may stand for a recorded one of its sort, or is one that a person would call another.

A pattern tells the sort alone: any time, any token. Here the two values themselves are held against each other: a time
of 1970, a price of -1, a session `undefined` are none that came anew. Knows no pattern and no message.
"""

import re
from datetime import UTC, datetime
from typing import Any

from wsinspect.checks.written.volatile import AHEAD_S, BEHIND_S, IDS, UNITS, is_epoch, last_word

STEADY = frozenset({
    "sku", "ean", "isin", "cusip", "iban", "bic", "symbol", "ticker", "currency", "color", "colour", "phone", "version",
    "status", "model", "barcode",
})  # fmt: skip
"""Last words of names whose values somebody chose, whatever they look like."""

PRICES = frozenset({"price", "bid", "ask"})
"""Last words of names of numbers that keep their size."""

BELOW_ZERO = frozenset({"temperature", "random", "rand"})
"""Last words of names of measurements that may change their sign."""

MUCH = 100.0
"""A price that is so many times another is no longer the same thing's."""

_NOTHING = re.compile(r"(?<![\w-])(?:undefined|null|nil|none|nan|\[object object\])(?![\w-])", re.IGNORECASE)
_NIL = re.compile(r"[0-]+")
_HEX = re.compile(r"[0-9A-Fa-f]{12,}", re.ASCII)
_NUMERIC = re.compile(r"-?\d{1,19}(?:\.\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def alike(name: str, recorded: Any, came: Any, walls: tuple[float, float]) -> bool:
    """Tell whether two values that fit the same pattern may be the same thing, another time.

    ``name`` is the key under which they stand; ``walls`` are when one was recorded, and when the other came, in seconds
    since the epoch.
    """
    if isinstance(recorded, str) and isinstance(came, str):
        return _texts_alike(recorded, came, walls)
    if isinstance(recorded, str) or isinstance(came, str):
        return False
    if is_epoch(recorded, walls[0]):
        return _is_time(recorded, came, walls)
    word = last_word(name)
    if recorded > 0 and word not in BELOW_ZERO and (isinstance(recorded, int) or word in PRICES) and came < 0:
        return False
    if word in IDS:
        return bool(came != 0 or recorded == 0)
    if word in PRICES and recorded:
        return bool(1 / MUCH < came / recorded < MUCH)
    return True


def _texts_alike(recorded: str, came: str, walls: tuple[float, float]) -> bool:
    if not came.strip() or (_NOTHING.search(came) and not _NOTHING.search(recorded)):
        return False
    if _NIL.fullmatch(came) and not _NIL.fullmatch(recorded):
        return False
    if not _has_space(recorded) and _has_space(came):
        return False
    if _HEX.fullmatch(recorded) and not recorded.isdigit():
        return _HEX.fullmatch(came) is not None and abs(len(came) - len(recorded)) <= 2
    if _NUMERIC.fullmatch(recorded) and _NUMERIC.fullmatch(came) and is_epoch(float(recorded), walls[0]):
        return _is_time(float(recorded), float(came), walls)
    if _DAY.match(recorded) and _DAY.match(came):
        then, now = _moment(recorded), _moment(came)
        return then is None or (now is not None and _is_between(now, walls))
    return True


def _has_space(text: str) -> bool:
    return any(map(str.isspace, text))


def _is_time(recorded: float, came: float, walls: tuple[float, float]) -> bool:
    """Tell whether a number is a time in the unit of the recorded one."""
    then = [unit for unit in UNITS if _is_between(recorded / unit, walls)]
    return any(_is_between(came / unit, walls) for unit in then)


def _is_between(seconds: float, walls: tuple[float, float]) -> bool:
    """Tell whether a time is near one session or the other, or between them."""
    return min(walls) - BEHIND_S <= seconds <= max(walls) + AHEAD_S


def _moment(text: str) -> float | None:
    try:
        time = datetime.fromisoformat(text.upper().replace(" UTC", "Z").replace(",", "."))
    except ValueError:
        return None
    return (time if time.tzinfo is not None else time.replace(tzinfo=UTC)).timestamp()
