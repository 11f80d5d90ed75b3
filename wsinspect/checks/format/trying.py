"""Something in a check made once with its variables, to see that it can be.

What a step saves is not known yet; something stands in for it. No error repeats what the file does not show. Knows
nothing of what is made.
"""

from collections.abc import Callable, Collection
from typing import Any

from wsinspect.checks.format.values import Values
from wsinspect.checks.variables import Scope, references
from wsinspect.errors import InspectError

STAND_INS: tuple[Any, ...] = ("0", "00", 0, "a", [], {})
"""What may stand for a value that nobody knows yet: one of them must do."""


def tried(what: str, value: Any, needs: Collection[str], values: Values, make: Callable[[Scope], object]) -> None:
    """Make something of a value once; ``needs`` are variables in it that a step saves.

    Raises:
        InspectError: it cannot be made.
    """
    error = _error(values.known, needs, make)
    if error is None:
        return
    hidden = references(value) - values.shown.keys()
    if hidden <= set(needs):
        raise error
    error = _error(values.known, hidden, make)
    raise error or InspectError(f"{what}: what its variables bring does not fit here")


def _error(known: Scope, unknown: Collection[str], make: Callable[[Scope], object]) -> InspectError | None:
    """Return what is wrong, None where it can be made with one of the stand-ins."""
    first: InspectError | None = None
    for stand_in in STAND_INS if unknown else STAND_INS[:1]:
        try:
            make({**known, **dict.fromkeys(unknown, stand_in)})
        except InspectError as error:
            first = first or error
        else:
            return None
    return first
