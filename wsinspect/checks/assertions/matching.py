"""Several assertions on one message: whether all hold, how many, and what is wrong with the first that does not.

They are compiled once; the cheapest is asked first, and a message is taken apart no further than is needed. Knows no
assertion by name, and neither time nor order of messages.
"""

from collections.abc import Mapping
from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.variables import Scope
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.filters.subject import Subject
from wsinspect.registry import ASSERTIONS


class Matcher:
    """Assertions made ready; ``all`` is how many there are, ``told`` is what they ask, in words. See `matcher`."""

    __slots__ = ("_asks", "all", "holds", "told")

    def __init__(self, asks: tuple[Ask, ...]) -> None:
        self._asks = asks
        self.all = len(asks)
        self.told = " and ".join([ask.told for ask in asks]) or "any message"
        # One assertion is the common case, and this the hot path.
        self.holds = asks[0].holds if len(asks) == 1 else self._holds

    def _holds(self, subject: Subject) -> bool:
        for ask in self._asks:  # noqa: SIM110 - a generator costs more than all that is asked
            if not ask.holds(subject):
                return False
        return True

    def score(self, subject: Subject) -> int:
        """Return how many assertions hold before the first that does not; `all` where none is left."""
        for number, ask in enumerate(self._asks):
            if not ask.holds(subject):
                return number
        return self.all

    def miss(self, subject: Subject) -> Miss:
        """Return what is wrong with a message that is not the one; of one that is, a `Miss` of nothing."""
        score = self.score(subject)
        return self._asks[score].miss(subject) if score < self.all else Miss("", self.told, "")


def matcher(wanted: Mapping[str, Any], scope: Scope) -> Matcher:
    """Compile assertions, by name; raises `InspectError`, which begins with the assertion's name."""
    made = [_made(name, value, scope) for name, value in wanted.items()]
    return Matcher(tuple([ask for _, ask in sorted(made, key=_cost)]))


def _cost(made: tuple[int, Ask]) -> int:
    return made[0]


def _made(name: str, value: Any, scope: Scope) -> tuple[int, Ask]:
    if name not in ASSERTIONS:
        near = nearest(name, ASSERTIONS)
        hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(ASSERTIONS)}"
        raise InspectError(f"no assertion is called `{shortened(name)}`", hint=hint)
    assertion: Assertion = ASSERTIONS.load(name)
    try:
        return assertion.cost, assertion.make(value, scope)
    except InspectError as error:
        raise error.within(f"`{name}`") from None
