"""A recording as a capture of a network, pcapng, that Wireshark decodes: with TCP around it that is made up.

Each connection opens with three packets, asks and is answered as was recorded, and ends as it ended. Where frames were
recorded they are written byte for byte; else each message is one frame, not compressed, and the answer agrees on no
extension. Knows no file.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from ipaddress import ip_address
from itertools import chain
from urllib.parse import urlsplit

from wsinspect import __version__
from wsinspect.events import (
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    FRAME,
    GAP,
    HANDSHAKE,
    Batch,
    Closed,
    Direction,
    Frame,
    Handshake,
    Moment,
    Row,
)
from wsinspect.exports import Told
from wsinspect.exports.packets import SERVER, Link, beginning
from wsinspect.exports.upgrade import SWITCHING, answered, asked, authority_of, key_of, made_up, value_of
from wsinspect.extensions import terms_of
from wsinspect.wire.frames import CLOSE, CONTINUATION, write_frame

COMMENT = (
    "Written by wsinspect from a recording of WebSockets. TCP packets, the client's address and port, and what the "
    "recording does not hold, such as masking keys, are made up; *** stands for what is hidden."
)
MICROSECONDS = 6
PORT = 80

MOST_OPEN = 10_000
"""Connections that may be open at once; the one that was written to longest ago goes first."""

LOOKED_AT = 1000
LOOKED_INTO = 8 << 20
"""So many batches, and bytes in them, are looked at for the first frame."""

LACKS = {
    ERROR: "pcapng holds no violations, nor the bytes that broke the protocol: {} left out",
    GAP: "pcapng holds no gaps, behind each of which a new connection begins: {} left out",
    CLOSED: "pcapng holds no end of what never began: {} left out",
}
CAUSES = "pcapng tells how a TCP connection ended, not why: {} left out"
EXTENSIONS = "no frames were recorded, so that messages are plain, without the extensions agreed on: {} left out"
TLS = "pcapng would hold TLS only encrypted: {} written in the clear, to port 80"
CREDENTIALS = "pcapng holds no credentials of a URL, which no request names: {} left out"
STEPS = "pcapng holds no steps of opening: {} left out"
MADE_UP = "the recording holds messages without a handshake: {} made up"
KEYS = "the recording holds no usable Sec-WebSocket-Key: {} made up"
REFUSED = "a recording holds no body of a refusal: {} written without"
AFTER_REFUSAL = "messages of connections that were refused: {} left out"
PLAIN = "compressed frames that cannot be written as they were, since frames before them are missing: {} left plain"
HIDDEN = "frames of messages in which secrets are hidden: {} left out, and the messages written plain"
ANEW = "frames that cannot stand behind those before them begin new connections: {} made up"
LET_GO = "more than 10,000 connections are open at once: {} let go of"


class Lacks:
    """What a capture cannot hold, counted."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, sentence: str) -> None:
        """Count a thing; ``{}`` is where the count stands."""
        self._counts[sentence] = self._counts.get(sentence, 0) + 1

    def tell(self, told: Told) -> None:
        """Tell them all."""
        for sentence, count in self._counts.items():
            told(sentence.format(f"{count:,}"))


def pcapng(batches: Iterable[Batch], told: Told) -> Iterator[bytes]:
    """Yield the header of a section, an interface, and the packets of a recording."""
    yield beginning(COMMENT, f"wsinspect {__version__}", MICROSECONDS)
    lacks = Lacks()
    recording = iter(batches)
    early, framed = _look_ahead(recording)
    connections: OrderedDict[int, _Connection] = OrderedDict()
    begun = 0
    for batch in chain(early, recording):
        micros = round(batch.at.wall * 1e6)
        for row in batch.rows:
            type, payload, _ = row
            connection = connections.get(batch.connection)
            handshake: Handshake | None = payload if type == HANDSHAKE else None
            if handshake is None and type in (CLOSED, GAP, ERROR) and (connection is None or connection.over):
                lacks.add(LACKS[type])
                continue
            if handshake is None and connection is not None and not connection.takes(row, batch.direction):
                if not connection.over:
                    lacks.add(ANEW)
                    yield from connection.end(micros)
                handshake = connection.again(batch.at)
            if handshake is None and connection is None:
                lacks.add(MADE_UP)
                handshake = made_up(batch.at)
            if handshake is not None:
                begun += 1
                connection = connections[batch.connection] = _Connection(begun, handshake, framed, lacks)
                yield from connection.begin()
                if len(connections) > MOST_OPEN:
                    _, oldest = connections.popitem(last=False)
                    if not oldest.over:
                        lacks.add(LET_GO)
            assert connection is not None
            if type != HANDSHAKE:
                yield from connection.write(row, batch.direction, micros)
        if batch.connection in connections:
            connections.move_to_end(batch.connection)
    lacks.tell(told)


