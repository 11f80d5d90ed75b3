"""What every renderer is told: colours, width, and what to show."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from wsinspect.close_codes import PLAIN_TONGUE, Tongue
from wsinspect.events import Batch
from wsinspect.render.palette import NO_COLOUR, Palette

Renderer: TypeAlias = Callable[[Batch], str | bytes]
"""A renderer makes of a batch what is to be written, all at once; an empty result writes nothing."""


class Look(NamedTuple):
    """How to show things.

    ``width`` is the number of columns, or None for no shortening to a line; ``frames`` asks for the frames
    themselves; ``separator`` ends each payload in the raw format; ``neutral`` asks the raw format to neutralise,
    because a terminal looks on; ``tongue`` explains close codes.
    """

    palette: Palette = NO_COLOUR
    width: int | None = None
    frames: bool = False
    separator: bytes = b"\n"
    neutral: bool = False
    tongue: Tongue = PLAIN_TONGUE
