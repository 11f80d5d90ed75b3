"""Pairs of rows and how long was between them, thinned out where there are very many. Bounded in memory."""

from typing import NamedTuple

MOST_PAIRS = 20_000


class Span(NamedTuple):
    """A request and its reply: the numbers of the events, when the request went, and how long it took, in
    microseconds; ``way`` is 1 where the request went out, and 0 where it came in.
    """

    request: int
    reply: int
    at: int
    took: int
    way: int


class Spans:
    """Takes spans; where there are too many, every second, every fourth and so on stands for all.

    ``count`` is of all that were seen.
    """

    def __init__(self, most: int = MOST_PAIRS) -> None:
        self._most = most
        self._kept: list[Span] = []
        self.every = 1
        self.count = 0

    def add(self, span: Span) -> None:
        """Take a span."""
        if self.count % self.every == 0:
            self._kept.append(span)
            if len(self._kept) > self._most:
                self._kept = self._kept[::2]
                self.every *= 2
        self.count += 1

    def columns(self) -> dict[str, object]:
        """Return them as columns."""
        columns = {name: [span[place] for span in self._kept] for place, name in enumerate(Span._fields)}
        return {"count": self.count, "every": self.every, **columns}
