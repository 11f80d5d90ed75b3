"""Compressed messages made plain: permessage-deflate on zlib (RFC 7692 section 7.2.2). Knows no frames.

One object serves one direction of one connection. It inflates piece by piece and never produces more than it is
allowed to, so that a small message that inflates to gigabytes costs nothing.
"""

import zlib
from typing import NamedTuple

EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
END = EMPTY_BLOCK[1:] + 64 * EMPTY_BLOCK
"""The four bytes that a sender takes off the end of a message, and empty blocks: more than any header of a block takes.

They come to nothing where the message ends between blocks. Inside one they come out as bytes, or are an error; zlib
itself would take the next message for the rest.
"""

WINDOW = 32768
STEP = 4096
"""So much goes to zlib at once: it copies what stands behind a block with BFINAL, and doubles its output buffer."""


class TooBig(Exception):
    """The message inflates to more than was allowed."""


class Deflate(NamedTuple):
    """What was agreed for one direction: the LZ77 window in bits (8 to 15), and whether it lives on."""

    window_bits: int = 15
    context_takeover: bool = True


class Inflate:
    """Inflates the messages of one direction."""

    def __init__(self, agreed: Deflate) -> None:
        self._bits = -agreed.window_bits
        self._takeover = agreed.context_takeover
        self._window = bytearray()  # the last bytes that were inflated, and at most as many before them
        self._start()

    def _start(self) -> None:
        """Begin a stream, on the window of the one before."""
        self._stream = zlib.decompressobj(self._bits, zdict=bytes(self._window[-WINDOW:]))
        self._idle = True  # nothing has come since a message or a stream ended

    def feed(self, data: bytes, allowed: int) -> bytes:
        """Inflate a piece; raises `TooBig` past ``allowed`` bytes and `zlib.error` on broken data."""
        out: list[bytes] = []
        for start in range(0, len(data), STEP):
            rest = data[start : start + STEP]
            while rest:
                self._idle = False
                plain = self._stream.decompress(rest, allowed + 1)
                allowed -= len(plain)
                if allowed < 0:
                    raise TooBig
                if plain:
                    out.append(plain)
                    self._remember(plain)
                rest = b""
                if self._stream.eof:
                    # A block with BFINAL ends the stream, not the message (section 7.2.3.4); the window goes on.
                    rest = self._stream.unused_data
                    self._start()
        return out[0] if len(out) == 1 else b"".join(out)

    def finish(self) -> None:
        """End the message, and drop the window if so agreed; raises `zlib.error` where it ends inside a block."""
        # After a last block with BFINAL nothing was taken off; nor was it from an empty message of a zlib that had
        # nothing to flush, which some send as no bytes at all, where section 7.2.3.6 asks for one.
        if not self._idle:
            try:
                ends_inside = self._stream.decompress(END, 1)
            except zlib.error:
                ends_inside = b"?"
            if ends_inside:
                raise zlib.error("it ends inside a block")
            self._idle = True
        if not self._takeover:
            self._window.clear()
        if self._stream.eof or not self._takeover:
            self._start()

    def _remember(self, plain: bytes) -> None:
        self._window += plain[-WINDOW:]
        if len(self._window) > 2 * WINDOW:
            del self._window[:-WINDOW]
