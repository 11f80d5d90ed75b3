"""Values that one side makes anew each time and the other repeats: session ids, tokens, ids of requests.

In a recording they are old. What the other side sends in the place of one is learned, and put wherever our side repeats
it. A recorded message and one that came belong together where both are the same in number of their kind. Bounded, so
that a session may last. Knows no connection, and not what differs.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from itertools import islice
from json import dumps
from typing import Any, TypeAlias

from wsinspect.checks.written.echoes import WORD_IN_TEXT, Leaf, Scalar, Steps, is_made, leaves, values_in
from wsinspect.checks.written.likeness import kind_of
from wsinspect.checks.written.session import Message
from wsinspect.checks.written.templates import LEAST_PART
from wsinspect.events import DATA, TEXT
from wsinspect.redact import HIDDEN

Key: TypeAlias = "tuple[bool, Scalar]"
"""A value; numbers are apart from strings."""

REMEMBERED = 20_000
"""So many values are remembered of each sort, the last ones."""

WAITING = 1_000
"""So many kinds are remembered, and so many messages of each, that wait for the one that they belong to."""

MOST_LEAVES = 500
LONGEST = 4096
"""Of a message so many values are looked at, and of texts those that are no longer."""

WAYS = tuple(
    {"ensure_ascii": ascii, "separators": marks} for ascii in (False, True) for marks in ((",", ":"), (", ", ": "))
)
"""How programs write JSON."""


class Values:
    """What was made by the side that we hear: `expect` is told what it said in the recording, `came` what it says now,
    `repeated` what our side said."""

    def __init__(self) -> None:
        self._ours: OrderedDict[Key, None] = OrderedDict()
        self._made: OrderedDict[Key, None] = OrderedDict()
        self._now: OrderedDict[Key, Scalar] = OrderedDict()
        self._again: OrderedDict[Key, None] = OrderedDict()
        self._expected: OrderedDict[Hashable, deque[list[tuple[Steps, Scalar]]]] = OrderedDict()
        self._early: OrderedDict[Hashable, deque[dict[Steps, Any]]] = OrderedDict()
        self.lag: dict[Hashable, int] = {}
        """By kind, how many messages are still to come; below zero, how many came early."""

    def expect(self, message: Message) -> None:
        """The other side said this in the recording."""
        kind = loose_kind(message)
        self._count(kind, 1)
        places = []
        for leaf in _leaves(message):
            value = leaf.value
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                continue
            key = isinstance(value, str), value
            if key not in self._ours and value != HIDDEN and is_made(leaf, message.wall):
                _keep(self._made, key, None)
                places.append((leaf.steps, value))
        early = _next(self._early, kind)
        if early is not None:
            self._learn(places, early)
        else:
            _wait(self._expected, kind, places)

    def came(self, message: Message) -> None:
        """The other side says this now."""
        kind = loose_kind(message)
        self._count(kind, -1)
        places = _next(self._expected, kind)
        if places:
            self._learn(places, _found(message))
        elif places is None:
            _wait(self._early, kind, _found(message))

    def lacks(self) -> bool:
        """Tell whether something that was expected so far has not come."""
        return any(number > 0 for number in self.lag.values())

    def repeated(self, message: Message) -> None:
        """Our side said this in the recording: what it said first is no value of the other's."""
        if message.type in DATA:
            for value in values_in(message):
                if not isinstance(value, str) or len(value) <= LONGEST:
                    key = isinstance(value, str), value
                    _keep(self._again if key in self._made else self._ours, key, None)

    def is_ours(self, value: Scalar) -> bool:
        """Tell whether our side said a value first, which then stays as it is."""
        return (isinstance(value, str), value) in self._ours

    def now(self, value: Any) -> Any:
        """Return what stands for a recorded value now, if our side repeats it; itself, if nothing else does."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return value
        key = isinstance(value, str), value
        return self._now.get(key, value) if key in self._again else value

    def missing(self, message: Message) -> bool:
        """Tell whether our side repeats a value in a message of which the new one has not come."""
        if message.type not in DATA or not self._made:
            return False
        found = (leaf.value for leaf in _leaves(message))
        return any(
            (key := (isinstance(value, str), value)) in self._made and key not in self._now
            for value in found
            if isinstance(value, str | int | float) and not isinstance(value, bool)
        )

    def replaced(self, message: Message) -> bytes:
        """Return the payload of a message with new values in the place of old ones; all else stays letter by letter."""
        if message.type not in DATA or not self._now:
            return message.payload
        if message.json is not None:
            made = self._in_json(message.json)
            if made == message.json:
                return message.payload
            text = message.text
            way = next((way for way in WAYS if dumps(message.json, **way) == text), WAYS[0])  # type: ignore[arg-type]
            return dumps(made, **way).encode("utf-8", "surrogatepass")  # type: ignore[arg-type]
        return self.in_text(message.text).encode() if message.type == TEXT else message.payload

    def in_text(self, text: str) -> str:
        """Return a text with new values in the place of old ones, where those are whole words."""
        whole = self.now(text)
        if whole != text or not self._now:
            return str(whole)
        return WORD_IN_TEXT.sub(lambda word: self._word(word[0]), text)

    def _word(self, word: str) -> str:
        return str(self.now(word)) if len(word) >= LEAST_PART else word

    def _in_json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._in_json(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._in_json(inner) for inner in value]
        return self.in_text(value) if isinstance(value, str) else self.now(value)

    def _learn(self, places: list[tuple[Steps, Scalar]], found: dict[Steps, Any]) -> None:
        for steps, old in places:
            new = found.get(steps)
            alike = isinstance(new, str) is isinstance(old, str) and isinstance(new, str | int | float)
            if alike and not isinstance(new, bool):
                _keep(self._now, (isinstance(old, str), old), new)

    def _count(self, kind: Hashable, number: int) -> None:
        left = self.lag.get(kind, 0) + number
        self.lag.pop(kind, None)
        if left:
            self.lag[kind] = left
            if len(self.lag) > REMEMBERED:
                del self.lag[next(iter(self.lag))]


def loose_kind(message: Message) -> Hashable:
    """Return what messages that belong together have in common: what they say they are about, else their names."""
    kind = kind_of(message)
    return (kind[0], kind[2]) if len(kind) == 3 and kind[2] else kind


def _leaves(message: Message) -> Iterator[Leaf]:
    """Yield the first values in a message that may be ids."""
    if message.json is None and message.size > LONGEST:
        return iter(())
    found = leaves(message.json) if message.json is not None else iter([Leaf((), "", message.text)])
    first = islice(found, MOST_LEAVES)
    return (leaf for leaf in first if not isinstance(leaf.value, str) or len(leaf.value) <= LONGEST)


def _found(message: Message) -> dict[Steps, Any]:
    return {leaf.steps: leaf.value for leaf in _leaves(message)}


def _keep(table: "OrderedDict[Key, Any]", key: Key, value: Any) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > REMEMBERED:
        table.popitem(last=False)


def _wait(table: "OrderedDict[Hashable, deque[Any]]", kind: Hashable, one: Any) -> None:
    """Put something behind the others of its kind; of too many kinds, the oldest is forgotten."""
    table.setdefault(kind, deque(maxlen=WAITING)).append(one)
    table.move_to_end(kind)
    if len(table) > WAITING:
        table.popitem(last=False)


def _next(table: "OrderedDict[Hashable, deque[Any]]", kind: Hashable) -> Any:
    waiting = table.get(kind)
    if not waiting:
        return None
    one = waiting.popleft()
    if not waiting:
        del table[kind]
    return one
