"""When to send a ping of our own, and when its pong is overdue. Knows no connection and no clock.

A deadline must not run while we do not read: the pong may lie unread in the socket. So time counts twice here. Pings
leave by the clock; how long a pong is missing is counted in time spent reading, which stands still while we pause, and
while this program itself did not run.
"""

from collections import deque

PREFIX = b"wsinspect "
"""What the payload of our pings begins with; a number follows."""

LONGEST_TABLE = 1000
"""So many unanswered pings are remembered, the first ones: a pong answers every earlier ping."""

LEAST_REST_S = 0.01
"""A deadline is looked at so often at most."""

SLACK_S = 0.5
"""So much later than asked for it may be called; what is more counts as time in which nothing was read."""


class Keepalive:
    """A ping every ``interval_s``, each to be answered within ``timeout_s``, which may be infinite; seconds.

    It is to be asked again after `rest_s`; moments are on a clock that never jumps.
    """

    def __init__(self, interval_s: float, timeout_s: float, now: float) -> None:
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._next = now + interval_s
        self._number = 0
        self._waiting: deque[tuple[int, float]] = deque()
        self._reading_s = 0.0
        self._last = now
        self._paused_s = 0.0
        self._due = now

    def ping(self, now: float, paused_s: float) -> bytes | None:
        """Return the payload of a ping that is to leave now, if one is due.

        ``paused_s`` is for how long reading was paused so far, all pauses together.
        """
        self._read_on(now, paused_s)
        if now < self._next:
            return None
        # Pings that were missed are not made up for.
        self._next += self._interval_s
        if self._next <= now:
            self._next = now + self._interval_s
        self._number += 1
        if len(self._waiting) < LONGEST_TABLE:
            self._waiting.append((self._number, self._reading_s))
        return PREFIX + str(self._number).encode()

    def ponged(self, payload: bytes) -> None:
        """Take note of a pong; one of ours answers its ping and all before it (RFC 6455 section 5.5.3)."""
        digits = payload[len(PREFIX) :]
        if payload.startswith(PREFIX) and digits.isdigit() and (number := int(digits)) <= self._number:
            while self._waiting and self._waiting[0][0] <= number:
                self._waiting.popleft()

    @property
    def overdue(self) -> bool:
        """A pong did not come in time, by the last call of `ping`."""
        return bool(self._waiting) and self._reading_s - self._waiting[0][1] >= self._timeout_s

    def rest_s(self, now: float) -> float:
        """Return in how many seconds to ask again."""
        rest_s = self._next - now
        if self._waiting:
            # A deadline that stands still just ahead, because reading is paused, must not be asked for all the time.
            rest_s = min(rest_s, max(self._waiting[0][1] + self._timeout_s - self._reading_s, LEAST_REST_S))
        rest_s = max(rest_s, 0.0)
        self._due = now + rest_s
        return rest_s

    def _read_on(self, now: float, paused_s: float) -> None:
        late_s = max(0.0, now - self._due - SLACK_S)
        self._reading_s += max(0.0, now - self._last - (paused_s - self._paused_s) - late_s)
        self._last, self._paused_s, self._due = now, paused_s, now
