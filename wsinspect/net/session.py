"""A connection opened and followed to its end: batches in the order in which things happened, the last one CLOSED.

Knows no terminal, and no command beyond what is to be sent.
"""

from collections.abc import AsyncIterator

from wsinspect.counting import Countdown
from wsinspect.errors import Exit
from wsinspect.events import Batch, Closed, Handshake, Tally
from wsinspect.net.client import ClientTap
from wsinspect.vocabulary import WSMsgType

CLOSED = int(WSMsgType.CLOSED)


class Session:
    """An open connection; ``addresses`` are those that its host has."""

    def __init__(
        self, tap: ClientTap, handshake: Handshake, countdown: Countdown | None, addresses: tuple[str, ...] = ()
    ) -> None:
        self._tap = tap
        self.handshake = handshake
        self.addresses = addresses
        self.tally = Tally()
        self.countdown = countdown
        self.closed: Closed | None = None

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield batches until the connection is gone; the last holds one CLOSED row."""
        tap, tally = self._tap, self.tally
        while (batch := await tap.inbox.get()) is not None:
            tally.add(batch)
            yield batch
        if tap.fault is not None:
            raise tap.fault
        self.closed = tap.ending.closed()
        countdown = self.countdown
        if countdown is not None and countdown.missing and self.closed.exit == Exit.OK:
            cause = f"{countdown.wanted} messages were wanted, but {countdown.missing} of them did not come"
            self.closed = self.closed._replace(exit=int(Exit.UNMET), cause=cause)
        yield Batch(tap.clock(), "in", [(CLOSED, self.closed, 0)])

    @property
    def open(self) -> bool:
        """Messages can be sent."""
        return self._tap.is_open

    def quiet_since(self) -> float:
        """Return when the last data message came, on the monotonic clock; now, while we read nothing ourselves."""
        return self._tap.clock().mono if self._tap.is_paused else self._tap.heard_at

    async def send(self, type: WSMsgType, payload: bytes) -> None:
        """Send a message or a ping, and wait while the transport is full; does nothing once the end has begun."""
        if self.open:
            self._tap.send_now(int(type), payload)
            try:
                await self._tap.drain()
            except OSError:
                pass  # the connection is lost, as its end tells

    def close(self, exit: Exit, cause: str = "") -> None:
        """Begin to close with 1000; ``exit`` and ``cause`` tell why, unless the end has begun already."""
        self._tap.ending.wish(exit, cause)
        self._tap.close_now(1000, "")

    def broken(self, fault: Exception) -> None:
        """A fault of ours: drop the connection, and raise the fault where its batches are taken."""
        self._tap.broken(fault)

    def abort(self) -> None:
        """Drop the connection at once."""
        self._tap.abort()