def _look_ahead(recording: Iterator[Batch]) -> tuple[list[Batch], bool]:
    """Return the first batches, up to the first frame, and whether there is one."""
    early: list[Batch] = []
    held = 0
    for batch in recording:
        early.append(batch)
        held += batch.cost
        if any(row[0] == FRAME for row in batch.rows):
            return early, True
        if len(early) >= LOOKED_AT or held >= LOOKED_INTO:
            break
    return early, False


class _Way:
    """What was written in one direction."""

    def __init__(self) -> None:
        self.closed = False  # a close frame was written
        self.plainly = False  # a message without its frames was written
        self.opcode = 0  # of a message in several frames, not finished
        self.wire = 0  # the size of its frames so far
        self.skips = False  # its frames are not written
        self.whole: tuple[int, int] | None = None  # opcode and size of the message whose frames are written
        self.control: tuple[int, int] | None = None  # the same of the control frame that was written last


class _Connection:
    """One connection, written packet by packet."""

    def __init__(self, number: int, handshake: Handshake, framed: bool, lacks: Lacks) -> None:
        self.handshake = handshake
        self.over = False
        self._number = number
        self._lacks = lacks
        self._framed = framed
        self._compresses = framed and terms_of(handshake.extensions) is not None
        self._ways: dict[Direction, _Way] = {"in": _Way(), "out": _Way()}
        self._masks = 0
        host, port = _server(handshake)
        self._link = Link(number, host, port)

    def begin(self) -> Iterator[bytes]:
        """Open the TCP connection, ask, and be answered."""
        handshake, lacks = self.handshake, self._lacks
        answer_at = round(handshake.at.wall * 1e6)
        asked_at = answer_at - round(handshake.seconds * 1e6)
        key = key_of(handshake, self._number)
        if handshake.tls is not None or handshake.url.startswith("wss:"):
            lacks.add(TLS)
        if "@" in authority_of(handshake.url):
            lacks.add(CREDENTIALS)
        if handshake.steps:
            lacks.add(STEPS)
        if handshake.request and key != value_of(handshake.request, "sec-websocket-key"):
            lacks.add(KEYS)
        if handshake.status != SWITCHING:
            lacks.add(REFUSED)
        elif handshake.extensions and not self._framed:
            lacks.add(EXTENSIONS)
        yield from self._link.open(asked_at)
        yield from self._link.send(asked_at, True, asked(handshake, key))
        yield from self._link.send(answer_at, False, answered(handshake, key, extensions=self._framed))

    def again(self, at: Moment) -> Handshake:
        """Return the handshake of a connection that goes on where this one ends."""
        if self.handshake.status != SWITCHING:
            return made_up(at)
        return self.handshake._replace(at=at, seconds=0.0)

    def takes(self, row: Row, direction: Direction) -> bool:
        """Tell whether a row can follow what was written: no frame follows a close, no message stands in another."""
        if self.over:
            return False
        type, payload, _ = row
        way = self._ways[direction]
        if type == FRAME:
            frame: Frame = payload
            fits = frame.opcode >= CLOSE or frame.opcode == CONTINUATION or not way.opcode
            return fits and not way.closed
        if type in (ERROR, GAP, CLOSED):
            return True
        if self._is_written(row, way):
            return True
        return not way.closed and not (type in DATA and way.opcode and not way.skips)

    def write(self, row: Row, direction: Direction, micros: int) -> Iterator[bytes]:
        """Write a row that it takes."""
        type, payload, wire = row
        if type == CLOSED:
            yield from self._closed(payload, micros)
        elif type in (ERROR, GAP):
            self._lacks.add(LACKS[type])
            if type == GAP:
                yield from self.end(micros)
        elif self.handshake.status != SWITCHING:
            self._lacks.add(AFTER_REFUSAL)
        elif type == FRAME:
            yield from self._frame(payload, direction, wire, micros)
        else:
            way = self._ways[direction]
            if self._is_written(row, way):
                if type in DATA:
                    way.whole = None
                else:
                    way.control = None
                return
            if type in DATA:
                way.plainly = True
                way.opcode, way.skips = 0, False
            opcode = _opcode(type)
            way.closed = way.closed or opcode == CLOSE
            yield from self._send(payload, opcode, direction, micros)

    def end(self, micros: int) -> Iterator[bytes]:
        """End the TCP connection, the server first."""
        self.over = True
        return self._link.close(micros, by_client=False)

    def _is_written(self, row: Row, way: _Way) -> bool:
        """Tell whether the frames of a message were written already."""
        type, _, wire = row
        if type in DATA:
            return way.whole == (type, wire)
        return way.control == (_opcode(type), wire)

    def _frame(self, frame: Frame, direction: Direction, wire: int, micros: int) -> Iterator[bytes]:
        way = self._ways[direction]
        # Of a message that holds a secret, the frames hold as many asterisks.
        hidden = bool(frame.payload) and not frame.payload.strip(b"*")
        if frame.opcode >= CLOSE:
            if hidden:
                self._lacks.add(HIDDEN)
                return
            way.control = frame.opcode, wire
            way.closed = frame.opcode == CLOSE
        else:
            if frame.opcode != CONTINUATION:
                way.opcode, way.wire = frame.opcode, 0
                way.skips = hidden or (bool(frame.rsv) and (way.plainly or not self._compresses))
            elif not way.opcode:
                # Its first frame was not recorded.
                way.skips = True
            way.wire += wire
            if way.skips:
                if hidden or frame.rsv:
                    self._lacks.add(HIDDEN if hidden else PLAIN)
                way.whole = None
            elif frame.fin:
                way.whole = way.opcode, way.wire
            skipped = way.skips
            if frame.fin:
                way.opcode, way.skips = 0, False
            if skipped:
                return
        yield from self._send(
            frame.payload, frame.opcode, direction, micros, fin=frame.fin, rsv=frame.rsv, mask=frame.mask
        )

    def _send(
        self,
        payload: bytes,
        opcode: int,
        direction: Direction,
        micros: int,
        *,
        fin: bool = True,
        rsv: int = 0,
        mask: bytes | None = None,
    ) -> Iterator[bytes]:
        by_client = direction == "out"
        if not by_client:
            mask = None
        elif mask is None or len(mask) != 4:
            self._masks += 1
            mask = sha256(b"mask %d %d" % (self._number, self._masks)).digest()[:4]
        data = write_frame(payload, opcode, fin=fin, rsv=rsv, mask=mask)
        return self._link.send(micros, by_client, data)

    def _closed(self, closed: Closed, micros: int) -> Iterator[bytes]:
        self.over = True
        if closed.cause:
            self._lacks.add(CAUSES)
        by_client = closed.by == "us" and not self._ways["in"].closed
        if "reset" in closed.cause:
            return self._link.reset(micros, by_client)
        return self._link.close(micros, by_client)


def _opcode(type: int) -> int:
    """Return the opcode of a message: its type is one, but that of a close frame that leaves."""
    return CLOSE if type == CLOSING else type


def _server(handshake: Handshake) -> tuple[str, int]:
    """Return the server's address, made up where only its name is known, and its port."""
    try:
        parts = urlsplit(f"//{handshake.address}")
        host, port = parts.hostname or "", parts.port or PORT
    except ValueError:
        return SERVER, PORT
    if handshake.tls is not None or handshake.url.startswith("wss:"):
        # What comes from a port of TLS, Wireshark would take for TLS.
        port = PORT
    try:
        ip_address(host)
    except ValueError:
        host = SERVER
    return host, port
