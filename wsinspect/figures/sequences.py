"""Numbers that should count up by one: where some are missing, come twice, or go back.

Each direction of each connection counts for itself, and each value of a second expression, if there is one: a channel.
A number that is lower than one before is late, or the count began anew: it begins anew at 0 or 1, and where two such
numbers follow each other.
"""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from wsinspect.events import DATA, Batch, Direction, Moment
from wsinspect.figures.keys import Key, key_of
from wsinspect.filters.subject import Subject

if TYPE_CHECKING:
    from wsinspect.filters.expression import Expression

COUNTS = 2_000
"""So many counts are followed side by side, those that were last heard of."""
FIRST = 5
"""So many faults are told, the first ones."""
LARGEST = 1 << 63

Break: TypeAlias = Literal["missing", "twice", "back"]


class Fault(NamedTuple):
    """``number`` came where ``expected`` should have; ``missing`` is how many were left out."""

    kind: Break
    number: int
    expected: int
    missing: int
    by: Key | None
    direction: Direction
    connection: int
    at: Moment


class _Count:
    __slots__ = ("back", "high")

    def __init__(self, number: int) -> None:
        self.high = number
        self.back: int | None = None


class Sequences:
    """Follows the numbers of batch after batch."""

    def __init__(self, number: "Expression", by: "Expression | None" = None) -> None:
        self._number = number
        self._by = by
        self.text = number.text
        self.by_text = None if by is None else by.text
        self.seen = 0
        """Messages with a number."""

        self.without = 0
        """Data messages without one."""

        self.counts = 0
        """Counts that were begun."""

        self.let_go = 0
        """Counts that were forgotten, because there are too many."""

        self.faults: dict[Break, int] = {"missing": 0, "twice": 0, "back": 0}
        self.missing = 0
        """Numbers that were left out, in all."""

        self.first: list[Fault] = []
        self._counts: dict[tuple[int, Direction, Key | None], _Count] = {}

    def add(self, batch: Batch, connection: int) -> None:
        """Take a batch; ``connection`` counts those that follow one another, too."""
        for type, payload, _ in batch.rows:
            if type in DATA:
                subject = Subject(type, batch.direction, payload)
                number = _whole(self._number.value(subject))
                if number is None:
                    self.without += 1
                    continue
                self.seen += 1
                by = None if self._by is None else key_of(self._by.value(subject))
                self._next(number, (connection, batch.direction, by), batch.at)

    def _next(self, number: int, key: tuple[int, Direction, Key | None], at: Moment) -> None:
        count = self._counts.pop(key, None)
        if count is None:
            self.counts += 1
            self._counts[key] = _Count(number)
            if len(self._counts) > COUNTS:
                del self._counts[next(iter(self._counts))]
                self.let_go += 1
            return
        self._counts[key] = count
        expected = count.high + 1
        if number == expected:
            count.high, count.back = number, None
        elif number > expected:
            self._broke("missing", number, expected, number - expected, key, at)
            count.high, count.back = number, None
        elif number == count.high:
            self._broke("twice", number, expected, 0, key, at)
        elif count.back is not None and number == count.back + 1:
            # It counts on from where it went back to.
            count.high, count.back = number, None
        else:
            self._broke("back", number, expected, 0, key, at)
            count.back = number
            if number in (0, 1):
                count.high, count.back = number, None

    def _broke(
        self,
        kind: Break,
        number: int,
        expected: int,
        missing: int,
        key: tuple[int, Direction, Key | None],
        at: Moment,
    ) -> None:
        self.faults[kind] += 1
        self.missing += missing
        if len(self.first) < FIRST:
            connection, direction, by = key
            self.first.append(Fault(kind, number, expected, missing, by, direction, connection, at))


def _whole(value: Any) -> int | None:
    """Return the number that a value is; digits in a string count, as large numbers are sent so."""
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST < value < LARGEST:
        return None
    return int(value) if value == int(value) else None
