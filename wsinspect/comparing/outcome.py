"""What a replay came to, as values. Knows no form of telling it."""

from typing import Literal, NamedTuple, TypeAlias

from wsinspect.checks.assertions.differences import Lines
from wsinspect.events import Closed

Kind: TypeAlias = Literal["changed", "missing", "more", "moved"]


class Difference(NamedTuple):
    """A message that is another, is missing, came in addition, or at another place. ``recorded`` and ``came`` are its
    numbers in each row, ``at`` when it came or had come, in seconds; ``excerpt`` is its payload, shortened; ``lines``
    tell how it differs, see `checks.assertions.differences`."""

    kind: Kind
    recorded: int | None
    came: int | None
    type: str
    at: float
    size: int
    excerpt: str
    lines: Lines = ()


class Fact(NamedTuple):
    """Something of the handshake or the end, as it was recorded and as it is now."""

    name: str
    recorded: str
    came: str

    @property
    def same(self) -> bool:
        """It is no difference."""
        return self.recorded == self.came


class Outcome(NamedTuple):
    """What a replay came to. Of ``differences`` the first are here, ``counts`` counts all by kind; ``same`` are
    messages without a difference. ``masked`` says how often a value was another and did not count, by path and kind.
    ``latency`` are medians in seconds, recorded and now, of ``replies`` first messages after one that was sent; None
    where there was none. ``sent`` of ``said`` messages went out; ``repeated`` carried values that the server made anew,
    ``hidden`` something that was hidden in the recording. ``ends`` are how it ended then and now.
    """

    url: str
    handshake: tuple[Fact, ...]
    recorded: int
    came: int
    same: int
    counts: dict[Kind, int]
    differences: tuple[Difference, ...]
    end: tuple[Fact, ...]
    ends: tuple[Closed | None, Closed | None]
    masked: tuple[tuple[str, str, int], ...]
    ignored: tuple[int, int]
    latency: tuple[float | None, float | None]
    replies: int
    sent: int
    said: int
    repeated: int
    hidden: int
    seconds: tuple[float, float]
    notes: tuple[str, ...] = ()
    any_order: bool = False
    """A message at another place is no difference."""

    @property
    def differs(self) -> bool:
        """Something that came is not as it was recorded."""
        facts = (*self.handshake, *self.end)
        counted = any(number for kind, number in self.counts.items() if kind != "moved" or not self.any_order)
        return counted or self.sent < self.said or not all(fact.same for fact in facts)
