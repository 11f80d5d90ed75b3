"""How the commands of long runs begin and end: no traceback for a signal, nor for `| head`. Knows no command."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def carry_out(main: Callable[[], int | None], stop: Callable[[], None] = lambda: None) -> NoReturn:
    """Run a command and exit with its code; told to stop, end as a shell expects it, with all that was started.

    ``stop`` is for what no `finally` of the main thread reaches: what its other threads wait for.
    """

    def stopped(number: int, _: FrameType | None) -> None:
        for each in STOPPING:
            signal.signal(each, signal.SIG_IGN)
        print("stopped", file=sys.stderr, flush=True)
        stop()
        sys.exit(128 + number)

    for each in STOPPING:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, stopped)
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the table has left; what is still to be written goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + signal.SIGPIPE
    sys.exit(code)


def chosen(parser: argparse.ArgumentParser, names: Sequence[str], known: Iterable[str]) -> Sequence[str]:
    """Return the names that were given, all where none was; an unknown one is a mistake of usage."""
    if unknown := dict.fromkeys(name for name in names if name not in set(known)):
        parser.error(f"no such name: {', '.join(unknown)}")
    return names or list(known)
