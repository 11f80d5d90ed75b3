"""Standard input, read by a thread of its own: it may be a terminal, a pipe, a file or /dev/null, open or closed.

Knows no messages: lines in, lines out.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator

CHUNK = 64 * 1024
AHEAD = 4
"""So many chunks are read ahead of whoever takes them."""


async def lines(descriptor: int, delimiter: bytes = b"\n") -> AsyncIterator[bytes]:
    """Yield what stands between delimiters, without them; a last piece without one counts too."""
    rest: list[bytes] = []
    async for chunk in chunks(descriptor):
        first, *others = chunk.split(delimiter)
        rest.append(first)
        for other in others:
            yield b"".join(rest)
            rest = [other]
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
                chunk = os.read(descriptor, CHUNK)
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
