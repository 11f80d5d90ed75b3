"""A stream of bytes, written by a thread of its own: a terminal, pipe or disk that stands still must not stop the
connection.

What cannot be written is told by an exception at the next write. Knows no batches.
"""

import asyncio
import contextlib
import os
import select
import stat
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from wsinspect.render.pieces import Shown
from wsinspect.term.writer import put_whole

HIGH = 1 << 20
"""So many bytes may wait to be written before ``write`` waits too."""


class Destination(Protocol):
    """Where bytes go; all of it is called in the sink's thread, and raises OSError where it cannot be done."""

    def write(self, data: bytes) -> None:
        """Write all of it."""

    def due_s(self) -> float | None:
        """Return in how many seconds `settle` is to be called if nothing is written before; None: not at all."""

    def settle(self) -> None:
        """See to it that all that was written can be read."""

    def close(self) -> None:
        """Nothing more will come."""


class Descriptor:
    """A file descriptor as a destination; it stays open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        put_whole(self._descriptor, data)

    def due_s(self) -> float | None:
        return None

    def settle(self) -> None:
        pass

    def close(self) -> None:
        pass


class Sink:
    """Writes to a file descriptor, or what stands for one, in order.

    ``gone`` is called once when nobody reads any more, or the disk is full.
    """

    def __init__(self, destination: Destination | int, gone: Callable[[], None]) -> None:
        self.failure: OSError | None = None
        self._destination = Descriptor(destination) if isinstance(destination, int) else destination
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self.pushed = 0
        """Bytes that were taken so far."""

        self._behind: list[str | bytes] | None = None
        """What is pushed while something is written in pieces: it comes behind the last of them."""

        self._ended = self._closed = False
        self._changed = threading.Condition()
        self._rooms: list[asyncio.Future[None]] = []
        threading.Thread(target=self._run, name="sink", daemon=True).start()
        # A pipe tells that its reader left even while we have nothing to write.
        self._watched: int | None = None
        if isinstance(destination, int) and _tells_of_readers_leaving(destination):
            self._watched = destination
            self._loop.add_reader(destination, self._reader_left)

    async def write(self, shown: Shown) -> None:
        """Write, or wait while too much is waiting already; raises the OSError that an earlier write met."""
        if self.failure is not None:
            raise self.failure
        if isinstance(shown, (str, bytes)):
            self.push(shown)
            await self._have_room()
            return
        self._behind = []
        try:
            for piece in shown:
                self._take(piece)
                await self._have_room()
                # Making the next takes time, of which others are given some.
                await asyncio.sleep(0)
                if self.failure is not None:
                    raise self.failure
        finally:
            behind, self._behind = self._behind, None
            for piece in behind:
                self._take(piece)

    async def _have_room(self) -> None:
        while self._size > HIGH and self.failure is None:
            await self._some_written()

    def push(self, text: str | bytes) -> None:
        """Write without waiting; does nothing after a failure."""
        if self._behind is None:
            self._take(text)
        else:
            self._behind.append(text)

    def _take(self, text: str | bytes) -> None:
        piece = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
        if piece and self.failure is None:
            with self._changed:
                self._pieces.append(piece)
                self._size += len(piece)
                self.pushed += len(piece)
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
        """Wait until all is written and the destination closed; raises the OSError that a write met."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        while not self._closed and self.failure is None:
            await self._some_written()
        if self._watched is not None:
            self._loop.remove_reader(self._watched)
        if self.failure is not None:
            raise self.failure

    def abandon(self) -> None:
        """Give up what is not written yet: whoever waits for it goes on."""
        if self.failure is None:
            self.failure = TimeoutError("given up")
            with self._changed:
                self._size -= sum(map(len, self._pieces))
                self._pieces.clear()
            self._make_room()

    @property
    def given_up(self) -> bool:
        """It was abandoned."""
        return isinstance(self.failure, TimeoutError) and self.failure.errno is None  # not the system's

    async def rested(self, patience_s: float) -> None:
        """Wait until what was under way when it was abandoned is written, but no longer than this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self._size:
                    await self._some_written()

    def _run(self) -> None:
        destination = self._destination
        try:
            while True:
                piece = self._next(destination.due_s())
                if piece is None:
                    break
                if piece:
                    destination.write(piece)
                    with self._changed:
                        self._size -= len(piece)
                    self._tell(self._make_room)
                else:
                    destination.settle()
            destination.close()
        except OSError as failure:
            self._tell(self._failed, failure)
            with contextlib.suppress(OSError):
                destination.close()
        except Exception as fault:
            # Whoever waits for what is written must not wait for ever.
            self._tell(self._broken, fault)
        else:
            self._tell(self._is_closed)

    def _next(self, due_s: float | None) -> bytes | None:
        """Wait for what is to be written, no longer than ``due_s``: return it, nothing, or None at the end."""
        with self._changed:
            while not self._pieces:
                if self._ended:
                    return None
                if not self._changed.wait(due_s):
                    return b""
            piece = b"".join(self._pieces)
            self._pieces.clear()
            return piece

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

    def _is_closed(self) -> None:
        self._closed = True
        self._make_room()

    def _reader_left(self) -> None:
        assert self._watched is not None
        self._loop.remove_reader(self._watched)
        self._watched = None
        self._failed(BrokenPipeError())

    def _broken(self, fault: Exception) -> None:
        """A fault of ours: the loop's handler of exceptions hears of it."""
        self._failed(OSError(f"internal fault: {fault}"))
        raise fault

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
