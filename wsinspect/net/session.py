"""A connection opened and followed to its end: batches in the order in which things happened, the last one CLOSED.

Knows no terminal, and no command beyond what is to be sent.
"""

from collections.abc import AsyncIterator, Callable

from wsinspect.counting import Gate
from wsinspect.errors import Exit
from wsinspect.events import CLOSED, Batch, Closed, Handshake, Moment, Tally
from wsinspect.net.client import ClientTap
from wsinspect.vocabulary import WSMsgType


class Session:
    """An open connection; ``addresses`` are those that its host has."""

    def __init__(
        self, tap: ClientTap, handshake: Handshake, gate: Gate | None, addresses: tuple[str, ...] = ()
    ) -> None:
        self._tap = tap
        self.handshake = handshake
        self.addresses = addresses
        self.tally = Tally()
        self.gate = gate
        self.closed: Closed | None = None
        self.expecting = ""
        """While something that must come has not: what an end as wished then turns into, in a sentence."""

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield batches until the connection is gone; the last holds one CLOSED row."""
        tap, tally = self._tap, self.tally
        while (batch := await tap.inbox.get()) is not None:
            tally.add(batch)
            yield batch
            del batch  # it may be large, and the next is long in coming
        if tap.fault is not None:
            raise tap.fault
        self.closed = tap.ending.closed()
        if self.gate is not None:
            self.closed = self.gate.judged(self.closed)
        if self.expecting and self.closed.exit == Exit.OK:
            self.closed = self.closed._replace(exit=int(Exit.UNMET), cause=self.expecting)
        yield Batch(tap.clock(), "in", [(CLOSED, self.closed, 0)])

    @property
    def open(self) -> bool:
        """Messages can be sent."""
        return self._tap.is_open

    def quiet_since(self) -> float:
        """Return when the last data message came, on the monotonic clock; now, while we read nothing ourselves."""
        return self._tap.clock().mono if self._tap.is_paused else self._tap.heard_at

    async def send(self, type: WSMsgType, payload: bytes) -> None:
        """Send a message, a ping or a pong, and wait while the transport is full.

        Does nothing once the end has begun.
        """
        if self.open:
            self._tap.send_now(int(type), payload)
            try:
                await self._tap.drain()
            except OSError:
                pass  # the connection is lost, as its end tells

    async def ping(self, payload: bytes = b"") -> None:
        """Send a ping of at most 125 bytes, as `send` does."""
        await self.send(WSMsgType.PING, payload)

    async def pong(self, payload: bytes = b"") -> None:
        """Send a pong of at most 125 bytes that nobody asked for, as `send` does."""
        await self.send(WSMsgType.PONG, payload)

    def beat(self, payload: bytes) -> None:
        """Send a ping at once, even while the transport is full: who watches the connection must not wait for it."""
        if self.open:
            self._tap.send_now(int(WSMsgType.PING), payload)

    def on_pong(self, heard: Callable[[bytes], None]) -> None:
        """Have ``heard`` called with the payload of each pong as it comes, before its batch is taken."""
        self._tap.heard_pong = heard

    def show_frames(self, wanted: bool) -> None:
        """From the next frame on, have FRAME rows in batches, or no more."""
        self._tap.show_frames(wanted)

    @property
    def oldest(self) -> Moment | None:
        """When the batch came that is taken next; None where nothing waits."""
        return self._tap.inbox.oldest

    def paused_s(self) -> float:
        """Return for how long nothing was read so far, because whoever takes the batches was slow."""
        return self._tap.paused_s()

    def close(self, exit: Exit, cause: str = "", code: int | None = 1000, reason: str = "") -> None:
        """Begin to close with ``code``, None for an empty close frame, and a reason of at most 123 bytes.

        ``exit`` and ``cause`` tell why, unless the end has begun already.
        """
        self._tap.ending.wish(exit, cause)
        self._tap.close_now(code, reason)

    def broken(self, fault: Exception) -> None:
        """A fault of ours: drop the connection, and raise the fault where its batches are taken."""
        self._tap.broken(fault)

    def abort(self) -> None:
        """Drop the connection at once."""
        self._tap.abort()
