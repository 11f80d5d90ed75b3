"""The round trips of pongs, kept for a renderer that sees only a part of the stream, or sees it later."""

from wsinspect.events import HANDSHAKE, PING, PONG, Batch, Event
from wsinspect.roundtrips import RoundTrips
from wsinspect.vocabulary import WSMessage

REMEMBERED = 10_000
"""So many pongs' times are kept, the last ones: what a paused prompt shows at most on resuming."""


class PongTimes:
    """Sees every batch that is not uniform, before anything is left out; ``of`` goes into a `Look` as ``rtt``."""

    def __init__(self) -> None:
        self._trips = RoundTrips()
        self._known: dict[tuple[float, bytes], float] = {}

    def see(self, batch: Batch) -> None:
        """Take a batch in the order of the stream."""
        direction, mono = batch.direction, batch.at.mono
        for type, payload, _ in batch.rows:
            if type in (PING, PONG):
                seconds = self._trips.seen(direction, type, payload, mono)
                if seconds is not None:
                    self._known[mono, payload] = seconds
                    if len(self._known) > REMEMBERED:
                        del self._known[next(iter(self._known))]
            elif type == HANDSHAKE:
                # Another connection: what was asked on the last one is not answered on this.
                self._trips = RoundTrips()

    def of(self, event: Event) -> float | None:
        """Return the seconds that a pong took, or None where that is not known."""
        message = event.message
        if not isinstance(message, WSMessage) or int(message.type) != PONG or event.direction != "in":
            return None
        return self._known.get((event.at.mono, message.data))
