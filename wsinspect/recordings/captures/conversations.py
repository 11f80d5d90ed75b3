"""One TCP connection of a capture: both directions in order, and what is spoken on it. Knows no file.

It begins with HTTP where its beginning was captured. Where it was not, each piece is looked at: an upgrade may still
come, or it may be a WebSocket that was opened before.
"""

import re
from collections.abc import Iterator

from wsinspect.events import Batch, Moment
from wsinspect.recordings.captures.exchanges import Answer, Exchange, Foreign
from wsinspect.recordings.captures.likeness import frames_in
from wsinspect.recordings.captures.notes import Notes, so_many
from wsinspect.recordings.captures.packets import ACK, FIN, RST, SYN, Segment, named
from wsinspect.recordings.captures.sockets import SWITCHING, Socket, opened, refused
from wsinspect.recordings.captures.streams import Stream

End = tuple[bytes, int]

ASKS = re.compile(rb"(?:GET|CONNECT) \S")
TLS = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")
PREFACE = b"PRI * HTTP/2"

COST = 1500
"""About what a connection costs in memory beyond what is held of its bytes."""

ENOUGH = 2
"""Frames that a connection must look like to be taken for a WebSocket."""

ENCRYPTED = (
    "encrypted by TLS, and left out: {} (with the keys that SSLKEYLOGFILE kept, tshark reads them: "
    "`tshark -r FILE -o tls.keylog_file:KEYS -Y websocket`)"
)
HTTP_2 = "HTTP/2, whose WebSockets (RFC 8441) are not read: {}"
REUSED = "ended by another connection between the same ports: {}"
COMPRESSED = "without a handshake, and compressed as it is not known how, so that the rest is left out: {}"


