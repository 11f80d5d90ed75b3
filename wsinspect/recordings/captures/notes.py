"""What is told of a capture beside its WebSockets: each kind of thing a few times as it is met, the rest as a count."""

from collections import Counter
from collections.abc import Callable

MOST_SENTENCES = 100
TOLD = 5
"""So many things of a kind are told one by one."""


class Notes:
    """Things passed over; ``noted`` takes the sentences."""

    def __init__(self, noted: Callable[[str], None]) -> None:
        self._noted = noted
        self._met: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()
        self._first: dict[str, tuple[str, str]] = {}

    def tell(self, kind: str, sentence: str) -> None:
        """Tell of a thing at once, unless many of its kind were told; ``kind`` names one."""
        self._met[kind] += 1
        if self._met[kind] <= TOLD:
            self._noted(sentence)

    def count(self, sentence: str, thing: str, example: str = "") -> None:
        """Count a thing, to be told at the end: in the sentence, ``{}`` is where the count and its name stand."""
        if sentence not in self._counted and len(self._counted) >= MOST_SENTENCES:
            return
        self._counted[sentence] += 1
        self._first.setdefault(sentence, (thing, example))

    def finish(self) -> None:
        """Tell what was counted."""
        for kind, count in self._met.items():
            if count > TOLD:
                self._noted(f"and {so_many(count - TOLD, f'more {kind}')}")
        for sentence, count in self._counted.items():
            thing, example = self._first[sentence]
            first = f"; {'the first' if count > 1 else 'it'} is {example}" if example else ""
            self._noted(sentence.replace("{}", so_many(count, thing)) + first)


def so_many(count: int, thing: str) -> str:
    """Return a count and the name of what is counted, in the number that it takes."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
