"""Searches that may take for ever, bounded: the pattern is the user's, but what it is looked for in is the server's.

Python's `re` heeds signals while it searches, so that the handler of a timer can end it: `checking.patience` sets one.
A search that lasts from one tick of it to the next is given up. Knows no signal and no clock.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from wsinspect.errors import Exit, InspectError

Given = ParamSpec("Given")
Found = TypeVar("Found")


class _GivenUp(BaseException):
    """No failure of what is searched, which others may catch."""


class Searches:
    """Searches, one after the other, and the ticks between which none may last."""

    def __init__(self) -> None:
        self._count = 0
        self._under_way = False
        self._seen: int | None = None
        """The search that was under way at the last tick."""

    def limited(self, search: Callable[Given, Found], *what: Given.args, **how: Given.kwargs) -> Found:
        """Return what ``search`` finds; raises `InspectError` where it is given up."""
        self._count += 1
        self._under_way = True
        try:
            return search(*what, **how)
        except _GivenUp:
            raise InspectError(
                "a pattern takes too long on what came",
                hint="(a+)+ and .* before other things go through a text again and again: make it plainer, or begin it "
                "with ^",
                exit=Exit.TIMEOUT,
            ) from None
        finally:
            self._under_way = False

    def tick(self) -> None:
        """End the search that was under way at the last tick already; for a handler of signals."""
        if self._under_way and self._count == self._seen:
            raise _GivenUp
        self._seen = self._count if self._under_way else None


SEARCHES = Searches()
limited = SEARCHES.limited
