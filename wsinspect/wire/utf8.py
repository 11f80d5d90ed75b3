"""UTF-8 checked as it comes (RFC 6455 section 8.1): a wrong byte is told at once, not when the message ends."""

from codecs import getincrementaldecoder

_Decoder = getincrementaldecoder("utf-8")

BLOCK = 64 * 1024
"""So much is decoded at once: the characters are thrown away, and take up to four times the room."""


class BadText(Exception):
    """``offset`` is where the wrong character begins; ``data`` ends with the byte that cannot belong to it."""

    def __init__(self, offset: int, data: bytes) -> None:
        super().__init__(offset, data)
        self.offset = offset
        self.data = data


def wrong_bytes(fault: UnicodeDecodeError) -> bytes:
    """Return the bytes of a wrong character, from its first to the one that cannot belong to it."""
    # Python's end leaves out the byte that breaks a sequence off, but not one that cannot begin any.
    begins = 0xC2 <= fault.object[fault.start] <= 0xF4
    return bytes(fault.object[fault.start : fault.end + begins])


class TextCheck:
    """Checks the pieces of one text message."""

    __slots__ = ("_decoder", "_pending", "_since")

    def __init__(self) -> None:
        self._decoder = _Decoder()
        self._pending = b""  # an unfinished character
        self._since = 0  # the offset of its first byte

    def check(self, piece: bytes, offset: int, *, final: bool = False) -> None:
        """Check the next piece, which stands at ``offset``; raises `BadText` as soon as no UTF-8 can come of it."""
        if not self._pending and piece.isascii():
            return
        size = len(piece)
        for start in range(0, size or 1, BLOCK):
            self._decode(piece[start : start + BLOCK], offset + start, final and start + BLOCK >= size)

    def _decode(self, block: bytes, offset: int, final: bool) -> None:
        before = len(self._pending)
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError as fault:
            at = self._since if fault.start < before else offset + fault.start - before
            raise BadText(at, wrong_bytes(fault)) from None
        pending = self._decoder.getstate()[0]
        if len(pending) <= len(block):
            self._since = offset + len(block) - len(pending)
        self._pending = pending
        if pending[:1] == b"\xed" and pending[1:] >= b"\xa0":
            # Half a surrogate: Python waits for a third byte, though none can make it valid.
            raise BadText(self._since, pending)
