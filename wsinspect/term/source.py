"""Standard input, read by a thread of its own: it may be a terminal, a pipe, a file or /dev/null, open or closed.

Knows no messages: lines in, lines out.
"""

import asyncio
import os
import select
import threading
from collections.abc import AsyncIterator

CHUNK = 64 * 1024
AHEAD = 4
"""So many chunks are read ahead of whoever takes them."""


async def lines(descriptor: int, longest: int | None = None) -> AsyncIterator[bytes]:
    """Yield the lines without their newlines, other bytes as they stand; a last line needs no newline.

    A line that grows beyond ``longest`` is yielded as far as it was read, and is the last: its rest is not gathered.
    """
    rest: list[bytes] = []
    size = 0
    async for chunk in chunks(descriptor):
        first, *others = chunk.split(b"\n")
        rest.append(first)
        for other in others:
            yield b"".join(rest)
            rest, size = [other], 0
        size += len(chunk)
        if longest is not None and size > longest + CHUNK:
            break
    last = b"".join(rest)
    if last:
        yield last


async def chunks(descriptor: int) -> AsyncIterator[bytes]:
    """Yield what is read, as it comes; ends at the end of input, or where there is no input."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    room = threading.Semaphore(AHEAD)

    def read() -> None:
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

    threading.Thread(target=read, name="source", daemon=True).start()
    while chunk := await queue.get():
        room.release()
        yield chunk


def _read(descriptor: int) -> bytes:
    while True:
        try:
            return os.read(descriptor, CHUNK)
        except BlockingIOError:
            # Another program that shares the terminal or pipe has set it so.
            select.select([descriptor], [], [])
