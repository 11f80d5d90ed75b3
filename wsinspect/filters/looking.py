"""What a user wants to see of a stream, as a value. Light: what filters need is loaded when there are some."""

import re
from typing import TYPE_CHECKING, NamedTuple

from wsinspect.events import BINARY, CLOSE, CLOSING, ERROR, FRAME, PING, PONG, TEXT

if TYPE_CHECKING:
    from wsinspect.filters.expression import Condition, Expression

TYPES: dict[str, tuple[int, ...]] = {
    "text": (TEXT,),
    "binary": (BINARY,),
    "ping": (PING,),
    "pong": (PONG,),
    "close": (CLOSE, CLOSING),
    "error": (ERROR,),
    "frame": (FRAME,),
}
"""The names a user can choose from, with the types of rows that they stand for."""

COUNTABLE = frozenset({TEXT, BINARY, PING, PONG})
"""Types of messages that can be counted."""


class Looking(NamedTuple):
    """Which messages are shown and counted, which part of them is shown, and when it is enough.

    ``types`` are the types of rows that are shown, None for all. Every one of ``where`` and ``grep`` must hold.
    ``select`` is shown in place of a data message. ``until`` ends the connection when a message holds it, ``enough``
    is the number of messages after which it ends.
    """

    types: frozenset[int] | None = None
    where: "tuple[Condition, ...]" = ()
    grep: tuple[re.Pattern[str], ...] = ()
    select: "Expression | None" = None
    until: "Condition | None" = None
    enough: int | None = None

    @property
    def frames(self) -> bool:
        """Frames are asked for by name."""
        return self.types is not None and FRAME in self.types

    @property
    def filters(self) -> bool:
        """Something is left out, or changed."""
        return self.types is not None or bool(self.where) or bool(self.grep) or self.select is not None
