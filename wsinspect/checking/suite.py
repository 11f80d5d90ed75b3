"""Checks of a file for a test runner: read and made ready at once, then run one at a time. Knows no test runner."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from wsinspect.checking.finding import read, read_bytes
from wsinspect.checking.jobs import run_checks
from wsinspect.checking.prepared import Prepared, Running, Watcher
from wsinspect.checks.format.reading import Sources, read_checks
from wsinspect.checks.result import CheckResult
from wsinspect.clock import now
from wsinspect.errors import Exit, InspectError
from wsinspect.files import read_settings
from wsinspect.options.checking import Assigned
from wsinspect.options.preparing import Preparing
from wsinspect.term.interrupts import SIGNALS


def variables_in(assigned: Iterable[str], source: str) -> dict[str, Any]:
    """Return the variables that ``NAME=VALUE`` and ``NAME:=JSON`` set, the last of each name; raises `InspectError`,
    which begins with ``source``."""
    try:
        return dict(Assigned().convert(one, None, None) for one in assigned)
    except click.UsageError as error:
        raise InspectError(f"{source}: {error.message}") from None


def prepared_in(path: str, variables: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[Prepared, ...]:
    """Return the checks of a file, ready to be run; raises `InspectError` with all mistakes that are found in it."""
    file = read(path)
    checks = read_checks(file.text, file.path, variables, Sources(environment, read_bytes))
    return Preparing(read_settings()).all(checks)


def result_of(prepared: Prepared) -> CheckResult:
    """Run a check and return what came of it; a signal that came meanwhile is raised again."""
    with _signals_kept(), asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        results = runner.run(run_checks((prepared,), Running(), now, Watcher()))
    if results.stopped == Exit.SIGINT:
        raise KeyboardInterrupt
    for number, exit in SIGNALS.items():
        if results.stopped == exit:
            os.kill(os.getpid(), number)
    return results.checks[0]


def told_mistakes(error: InspectError) -> str:
    """Return what is wrong with a file, all of it, with hints."""
    told = []
    for one in error.errors:
        told += [one.message, *one.excerpt, *([f"hint: {one.hint}"] if one.hint else [])]
    return "\n".join(told)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Give signals back to whom they belonged."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                if handler is not None:
                    signal.signal(number, handler)
