"""Which recorded messages are of one kind, which kinds come in streams, and which of their numbers count up.

Knows no template.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from wsinspect.checks.written.echoes import Steps, leaves
from wsinspect.checks.written.session import Message
from wsinspect.checks.written.volatile import COUNTERS, last_word, within
from wsinspect.events import DATA, TEXT

Kind: TypeAlias = tuple[Any, ...]

TELLING = frozenset({
    "op", "type", "event", "channel", "action", "kind", "method", "topic", "cmd", "command", "e", "t", "name",
    "status", "stream", "subject", "label",
})  # fmt: skip
"""Names of values that say what a message is about."""

STREAM = 5
"""More messages of a kind in a row of received ones are a stream."""

LEAST_COUNTED = 3
"""Messages of a kind in which a number must have counted up."""

_DIGITS = re.compile(r"\d+")
_WORD_AT_FRONT = re.compile(r"\W*\w*")


def kind_of(message: Message) -> Kind:
    """Return what messages of one kind have in common: their names, and what says what they are about."""
    value = message.json
    if isinstance(value, dict):
        told = [(name, value[name]) for name in value if name in TELLING and isinstance(value[name], str)]
        return message.type, frozenset(value), tuple(told)
    if isinstance(value, list):
        return message.type, len(value), tuple(one for one in value[:4] if isinstance(one, str) and one.isalpha())
    if message.type == TEXT:
        text = message.text[:200]
        # What changes is no part of the kind; nor is what follows it, in a long text.
        front = _WORD_AT_FRONT.match(text)
        return message.type, front[0] if front and within(text, message.wall) else _DIGITS.sub("#", text)
    return (message.type,)


def streams(runs: Iterable[Sequence[Message]]) -> frozenset[Kind]:
    """Return the kinds of which more than `STREAM` messages came in one of the runs."""
    found = set()
    for run in runs:
        numbers: dict[Kind, int] = defaultdict(int)
        for message in run:
            if message.type in DATA:
                numbers[kind_of(message)] += 1
        found |= {kind for kind, number in numbers.items() if number > STREAM}
    return frozenset(found)


def counting(messages: Iterable[Message]) -> Mapping[Kind, frozenset[Steps]]:
    """Return where numbers count up from one message of a kind to the next, by kind."""
    kinds: dict[Kind, list[Any]] = defaultdict(list)
    for message in messages:
        if message.direction == "in" and message.json is not None:
            kinds[kind_of(message)].append(message.json)
    return {
        kind: found
        for kind, values in kinds.items()
        if len(values) >= LEAST_COUNTED and (found := frozenset(_counting(values)))
    }


def _counting(values: list[Any]) -> Iterable[Steps]:
    rows: dict[Steps, list[int]] = defaultdict(list)
    for value in values:
        for leaf in leaves(value):
            if isinstance(leaf.value, int) and not isinstance(leaf.value, bool):
                rows[leaf.steps].append(leaf.value)
    for steps, row in rows.items():
        if len(row) < len(values):
            continue
        differences = {after - before for before, after in pairwise(row)}
        name = next((step for step in reversed(steps) if isinstance(step, str)), "")
        if differences == {1} or (min(differences) > 0 and last_word(name) in COUNTERS):
            yield steps
