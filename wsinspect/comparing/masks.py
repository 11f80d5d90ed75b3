"""Recorded messages as they are expected another time: what changes masked, what is ignored left out, the rest literal.

Two forms: a key, by which messages are aligned, and an expected value, against which the one that came is held. Knows
no order of messages.
"""

from collections import Counter, deque
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from json import dumps
from typing import Any, NamedTuple

from wsinspect.checks.assertions.differences import Lines, bytes_difference, json_difference, path_of, text_difference
from wsinspect.checks.assertions.excerpts import json_excerpt
from wsinspect.checks.assertions.patterns import Kind, Test, planted
from wsinspect.checks.written.echoes import Steps, leaves
from wsinspect.checks.written.likeness import LEAST_COUNTED, kind_of
from wsinspect.checks.written.session import Message
from wsinspect.checks.written.volatile import COUNTERS, IDS, INTEGER, STRING, guessed, last_word, plain, within
from wsinspect.comparing.alike import STEADY, alike
from wsinspect.comparing.ignoring import NOTHING, Ignored
from wsinspect.comparing.values import Values
from wsinspect.events import TEXT
from wsinspect.filters.subject import NAMES
from wsinspect.redact import HIDDEN

MOST_KINDS = 500
MOST_COUNTERS = 50
"""Of so many kinds of messages, so many numbers are watched for whether they count."""

LONGEST = 64 << 10
"""Characters of a text in which parts that change are looked for."""

OF_ALL = IDS | {"offset"}
"""Last words of names of numbers that a server hands out to all its clients: another may have the one between."""

ANEW = "an id that came anew"
"""What a value was taken for that our side repeats."""

EXACT = 1 << 53
"""Whole numbers below it are floats, too."""

MOST_MASKED = 1000
"""So many masked places are told apart."""

MOST_EQUAL = 50
"""So many messages that came letter by letter are looked at for where their counts stand, the last ones."""

SHOWN = 60
"""Characters of a recorded value that are shown where one like it was expected."""

ANYTHING = ".+"
"""What patterns have in the place of what was hidden; of a text itself, both characters are escaped."""


class Anew(Kind):
    """A value that may be another; ``taken_for`` says in a word or two why."""

    __slots__ = ("taken_for",)

    def __init__(self, told: str, fits: Test, taken_for: str) -> None:
        super().__init__(told, fits)
        self.taken_for = taken_for


