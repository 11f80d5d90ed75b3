"""What every renderer is told: colours, width, and what to show."""

import sys
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from wsinspect.close_codes import PLAIN_TONGUE, Tongue
from wsinspect.events import Batch, Event
from wsinspect.render.palette import NO_COLOUR, Palette
from wsinspect.render.pieces import Shown

Renderer: TypeAlias = Callable[[Batch], Shown]
"""A renderer makes of a batch what is to be written, all at once or, where it is large, in pieces; an empty result
writes nothing."""

Time: TypeAlias = Literal["clock", "utc", "epoch", "delta", "none"]
"""What stands in the column of the time."""

EVERYTHING = sys.maxsize
"""As ``Look.longest``: no payload is shortened."""


class Look(NamedTuple):
    """How to show things.

    ``width`` is the number of columns, or None for no shortening to a line; ``frames`` asks for the frames
    themselves; ``separator`` ends each payload in the raw format; ``neutral`` asks the raw format to neutralise,
    because a terminal looks on; ``tongue`` explains close codes; ``time`` chooses the column of the time;
    ``longest`` is how many bytes of a payload the line formats show, None for as many as each finds right;
    ``json_indent`` folds JSON out below its line, by so many columns a level; ``rtt`` tells the round trip of a pong
    in seconds, where somebody else sees the pings: None where the renderer itself does.
    """

    palette: Palette = NO_COLOUR
    width: int | None = None
    frames: bool = False
    separator: bytes = b"\n"
    neutral: bool = False
    tongue: Tongue = PLAIN_TONGUE
    time: Time = "clock"
    longest: int | None = None
    json_indent: int | None = None
    rtt: Callable[[Event], float | None] | None = None
