"""What happens on a connection, as values: batches of rows, and the events made of them.

Bytes come in chunks; a chunk becomes one `Batch`, a moment and a direction with a list of light rows. Whoever needs
comfort iterates the batch and gets an `Event` a row; the fast paths read the rows themselves. Knows no bytes on the
wire, socket or terminal.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

from wsinspect.vocabulary import WSCloseCode, WSMessage, WSMsgType

Direction: TypeAlias = Literal["in", "out"]

# A row is (type, payload, wire size in bytes). By type, the payload is
#   TEXT, BINARY, PING, PONG   bytes; text is known to be UTF-8
#   CLOSE, CLOSING             the body of the close frame: nothing, or two bytes of code and a UTF-8 reason
#   ERROR                      a Violation
#   CLOSED                     a Closed
#   FRAME                      a Frame
#   HANDSHAKE                  a Handshake: the connection is open
#   GAP                        a Gap: the connection is open again
# The wire size of a message is that of all its frames, headers included. Types are plain ints, equal to WSMsgType's.
Row: TypeAlias = tuple[int, Any, int]

TEXT = int(WSMsgType.TEXT)
BINARY = int(WSMsgType.BINARY)
CLOSE = int(WSMsgType.CLOSE)
PING = int(WSMsgType.PING)
PONG = int(WSMsgType.PONG)
CLOSING = int(WSMsgType.CLOSING)
CLOSED = int(WSMsgType.CLOSED)
ERROR = int(WSMsgType.ERROR)

DATA = frozenset({TEXT, BINARY})
"""Types of rows that hold a data message."""

FRAME = 0x200
"""Type of a row that holds a frame as it stood on the wire; beyond the values of `WSMsgType`."""

HANDSHAKE = 0x201
"""Type of the row that begins a connection."""

GAP = 0x202
"""Type of a row that tells of time without a connection, after which it was opened again."""

NO_STATUS = 1005
ABNORMAL = 1006

ROW_COST = 150
"""What a row costs in memory beyond its bytes on the wire."""


class Moment(NamedTuple):
    """One moment on two clocks: seconds since the epoch, and seconds on a clock that never jumps."""

    wall: float
    mono: float


class Frame(NamedTuple):
    """A frame as it stood on the wire (RFC 6455 section 5.2).

    ``payload`` is unmasked but still compressed; ``rsv`` has RSV1 as its highest bit (4); ``mask`` is the key, or None;
    ``plain_size`` is the payload's size once inflated, or None where it was not compressed.
    """

    fin: bool
    rsv: int
    opcode: int
    mask: bytes | None
    header_size: int
    payload: bytes
    plain_size: int | None
    offset: int

    @property
    def type(self) -> int:
        """Tell a frame from a message where both occur."""
        return FRAME


class Violation(NamedTuple):
    """A breach of RFC 6455 or 7692 by the peer, or of our own limit in size.

    ``rule`` is a key of `wire.rules.RULES`; ``offset`` counts bytes of this direction after the handshake; ``data``
    holds the offending bytes, shortened; ``code`` is the close code that the RFC asks for.
    """

    rule: str
    section: str
    sentence: str
    offset: int
    data: bytes
    code: int


class Closed(NamedTuple):
    """How a connection ended.

    ``by`` is who began: ``peer``, ``us``, or ``nobody`` where the connection was lost; ``clean`` is RFC 6455 section
    7.1.4; ``code`` and ``reason`` are what the peer's close frame said (1005: no code, 1006: no frame came);
    ``sent`` is the code of our close frame, or None; ``cause`` tells in a sentence why, where the code does not;
    ``exit`` is the program's exit code for this end.
    """

    by: Literal["peer", "us", "nobody"]
    clean: bool
    code: int
    reason: str
    sent: int | None
    cause: str
    exit: int


class Step(NamedTuple):
    """A step of opening, done: ``name`` is resolve, connect, proxy, tls or upgrade; ``detail`` is for a reader."""

    name: str
    seconds: float
    detail: str = ""


class TlsFacts(NamedTuple):
    """What TLS agreed on, and the server's certificate as far as it is known.

    ``names`` (subject alternative names, else the common name), ``issuer``, ``begins`` and ``expires`` (seconds since
    the epoch) are empty or None where the certificate could not be read; ``sha256`` is its fingerprint in hex.
    ``lowest`` and ``highest`` are the versions that we offered, ``offered_alpn`` what we offered by ALPN;
    ``server_name`` is whom we asked for.
    """

    version: str
    cipher: str
    alpn: str | None
    verified: bool
    sha256: str
    names: tuple[str, ...] = ()
    issuer: str = ""
    expires: float | None = None
    begins: float | None = None
    lowest: str = ""
    highest: str = ""
    offered_alpn: tuple[str, ...] = ()
    server_name: str = ""


class Handshake(NamedTuple):
    """The opening handshake: what was asked, and what came back (RFC 6455 section 4).

    ``address`` is the peer's ``host:port``; ``seconds`` run from the first step to the answer; ``extensions`` is the
    negotiated Sec-WebSocket-Extensions, empty if none; headers stand in order, as they were sent; ``resource`` is what
    the request line asked for; ``secrets`` are values that are hidden wherever they stand in it.
    """

    at: Moment
    url: str
    address: str
    status: int
    seconds: float
    subprotocol: str | None
    extensions: str
    request: list[tuple[str, str]]
    response: list[tuple[str, str]]
    resource: str = "/"
    reason: str = "Switching Protocols"
    steps: tuple[Step, ...] = ()
    tls: TlsFacts | None = None
    secrets: frozenset[str] = frozenset()

    @property
    def type(self) -> int:
        """Tell a handshake from a message where both occur."""
        return HANDSHAKE


class Gap(NamedTuple):
    """Time without a connection, in seconds, how often it was tried to open it meanwhile, and the code it broke with.

    What the peer sent in between is missing.
    """

    seconds: float
    attempts: int
    code: int

    @property
    def type(self) -> int:
        """Tell a gap from a message where both occur."""
        return GAP


Aside: TypeAlias = "Frame | Handshake | Gap"
"""What stands in a stream beside messages."""


class Event(NamedTuple):
    """One row, made readable. ``wire`` is the size on the wire in bytes; ``message.type`` tells what it is."""

    at: Moment
    direction: Direction
    message: "WSMessage | Aside"
    wire: int


class Batch:
    """What one chunk of bytes brought: one moment, one direction, and rows.

    ``messages`` and ``payload`` count the data messages and their payload bytes, ``wire`` the bytes of the chunk;
    ``uniform`` is true where every row is a data message. ``connection`` tells connections apart that a recording
    holds side by side, counted from 1 in the order in which they begin; 0 where there is only one at a time.
    """

    __slots__ = ("at", "connection", "direction", "messages", "payload", "rows", "uniform", "wire")

    def __init__(
        self,
        at: Moment,
        direction: Direction,
        rows: list[Row],
        *,
        messages: int = 0,
        payload: int = 0,
        wire: int = 0,
        uniform: bool = False,
        connection: int = 0,
    ) -> None:
        self.at = at
        self.connection = connection
        self.direction: Direction = direction
        self.rows = rows
        self.messages = messages
        self.payload = payload
        self.wire = wire
        self.uniform = uniform

    @property
    def cost(self) -> int:
        """About how many bytes of memory it holds: what came compressed is held inflated."""
        return max(self.wire, self.payload) + ROW_COST * len(self.rows)

    def holding(self, rows: list[Row]) -> "Batch":
        """Return a batch of fewer or other rows; the messages counted of it are those it holds."""
        sizes = [len(row[1]) for row in rows if row[0] in DATA]
        return Batch(
            self.at,
            self.direction,
            rows,
            messages=len(sizes),
            payload=sum(sizes),
            wire=self.wire,
            uniform=self.uniform,
            connection=self.connection,
        )

    def __iter__(self) -> Iterator[Event]:
        at, direction = self.at, self.direction
        for type, payload, wire in self.rows:
            yield Event(at, direction, readable(type, payload), wire)

    def __repr__(self) -> str:
        return f"Batch({self.direction}, {self.rows!r})"


def alone(at: Moment, direction: Direction, row: Row, connection: int = 0) -> Batch:
    """Return the batch of a single row."""
    type, payload, wire = row
    data = type in DATA
    return Batch(
        at,
        direction,
        [row],
        messages=int(data),
        payload=len(payload) if data else 0,
        # The bytes of frames are counted with the messages they make.
        wire=0 if type == FRAME else wire,
        uniform=data,
        connection=connection,
    )


class Tally:
    """What went over a connection, by direction: data messages, their payload bytes, and all bytes on the wire."""

    __slots__ = ("messages", "payload", "wire")

    def __init__(self) -> None:
        self.messages: dict[Direction, int] = {"in": 0, "out": 0}
        self.payload: dict[Direction, int] = {"in": 0, "out": 0}
        self.wire: dict[Direction, int] = {"in": 0, "out": 0}

    def add(self, batch: Batch) -> None:
        """Count a batch in."""
        direction = batch.direction
        self.messages[direction] += batch.messages
        self.payload[direction] += batch.payload
        self.wire[direction] += batch.wire


def close_parts(body: bytes) -> tuple[int, str]:
    """Split the body of a close frame into code and reason (RFC 6455 section 5.5.1); an empty body means 1005."""
    if len(body) < 2:
        return NO_STATUS, ""
    return int.from_bytes(body[:2], "big"), body[2:].decode("utf-8", "replace")


def named(code: int) -> int:
    """Return the code as a `WSCloseCode` where it has a member, else as it is."""
    try:
        return WSCloseCode(code)
    except ValueError:
        return code


def readable(type: int, payload: Any) -> "WSMessage | Aside":
    """Make a message of a row's type and payload; what no `WSMsgType` stands for is itself."""
    if type >= FRAME:
        aside: Aside = payload
        return aside
    kind = WSMsgType(type)
    if kind is WSMsgType.TEXT:
        return WSMessage(kind, payload.decode(), "")
    if kind is WSMsgType.CLOSE or kind is WSMsgType.CLOSING:
        code, reason = close_parts(payload)
        return WSMessage(kind, named(code), reason)
    if kind is WSMsgType.CLOSED:
        return WSMessage(kind, payload, payload.reason)
    if kind is WSMsgType.ERROR:
        return WSMessage(kind, payload, payload.sentence)
    return WSMessage(kind, payload, "")
