"""How long each pong took: a table of the pings that left, by payload. Knows no connection and no clock."""

from wsinspect.events import PING, PONG, Direction

LONGEST_TABLE = 1000
"""So many unanswered pings are remembered, the last ones."""


class RoundTrips:
    """Matches the pongs that come to the pings that left (RFC 6455 section 5.5.3).

    A pong answers the latest ping of its payload, and with it every earlier one: a peer may answer the last alone.
    """

    def __init__(self) -> None:
        self._left: dict[bytes, float] = {}

    def seen(self, direction: Direction, type: int, payload: bytes, mono: float) -> float | None:
        """Take a row in the order of the stream; return the seconds of the round trip for a pong that answers.

        ``mono`` is the row's moment on the monotonic clock. None is returned for all that is no such pong: other
        rows, a pong that nobody asked for, and one whose ping another pong has answered.
        """
        if type == PING and direction == "out":
            self._left.pop(payload, None)
            self._left[payload] = mono
            if len(self._left) > LONGEST_TABLE:
                del self._left[next(iter(self._left))]
        elif type == PONG and direction == "in" and payload in self._left:
            for earlier in list(self._left):
                since = self._left.pop(earlier)
                if earlier == payload:
                    return mono - since
        return None

    @property
    def unanswered(self) -> int:
        """So many pings wait for their pong."""
        return len(self._left)
