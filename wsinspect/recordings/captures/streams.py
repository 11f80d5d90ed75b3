"""One direction of a TCP connection, put in order (RFC 9293). Knows no packet and no protocol on it.

Segments come as they were captured: twice, late, overlapping, and not all of them. What follows a gap is held until
the gap is filled, or until it shows that it never will be: a missing piece that was acknowledged got lost on the way
into the file, not on the way to the peer.
"""

MODULUS = 1 << 32
HALF = 1 << 31

MOST_HELD = 4 << 20
"""So many bytes behind a gap are held."""

MOST_PIECES = 2048
PATIENCE = 32
"""Segments that may come before an acknowledged gap is given up: a capture may swap a few."""

WIDEST = 1 << 30
"""No window is wider (RFC 7323): what is further ahead is not of this connection."""

COST = 120
"""What a piece costs in memory beyond its bytes."""


class Stream:
    """``offset`` counts the bytes since the first that was seen; ``held`` is the memory of what waits behind a gap."""

    __slots__ = ("_acked", "_next", "_pieces", "_waited", "ended", "held", "offset")

    def __init__(self, seq: int | None = None) -> None:
        self._next = seq
        self._pieces: dict[int, bytes] = {}  # by their offset
        self._waited = 0
        self._acked = 0
        self.offset = 0
        self.held = 0
        self.ended: int | None = None
        """The offset at which it ends, once that is known."""

    @property
    def begun(self) -> bool:
        """It is known where it begins."""
        return self._next is not None

    @property
    def over(self) -> bool:
        """It ended, and what was not seen of it will not come: the peer has it."""
        return self.ended is not None and max(self.offset, self._acked) >= self.ended

    @property
    def lacks(self) -> bool:
        """Something is held behind a gap, or missing before the end."""
        return bool(self._pieces) or (self.ended is not None and self.ended > self.offset)

    def begin(self, seq: int) -> None:
        """The next byte has this sequence number."""
        self._next = seq

    def place(self, seq: int) -> int:
        """Return the offset of a sequence number."""
        assert self._next is not None
        ahead = (seq - self._next) % MODULUS
        return self.offset + (ahead - MODULUS if ahead >= HALF else ahead)

    def push(self, seq: int, data: bytes) -> bytes:
        """Take a segment's payload; return what is in order now, which may be nothing."""
        if seq == self._next and not self._pieces:
            self._advance(len(data))
            return data
        at = self.place(seq)
        if at > self.offset:
            if at - self.offset < WIDEST:
                self._hold(at, data)
            return b""
        data = data[self.offset - at :]
        if not data:
            return b""
        self._advance(len(data))
        return b"".join([data, *self.following()]) if self._pieces else data

    def acknowledged(self, ack: int) -> None:
        """The peer has all before this sequence number."""
        if self._pieces or self.ended is not None:
            self._acked = max(self._acked, self.place(ack))

    def hopeless(self) -> bool:
        """Tell whether a gap is there that nothing will fill."""
        if not self._pieces:
            return False
        self._waited += 1
        if self.held > MOST_HELD or len(self._pieces) > MOST_PIECES:
            return True
        return self._waited > PATIENCE and self._acked >= min(self._pieces)

    def jump(self) -> int:
        """Pass over the gap before what is held, or before the end; return its size.

        What is in order then comes by `following`.
        """
        assert self._pieces or self.ended is not None
        gap = min(self._pieces, default=self.ended or 0) - self.offset
        self._advance(gap)
        self._waited = 0
        return gap

    def following(self) -> list[bytes]:
        """Take out of what is held what is in order by now, in the pieces in which it came."""
        found = []
        for at in sorted(self._pieces):
            if at > self.offset:
                break
            data = self._pieces.pop(at)
            self.held -= len(data) + COST
            data = data[self.offset - at :]
            self._advance(len(data))
            found.append(data)
        if not self._pieces:
            self._waited = 0
        return found

    def _advance(self, size: int) -> None:
        assert self._next is not None
        self._next = (self._next + size) % MODULUS
        self.offset += size

    def _hold(self, at: int, data: bytes) -> None:
        if not data:
            return
        known = self._pieces.get(at, b"")
        if len(data) > len(known):
            self._pieces[at] = data
            self.held += len(data) - len(known) + (0 if known else COST)
