"""One WebSocket of a capture, seen from its client: both directions read, and how it ended. Knows no TCP."""

from urllib.parse import urlsplit

from wsinspect.ending import Ending
from wsinspect.errors import Exit
from wsinspect.events import (
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    FRAME,
    HANDSHAKE,
    Batch,
    Direction,
    Handshake,
    Moment,
    alone,
)
from wsinspect.extensions import Terms, terms_of
from wsinspect.recordings.captures.exchanges import Answer, every
from wsinspect.recordings.captures.likeness import frames_in
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

MAX_SIZE = 64 << 20
"""Bytes of a message, once inflated, that are gathered."""

INFLATING = 200_000
"""About what two directions with compression hold of their past."""

RATIO = 1030
"""Bytes may come of one that is compressed."""

SWITCHING = 101


class Socket:
    """``number`` is that of its connection, ``agreed`` what was agreed on for compression, if it was.

    Of a headless one the handshake is not known: what is compressed there cannot be read, and is no fault.
    """

    def __init__(self, number: int, agreed: Terms | None, *, headless: bool = False) -> None:
        self.number = number
        self.puzzled = False
        """It turned out that something cannot be read."""

        self.lacks = False
        """Something is missing."""

        self.cost = 0
        """Bytes of memory that it holds, about."""

        self._ending = Ending()
        self._agreed = agreed
        self._readers = {True: self._reader(True, 0), False: self._reader(False, 0)}
        self._seen = {True: 0, False: 0}
        self._waiting = {True: 0, False: 0}  # bytes that no row came of yet
        self._adrift: set[bool] = set()  # sides of which it is not known where a frame begins
        self._unsure: set[bool] = {True, False} if headless else set()  # of which it may not be known
        self._skips = {True: 0, False: 0}  # bytes of a frame that began before a gap
        self._headless = headless
        self._closes: set[bool] = set()  # sides that sent a close frame

    def _reader(self, by_client: bool, offset: int) -> Reader:
        way: Direction = "out" if by_client else "in"
        return Reader(
            way, masked=by_client, deflate=self._deflate(by_client), max_size=MAX_SIZE, frames=True, offset=offset
        )

    def _deflate(self, by_client: bool) -> Deflate | None:
        if self._agreed is None:
            return None
        bits, fresh = (
            (self._agreed.client_bits, self._agreed.client_fresh)
            if by_client
            else (self._agreed.server_bits, self._agreed.server_fresh)
        )
        return Deflate(bits or 15, not fresh)

    def feed(self, by_client: bool, data: bytes, at: Moment) -> Batch | None:
        """Take bytes of one side; return what they brought, or None where that is nothing yet."""
        offset = self._seen[by_client]
        self._seen[by_client] += len(data)
        if skipped := min(self._skips[by_client], len(data)):
            self._skips[by_client] -= skipped
            data, offset = data[skipped:], offset + skipped
            if not self._skips[by_client]:
                self._readers[by_client] = self._reader(by_client, offset)
            if not data:
                return None
        if by_client in self._adrift:
            if not frames_in(data, masked=by_client):
                return None
            self._adrift.discard(by_client)
            self._readers[by_client] = self._reader(by_client, offset)
        reader = self._readers[by_client]
        if reader.over:
            return None
        batch = reader.feed(data, at)
        waited, self._waiting[by_client] = self._waiting[by_client], 0
        if not batch.rows:
            self._waiting[by_client] = waited + len(data)
        self._weigh()
        if not batch.rows:
            return None
        batch.wire += waited
        batch.connection = self.number
        if not batch.uniform:
            self._heed(by_client, batch)
        if batch.messages:
            self._unsure.discard(by_client)
        return batch if batch.rows else None

    def _weigh(self) -> None:
        waiting = self._waiting[True] + self._waiting[False]
        if self._agreed is None:
            self.cost = waiting
        else:
            self.cost = INFLATING + min(waiting * RATIO, 2 * MAX_SIZE)

    def _heed(self, by_client: bool, batch: Batch) -> None:
        """Learn how it ends; what seems a breach where it is not sure that a frame begins is none."""
        if by_client in self._unsure and batch.rows[-1][0] == ERROR and not any(row[0] in DATA for row in batch.rows):
            batch.rows.pop()
            if batch.rows and batch.rows[-1][0] == FRAME:
                batch.rows.pop()
            self._adrift.add(by_client)
        for index, (type, payload, wire) in enumerate(batch.rows):
            if type == CLOSE and by_client:
                batch.rows[index] = CLOSING, payload, wire
                self._ending.close_sent(payload)
                self._closes.add(True)
            elif type == CLOSE:
                self._ending.close_received(payload)
                self._closes.add(False)
            elif type == ERROR and self._headless and payload.rule == "rsv":
                self.puzzled = self.lacks = True
            elif type == ERROR and not by_client:
                self._ending.violated(payload)
        if self.puzzled:
            batch.rows[:] = [row for row in batch.rows if row[0] != ERROR]

    def lost(self, by_client: bool, size: int) -> bool:
        """So many bytes of one side are missing; return whether what follows can be read again.

        It can behind a frame that began before the gap and ends after it, and where a piece begins that looks like
        frames; unless it is compressed with what is missing in mind.
        """
        self._seen[by_client] += size
        self.lacks = True
        deflate = self._deflate(by_client)
        if self._readers[by_client].over:
            return True
        self._waiting[by_client] = 0
        if deflate is not None and deflate.context_takeover:
            self._readers[by_client].over = True
            return False
        self._unsure.add(by_client)
        left = self._skips[by_client] or (0 if by_client in self._adrift else self._readers[by_client].left)
        self._skips[by_client] = max(0, left - size)
        if size >= left:
            # Where they are equal a frame may begin; no more is known of it than of any other place.
            self._adrift.add(by_client)
        return True

    def end(self, by_client: bool, reset: bool, at: Moment) -> Batch:
        """The TCP connection is over, by the side that said so first; return the row of the end."""
        unread = self._readers[by_client]
        where = "" if unread.over or by_client in self._adrift else unread.unfinished()
        if self.lacks and not self._closes:
            cause, where = "what came before the end of the TCP connection is not in the capture", ""
        elif reset:
            cause = f"the connection was reset{' by the client' if by_client else ''}"
        else:
            cause = f"the {'client' if by_client else 'peer'} ended the TCP connection without a close frame"
        cause = f"{cause}, {where}" if where else cause
        if by_client and not self.lacks:
            self._ending.wish(Exit.LOST, cause)
        else:
            self._ending.lost(cause)
        return self._closed(at)

    def capture_ends(self, at: Moment) -> Batch | None:
        """Nothing more is known; return the row of the end, if both sides said so already."""
        return self._closed(at) if len(self._closes) == 2 else None

    def _closed(self, at: Moment) -> Batch:
        return alone(at, "in", (CLOSED, self._ending.closed(), 0), self.number)


