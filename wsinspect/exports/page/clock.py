"""When things happened on a page: microseconds since its beginning, by the clock that never jumps, where it is one.

A recording may hold connections of several runs, whose monotonic clocks know nothing of each other: there the wall
clock tells how long it was in between.
"""

from wsinspect.events import Moment

APART_S = 60.0
"""So far the clocks may drift apart between connections and still count as those of one run."""


class PageClock:
    """Turns moments into microseconds since the first."""

    def __init__(self) -> None:
        self.began: Moment | None = None
        self._anchor = Moment(0.0, 0.0)
        self._before = 0
        self._latest = 0

    def at(self, moment: Moment, *, begins: bool = False) -> int:
        """Return the microseconds; ``begins`` says that a connection begins here."""
        if self.began is None:
            self.began = self._anchor = moment
        mono = moment.mono - self._anchor.mono
        if begins:
            wall = moment.wall - self._anchor.wall
            if abs(wall - mono) > APART_S or mono < 0:
                self._before = max(self._latest, self._before + round(wall * 1e6))
                self._anchor, mono = moment, 0.0
        at = max(self._before + round(mono * 1e6), 0)
        self._latest = max(self._latest, at)
        return at
