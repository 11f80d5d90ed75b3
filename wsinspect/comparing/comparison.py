"""Messages of a recording and those that came, compared as they come in; what differs is counted, the first of it kept.

Knows no connection; the clock is in the messages.
"""

from collections import Counter, OrderedDict
from statistics import median

from wsinspect.checks.assertions.excerpts import payload_excerpt
from wsinspect.checks.written.session import Message
from wsinspect.comparing.alignment import Alignment, Item
from wsinspect.comparing.ignoring import NOTHING, Ignored
from wsinspect.comparing.masks import Masks
from wsinspect.comparing.outcome import Difference, Kind
from wsinspect.comparing.values import Values, loose_kind
from wsinspect.filters.subject import NAMES, Subject

SHOWN = 20
"""So many differences are kept to be shown."""

MOST_ALONE = 1000
"""So many messages without a counterpart are remembered, to find out which of them came at another place."""

MOST_REPLIES = 10_000
"""So many times between a message and what followed it are kept."""


class Comparison:
    """`expect` takes a recorded message, `came` one that came; `settle` ends it."""

    def __init__(self, values: Values, ignored: Ignored = NOTHING, *, guesses: bool = True, shown: int = SHOWN) -> None:
        self._values = values
        self._masks = Masks(values, ignored, guesses=guesses)
        self._alignment = Alignment(self._found)
        self._shown = shown
        self._alone: OrderedDict[tuple[Kind, bytes], int] = OrderedDict()
        self.recorded = 0
        self.heard = 0
        self.same = 0
        self.ignored = [0, 0]
        """Messages that did not count: recorded ones, and those that came."""

        self.counts: Counter[Kind] = Counter()
        self.differences: list[Difference] = []

    @property
    def is_full(self) -> bool:
        """No more should be expected for now."""
        return self._alignment.is_full

    @property
    def waiting(self) -> int:
        """So many recorded messages have no counterpart yet."""
        return self._alignment.waiting

    def expect(self, message: Message) -> None:
        """A recorded message."""
        self.recorded += 1
        self._values.expect(message)
        self._masks.watch(message)
        if self._masks.counts(message):
            self._alignment.expect(self._item(message, self.recorded))
        else:
            self.ignored[0] += 1

    def came(self, message: Message) -> None:
        """A message that came."""
        self.heard += 1
        self._values.came(message)
        if self._masks.counts(message):
            self._alignment.came(self._item(message, self.heard))
        else:
            self.ignored[1] += 1

    def make_room(self) -> None:
        """What is expected will not come any more."""
        self._alignment.make_room()

    def settle(self) -> None:
        """Nothing more will come."""
        self._alignment.settle()

    @property
    def masked(self) -> tuple[tuple[str, str, int], ...]:
        """What was another and did not count: path, kind, how often; the most frequent first."""
        return tuple((path, kind, times) for (path, kind), times in self._masks.masked.most_common())

    def _item(self, message: Message, number: int) -> Item:
        return Item(message, self._masks.key, loose_kind(message), number)

    def _found(self, recorded: Item | None, came: Item | None) -> None:
        if recorded is not None and came is not None:
            lines = self._masks.difference(recorded.message, came.message)
            if lines:
                self._note(Difference("changed", recorded.number, came.number, *_told(came.message), lines))
            else:
                self.same += 1
        elif recorded is not None:
            self._lone("missing", recorded)
        elif came is not None:
            self._lone("more", came)

    def _lone(self, kind: Kind, item: Item) -> None:
        other: Kind = "more" if kind == "missing" else "missing"
        number = self._alone.pop((other, item.key), None)
        if number is None:
            self._alone[kind, item.key] = item.number
            if len(self._alone) > MOST_ALONE:
                self._alone.popitem(last=False)
            recorded, came = (item.number, None) if kind == "missing" else (None, item.number)
            self._note(Difference(kind, recorded, came, *_told(item.message)))
            return
        # It is there, only elsewhere.
        recorded, came = (item.number, number) if kind == "missing" else (number, item.number)
        self.counts[other] -= 1
        self.counts["moved"] += 1
        for index, shown in enumerate(self.differences):
            if shown.kind == other and number == (shown.recorded if other == "missing" else shown.came):
                self.differences[index] = shown._replace(kind="moved", recorded=recorded, came=came)

    def _note(self, difference: Difference) -> None:
        self.counts[difference.kind] += 1
        if len(self.differences) < self._shown:
            self.differences.append(difference)


def _told(message: Message) -> tuple[str, float, int, str]:
    subject = Subject(message.type, message.direction, message.payload)
    return NAMES[message.type], message.at, message.size, payload_excerpt(subject)


class Replies:
    """Times between a message that was sent and the first that followed it, recorded and now."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self.times: list[float] = []

    def asked(self, at: float) -> None:
        """A message was sent."""
        self._asked = at

    def answered(self, at: float) -> None:
        """A message came."""
        if self._asked is not None and len(self.times) < MOST_REPLIES:
            self.times.append(at - self._asked)
        self._asked = None

    @property
    def median(self) -> float | None:
        """The time in the middle; None where nothing followed."""
        return median(self.times) if self.times else None