def opened(answer: Answer, address: str, at: Moment, number: int) -> tuple[Batch, Terms | None]:
    """Return the row of a handshake, and what it agreed on for compression."""
    request = answer.request
    extensions = every(answer.headers, "Sec-WebSocket-Extensions")
    handshake = Handshake(
        at,
        _url(request.resource, every(request.headers, "Host").partition(",")[0] or address),
        address,
        answer.status,
        max(0, answer.at - request.at) / 1e9,
        every(answer.headers, "Sec-WebSocket-Protocol") or None,
        extensions,
        request.headers,
        answer.headers,
        resource=request.resource,
        reason=answer.reason,
    )
    return alone(at, "in", (HANDSHAKE, handshake, 0), number), terms_of(extensions)


def refused(answer: Answer, at: Moment, number: int) -> Batch:
    """Return the row of the end of what was never open."""
    # A cause is text, unlike what the answer says: that may be of bytes that are none.
    reason = answer.reason.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    ending = Ending()
    ending.wish(Exit.REFUSED, f"the server answered {answer.status:03} {reason}".rstrip())
    return alone(at, "in", (CLOSED, ending.closed()._replace(by="peer"), 0), number)


def _url(resource: str, host: str) -> str:
    if not resource.startswith("/"):
        # As proxies are asked (RFC 9112 section 3.2.2).
        try:
            parts = urlsplit(resource)
        except ValueError:
            return f"ws://{host}/"
        if parts.netloc:
            return f"ws://{parts.netloc}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    return f"ws://{host}{resource}"
