"""Recorded messages as they are expected another time: what changes masked, what is ignored left out, the rest literal.

Two forms: a key, by which messages are aligned, and an expected value, against which the one that came is held. Knows
no order of messages.
"""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from json import dumps
from typing import Any

from wsinspect.checks.assertions.differences import Lines, bytes_difference, json_difference, path_of, text_difference
from wsinspect.checks.assertions.patterns import Kind, planted
from wsinspect.checks.written.echoes import Steps, leaves
from wsinspect.checks.written.likeness import LEAST_COUNTED, kind_of
from wsinspect.checks.written.session import Message
from wsinspect.checks.written.volatile import COUNTERS, INTEGER, STRING, guessed, last_word, plain, within
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

ANEW = "an id that came anew"
"""What a value was taken for that our side repeats."""

EXACT = 1 << 53
"""Whole numbers below it are floats, too."""

MOST_MASKED = 1000
"""So many masked places are told apart."""


class Masks:
    """Makes keys and expected values. ``guesses`` masks what looks volatile; ``values`` knows what came anew."""

    def __init__(self, values: Values, ignored: Ignored = NOTHING, *, guesses: bool = True) -> None:
        self._values = values
        self._ignored = ignored
        self._guesses = guesses
        self._counting = _Counting()
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
            return ()
        if recorded.json is not None and came.json is not None:
            return self._json_difference(recorded, came)
        if recorded.type == TEXT:
            return self._text_difference(recorded, came)
        return bytes_difference(recorded.payload, came.payload)

    def _json_difference(self, recorded: Message, came: Message) -> Lines:
        ours, theirs = self._ignored.left(recorded.json), self._ignored.left(came.json)
        try:
            counting = self._counting.places(recorded)
            wanted = self._expected(ours, "", recorded.wall, (), counting)
            lines = json_difference(wanted, theirs)
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
        if pattern is not None and _kind(f"${{match:{pattern}}}").fits(came.text):
            self._note("text", "a part of it")
            return ()
        return text_difference(wanted, came.text)

    # Expected values.

    def _expected(self, value: Any, name: str, wall: float, steps: Steps, counting: frozenset[Steps]) -> Any:
        if isinstance(value, dict):
            return {key: self._expected(inner, key, wall, (*steps, key), counting) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._expected(inner, name, wall, (*steps, index), counting) for index, inner in enumerate(value)]
        pattern = self._pattern(name, value, wall)
        if pattern is None and self._guesses and steps in counting:
            pattern = INTEGER
        if pattern is not None:
            return _kind(pattern)
        new = self._values.now(value) if self._guesses else value
        # What the other side made anew, and ours repeats, is to be the same from then on.
        return Kind(ANEW, lambda came: bool(came == new)) if new != value else self._now(value)

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
        if not self._guesses or self._values.is_ours(value):
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
            return f"^{'.+'.join(map(plain, text.split(HIDDEN)))}$" if HIDDEN in text else None
        return within(text, wall, self._values.is_ours)

    # What was masked.

    def _count(self, wanted: Any, ours: Any, theirs: Any, steps: Steps) -> None:
        if isinstance(wanted, Kind):
            if ours != theirs:
                self._note(path_of(steps).replace("[-1]", "[*]"), _taken_for(wanted.told))
        elif isinstance(wanted, dict):
            for name, inner in wanted.items():
                self._count(inner, ours[name], theirs[name], (*steps, name))
        elif isinstance(wanted, list):
            for inner, one, other in zip(wanted, ours, theirs, strict=True):
                self._count(inner, one, other, (*steps, -1))

    def _note(self, path: str, kind: str) -> None:
        if (path, kind) in self.masked or len(self.masked) < MOST_MASKED:
            self.masked[path, kind] += 1


class _Counting:
    """Learns, message by message, which numbers of a kind count up."""

    def __init__(self) -> None:
        self._kinds: dict[Any, dict[Steps, tuple[int, int, bool, bool]]] = {}

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

    def places(self, message: Message) -> frozenset[Steps]:
        known: Mapping[Steps, tuple[int, int, bool, bool]] = self._kinds.get(kind_of(message), {})
        return frozenset(
            steps
            for steps, (_, seen, by_one, rises) in known.items()
            if seen >= LEAST_COUNTED and (by_one or (rises and last_word(_name(steps)) in COUNTERS))
        )


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
