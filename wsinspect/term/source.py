"""Standard input, read by a thread of its own: it may be a terminal, a pipe, a file or /dev/null, open or closed.

Knows no messages: pieces in, pieces out.
"""

import asyncio
import os
import select
import threading
from collections import deque

CHUNK = 64 * 1024
AHEAD = 4
"""So many chunks are read ahead of whoever takes them."""


class Chunks:
    """What is read, as it comes. Reading begins with the first `next`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._room = threading.Semaphore(AHEAD)
        self._reading: threading.Thread | None = None
        self._ended = False

    async def next(self) -> bytes:
        """Return the next chunk, empty at the end of input, or where there is no input. Loses nothing if cancelled."""
        if self._reading is None:
            given = self._descriptor, self._queue, self._room, asyncio.get_running_loop()
            self._reading = threading.Thread(target=_read_ahead, args=given, name="source", daemon=True)
            self._reading.start()
        return b"" if self._ended else self._taken(await self._queue.get())

    def next_now(self) -> bytes | None:
        """Return the next chunk if it has been read, empty at the end, else None."""
        if self._ended:
            return b""
        return None if self._queue.empty() else self._taken(self._queue.get_nowait())

    def _taken(self, chunk: bytes) -> bytes:
        if chunk:
            self._room.release()
        else:
            self._ended = True
        return chunk


class Pieces:
    """The pieces of input between ``delimiter``s, other bytes as they stand; the last piece needs no delimiter.

    Without a delimiter all input is one piece, if there is any. A piece that grows beyond ``longest`` is given as far
    as it was read, and is the last: its rest is not gathered.
    """

    def __init__(self, descriptor: int, delimiter: bytes | None = b"\n", longest: int | None = None) -> None:
        self._chunks = Chunks(descriptor)
        self._delimiter = delimiter
        self._longest = longest
        self._ready: deque[bytes] = deque()
        self._begun: list[bytes] = []
        self._size = 0
        self._over = False

    async def next(self) -> bytes | None:
        """Return the next piece, or None after the last. Loses nothing if cancelled."""
        while not self._ready and not self._over:
            self._feed(await self._chunks.next())
        return self._ready.popleft() if self._ready else None

    def held(self) -> int:
        """Return how many pieces have been read and not been taken, as far as is known."""
        while not self._over and (chunk := self._chunks.next_now()) is not None:
            self._feed(chunk)
        return len(self._ready)

    def _feed(self, chunk: bytes) -> None:
        if not chunk:
            self._end()
        elif self._delimiter is None:
            self._begun.append(chunk)
        else:
            self._cut(chunk, self._delimiter)
        self._size += len(chunk)
        if self._longest is not None and self._size > self._longest + CHUNK:
            self._end()

    def _cut(self, chunk: bytes, delimiter: bytes) -> None:
        if len(delimiter) > 1 and self._begun:
            # What was read last may be how a delimiter begins.
            chunk = self._begun.pop() + chunk
        first, *others = chunk.split(delimiter)
        self._begun.append(first)
        for other in others:
            self._ready.append(b"".join(self._begun))
            self._begun, self._size = [other], 0
        if len(delimiter) > 1:
            last = self._begun.pop()
            kept = _beginning(last, delimiter)
            self._begun += [last[: len(last) - kept], last[len(last) - kept :]]

    def _end(self) -> None:
        self._over = True
        last = b"".join(self._begun)
        self._begun = []
        if last:
            self._ready.append(last)


def _beginning(text: bytes, delimiter: bytes) -> int:
    """Return how many bytes at the end of ``text`` may be how a delimiter begins."""
    longest = min(len(delimiter) - 1, len(text))
    return next((size for size in range(longest, 0, -1) if text.endswith(delimiter[:size])), 0)


def _read_ahead(
    descriptor: int, queue: "asyncio.Queue[bytes]", room: threading.Semaphore, loop: asyncio.AbstractEventLoop
) -> None:
    while True:
        room.acquire()
        try:
            chunk = _read(descriptor)
        except OSError:
            chunk = b""
        try:
            loop.call_soon_threadsafe(queue.put_nowait, chunk)
        except RuntimeError:
            return
        if not chunk:
            return


def _read(descriptor: int) -> bytes:
    while True:
        try:
            return os.read(descriptor, CHUNK)
        except BlockingIOError:
            # Another program that shares the terminal or pipe has set it so.
            select.select([descriptor], [], [])