class Masks:
    """Makes keys and expected values. ``guesses`` masks what looks volatile; ``values`` knows what came anew."""

    def __init__(self, values: Values, ignored: Ignored = NOTHING, *, guesses: bool = True) -> None:
        self._values = values
        self._ignored = ignored
        self._guesses = guesses
        self._counting = _Counting()
        self._equal: deque[Message] = deque(maxlen=MOST_EQUAL)
        self.masked: Counter[tuple[str, str]] = Counter()
        """How often a value was another and did not count, by its path and what it was taken for."""

    def counts(self, message: Message) -> bool:
        """Tell whether a message is compared."""
        return not self._ignored.whole(message.type, message.direction, message.payload)

    def watch(self, message: Message) -> None:
        """Look at a recorded message for numbers that count up."""
        if message.json is not None:
            self._counting.see(message)

    def key(self, message: Message) -> bytes:
        """Return what is equal for messages that are the same but for what changes; numbers that count stay in it."""
        if message.json is not None:
            try:
                form = dumps(self._key_of(self._ignored.left(message.json), "", message.wall), sort_keys=True)
                data = form.encode("utf-8", "surrogatepass")
            except RecursionError:
                data = message.payload
        elif message.type == TEXT and len(message.payload) <= LONGEST:
            text = self._now(message.text)
            data = (self._within(text, message.wall) or text).encode()
        else:
            data = message.payload
        return blake2b(data, digest_size=16, salt=b"%d" % message.type).digest()

    def difference(self, recorded: Message, came: Message) -> Lines:
        """Return how a message differs from the recorded one; nothing where it does not. What was masked is counted."""
        if recorded.type != came.type:
            return (f"- {NAMES[recorded.type].upper()}", f"+ {NAMES[came.type].upper()}")
        if recorded.payload == came.payload:
            if recorded.json is not None and recorded.size <= LONGEST:
                self._equal.append(recorded)
            return ()
        if recorded.json is not None and came.json is not None:
            return self._json_difference(recorded, came)
        if recorded.type == TEXT:
            return self._text_difference(recorded, came)
        return bytes_difference(recorded.payload, came.payload)

    def _json_difference(self, recorded: Message, came: Message) -> Lines:
        ours, theirs = self._ignored.left(recorded.json), self._ignored.left(came.json)
        while self._equal:
            # Looked at only now: of most messages that are equal, nobody asks how far they had counted.
            self._counting.follow_equal(self._equal.popleft())
        try:
            looked_at = _LookedAt((recorded.wall, came.wall), kind_of(recorded), self._counting.places(recorded))
            wanted = self._expected(ours, "", (), looked_at)
            lines = json_difference(wanted, theirs)
            self._counting.follow(looked_at.kind, looked_at.counting, ours, theirs)
            if not lines:
                self._count(wanted, ours, theirs, ())
        except RecursionError:
            return () if ours == theirs else ("  nested too deeply to be compared here",)
        return lines

    def _text_difference(self, recorded: Message, came: Message) -> Lines:
        wanted = self._now(recorded.text)
        if wanted == came.text:
            return ()
        pattern = self._within(wanted, recorded.wall) if recorded.size <= LONGEST else None
        fits = pattern is not None and _kind(f"${{match:{pattern}}}").fits(came.text)
        if fits and (HIDDEN in wanted or alike("", wanted, came.text, (recorded.wall, came.wall))):
            self._note("text", "a part of it")
            return ()
        return text_difference(wanted, came.text)

    # Expected values.

    def _expected(self, value: Any, name: str, steps: Steps, looked_at: "_LookedAt") -> Any:
        if isinstance(value, dict):
            return {key: self._expected(inner, key, (*steps, key), looked_at) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._expected(inner, name, (*steps, index), looked_at) for index, inner in enumerate(value)]
        pattern = self._pattern(name, value, looked_at.walls[0])
        if pattern in (None, INTEGER) and self._guesses and steps in looked_at.counting:
            return self._count_of(value, name, steps, looked_at)
        if pattern is not None:
            return self._like(value, name, pattern, looked_at)
        new = self._values.now(value) if self._guesses else value
        # What the other side made anew, and ours repeats, is to be the same from then on.
        return Anew(ANEW, lambda came: bool(came == new), ANEW) if new != value else self._now(value)

    def _like(self, value: Any, name: str, pattern: str, looked_at: "_LookedAt") -> Anew:
        fits, told = _kind(pattern).fits, f"{json_excerpt(value, SHOWN)}, or one like it"
        if HIDDEN in str(value):
            return Anew(told, fits, _taken_for(pattern))
        walls = looked_at.walls
        return Anew(
            told, lambda came: came == value or (fits(came) and alike(name, value, came, walls)), _taken_for(pattern)
        )

    def _count_of(self, value: int, name: str, steps: Steps, looked_at: "_LookedAt") -> Anew:
        """Return what stands for a number that counts: where it began elsewhere, it goes on from there."""
        fits = _kind(INTEGER).fits
        shift = self._counting.shift(looked_at.kind, steps) if looked_at.counting[steps] else None
        if shift is None:
            return Anew(f"{value}, or another count", fits, _taken_for(INTEGER))
        told = f"{value + shift}" if shift else str(value)
        return Anew(told, lambda came: fits(came) and came == value + shift, _taken_for(INTEGER))

    def _key_of(self, value: Any, name: str, wall: float) -> Any:
        if isinstance(value, dict):
            return {key: self._key_of(inner, key, wall) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._key_of(inner, name, wall) for inner in value]
        pattern = self._pattern(name, value, wall)
        if pattern is not None:
            return "\0" + pattern
        value = self._now(value)
        # As JSON, 1 is 1.0.
        return float(value) if type(value) is int and abs(value) < EXACT else value

    def _pattern(self, name: str, value: Any, wall: float) -> str | None:
        """Return the pattern for a value that changes."""
        if value is None or isinstance(value, bool):
            return None
        if value == HIDDEN:
            return STRING
        if not self._guesses or self._values.is_ours(value) or last_word(name) in STEADY:
            return None
        pattern = guessed(name, value, wall)
        if pattern is None and isinstance(value, str) and len(value) <= LONGEST:
            changing = self._within(value, wall)
            pattern = changing and f"${{match:{changing}}}"
        return pattern

    def _now(self, value: Any) -> Any:
        if not self._guesses:
            return value
        return self._values.in_text(value) if isinstance(value, str) else self._values.now(value)

    def _within(self, text: str, wall: float) -> str | None:
        if not self._guesses:
            # What was hidden is another all the same.
            return in_one_pass(f"^{ANYTHING.join(map(plain, text.split(HIDDEN)))}$") if HIDDEN in text else None
        pattern = within(text, wall, self._values.is_ours)
        return pattern and in_one_pass(pattern)

    # What was masked.

    def _count(self, wanted: Any, ours: Any, theirs: Any, steps: Steps) -> None:
        if isinstance(wanted, Anew):
            if ours != theirs:
                self._note(path_of(steps).replace("[-1]", "[*]"), wanted.taken_for)
        elif isinstance(wanted, dict):
            for name, inner in wanted.items():
                self._count(inner, ours[name], theirs[name], (*steps, name))
        elif isinstance(wanted, list):
            for inner, one, other in zip(wanted, ours, theirs, strict=True):
                self._count(inner, one, other, (*steps, -1))

    def _note(self, path: str, kind: str) -> None:
        if (path, kind) in self.masked or len(self.masked) < MOST_MASKED:
            self.masked[path, kind] += 1


