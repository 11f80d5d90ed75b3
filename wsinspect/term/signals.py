"""The signals that end a program, or continue it, heard inside its loop. Knows nothing of what is ended."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

from wsinspect.errors import Exit
from wsinspect.term.interrupts import SIGNALS, held


@contextlib.contextmanager
def heeding(react: Callable[[Exit], None]) -> Iterator[None]:
    """Call ``react`` with the exit code of each signal that comes.

    What our parent told us to ignore, as nohup does, stays ignored, and afterwards all is as it was. On Windows the
    loop has no signal handlers: there Ctrl-C ends the program at once. In another thread than the main one, no signal
    is heard.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heeded = [number for number in SIGNALS if before[number] != signal.SIG_IGN]
    with contextlib.suppress(NotImplementedError):
        for number in heeded:
            loop.add_signal_handler(number, react, SIGNALS[number])
    try:
        yield
    finally:
        with held(), contextlib.suppress(NotImplementedError):
            for number in heeded:
                loop.remove_signal_handler(number)
                # asyncio has Ctrl-C raise from here on, wherever the program just is.
                signal.signal(number, before[number])


@contextlib.contextmanager
def continuing(react: Callable[[], None]) -> Iterator[None]:
    """Call ``react`` whenever the program goes on after it was stopped, where the system has such a thing."""
    if not hasattr(signal, "SIGCONT") or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGCONT, react)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGCONT)
