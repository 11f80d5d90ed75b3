"""The lines of a recording on their way to the disk: packed, and cut into parts. A destination of a `term.sink.Sink`.

At most `SYNC_S` after it was written, all can be read from the file, whatever becomes of this program. Each part begins
with the HANDSHAKE line of the connection that goes on in it, to the letter as it stood before, and so with its time:
that is how a reader of several parts knows it for a repetition.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from errno import ENOENT

from wsinspect.recorder.packing import Packer, Packing
from wsinspect.recorder.place import Place, has_name

SYNC_S = 0.1
"""So long what was packed may stay inside."""

SLICE = 32 << 10
"""Bytes that are packed, at most, before the size of the file is looked at."""

BEGINS, ENDS = b'{"type":"HANDSHAKE"', b'{"type":"CLOSED"'
"""How lines begin between which a connection is open. In a string, its quotes would be escaped."""


class Parts:
    """Writes lines into the file at ``place``, which ``descriptor`` opened.

    A part of more than ``largest`` bytes is begun only where it holds a single line; packed, a little more may come, or
    the whole of a last line that is long: how large it is once it is packed is seen afterwards.
    ``mono`` is a clock that never jumps.
    """

    def __init__(
        self, place: Place, descriptor: int, packer: Packer | None, largest: int | None, mono: Callable[[], float]
    ) -> None:
        self.size = 0
        """Bytes of all parts."""

        self.moved = 0
        """Parts that are full, and have a number."""

        self._place = place
        self._descriptor = descriptor
        self._has_name = has_name(descriptor)
        self._packer = packer
        self._packing: Packing | None = packer() if packer else None
        self._largest = largest
        self._mono = mono
        self._number = 0
        self._head = b""
        """The line with which the connection began that is open; empty where none is."""

        self._part_size = 0
        self._holds_lines = False
        """The part holds more than the repeated head."""

        self._seen = 0
        """Bytes that were to be written."""

        self._is_torn = False
        """They end inside a line."""

        self._long: dict[int, int] = {}
        """Sizes of lines that come in pieces, by where they begin among all bytes."""

        self._unsynced_since: float | None = None
        self._unsynced = 0
        """Bytes that were packed since."""

    def expect(self, begin: int, pieces: Iterable[bytes]) -> None:
        """Know how long lines are that will come in pieces, the first of them at ``begin``; for any thread."""
        if self._largest is None:
            return
        end = start = begin
        for piece in pieces:
            cut = piece.find(b"\n") + 1
            if cut:
                self._long[start] = end + cut - start
                start = end + piece.rindex(b"\n") + 1
            end += len(piece)

    def write(self, data: bytes) -> None:
        """Write lines; of one that is cut off, the rest follows."""
        if self._largest is None:
            self._put(data)
        else:
            for lines in self._fitting(data, self._largest):
                self._put(lines)
                self._remember(lines)
                self._holds_lines = self._holds_lines or lines != self._head
                if self._unsynced >= SLICE:
                    # What is kept inside would make the part too large.
                    self.settle()
            self._is_torn = not data.endswith(b"\n")
            self._seen += len(data)
            # Another thread may put something in meanwhile.
            for begin in [begin for begin in list(self._long) if begin < self._seen]:
                del self._long[begin]
        if self.due_s() == 0:
            self.settle()

    def due_s(self) -> float | None:
        if self._unsynced_since is None:
            return None
        return max(0.0, self._unsynced_since + SYNC_S - self._mono())

    def settle(self) -> None:
        if self._packing is not None and self._unsynced_since is not None:
            self._unsynced_since, self._unsynced = None, 0
            self._write(self._packing.sync())

    def close(self) -> None:
        if self._descriptor < 0:
            return
        packing, self._packing = self._packing, None
        try:
            if packing is not None:
                self._write(packing.end())
            if self._has_name and not has_name(self._descriptor):
                raise FileNotFoundError(ENOENT, "it was removed meanwhile")
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _fitting(self, data: bytes, largest: int) -> Iterator[bytes]:
        """Yield the lines in pieces for which the part has room; before those that it has none for, begin another."""
        at = 0
        if self._is_torn:
            at = data.find(b"\n") + 1 or len(data)
            yield data[:at]
        while at < len(data):
            room = max(0, largest - self._part_size)
            # How large lines are once they are packed is seen afterwards.
            fits = room if self._packing is None else SLICE * bool(room)
            end = data.rfind(b"\n", at, at + fits) + 1
            if not end:
                # A line that is longer than a part, or a slice, or comes in pieces.
                end = data.find(b"\n", at) + 1 or len(data)
                size = self._long.get(self._seen + at, end - at)
                if self._holds_lines and (size > room if self._packing is None else not room):
                    self._begin_part()
                    continue
            yield data[at:end]
            at = end

    def _remember(self, lines: bytes) -> None:
        begins, ends = lines.rfind(BEGINS), lines.rfind(ENDS)
        if begins > ends:
            self._head = lines[begins : lines.index(b"\n", begins) + 1]
        elif ends >= 0:
            self._head = b""

    def _begin_part(self) -> None:
        self.close()
        self._number = self._place.move_aside(self._number + 1)
        self.moved += 1
        self._descriptor = self._place.again()
        self._packing = self._packer() if self._packer else None
        self._part_size, self._holds_lines = 0, False
        self._unsynced_since, self._unsynced = None, 0
        if self._head:
            self._put(self._head)

    def _put(self, data: bytes) -> None:
        if self._packing is not None:
            self._unsynced += len(data)
            data = self._packing.pack(data)
            if self._unsynced_since is None:
                self._unsynced_since = self._mono()
        self._write(data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            count = os.write(self._descriptor, view)
            self.size += count
            self._part_size += count
            view = view[count:]
