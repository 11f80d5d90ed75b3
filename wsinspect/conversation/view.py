"""What is seen of one stream of batches: filtered and rendered, in order. Writes nothing; knows no connection."""

from typing import TYPE_CHECKING, Any

from wsinspect.close_codes import Tongue
from wsinspect.conversation.wishes import Wishes
from wsinspect.events import Batch
from wsinspect.filters.looking import Looking
from wsinspect.registry import FORMATS
from wsinspect.render.look import Renderer
from wsinspect.render.pieces import Shown
from wsinspect.render.pongs import PongTimes

if TYPE_CHECKING:
    from wsinspect.filters.sieve import Sieve


class View:
    """Must be shown every batch by `see`, in order; what is to be written of one is `shown`."""

    def __init__(self, wishes: Wishes) -> None:
        self._format = wishes.format
        # What is filtered out or shown later counts all the same for how long a pong took.
        self._pongs = PongTimes()
        self.look = wishes.look._replace(rtt=self._pongs.of)
        self.render: Renderer = FORMATS.load(wishes.format)(self.look)
        """Makes of a batch what is to be written."""

        self.sieve: Sieve | None = None
        """Takes out of a batch what is not to be seen."""

        if wishes.looking.filters:
            self.look_for(wishes.looking)

    def look_for(self, looking: Looking) -> None:
        """From here on, show what is looked for."""
        # What filters need is loaded when there are some.
        from wsinspect.filters.sieve import sieve

        self.sieve = sieve(looking)

    def change(self, **look: Any) -> None:
        """From here on, show things with a look that differs in this."""
        self.look = self.look._replace(**look)
        self.render = FORMATS.load(self._format)(self.look)

    def read_codes_in(self, tongue: Tongue) -> None:
        """From here on, explain close codes in ``tongue``."""
        # Mostly it is that of the start, whose renderer need not be made again.
        if tongue != self.look.tongue:
            self.change(tongue=tongue)

    def see(self, batch: Batch) -> None:
        """Take note of a batch, whether or not it is shown."""
        if not batch.uniform:
            self._pongs.see(batch)

    def shown(self, batch: Batch) -> Shown:
        """Return what is to be written of a batch that was seen."""
        return self.render(batch if self.sieve is None else self.sieve(batch))
