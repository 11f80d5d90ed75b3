"""A recording written: what came and left becomes lines, without secrets, as `render.ndjson` documents them.

Knows no file.
"""

from wsinspect.close_codes import PLAIN_TONGUE, Tongue
from wsinspect.events import Batch
from wsinspect.recordings.hiding import Hiding
from wsinspect.render.look import Look, Renderer
from wsinspect.render.ndjson import ndjson
from wsinspect.render.pieces import Pieces, Shown
from wsinspect.render.pongs import PongTimes


class Lines:
    """Makes text of batch after batch, in the order of the stream; FRAME rows become lines if ``frames``."""

    def __init__(self, hide: Hiding, *, frames: bool = False) -> None:
        self._hide = hide
        # What is made in pieces may be made twice, and a pong answers its ping but once.
        self._pongs = PongTimes()
        self._look = Look(frames=frames, rtt=self._pongs.of)
        self._render: Renderer = ndjson(self._look)
        self._last: tuple[Batch | None, Shown] = (None, "")

    def __call__(self, batch: Batch) -> Shown:
        """Return the lines of a batch."""
        hidden = self._hide(batch)
        if not hidden.uniform:
            self._pongs.see(hidden)
        text = self._render(hidden)
        if batch.uniform and hidden is batch and not isinstance(text, Pieces):
            # What holds data alone looks the same in every NDJSON; what is large is not kept.
            self._last = batch, text
        return text

    def read_codes_in(self, tongue: Tongue = PLAIN_TONGUE) -> None:
        """From here on, call close codes by their names in ``tongue``."""
        if tongue != self._look.tongue:
            self._look = self._look._replace(tongue=tongue)
            self._render = ndjson(self._look)

    def instead_of(self, render: Renderer) -> Renderer:
        """Return a renderer of NDJSON that does not do again what was done here for the same batch."""

        def borrowing(batch: Batch) -> Shown:
            last, text = self._last
            return text if last is batch else render(batch)

        return borrowing
