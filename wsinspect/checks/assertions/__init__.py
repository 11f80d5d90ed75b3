"""What can be asked of a message, a file each: they register in `wsinspect.registry.ASSERTIONS`.

Here are the shapes that they share. Texts in a `Miss` are bounded, and not yet neutralised. Knows no assertion.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from wsinspect.checks.variables import Scope
from wsinspect.filters.subject import Subject


class Miss(NamedTuple):
    """Why a message is not the one: ``assertion`` is a name of `ASSERTIONS`.

    ``expected`` and ``came`` stand against each other; ``difference`` are lines that begin with ``-`` (expected), ``+``
    (came) or a space.
    """

    assertion: str
    expected: str
    came: str
    difference: tuple[str, ...] = ()


class Ask(NamedTuple):
    """An assertion made ready; ``told`` is what it asks, in words.

    ``holds`` is asked of every message (text, binary, ping, pong), and never raises; ``miss`` of one that it does not
    hold for.
    """

    holds: Callable[[Subject], bool]
    miss: Callable[[Subject], Miss]
    told: str


class Assertion(NamedTuple):
    """What a name of `ASSERTIONS` stands for: ``form`` is the JSON Schema of its value in a file.

    ``make`` compiles a value, whose variables are in the scope; it raises `InspectError` on one that means nothing.
    ``cost`` orders assertions: the cheapest is asked first.
    """

    form: dict[str, Any]
    make: Callable[[Any, Scope], Ask]
    cost: int
