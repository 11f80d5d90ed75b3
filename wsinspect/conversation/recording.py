"""A conversation recorded beside what is shown of it: all that came and left, in order. Loaded only where wanted.

The disk may be slow, or full: the connection goes on all the same. Knows no connection.
"""

import asyncio
from collections.abc import Callable, Collection

from wsinspect.close_codes import Tongue
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Recorded
from wsinspect.errors import Exit, InspectError
from wsinspect.events import ABNORMAL, CLOSED, FRAME, HANDSHAKE, Batch, Closed, Moment
from wsinspect.recorder.packing import packer_for
from wsinspect.recorder.parts import Parts
from wsinspect.recorder.place import Place
from wsinspect.recordings.hiding import Hiding
from wsinspect.recordings.writing import Lines
from wsinspect.render.lines import size_text
from wsinspect.render.look import Renderer
from wsinspect.render.pieces import Pieces, bytes_of
from wsinspect.render.safe import neutral
from wsinspect.term.screen import reason_of
from wsinspect.term.sink import Sink

STUCK_S = 0.5
"""Where nothing was written for so long, a user in a hurry need not wait for it."""


class Recorder:
    """Writes batch after batch, from `begin` to `finish`. What fails ends the recording, and is told once.

    ``secrets`` are hidden from the start; those of handshakes are, too, unless ``show_secrets``.

    Raises:
        InspectError: the file is there already, or cannot be made.
    """

    def __init__(
        self, wanted: Recorded, clock: Callable[[], Moment], secrets: Collection[str], *, show_secrets: bool
    ) -> None:
        self.error: InspectError | None = None
        """What ended the recording before its time."""

        self._path = wanted.path
        self._wants_frames = wanted.frames
        self._clock = clock
        hide = Hiding(() if show_secrets else secrets, shows_asked=show_secrets)
        self._lines = Lines(hide, frames=wanted.frames)
        packer = packer_for(wanted.path)
        place = Place(wanted.path, wanted.force)
        descriptor = place.opened(in_parts=wanted.largest is not None)
        self._parts = Parts(place, descriptor, packer, wanted.largest, lambda: clock().mono)
        self._sink: Sink | None = None
        self._voice: Voice | None = None
        self._messages = 0
        self._is_open = False
        """A connection has begun, and not ended."""

    def begin(self, voice: Voice) -> None:
        """Start within a running loop; ``voice`` says what comes of it."""
        self._voice = voice
        self._sink = Sink(self._parts, self._failed)

    async def write(self, batch: Batch) -> None:
        """Take a batch; wait while too much waits to be written."""
        if self.error is not None or self._sink is None:
            return
        if not batch.uniform:
            for type, _, _ in batch.rows:
                if type in (HANDSHAKE, CLOSED):
                    self._is_open = type == HANDSHAKE
        shown = self._lines(batch)
        try:
            if isinstance(shown, Pieces):
                self._parts.expect(self._sink.pushed, bytes_of(shown))
            await self._sink.write(shown)
        except OSError:
            return  # `_failed` tells it
        self._messages += batch.messages

    async def took(self, batch: Batch, *, frames: bool) -> Batch:
        """Take a batch; return what there is to show of it, its rows of frames if ``frames``."""
        await self.write(batch)
        return batch if frames or not self._wants_frames else without_frames(batch)

    def read_codes_in(self, tongue: Tongue) -> None:
        """From here on, call close codes by their names in ``tongue``."""
        self._lines.read_codes_in(tongue)

    def instead_of(self, render: Renderer) -> Renderer:
        """Return a renderer of NDJSON that does not do again what was done for the recording."""
        return self._lines.instead_of(render)

    @property
    def state(self) -> str:
        """What the bottom line of a prompt says of it."""
        return "recording" if self.error is None else "recording failed"

    def give_up(self) -> None:
        """Do without what is not written yet, once nothing of it has been for a while."""
        asyncio.get_running_loop().call_later(STUCK_S, self._give_up_after, self._parts.size)

    def _give_up_after(self, size: int) -> None:
        if self._sink is None or not self._sink.waiting or self.error is not None:
            return
        if self._parts.size == size:
            self._sink.abandon()
            self._failed()
        else:
            self.give_up()

    async def finish(self) -> None:
        """Wait until all is written, and say what there is; one that is open, since we fell, ends in it too."""
        if self._sink is None or self._voice is None:
            return
        if self._is_open:
            cause = "wsinspect itself failed"
            closed = Closed("nobody", False, ABNORMAL, "", None, cause, int(Exit.INTERNAL))
            await self.write(Batch(self._clock(), "in", [(CLOSED, closed, 0)]))
        try:
            await self._sink.finish()
        except OSError:
            self._failed()
        else:
            self._voice.notice(neutral(self.last_words()))
        self._sink = None

    def judged(self, exit: int, error: InspectError | None) -> int:
        """Return the exit code of a conversation that had one of its own, and perhaps an error."""
        if self.error is None:
            return exit
        # Whatever came of the connection, what was wanted of it is not there.
        if error is not None:
            error.exit = self.error.exit
        return int(self.error.exit)

    def last_words(self) -> str:
        """Return what there is now, in a sentence."""
        messages = f"{self._messages:,} message{'' if self._messages == 1 else 's'}"
        moved = self._parts.moved
        parts = f" and {moved:,} older part{'' if moved == 1 else 's'}" if moved else ""
        return f"recorded {messages} in {self._path}{parts} ({size_text(self._parts.size, exact_below=1000)})"

    def _failed(self) -> None:
        fault = self._sink.failure if self._sink is not None else None
        if fault is not None and self.error is None:
            given_up = isinstance(fault, TimeoutError) and fault.errno is None  # not the system's
            goes_on = "; the connection goes on" if self._is_open and not given_up else ""
            why = "it stood still, and what was left to write was given up" if given_up else reason_of(fault).lower()
            # Where the file itself is not there any more, nothing is in it.
            kept = "" if isinstance(fault, FileNotFoundError) else "what came before is in it"
            self.error = InspectError(
                f"cannot write the recording `{self._path}`: {why}",
                hint=f"{kept}{goes_on}".removeprefix("; "),
                exit=Exit.OUTPUT,
            )
            if self._voice is not None:
                self._voice.error(self.error)


def without_frames(batch: Batch) -> Batch:
    """Return a batch without the rows of frames, which were asked for by the recording alone."""
    if batch.uniform or not any(row[0] == FRAME for row in batch.rows):
        return batch
    return batch.holding([row for row in batch.rows if row[0] != FRAME])
