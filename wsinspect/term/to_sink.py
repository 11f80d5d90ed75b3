"""The output of a prompt: what prompt_toolkit writes, handed on in whole frames. Writes nothing itself.

A terminal may stand still, so nothing here waits for it. It is not asked for the place of its cursor either: the
answer would come between keys, and a prompt is drawn right below the lines above it anyway.
"""

import io
import os
from collections.abc import Callable

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output

BEGIN_FRAME, END_FRAME = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronized output: a terminal that knows it shows all that stands between at once; others ignore it."""


class ToSink(Vt100_Output):
    """Hands what is to be written to a function, whole frames at once."""

    def __init__(self, push: Callable[[str], None]) -> None:
        self._push = push
        self._held = False
        super().__init__(io.StringIO(), terminal_size, term=os.environ.get("TERM"), enable_cpr=False)

    def hold(self) -> None:
        """Gather what follows, until it is released."""
        self.flush()
        self._held = True

    def release(self) -> None:
        """Hand on what was gathered, as one frame."""
        if self._held:
            self._held = False
            self._buffer.insert(0, BEGIN_FRAME)
            self._buffer.append(END_FRAME)
            self.flush()

    def end(self) -> None:
        """Hand on the rest, and give the terminal back as it was."""
        self.release()
        self.disable_bracketed_paste()
        self.enable_autowrap()
        self.show_cursor()
        self.flush()

    def flush(self) -> None:
        """Hand on what is to be written."""
        if self._buffer and not self._held:
            data, self._buffer = "".join(self._buffer), []
            self._push(data)

    def enable_bracketed_paste(self) -> None:
        """Turn bracketed paste on; between two drawings it stays as it is, for a paste may come at any time."""
        if not self._held:
            super().enable_bracketed_paste()

    def disable_bracketed_paste(self) -> None:
        """Turn it off, likewise."""
        if not self._held:
            super().disable_bracketed_paste()


def terminal_size() -> Size:
    """Return how large the terminal is at this moment."""
    try:
        columns, rows = os.get_terminal_size(1)
    except OSError:
        columns, rows = 0, 0
    return Size(rows=rows or 24, columns=columns or 80)
