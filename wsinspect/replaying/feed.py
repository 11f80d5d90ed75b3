"""A recording read ahead in a thread of its own: a pipe that stands still must not stop a connection."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator

from wsinspect.errors import Exit, InspectError
from wsinspect.events import HANDSHAKE, Batch, Handshake

AHEAD = 4
"""So many pieces are read ahead."""

PIECE = 64
PIECE_COST = 256 << 10
"""Batches of a piece, and about how many bytes, at most."""


class Feed:
    """The batches of a recording, one by one. With ``eager``, each is handed on as soon as it is there."""

    def __init__(self, batches: Iterator[Batch], *, eager: bool = False) -> None:
        self._batches = batches
        self._most = 1 if eager else PIECE
        self._ready: deque[Batch] = deque()
        self._room = threading.Semaphore(AHEAD)
        self._queue: asyncio.Queue[list[Batch] | Exception | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="feed", daemon=True).start()

    async def next(self) -> Batch | None:
        """Return the next batch, None behind the last; raises what reading raised."""
        while not self._ready:
            piece = await self._queue.get()
            if isinstance(piece, Exception):
                raise piece
            if piece is None:
                self._queue.put_nowait(None)
                return None
            self._room.release()
            self._ready.extend(piece)
        return self._ready.popleft()

    def _read(self) -> None:
        over = False
        while not over:
            self._room.acquire()
            piece: list[Batch] = []
            fault: Exception | None = None
            try:
                over = self._gather(piece)
            except Exception as raised:
                fault, over = raised, True
            told: list[list[Batch] | Exception | None] = [piece, *([fault] if fault else []), *([None] if over else [])]
            try:
                for one in told:
                    self._loop.call_soon_threadsafe(self._queue.put_nowait, one)
            except RuntimeError:
                return  # the loop is gone, and with it whoever would have listened

    def _gather(self, piece: list[Batch]) -> bool:
        """Fill a piece; tell whether the recording is at its end."""
        cost = 0
        for batch in self._batches:
            piece.append(batch)
            cost += batch.cost
            if len(piece) >= self._most or cost > PIECE_COST:
                return False
        return True


def begun(batches: Iterator[Batch]) -> tuple[Handshake, int, Iterator[Batch]]:
    """Read up to the first handshake; return it, its connection's number, and what follows.

    Raises:
        InspectError: no connection begins.
    """
    for batch in batches:
        for index, (type, payload, _) in enumerate(batch.rows):
            if type == HANDSHAKE:
                return payload, batch.connection, _behind(batch, index + 1, batches)
    raise InspectError(
        "no connection begins in the recording: it has no handshake",
        hint="`wsinspect show FILE` tells what is in it; nothing can be played of an attempt that nobody answered",
        exit=Exit.USAGE,
    )


def _behind(batch: Batch, index: int, others: Iterator[Batch]) -> Iterator[Batch]:
    if len(batch.rows) > index:
        yield batch.holding(batch.rows[index:])
    yield from others
