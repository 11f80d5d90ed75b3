"""A view on standard error that is drawn over itself while work goes on, and leaves nothing behind. Drawn by rich.

It is drawn by a thread, `DRAWS_A_SECOND` times at most, so that a terminal that stands still stops nothing. Knows
nothing of what is shown.
"""

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.live import Live
from rich.text import Text

from wsinspect.term.modes import unechoed_ahead
from wsinspect.term.screen import say

DRAWS_A_SECOND = 10

STANDARD_ERROR = 2

View = Callable[[int, int], Sequence[str]]
"""From columns and lines to lines, which may hold colours of ours."""


@contextlib.contextmanager
def live(view: View, *, colour: bool) -> Iterator[None]:
    """Show ``view`` as long as the block runs; the cursor is given back however it ends."""
    console = Console(
        file=_ToStandardError(),
        force_terminal=True,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )

    def drawn() -> Text:
        # The last column and line stay free: some terminals wrap or scroll when they are written.
        lines = view(max(console.width - 1, 1), max(console.height - 1, 1))
        text = Text.from_ansi("\n".join(lines))
        text.no_wrap, text.overflow = True, "crop"
        return text

    with (
        unechoed_ahead(STANDARD_ERROR),
        Live(
            get_renderable=drawn,
            console=console,
            refresh_per_second=DRAWS_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        ),
    ):
        yield


class _ToStandardError(io.StringIO):
    """Gathers what rich writes and says it whole: nothing there is ever an error."""

    def flush(self) -> None:
        """Say what was gathered."""
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        if text:
            say(text)

    def isatty(self) -> bool:
        """It is one, or nobody would have asked for the view."""
        return True