def in_one_pass(pattern: str) -> str:
    """Return a pattern that takes the first place for each of its parts between which anything may stand.

    Where many secrets were hidden in a text, trying all places would take for ever on one that is different.
    """
    first, *others = pattern.split(ANYTHING)
    if len(others) < 2:
        return pattern
    return first + "".join([f"(?>{ANYTHING}?{part})" for part in others[:-1]]) + ANYTHING + others[-1]


class _Counting:
    """Learns, message by message, which numbers of a kind count up."""

    def __init__(self) -> None:
        self._kinds: dict[Any, dict[Steps, tuple[int, int, bool, bool]]] = {}
        self._shifts: dict[tuple[Any, Steps], int] = {}

    def see(self, message: Message) -> None:
        kind = kind_of(message)
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            return
        known = self._kinds.setdefault(kind, {})
        for leaf in leaves(message.json):
            value = leaf.value
            if isinstance(value, bool) or not isinstance(value, int):
                continue
            if leaf.steps not in known:
                if len(known) < MOST_COUNTERS:
                    known[leaf.steps] = value, 1, True, True
                continue
            last, seen, by_one, rises = known[leaf.steps]
            known[leaf.steps] = value, seen + 1, by_one and value - last == 1, rises and value > last

    def places(self, message: Message) -> Mapping[Steps, bool]:
        """Return where numbers of a message count up, and whether they must go on by one."""
        known: Mapping[Steps, tuple[int, int, bool, bool]] = self._kinds.get(kind_of(message), {})
        return {
            steps: by_one and last_word(_name(steps)) not in OF_ALL
            for steps, (_, seen, by_one, rises) in known.items()
            if seen >= LEAST_COUNTED and (by_one or (rises and last_word(_name(steps)) in COUNTERS))
        }

    def shift(self, kind: Any, steps: Steps) -> int | None:
        """Return how far a count is from the recorded one; None where that is not known yet."""
        return self._shifts.get((kind, steps))

    def follow_equal(self, message: Message) -> None:
        """A message came as it was recorded."""
        self.follow(kind_of(message), self.places(message), message.json, message.json)

    def follow(self, kind: Any, counting: Mapping[Steps, bool], recorded: Any, came: Any) -> None:
        """Two messages belong together: learn where the counts of the second stand."""
        for steps, by_one in counting.items():
            then, now = _at(recorded, steps), _at(came, steps)
            if by_one and type(then) is int and type(now) is int:
                self._shifts[kind, steps] = now - then


class _LookedAt(NamedTuple):
    """What the expected values of a message are made with: when it was recorded and the other came, its kind, and
    where in it numbers count."""

    walls: tuple[float, float]
    kind: Any
    counting: Mapping[Steps, bool]


def _at(value: Any, steps: Steps) -> Any:
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _name(steps: Steps) -> str:
    return next((step for step in reversed(steps) if isinstance(step, str)), "")


@lru_cache(1000)
def _kind(pattern: str) -> Kind:
    kind: Kind = planted(pattern, {})
    return kind


def _taken_for(told: str) -> str:
    """Return what a pattern stands for, in a word or two."""
    inner = told.removeprefix("${any:").removesuffix("}")
    return "a part of it" if inner.startswith("${match") else inner
