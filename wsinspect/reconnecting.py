"""Whether, when and where to connect again: by the close code, or by what stood in the way. Knows no clock.

RFC 6455 section 7.2.3: first after a random 0 to 5 s, then truncated exponential backoff. What would end the same way
stops; a server that names a time is obeyed. The dice are passed in.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from wsinspect.close_codes import Tongue
from wsinspect.errors import Exit
from wsinspect.events import Closed
from wsinspect.render.lines import duration_text

FIRST_DELAY_S = 5.0
STABLE_S = 30.0
"""After a connection that lasted so long, counting begins anew."""

RESTART_S = (5.0, 30.0)
"""After 1012 clients come back at a random moment of this span, so that not all come at once."""

BUSY_STATUSES = (408, 425, 429)
"""Statuses below 500 after which another try makes sense (RFC 9110 section 15, RFC 6585 section 4)."""

LONGEST_WAIT_S = 1e9
"""What a server asks for beyond this is this: some thirty years."""

NEVER_STATUSES = (501, 505)

Dice: TypeAlias = Callable[[float, float], float]
"""Gives a random number between two, evenly."""


class Staying(NamedTuple):
    """How long to insist: ``retries`` in a row at most, None for no end; no delay above ``longest_s``.

    ``always`` connects again whatever a code or status says.
    """

    retries: int | None = None
    longest_s: float = 60.0
    always: bool = False


class Again(NamedTuple):
    """Connect again after ``delay_s``; ``avoid`` is an address to leave out, if the host has others."""

    delay_s: float
    why: str
    avoid: str | None = None


class Stop(NamedTuple):
    """Do not connect again."""

    why: str


class Insistence:
    """Decides after each end, and counts the tries since the last connection that lasted."""

    def __init__(self, staying: Staying, dice: Dice) -> None:
        self._staying = staying
        self._dice = dice
        self.tries = 0

    def after_close(
        self, closed: Closed, tongue: Tongue, lasted_s: float, address: str = "", addresses: Sequence[str] = ()
    ) -> Again | Stop:
        """Decide after a connection that was open for ``lasted_s``, to ``address`` out of its host's ``addresses``."""
        if lasted_s >= STABLE_S:
            self.tries = 0
        if closed.by == "us" and closed.exit != Exit.TIMEOUT:
            return Stop("we closed the connection ourselves")
        if closed.by != "peer":
            return self._again("the connection was lost" if closed.by == "nobody" else "no pong came")
        explanation = tongue.explain(closed.code)
        policy = explanation.reconnect
        name = f"{closed.code} {explanation.name}".strip()
        if policy == "random_5_30":
            low, high = (min(bound, self._staying.longest_s) for bound in RESTART_S)
            cut = ", --retry-max-delay for less" if high < RESTART_S[1] else ""
            return self._again(f"{name} asks for a random {RESTART_S[0]:g}–{RESTART_S[1]:g} s{cut}", (low, high))
        if policy == "at_once" and self.tries == 0:
            return self._again(f"{name} allows it at once", (0.0, 0.0))
        if policy == "other_address":
            if any(other != address for other in addresses):
                return self._again(f"{name} asks for another address of the host", avoid=address)
            if not self._staying.always:
                return Stop(f"{name} asks for another address, and the host has no other (--retry-all tries it again)")
        if policy in ("no", "unneeded") and not self._staying.always:
            words = "it ended as planned" if policy == "unneeded" else "the same would end the same way"
            return Stop(f"closed with {name}: {words}")
        return self._again(f"closed with {name}")

    def after_failure(self, exit: int, status: int, retry_after_s: float | None) -> Again | Stop:
        """Decide after a connection that did not open: by the exit code it means, and the HTTP status if one came."""
        if exit == Exit.USAGE or (exit == Exit.TLS and not self._staying.always):
            return Stop("the same would end the same way")
        if (
            status
            and not self._staying.always
            and (status in NEVER_STATUSES or (status < 500 and status not in BUSY_STATUSES))
        ):
            return Stop(f"status {status}: the same would end the same way")
        if retry_after_s is not None:
            if retry_after_s > self._staying.longest_s:
                return Stop(
                    f"the server asks to wait {duration_text(retry_after_s)}, longer than --retry-max-delay allows"
                )
            # A little later than asked, and not all clients in the same moment.
            return self._again("the server says when (Retry-After)", (retry_after_s, retry_after_s * 1.1 + 0.1))
        return self._again("")

    def _again(self, why: str, span: tuple[float, float] | None = None, avoid: str | None = None) -> Again | Stop:
        retries = self._staying.retries
        if retries is not None and self.tries >= retries:
            return Stop(f"{retries} {'try' if retries == 1 else 'tries'} in a row did not help (--retries)")
        low, high = span or self._backoff()
        self.tries += 1
        return Again(self._dice(low, high), why, avoid)

    def _backoff(self) -> tuple[float, float]:
        """Return the span of the next delay: 0–5 s, then 5–10 s, 10–20 s and so on, cut at the longest."""
        longest = self._staying.longest_s
        if self.tries == 0:
            return 0.0, min(FIRST_DELAY_S, longest)
        high = min(FIRST_DELAY_S * 2.0 ** min(self.tries, 60), longest)
        return high / 2, high


def retry_after_s(value: str, wall: float) -> float | None:
    """Read Retry-After (RFC 9110 section 10.2.3): seconds from now, or None where it says nothing usable."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return min(float(value), LONGEST_WAIT_S) if len(value) < 20 else LONGEST_WAIT_S
    if not value:
        return None
    # Dates are rare here, and their parser is heavy.
    from email.utils import parsedate_to_datetime

    try:
        return min(max(parsedate_to_datetime(value).timestamp() - wall, 0.0), LONGEST_WAIT_S)
    except (ValueError, OverflowError):
        return None
