"""The modes of a terminal that is typed on: kept, changed for a while, and given back whatever happens.

Knows no prompt. Where there is no termios, as on Windows, nothing is changed.
"""

import contextlib
import os
from collections.abc import Iterator

GIVEN_BACK = "\x1b[?2026l\x1b[0m\r\x1b[J\x1b[?2004l\x1b[?7h\x1b[?25h"
"""Takes a prompt away that can no longer do it by itself: its line, its colours, and what it had turned on or off."""


@contextlib.contextmanager
def unechoed(descriptor: int | None) -> Iterator[None]:
    """Keep what is typed, ^C too, from being shown by the terminal itself: whoever reads it will show it.

    All modes are given back at the end, also those that were changed in between. None stands for no terminal.
    """
    if descriptor is None:
        yield
        return
    try:
        import termios
    except ImportError:
        yield
        return
    try:
        before = termios.tcgetattr(descriptor)
        silent = termios.tcgetattr(descriptor)
    except (termios.error, OSError):
        yield
        return
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, silent)
        yield
    finally:
        # A terminal that is gone needs nothing.
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(descriptor, termios.TCSANOW, before)


@contextlib.contextmanager
def unechoed_ahead(descriptor: int) -> Iterator[None]:
    """Keep what is typed ahead from being shown in the middle of what is drawn; the shell gets it afterwards.

    A program in the background leaves the modes alone: they are another's, and the system would stop it.
    """
    if not _in_foreground(descriptor):
        yield
        return
    import termios

    before = termios.tcgetattr(descriptor)
    silent = [*before]
    silent[3] &= ~(termios.ECHO | termios.ECHONL)
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, silent)
        yield
    finally:
        if _in_foreground(descriptor):
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(descriptor, termios.TCSANOW, before)


def takes_lines(descriptor: int) -> bool:
    """Tell whether a terminal hands on whole lines, as it does for a shell, and not each key."""
    with contextlib.suppress(ImportError, OSError):
        import termios

        with contextlib.suppress(termios.error):
            return bool(termios.tcgetattr(descriptor)[3] & termios.ICANON)
    return False


def _in_foreground(descriptor: int) -> bool:
    """Tell whether a terminal is ours; False where there is no terminal, or no such thing."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except (OSError, AttributeError):
        return False


def forget_typed(descriptor: int) -> None:
    """Drop what was typed and not read yet."""
    with contextlib.suppress(ImportError, OSError):
        import termios

        with contextlib.suppress(termios.error):
            termios.tcflush(descriptor, termios.TCIFLUSH)
