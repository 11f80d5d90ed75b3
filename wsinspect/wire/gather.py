"""Pieces of one payload, kept until it is whole. Knows nothing of frames."""

SMALL = 4096
FLUSH = 64 * 1024


class Gather:
    """A payload in the making: linear in time, and close to its size in memory whatever the pieces' sizes.

    Large pieces are kept as they are and joined once; small ones are packed first, since a bytes object costs more
    than 33 bytes of its own.
    """

    __slots__ = ("_packed", "_pieces", "size")

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []
        self._packed = bytearray()

    def add(self, piece: bytes) -> None:
        """Append a piece."""
        self.size += len(piece)
        if len(piece) >= SMALL:
            self._flush()
            self._pieces.append(piece)
        else:
            self._packed += piece
            if len(self._packed) >= FLUSH:
                self._flush()

    def _flush(self) -> None:
        if self._packed:
            self._pieces.append(bytes(self._packed))
            self._packed.clear()

    def take(self) -> bytes:
        """Return all pieces as one, and start anew."""
        self._flush()
        pieces, self._pieces, self.size = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
