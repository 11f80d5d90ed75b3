"""Which values of a recorded session come back: what we sent first, and what the server made and we sent on.

The first stay as they are, since a check sends the same again; the second are saved where they come, and sent as
``${NAME}``. Knows no check file but for its references.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from wsinspect.checks.written.session import Message
from wsinspect.checks.written.volatile import IDS, LEAST_ID, guessed, last_word
from wsinspect.events import DATA
from wsinspect.redact import HIDDEN, WORD

Scalar: TypeAlias = "str | int | float"
Steps: TypeAlias = "tuple[str | int, ...]"
"""Keys and indices, from the outermost inwards."""

LEAST_WORD = 6
"""Characters of a word within a text that is compared."""

LEAST_TEXT = 4
"""Characters of an id that is compared."""

SEARCHED = 256 << 10
"""Characters of what we sent that are searched for a part of a text."""

DEEPEST = 40
"""Values further within each other are not looked at."""

AVOIDED = frozenset({"PWD", "PATH", "HOME", "USER", "SHELL", "LANG", "TERM", "HOST", "HOSTNAME", "LOGNAME", "DISPLAY"})
"""Variables that most environments have, with another meaning."""

PLAIN = frozenset({"ID", "UUID", "GUID", "KEY", "TOKEN", "VALUE", "NAME", "HASH", "REF"})
"""Names that tell little without the one before them."""

WORD_IN_TEXT = re.compile(r"[^\s\"',;:=&?/(){}\[\]<>|]+")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Leaf(NamedTuple):
    """A value within a message: where it stands, the name above it, and the value."""

    steps: Steps
    name: str
    value: Any


class Saved(NamedTuple):
    """A value that is saved: its variable, the expression that gives it, and the value."""

    variable: str
    expression: str
    value: Scalar


def leaves(value: Any, steps: Steps = (), name: str = "") -> Iterator[Leaf]:
    """Yield the strings, numbers, booleans and nulls within a value."""
    if isinstance(value, dict) and len(steps) < DEEPEST:
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield from leaves(inner, (*steps, key), key)
            else:
                # Most are: a generator for each would take three times as long.
                yield Leaf((*steps, key), key, inner)
    elif isinstance(value, list) and len(steps) < DEEPEST:
        for index, inner in enumerate(value):
            if isinstance(inner, dict | list):
                yield from leaves(inner, (*steps, index), name)
            else:
                yield Leaf((*steps, index), name, inner)
    elif not isinstance(value, dict | list):
        yield Leaf(steps, name, value)


class Echoes:
    """What of a session was sent by us, and what is to be saved: `saved` maps indices of received messages to it.

    ``unsaved`` are indices of messages that cannot be told apart, out of which nothing is saved.
    """

    def __init__(self, messages: Sequence[Message], unsaved: Collection[int] = ()) -> None:
        self._first: dict[tuple[bool, Scalar], int] = {}
        """What was sent, by the index of the first message that it stands in; numbers are apart from strings."""

        texts = []
        for index, message in enumerate(messages):
            if message.direction == "out" and message.type in DATA:
                texts.append(message.text)
                for value in values_in(message):
                    self._first.setdefault((isinstance(value, str), value), index)
        self._texts = "\n".join(texts)[:SEARCHED]
        self.saved: dict[int, list[Saved]] = {}
        self._made: set[tuple[bool, Scalar]] = set()
        names: set[str] = set()
        for index, message in enumerate(messages):
            if message.direction == "in" and message.type in DATA and index not in unsaved:
                self._look(index, message, names)

    def was_sent(self, value: Scalar) -> bool:
        """Tell whether a value stood in what we sent, as a whole or within a text, and was no word of the server's."""
        key = isinstance(value, str), value
        if key in self._made or value == HIDDEN:
            return False
        return key in self._first or (isinstance(value, str) and len(value) >= LEAST_TEXT and self.holds(value))

    def holds(self, text: str) -> bool:
        """Tell whether a text stands within what we sent."""
        return text in self._texts

    def _look(self, index: int, message: Message, names: set[str]) -> None:
        """Save what stands in a message first, and is sent later."""
        found = leaves(message.json) if message.json is not None else [Leaf((), "", message.text)]
        for leaf in found:
            value = leaf.value
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                continue
            key = isinstance(value, str), value
            if self._first.get(key, -1) > index and key not in self._made and is_made(leaf, message.wall):
                variable = unused(variable_of(leaf.steps), names)
                self._made.add(key)
                self.saved.setdefault(index, []).append(Saved(variable, expression_of(leaf.steps), value))


def values_in(message: Message) -> Iterator[Scalar]:
    """Yield the values that stand in a message: of a text that is no JSON, the whole and its longer words."""
    if message.json is None:
        yield message.text
        yield from (word for word in WORD_IN_TEXT.findall(message.text) if len(word) >= LEAST_WORD)
    for leaf in leaves(message.json):
        if isinstance(leaf.value, str | int | float) and not isinstance(leaf.value, bool):
            yield leaf.value


def variable_of(steps: Steps) -> str:
    """Return a name for a variable, after the keys above a value."""
    keys = [_constant(step) for step in steps if isinstance(step, str)]
    if not keys:
        return "VALUE"
    last = keys[-1]
    if last in PLAIN and len(keys) > 1 and keys[-2] not in PLAIN:
        return f"{keys[-2]}_{last}"
    return last


def unused(variable: str, names: set[str]) -> str:
    """Return a variable's name, with a number if it is taken; take it."""
    if variable in AVOIDED:
        variable += "_VALUE"
    made, number = variable, 1
    while made in names:
        number += 1
        made = f"{variable}_{number}"
    names.add(made)
    return made


def expression_of(steps: Steps) -> str:
    """Return the expression (JMESPath) for a place in a message; its whole text, where there are no keys."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + (step if _IDENTIFIER.fullmatch(step) else json.dumps(step))
    return text or ":text"


def _constant(name: str) -> str:
    words = "_".join(WORD.findall(name))[:40].upper()
    return f"V_{words}" if words[:1].isdecimal() else words or "VALUE"


def is_made(leaf: Leaf, wall: float) -> bool:
    """Tell whether a value may be one that the server makes anew each time."""
    if guessed(leaf.name, leaf.value, wall) is not None:
        return True
    if last_word(leaf.name) not in IDS:
        return False
    return len(leaf.value) >= LEAST_TEXT if isinstance(leaf.value, str) else abs(leaf.value) >= LEAST_ID
