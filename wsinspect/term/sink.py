"""Standard output, written by a thread of its own: a terminal or pipe that stands still must not stop the connection.

What cannot be written is told by an exception at the next write. Knows no batches.
"""

import asyncio
import os
import select
import stat
import threading
from collections import deque
from collections.abc import Callable

HIGH = 1 << 20
"""So many bytes may wait to be written before ``write`` waits too."""


class Sink:
    """Writes to a file descriptor in order. ``gone`` is called once when nobody reads any more, or the disk is full."""

    def __init__(self, descriptor: int, gone: Callable[[], None]) -> None:
        self.failure: OSError | None = None
        self._descriptor = descriptor
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._changed = threading.Condition()
        self._rooms: list[asyncio.Future[None]] = []
        threading.Thread(target=self._run, name="sink", daemon=True).start()
        # A pipe tells that its reader left even while we have nothing to write.
        self._watches = _tells_of_readers_leaving(descriptor)
        if self._watches:
            self._loop.add_reader(descriptor, self._reader_left)

    async def write(self, text: str | bytes) -> None:
        """Write, or wait while too much is waiting already; raises the OSError that an earlier write met."""
        if self.failure is not None:
            raise self.failure
        self.push(text)
        while self._size > HIGH and self.failure is None:
            await self._some_written()

    def push(self, text: str | bytes) -> None:
        """Write without waiting; does nothing after a failure."""
        piece = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
        if piece and self.failure is None:
            with self._changed:
                self._pieces.append(piece)
                self._size += len(piece)
                self._changed.notify()

    @property
    def is_open(self) -> bool:
        """What is written now is still taken."""
        return not self._ended and self.failure is None

    @property
    def waiting(self) -> int:
        """So many bytes are not written yet."""
        return self._size

    async def settled(self) -> None:
        """Wait until all is written, or given up, and leave it open."""
        while self._size and self.failure is None:
            await self._some_written()

    async def finish(self) -> None:
        """Wait until all is written; raises the OSError that a write met."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        await self.settled()
        if self._watches:
            self._loop.remove_reader(self._descriptor)
        if self.failure is not None:
            raise self.failure

    def abandon(self) -> None:
        """Give up what is not written yet: whoever waits for it goes on."""
        if self.failure is None:
            self.failure = TimeoutError("given up")
            self._make_room()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._pieces and not self._ended:
                    self._changed.wait()
                if not self._pieces:
                    return
                piece = b"".join(self._pieces)
                self._pieces.clear()
            try:
                view = memoryview(piece)
                while view:
                    view = view[self._write_some(view) :]
            except OSError as failure:
                self._tell(self._failed, failure)
                return
            with self._changed:
                self._size -= len(piece)
            self._tell(self._make_room)

    def _write_some(self, view: memoryview) -> int:
        try:
            return os.write(self._descriptor, view)
        except BlockingIOError:
            # Another program that shares the terminal or pipe has set it so.
            select.select([], [self._descriptor], [])
            return 0

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            pass  # the loop is gone, and with it whoever would have listened

    async def _some_written(self) -> None:
        room = self._loop.create_future()
        self._rooms.append(room)
        await room

    def _make_room(self) -> None:
        rooms, self._rooms = self._rooms, []
        for room in rooms:
            if not room.done():
                room.set_result(None)

    def _reader_left(self) -> None:
        self._loop.remove_reader(self._descriptor)
        self._watches = False
        self._failed(BrokenPipeError())

    def _failed(self, failure: OSError) -> None:
        if self.failure is None:
            self.failure = failure
            self._make_room()
            self._gone()


def _tells_of_readers_leaving(descriptor: int) -> bool:
    """epoll reports an error on the write end of a pipe whose reader left; other selectors are not known to."""
    try:
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode) or not hasattr(select, "epoll"):
            return False
    except OSError:
        return False  # closed, as the first write will tell
    import fcntl

    # Where it is open for reading too, what we write would look like an event.
    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
