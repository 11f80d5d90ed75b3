"""What a user wants of a replay, as values; times in seconds. Knows no flags."""

from typing import NamedTuple

from wsinspect.comparing.ignoring import NOTHING, Ignored


class Playing(NamedTuple):
    """How a part is played and compared.

    ``speed`` is a factor on recorded time, `math.inf` for no waiting; ``in_step`` waits for what had come before each
    message, for ``within_s`` longer than it took; ``substitutes`` puts values that the other side makes anew in the
    place of recorded ones. ``ignored`` and ``guesses`` say what does not count, ``any_order`` that a message at another
    place is no difference; so many differences are ``shown``. ``same_subprotocol`` and ``same_extensions``: what is
    offered is what was offered then.
    """

    speed: float = 1.0
    in_step: bool = False
    within_s: float = 10.0
    substitutes: bool = True
    ignored: Ignored = NOTHING
    guesses: bool = True
    shown: int = 20
    any_order: bool = False
    same_subprotocol: bool = True
    same_extensions: bool = True
    drains: bool = True
    """What is left of the recording when the connection has ended is read, to be counted."""
