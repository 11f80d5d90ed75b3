"""A timer that ends searches without an end: while one lasts, neither the loop nor its signals have their turn."""

import contextlib
import signal
import threading
from collections.abc import Iterator

from wsinspect.checks.searching import SEARCHES

TICK_S = 1.0
"""A search is given up after one to two of these."""


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Give up searches that last too long, where the system has such a timer and this thread hears of it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda number, frame: SEARCHES.tick())
    signal.setitimer(signal.ITIMER_REAL, TICK_S, TICK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
