"""Which message goes to which of several expectations, where any order will do. Knows neither of them.

A message may fit several; taken by the first that it fits, it may be missing to another for which no other comes. So
each newcomer may have earlier ones change places (augmenting paths of bipartite matching): as many find a place as can.
"""

from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeAlias, TypeVar

Item = TypeVar("Item")

Fits: TypeAlias = tuple[int, ...]
"""The numbers of all the expectations that an item fits."""


class Assignment(Generic[Item]):
    """Items in places; ``room`` is how many each place takes."""

    __slots__ = ("_items", "free")

    def __init__(self, room: Sequence[int]) -> None:
        self.free = list(room)
        """So many items each place can still take."""

        self._items: list[dict[Fits, list[Item]]] = [{} for _ in room]

    @property
    def is_full(self) -> bool:
        """No place takes more."""
        return not any(self.free)

    def items(self, place: int) -> list[Item]:
        """Return the items in a place, those with the same choice in the order in which they came."""
        return [item for items in self._items[place].values() for item in items]

    def take(self, fits: Fits, item: Item) -> bool:
        """Find a place for an item among those it fits; tell whether there is one."""
        # By place: the place before it, from which an item with this choice would move here.
        ways: dict[int, tuple[int, Fits] | None] = dict.fromkeys(fits)
        waiting = deque(fits)
        while waiting:
            place = waiting.popleft()
            if self.free[place]:
                self._shift(place, ways, fits, item)
                return True
            for choice in self._items[place]:
                for other in choice:
                    if other not in ways:
                        ways[other] = place, choice
                        waiting.append(other)
        return False

    def _shift(self, place: int, ways: dict[int, tuple[int, Fits] | None], fits: Fits, item: Item) -> None:
        self.free[place] -= 1
        while (way := ways[place]) is not None:
            before, choice = way
            movable = self._items[before][choice]
            self._items[place].setdefault(choice, []).append(movable.pop())
            if not movable:
                del self._items[before][choice]
            place = before
        self._items[place].setdefault(fits, []).append(item)
