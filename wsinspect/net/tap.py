"""Our reader in front of the library's connection: every byte passes here, in and out.

The handshake's bytes are handed on as they come, with a bounded copy kept. After it, frames are read by our own
reader; only control frames are handed on to websockets, in order, which answers pings and echoes closes. What leaves
is read too, at the transport, so that what is shown is what was sent. Knows no terminal and no command.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from websockets.asyncio.connection import Connection
from websockets.exceptions import SecurityError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.protocol import OPEN, Protocol, Side

from wsinspect.counting import Gate
from wsinspect.ending import Ending
from wsinspect.errors import Exit
from wsinspect.events import CLOSING, ERROR, Moment, Row, Violation
from wsinspect.net.inbox import Inbox
from wsinspect.net.tapped import TappedTransport
from wsinspect.net.turns import LONG_S, after_turns
from wsinspect.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, write_frame
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

if TYPE_CHECKING:
    from websockets.asyncio.server import Server

COMPRESSED_STEP = 16 * 1024
"""So many compressed bytes are read before we look whether there is room for more."""

HEAD_LIMIT = 64 * 1024
"""So many bytes of the handshake's answer are kept, head and body."""

ECHO_STEP = 32 * 1024
"""So many bytes are echoed at a time: a chunk can hold 130,000 messages."""

LINGER_S = 2.0
"""So long a peer may keep the TCP connection after a close in either direction, or after a violation."""

PONGS_AT_ONCE = 1000
"""So many pings of a chunk are answered, the last ones."""

HEAD_END = b"\r\n\r\n"
MAX_REASON = 123


