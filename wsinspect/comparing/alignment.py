"""Which message that came belongs to which recorded one, worked out as both come in, within a bounded window.

What is equal at the front belongs together at once. From the first difference on, messages wait: until all are there,
or the window is full; then the longest common rows decide (`difflib`), and between them messages of one kind belong
together in their order. Knows no content: a message is a key, by which it is equal to others, and a kind.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Sequence
from difflib import SequenceMatcher

from wsinspect.checks.written.session import Message

WINDOW = 1000
"""So many recorded messages, and so many that came, wait for their counterparts."""

WINDOW_BYTES = 32 << 20
"""So many bytes of either."""


class Item:
    """A message; ``number`` counts those of its row from 1. Its key is made when it is first needed."""

    __slots__ = ("_key", "_key_of", "kind", "message", "number")

    def __init__(self, message: Message, key_of: Callable[[Message], bytes], kind: Hashable, number: int) -> None:
        self.message = message
        self.kind = kind
        self.number = number
        self._key_of = key_of
        self._key: bytes | None = None

    @property
    def key(self) -> bytes:
        """What is equal for equal messages."""
        if self._key is None:
            self._key = self._key_of(self.message)
        return self._key

    def equals(self, other: "Item") -> bool:
        """Tell whether two messages are equal; that of most is seen without a key."""
        one, two = self.message, other.message
        return (one.payload == two.payload and one.type == two.type) or self.key == other.key


ALMOST = 0.75
"""A row that fills so much of the window is a long one."""

Found = Callable[["Item | None", "Item | None"], None]
"""Is told of pairs: a recorded message and the one that came, or None on the side where there is none."""


class Alignment:
    """Rows of what is expected and of what came; ``found`` is told of each pair, in order."""

    def __init__(self, found: Found, *, window: int = WINDOW, window_bytes: int = WINDOW_BYTES) -> None:
        self._found = found
        self._window = window
        self._window_bytes = window_bytes
        self._wanted: deque[Item] = deque()
        self._came: deque[Item] = deque()
        self._sizes = [0, 0]

    @property
    def is_full(self) -> bool:
        """No more should be expected before something came, or it is settled that nothing will."""
        return len(self._wanted) >= self._window or self._sizes[0] >= self._window_bytes

    @property
    def waiting(self) -> int:
        """So many recorded messages have no counterpart yet."""
        return len(self._wanted)

    def expect(self, item: Item) -> None:
        """A recorded message."""
        self._wanted.append(item)
        self._sizes[0] += item.message.size
        self._go_on()

    def came(self, item: Item) -> None:
        """A message that came."""
        self._came.append(item)
        self._sizes[1] += item.message.size
        self._go_on()

    def settle(self) -> None:
        """Nothing more will come."""
        self._pair(len(self._wanted), len(self._came))

    def make_room(self) -> None:
        """Settle a part of the window: up to the last messages that are equal, or half of it."""
        wanted = [item.key for item in self._wanted]
        came = [item.key for item in self._came]
        last = SequenceMatcher(None, wanted, came, autojunk=False).get_matching_blocks()[:-1]
        if last:
            self._pair(last[-1].a + last[-1].size, last[-1].b + last[-1].size)
        # Where one row is still long, what it waits for does not come.
        self._pair(self._half(0, self._wanted), self._half(1, self._came))

    def _half(self, side: int, row: Collection[Item]) -> int:
        is_long = len(row) >= self._window * ALMOST or self._sizes[side] >= self._window_bytes * ALMOST
        return (len(row) + 1) // 2 if is_long else 0

    def _go_on(self) -> None:
        while self._wanted and self._came and self._wanted[0].equals(self._came[0]):
            self._found(self._take(self._wanted, 0), self._take(self._came, 1))
        for side, row in enumerate((self._wanted, self._came)):
            if len(row) > self._window or self._sizes[side] > self._window_bytes:
                self.make_room()

    def _pair(self, wanted: int, came: int) -> None:
        """Settle so many from the front of each row."""
        ours = [self._take(self._wanted, 0) for _ in range(wanted)]
        theirs = [self._take(self._came, 1) for _ in range(came)]
        keys = [item.key for item in ours], [item.key for item in theirs]
        blocks = SequenceMatcher(None, *keys, autojunk=False).get_opcodes()
        unequal = [block for block in blocks if block[0] != "equal"]
        elsewhere = _elsewhere(
            [item for _, a, b, _, _ in unequal for item in ours[a:b]],
            [item for _, _, _, c, d in unequal for item in theirs[c:d]],
        )
        for tag, a, b, c, d in blocks:
            if tag == "equal":
                for one, other in zip(ours[a:b], theirs[c:d], strict=True):
                    self._found(one, other)
            else:
                self._differing(ours[a:b], theirs[c:d], elsewhere)

    def _differing(self, ours: Sequence[Item], theirs: Sequence[Item], elsewhere: tuple[set[int], set[int]]) -> None:
        """Pair the messages of each kind in their order; the rest is missing, or more than was recorded."""
        ours_here = [item for item in ours if item.number not in elsewhere[0]]
        theirs_here = [item for item in theirs if item.number not in elsewhere[1]]
        waiting: dict[Hashable, deque[Item]] = defaultdict(deque)
        for item in theirs_here:
            waiting[item.kind].append(item)
        others: dict[int, Item | None] = dict.fromkeys(item.number for item in ours)
        for item in ours_here:
            others[item.number] = waiting[item.kind].popleft() if waiting[item.kind] else None
        paired = {other.number for other in others.values() if other is not None}
        alone = deque(item for item in theirs_here if item.number not in paired)
        if len(ours_here) == len(theirs_here):
            # As many came: where nothing else tells, those are meant that stand at the same place.
            others |= {one.number: alone.popleft() for one in ours_here if others[one.number] is None}
        taken = {other.number for other in others.values() if other is not None}
        for one in ours:
            self._found(one, others[one.number])
        for item in theirs:
            if item.number not in taken:
                self._found(None, item)

    def _take(self, row: deque[Item], side: int) -> Item:
        item = row.popleft()
        self._sizes[side] -= item.message.size
        return item


def _elsewhere(ours: Sequence[Item], theirs: Sequence[Item]) -> tuple[set[int], set[int]]:
    """Return the numbers of messages that are there in both rows, but not at the same place."""
    places: dict[bytes, deque[Item]] = defaultdict(deque)
    for item in theirs:
        places[item.key].append(item)
    pairs = [(item.number, places[item.key].popleft().number) for item in ours if places[item.key]]
    return {one for one, _ in pairs}, {other for _, other in pairs}
