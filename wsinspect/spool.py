"""Bytes put aside until their turn comes: a little in memory, the rest in a file without a name.

Forms in which connections stand one behind the other are written and read with its help in constant memory, though
connections mix in time. The file is the user's alone (mode 0600), and gone when it is closed or the program ends; no
path is taken from anybody. Knows no form.
"""

import contextlib
from collections.abc import Hashable, Iterator
from tempfile import TemporaryFile
from typing import IO

from wsinspect.errors import Exit, InspectError

IN_MEMORY = 8 << 20
"""Bytes that are kept in memory before all of them go to the disk."""

PIECE = 1 << 18


class Spool:
    """Lines of bytes, each under a key, given back in the order in which they were put aside."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._waiting: dict[Hashable, list[bytes]] = {}
        self._size = 0
        self._places: dict[Hashable, list[tuple[int, int]]] = {}  # by key: where in the file, and how many bytes
        self._file: IO[bytes] | None = None

    def add(self, key: Hashable, data: bytes) -> None:
        """Put bytes aside; raises `InspectError` where the disk takes no more."""
        self._waiting.setdefault(key, []).append(data)
        self._size += len(data)
        if self._size > self._in_memory:
            self._write()

    def keys(self) -> list[Hashable]:
        """Return the keys under which something is put aside, in the order in which that began."""
        return list({**self._places, **self._waiting})

    def take(self, key: Hashable) -> Iterator[bytes]:
        """Yield what was put aside under a key, in pieces of moderate size, and forget it."""
        waiting = self._waiting.pop(key, [])
        for start, size in self._places.pop(key, []):
            assert self._file is not None
            for at in range(start, start + size, PIECE):
                self._file.seek(at)
                yield self._file.read(min(PIECE, start + size - at))
        self._size -= sum(map(len, waiting))
        yield from waiting

    def lines(self, key: Hashable) -> Iterator[bytes]:
        """Yield the same, line by line; what was put aside must end in a newline."""
        parts: list[bytes] = []
        for piece in self.take(key):
            first, *others = piece.split(b"\n")
            parts.append(first)
            for other in others:
                yield b"".join(parts)
                parts = [other]

    def close(self) -> None:
        """Let go all there is."""
        self._waiting.clear()
        self._places.clear()
        self._size = 0
        if self._file is not None:
            # Where the disk is full, closing tells it once more.
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self) -> None:
        """Move all that is in memory to the file."""
        try:
            if self._file is None:
                self._file = TemporaryFile()
            at = self._file.seek(0, 2)
            for key, pieces in self._waiting.items():
                size = sum([self._file.write(piece) for piece in pieces])
                self._places.setdefault(key, []).append((at, size))
                at += size
            self._file.flush()
        except OSError as fault:
            raise InspectError(
                f"cannot put aside what has to wait for its turn: {(fault.strerror or str(fault)).lower()}",
                hint="it needs room for temporary files; TMPDIR says where they are made",
                exit=Exit.OUTPUT,
            ) from None
        self._waiting.clear()
        self._size = 0