class Numbers:
    """Connection numbers, in the order in which WebSockets begin."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        """Return the next one."""
        self.last += 1
        return self.last


class Conversation:
    """A TCP connection; `take` is given its segments in the order of the capture."""

    __slots__ = ("_client", "_closing", "_exchange", "_heard", "_notes", "_numbers", "_socket", "_streams", "cost")

    def __init__(self, numbers: Numbers, notes: Notes) -> None:
        self._numbers, self._notes = numbers, notes
        self._streams: dict[End, Stream] | None = {}  # None: it is over, or nothing to us
        self._client: End | None = None
        self._exchange: Exchange | None = None
        self._socket: Socket | None = None
        self._heard: list[tuple[End, bytes, Moment]] = []  # that looks like frames
        self._closing: End | None = None  # who ended the TCP connection first
        self.cost = COST

    def begins_anew(self, segment: Segment) -> bool:
        """Tell whether a SYN is that of another connection between the same ports."""
        if self._streams is None:
            return True
        stream = self._streams.get(segment.source)
        return stream is not None and stream.begun and stream.place(segment.seq + 1) != 0

    def take(self, segment: Segment, at: Moment, nanoseconds: int) -> Iterator[Batch]:
        """Take a segment, which came at a moment; yield what it brought."""
        streams = self._streams
        if streams is None:
            return
        source, target, seq, ack, flags, data, size = segment
        if data and self._exchange is None and self._socket is None and ASKS.match(data):
            streams = self._expect_upgrade(segment)
        stream = streams.get(source)
        if stream is None:
            stream = streams[source] = Stream()
        if flags & SYN:
            seq += 1
            if not stream.begun:
                self._client = target if flags & ACK else source
                self._exchange = self._exchange or Exchange()
                stream.begin(seq)
        if not stream.begun:
            stream.begin(seq)
        if flags & ACK and (other := streams.get(target)) is not None and other.begun:
            other.acknowledged(ack)
        if data and (piece := stream.push(seq, data)):
            yield from self._deliver(source, piece, at, nanoseconds)
            if self._streams is None:
                return
        if flags & FIN:
            stream.ended = stream.place(seq) + size
            self._closing = self._closing or source
        if flags & RST:
            yield from self._finish(source, at, nanoseconds, reset=True)
        elif self._closing and len(streams) == 2 and all(one.over for one in streams.values()):
            yield from self._finish(self._closing, at, nanoseconds)
        else:
            if stream.hopeless():
                yield from self._pass_gap(source, stream, at, nanoseconds)
            self._weigh()

    def stop(self, at: Moment, nanoseconds: int, why: str) -> Iterator[Batch]:
        """No more is looked at; ``why`` is the note on a WebSocket that is still open."""
        if self._closing is not None:
            yield from self._finish(self._closing, at, nanoseconds)
            return
        yield from self._flush(at, nanoseconds)
        if self._socket is not None:
            batch = self._socket.capture_ends(at)
            if batch is not None:
                yield batch
            else:
                self._notes.count(why, "WebSocket")
        self._forget()

    def replace(self, at: Moment, nanoseconds: int) -> Iterator[Batch]:
        """Another connection begins between the same ports, so that this one is over."""
        if self._socket is not None and self._client is not None:
            self._notes.count(REUSED, "WebSocket")
            self._socket.lacks = True
            yield from self._finish(self._closing or self._client, at, nanoseconds)

    def _finish(self, by: End, at: Moment, nanoseconds: int, *, reset: bool = False) -> Iterator[Batch]:
        yield from self._flush(at, nanoseconds)
        if self._socket is not None:
            yield self._socket.end(by == self._client, reset, at)
        self._forget()

    def _flush(self, at: Moment, nanoseconds: int) -> Iterator[Batch]:
        """Take what is held behind gaps that nothing will fill any more."""
        for source in list(self._streams or ()):
            while self._streams is not None and self._streams[source].lacks:
                yield from self._pass_gap(source, self._streams[source], at, nanoseconds)

    def _pass_gap(self, source: End, stream: Stream, at: Moment, nanoseconds: int) -> Iterator[Batch]:
        offset = stream.offset
        gap = stream.jump()
        self._exchange = None
        if self._socket is not None:
            by_client = source == self._client
            goes_on = self._socket.lost(by_client, gap)
            missing = f"{so_many(gap, 'byte')} {'is' if gap == 1 else 'are'} not in the capture"
            rest = "" if goes_on else ", nor can the rest be read, which is compressed with what is missing in mind"
            self._notes.tell(
                "gap",
                f"connection {self._socket.number}, {'out' if by_client else 'in'}: "
                f"{missing}, from byte {offset:,} of the TCP stream on{rest}",
            )
        for piece in stream.following():
            if self._streams is not None:
                yield from self._deliver(source, piece, at, nanoseconds)

    def _weigh(self) -> None:
        held = sum([stream.held for stream in self._streams.values()]) if self._streams else 0
        held += sum([len(data) for _, data, _ in self._heard])
        if self._exchange is not None:
            held += self._exchange.held
        if self._socket is not None:
            held += self._socket.cost
        self.cost = COST + held

    def _forget(self) -> None:
        self._streams = self._exchange = self._socket = None
        self._heard = []
        self.cost = COST // 2

    # What is spoken.

    def _deliver(self, source: End, piece: bytes, at: Moment, nanoseconds: int) -> Iterator[Batch]:
        """Hand on what is in order of one side."""
        if self._exchange is not None:
            try:
                answers = self._exchange.feed(source == self._client, piece, nanoseconds)
            except Foreign:
                self._exchange = None
                yield from self._sniff(source, piece, at)
                return
            for answer in answers:
                yield from self._answered(answer, at)
        elif self._socket is not None:
            yield from self._read(source == self._client, piece, at)
        else:
            yield from self._sniff(source, piece, at)

    def _read(self, by_client: bool, piece: bytes, at: Moment) -> Iterator[Batch]:
        assert self._socket is not None
        batch = self._socket.feed(by_client, piece, at)
        if batch is not None:
            yield batch
        if self._socket.puzzled:
            self._socket.puzzled = False
            self._notes.count(COMPRESSED, "WebSocket", self._ends())

    def _answered(self, answer: Answer, at: Moment) -> Iterator[Batch]:
        """A request for a WebSocket has its answer."""
        assert self._streams is not None
        number = self._numbers.next()
        server = next(end for end in self._streams if end != self._client)
        batch, agreed = opened(answer, named(server), at, number)
        yield batch
        if answer.status != SWITCHING:
            yield refused(answer, at, number)
            return
        self._exchange = None
        self._socket = Socket(number, agreed)
        for by_client, early in ((True, answer.sent), (False, answer.received)):
            if early:
                yield from self._read(by_client, early, at)

    def _expect_upgrade(self, segment: Segment) -> dict[End, Stream]:
        """A request begins with a segment, before which nothing was understood."""
        self._client, self._heard = segment.source, []
        self._exchange = Exchange()
        self._streams = {segment.source: Stream(segment.seq), segment.target: Stream(segment.ack)}
        return self._streams

    def _sniff(self, source: End, data: bytes, at: Moment) -> Iterator[Batch]:
        """Look at bytes of which nothing is known that came before."""
        if TLS.match(data) or data.startswith(PREFACE):
            self._notes.count(HTTP_2 if data.startswith(PREFACE) else ENCRYPTED, "connection", self._ends())
            self._forget()
            return
        masked, plain = frames_in(data, masked=True), frames_in(data, masked=False)
        if not masked and not plain:
            self._heard = []
            return
        self._heard.append((source, data, at))
        # A client's frame is sure enough, for few bytes look like one by chance.
        if masked or plain + sum([frames_in(heard, masked=False) for _, heard, _ in self._heard[:-1]]) >= ENOUGH:
            yield from self._read_headless(source if masked else self._other(source))

    def _read_headless(self, client: End) -> Iterator[Batch]:
        number = self._numbers.next()
        self._client = client
        self._socket = Socket(number, None, headless=True)
        self._notes.tell(
            "WebSocket without its handshake",
            f"{self._ends()}: its handshake is not in the capture; it looks like a WebSocket, "
            f"and is read as connection {number}",
        )
        heard, self._heard = self._heard, []
        for source, data, at in heard:
            yield from self._read(source == client, data, at)

    def _other(self, end: End) -> End:
        return next((other for other in self._streams or () if other != end), (b"", 0))

    def _ends(self) -> str:
        ends = sorted(self._streams or (), key=lambda end: end != self._client)
        return " → ".join([named(end) for end in ends])
