"""Signals that end the program, where no loop hears them: exceptions where the program just is. Imports little.

Knows nothing of what is interrupted.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from wsinspect.errors import Exit, Signalled

EXITS = {"SIGINT": Exit.SIGINT, "SIGTERM": Exit.SIGTERM, "SIGHUP": Exit.SIGHUP}
"""By names, since not every system has all."""


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Meanwhile, have Ctrl-C, SIGTERM and SIGHUP raise `Signalled`; ignored, as nohup asks for, they stay ignored."""
    heeded: dict[int, Exit] = {}
    if threading.current_thread() is threading.main_thread():
        numbers = {int(getattr(signal, name)): exit for name, exit in EXITS.items() if hasattr(signal, name)}
        heeded = {number: exit for number, exit in numbers.items() if signal.getsignal(number) == signal.SIG_DFL}

    def stop(number: int, _: FrameType | None) -> NoReturn:
        raise Signalled(heeded[number])

    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_DFL)