class Tap(Connection):
    """A connection of either side whose frames are read by us.

    ``clock`` gives the moment of each chunk; ``echo`` sends every data message back before anything behind it is
    acted on; ``gate`` closes as soon as enough has come, for the same reason here; without ``pongs``
    pings are not answered; ``max_size`` and ``frames`` are the reader's.
    """

    def __init__(
        self,
        protocol: Protocol,
        *server: "Server",
        clock: Callable[[], Moment],
        max_size: int | None,
        frames: bool = False,
        echo: bool = False,
        gate: Gate | None = None,
        pongs: bool = True,
    ) -> None:
        # Keepalive, limits and queues of the library stay off: they would act on data it never sees.
        super().__init__(protocol, *server, ping_interval=None, close_timeout=LINGER_S, max_queue=None)
        self.clock = clock
        self.ending = Ending()
        self.fault: Exception | None = None
        """What went wrong in a callback of ours: a fault of this program."""

        self.inbox = Inbox(self._pause, self._resume)
        self.head = b""
        """A copy of what came before the frames: the peer's half of the handshake."""

        self.limit_hit: SecurityError | None = None
        """Which limit of ours the peer's half exceeds; what the library says once it misses an end comes after it."""

        self.began: Moment | None = None
        """When the handshake was done."""

        self.heard_at = 0.0
        """When the last data message came, on the clock that never jumps."""

        self.heard_pong: Callable[[bytes], None] | None = None
        """Is told of each pong as it comes, however late its batch is taken."""

        self._head_whole = False
        self._client = protocol.side is Side.CLIENT
        self._echo = echo
        self._gate = gate
        self._pongs = pongs
        self._max_size = max_size
        self._frames = frames
        self._reader: Reader | None = None
        self._sent_reader: Reader | None = None
        self._reasons_to_pause: set[str] = set()
        self._paused_at: float | None = None
        self._paused_s = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._overdue = False
        self._late_ping: bytes | None = None
        self._unread = b""
        self._step = 0  # so many bytes are read at a time; 0: all there are
        self._lost: Callable[[], None] | None = None

    @property
    def is_open(self) -> bool:
        """Messages can be sent."""
        return self.protocol.state is OPEN

    @property
    def is_paused(self) -> bool:
        """Nothing is read now: whoever takes the batches, or the peer, is slow, or others have their turn."""
        return bool(self._reasons_to_pause)

    def paused_s(self) -> float:
        """Return for how long nothing was read because whoever takes the batches was slow, all pauses together.

        Pauses of an echo do not count: there it is the peer who does not read.
        """
        return self._paused_s + (self.clock().mono - self._paused_at if self._paused_at is not None else 0.0)

    # The way in.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(TappedTransport(transport, self._heard))  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        try:
            if self._reader is None:
                data = self._head_received(data)
            if data:
                self._frames_received(data)
        except Exception as fault:
            self.broken(fault)

    def _frames_received(self, data: bytes) -> None:
        self._unread += data
        self._read_on()

    def _read_on(self) -> None:
        """Read what has come, as long as there is room for it: what is compressed may inflate a thousandfold."""
        try:
            while self._unread and not (self._reasons_to_pause and self._step):
                step = self._step or len(self._unread)
                piece, self._unread = self._unread[:step], self._unread[step:]
                self._read(piece)
        except Exception as fault:
            # The end of the connection must not wait for what will never be read.
            self._unread = b""
            self.broken(fault)
        lost = self._lost
        if lost is not None and not self._unread:
            self._lost = None
            lost()

    def _read(self, data: bytes) -> None:
        assert self._reader is not None
        batch = self._reader.feed(data, self.clock())
        if batch.messages:
            self.heard_at = batch.at.mono
        if self._gate is not None:
            batch = self._gate.cut(batch)
            if self._gate.done:
                self.ending.wish(Exit.OK)
        self.inbox.put(batch)
        if self._gate is not None and self._gate.done:
            self._act(batch.rows[: self._gate.kept])
            self.close_now(1000, "")
            self._act(batch.rows[self._gate.kept :])
        elif self._echo or not batch.uniform:
            self._act(batch.rows)
        if len(data) >= COMPRESSED_STEP and self.clock().mono - batch.at.mono > LONG_S:
            self._pause("turns")
            after_turns(self.loop, lambda: self._resume("turns"))

    def _head_received(self, data: bytes) -> bytes:
        """Hand on the handshake's bytes; return what came behind it, once frames may come."""
        known = len(self.head)
        self.head += data[: HEAD_LIMIT - known]
        end = self.head.find(HEAD_END, max(0, known - len(HEAD_END) + 1))
        rest = b""
        if end >= 0 and not self._head_whole:
            self._head_whole = True
            cut = end + len(HEAD_END) - known
            data, rest = data[:cut], data[cut:]
            super().data_received(data)
        elif self._head_whole:
            rest = data
        elif known < HEAD_LIMIT:
            # What the library finds wrong in it says more than its size.
            super().data_received(data[: HEAD_LIMIT - known])
        if self.protocol.handshake_exc is None and not self._head_whole and len(self.head) >= HEAD_LIMIT:
            self.limit_hit = self.protocol.handshake_exc = SecurityError(f"its head is larger than {HEAD_LIMIT} bytes")
        return self.head_received(rest)

    def head_received(self, rest: bytes) -> bytes:
        """More of the peer's handshake was handed on; ``rest`` is what stood behind its head. Return what is frames."""
        raise NotImplementedError

    def begin(self) -> None:
        """The handshake is done: from here on, frames."""
        theirs = ours = None
        for agreed in self.protocol.extensions:
            if isinstance(agreed, PerMessageDeflate):
                theirs = Deflate(agreed.remote_max_window_bits, not agreed.remote_no_context_takeover)
                ours = Deflate(agreed.local_max_window_bits, not agreed.local_no_context_takeover)
        self.began = self.clock()
        self._step = COMPRESSED_STEP if theirs else ECHO_STEP if self._echo else 0
        self._reader = Reader(
            "in", masked=not self._client, deflate=theirs, max_size=self._max_size, frames=self._frames
        )
        self._sent_reader = Reader("out", masked=self._client, deflate=ours, frames=self._frames)

    def show_frames(self, wanted: bool) -> None:
        """From the next frame on, have FRAME rows in batches, or no more."""
        for reader in (self._reader, self._sent_reader):
            if reader is not None:
                reader.show_frames(wanted)

    def _act(self, rows: list[Row]) -> None:
        """Answer what must be answered in order: echoes, pings, closes, violations."""
        # Section 5.5.3 lets us answer the last ping alone; a chunk can hold 80,000 of them.
        unanswered = sum(row[0] == PING for row in rows) - PONGS_AT_ONCE
        for type, payload, _ in rows:
            if type in (TEXT, BINARY):
                if self._echo and self.is_open:
                    self.send_now(type, payload)
            elif type == ERROR:
                self.ending.violated(payload)
                self._fail(payload)
            elif type == PONG:
                # It is nothing to the library, whose pings are never used.
                if self.heard_pong is not None:
                    self.heard_pong(payload)
            elif type == CLOSE or (type == PING and self._pongs):
                if type == CLOSE:
                    self.ending.close_received(payload)
                    self._expect_end()
                if type == PING and unanswered > 0:
                    unanswered -= 1
                elif type == PING and self.paused:
                    # A peer that does not read would pile up pongs here.
                    self._late_ping = payload
                else:
                    self._hand_on(type, payload)

    def _hand_on(self, type: int, payload: bytes) -> None:
        """Let the library see a control frame, and answer it."""
        super().data_received(write_frame(payload, type, mask=None if self._client else bytes(4)))

    def _fail(self, violation: Violation) -> None:
        """End the connection as RFC 6455 section 7.1.7 asks."""
        reason = violation.sentence.encode()[:MAX_REASON].decode("utf-8", "ignore")
        if self.protocol.state is OPEN:
            self.protocol.fail(violation.code, reason)
            self.send_data()
        self._expect_end()

    def eof_received(self) -> None:
        try:
            super().eof_received()
        except Exception as fault:
            self.broken(fault)

    def connection_lost(self, exc: Exception | None) -> None:
        # Nobody is there any more who might read echoes again.
        self._resume("echo")
        if self._unread:
            # What came before the loss is read first.
            self._lost = lambda: self._connection_lost(exc)
        else:
            self._connection_lost(exc)

    def _connection_lost(self, exc: Exception | None) -> None:
        try:
            if self._deadline is not None:
                self._deadline.cancel()
            if self._overdue:
                self.ending.waited_in_vain(LINGER_S)
            self.ending.lost(self._how_lost(exc))
            super().connection_lost(exc)
        except Exception as fault:
            self.broken(fault)
        # What inflates and deflates weighs most, and what is left of a connection refers to itself: it goes late.
        self._reader = self._sent_reader = None
        self.protocol.extensions = []
        self.inbox.end()

    def _how_lost(self, exc: Exception | None) -> str:
        where = self._reader.unfinished() if self._reader is not None else ""
        how = "the connection was reset" if isinstance(exc, ConnectionResetError) else str(exc) if exc else ""
        how = how or "the peer ended the TCP connection without a close frame"
        return f"{how}, {where}" if where else how

    # The way out.

    def _heard(self, data: bytes) -> None:
        """Read what leaves, once that is frames."""
        if self._sent_reader is None:
            return
        batch = self._sent_reader.feed(data, self.clock())
        rows = batch.rows
        for index, (type, payload, wire) in enumerate(rows):
            if type == CLOSE:
                rows[index] = (CLOSING, payload, wire)
                self.ending.close_sent(payload)
                self._expect_end()
        self.inbox.put(batch)

    def send_now(self, type: int, payload: bytes) -> None:
        """Send a data message, a ping or a pong at once; flow control is the caller's."""
        if self.transport.is_closing():
            return
        if type == TEXT:
            self.protocol.send_text(payload)
        elif type == BINARY:
            self.protocol.send_binary(payload)
        elif type == PING:
            self.protocol.send_ping(payload)
        else:
            assert type == PONG
            self.protocol.send_pong(payload)
        self.send_data()

    def close_now(self, code: int | None, reason: str) -> None:
        """Send a close frame, unless one was sent; an empty one where ``code`` is None."""
        if self.protocol.state is OPEN:
            self.protocol.send_close(code, reason)
            self.send_data()
        self._expect_end()

    def abort(self) -> None:
        """Drop the TCP connection."""
        self.transport.abort()

    # Flow control and ends.

    def _pause(self, why: str = "inbox") -> None:
        if not self._reasons_to_pause:
            self.transport.pause_reading()
        self._reasons_to_pause.add(why)
        if why == "inbox":
            self._paused_at = self.clock().mono

    def _resume(self, why: str = "inbox") -> None:
        if why in self._reasons_to_pause:
            self._reasons_to_pause.discard(why)
            if why == "inbox":
                self._paused_s, self._paused_at = self.paused_s(), None
            if not self._reasons_to_pause:
                self.transport.resume_reading()
                if self._unread:
                    self.loop.call_soon(self._read_on)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._echo and self._deadline is None:
            # An echo that is not read must not pile up here.
            self._pause("echo")

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._echo:
            self._resume("echo")
        ping, self._late_ping = self._late_ping, None
        if ping is not None and self.is_open:
            self._hand_on(PING, ping)

    def _expect_end(self) -> None:
        """From now on the peer has `LINGER_S` to end the connection; its answer must be read meanwhile."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(LINGER_S, self._too_late)
            self.inbox.widen()
            self._resume("echo")

    def _too_late(self) -> None:
        if self._reasons_to_pause - {"turns"}:
            self.ending.stood_still()
        else:
            self._overdue = True
        self.transport.abort()

    def broken(self, fault: Exception) -> None:
        """A fault of ours in a callback: kept, and the connection dropped."""
        if self.fault is None:
            self.fault = fault
        if hasattr(self, "transport"):
            self.transport.abort()
