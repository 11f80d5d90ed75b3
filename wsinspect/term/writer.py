"""A stream written by whoever calls, in order: gathered, and handed on when it is asked for or becomes much.

For what may wait until it is written; a live connection may not, see `sink`. Nothing is left behind in a buffer of
Python's, so that the program can leave at once. Knows no batches.
"""

import os
import select

from wsinspect.errors import Exit, InspectError
from wsinspect.render.pieces import Shown, bytes_of
from wsinspect.term.screen import reason_of

MUCH = 1 << 18
"""So many bytes are gathered at most, beside the piece that makes them so many."""


def put_whole(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, also where another program that shares the terminal or pipe has set it not to block."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


class Unwritten(InspectError):
    """The output cannot be written: there is no use in going on."""


class Writer:
    """Writes to a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, shown: Shown) -> None:
        """Take what is to be written; raises as `flush` does."""
        for piece in bytes_of(shown):
            if not piece:
                continue
            self._pieces.append(piece)
            self._size += len(piece)
            if self._size > MUCH:
                self.flush()

    def flush(self) -> None:
        """Write all that was taken.

        Raises:
            BrokenPipeError: nobody reads it any more.
            Unwritten: it cannot be written.
        """
        if not self._pieces:
            return
        pieces, self._pieces, self._size = self._pieces, [], 0
        try:
            put_whole(self._descriptor, b"".join(pieces))
        except BrokenPipeError:
            raise
        except OSError as fault:
            raise Unwritten(f"cannot write the output: {reason_of(fault)}", exit=Exit.OUTPUT) from None

    def demand_reader(self) -> None:
        """Raise BrokenPipeError where the reader of a pipe has left, which is not told before the next write else."""
        if self._descriptor < 0 or not hasattr(select, "poll"):
            return
        poll = select.poll()
        poll.register(self._descriptor, 0)
        if any(event & select.POLLERR for _, event in poll.poll(0)):
            raise BrokenPipeError
