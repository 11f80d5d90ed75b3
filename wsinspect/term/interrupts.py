"""Signals that end the program, where no loop hears them: exceptions where the program just is. Imports little.

Knows nothing of what is interrupted.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from wsinspect.errors import Exit, Signalled

SIGNALS = {getattr(signal, name): Exit[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Meanwhile, have Ctrl-C, SIGTERM and SIGHUP raise `Signalled`; ignored, as nohup asks for, they stay ignored.

    Once is enough: a second one does not disturb what is done about the first.
    """
    heeded = []
    if threading.current_thread() is threading.main_thread():
        heeded = [number for number in SIGNALS if signal.getsignal(number) == signal.SIG_DFL]
    came = False

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal came
        if not came:
            came = True
            raise Signalled(SIGNALS[signal.Signals(number)])

    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    finally:
        with held():
            for number in heeded:
                signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Meanwhile, have these signals wait, where the system knows how: between two handlers there is none."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
