"""What every scenario needs: the sender, the program and the checkers as processes, and rows to tell."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from tests.bench.peers import ROOT, ours
from tests.servers import environment
from tests.soak.watching import MIB, Watched

GROWTH = 5 * MIB
"""So far the memory may grow after the first minute."""


RUNNING: "set[subprocess.Popen[bytes]]" = set()
"""All that was started and has not ended."""

MOST = 80 * MIB
"""What a stream may need in all, whatever is not read."""


class Row(NamedTuple):
    """One line of the table."""

    what: str
    wanted: str
    found: str
    good: bool


class Stage(NamedTuple):
    """How much is wanted: ``quick`` for seconds instead of minutes; ``folder`` is for recordings."""

    quick: bool
    folder: Path

    def pick(self, long: float, quick: float) -> float:
        return quick if self.quick else long


class Sender:
    """The sender as a process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        self._told: IO[bytes] = process.stdout
        self.port = int(self._told.readline())

    def url(self, seconds: float, count: int, part: int = 0, rate: float = 0) -> str:
        return f"ws://127.0.0.1:{self.port}/{seconds:g}/{count}/{part}/{rate:g}"

    def sent(self) -> int:
        """Return how many messages the stream had that has just ended; waits for its end."""
        return int(self._told.readline() or -1)


@contextlib.contextmanager
def module(name: str, *arguments: str, **options: object) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a module of ours until the block is left; its standard output is a pipe, its standard input too."""
    command = [sys.executable, "-m", name, *arguments]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} | options
    with started(command, **streams) as process:
        yield process


@contextlib.contextmanager
def started(command: Sequence[str], **options: object) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program; one that is still there when the block is left is killed. Ctrl-C is for us, not for it."""
    given = {"cwd": ROOT, "env": environment(), "start_new_session": True} | options
    process: subprocess.Popen[bytes] = subprocess.Popen(command, **given)  # type: ignore[call-overload]
    RUNNING.add(process)
    try:
        yield process
    finally:
        RUNNING.discard(process)
        if process.poll() is None:
            process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()


def end_all() -> None:
    """Kill all that was started, so that nobody waits for it; those who did put away what is left."""
    for process in list(RUNNING):
        process.kill()


@contextlib.contextmanager
def sending() -> Iterator[Sender]:
    with module("tests.soak.sender") as process:
        yield Sender(process)


class Program:
    """``wsinspect`` at work: a process whose standard output somebody reads, and what it says on standard error."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.pid = process.pid
        self._said: list[str] = []
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()

    def _hear(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._said = [*self._said, line.decode(errors="replace").rstrip()][-20:]

    def end(self, limit_s: float) -> int | None:
        """Wait for its end; return its exit code, None where there is none in time."""
        try:
            exit = self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None
        self._hearing.join(5)
        return exit

    @property
    def said(self) -> str:
        """The last lines of what it said."""
        return "\n".join(self._said)


@contextlib.contextmanager
def running(*arguments: str, out: int, **options: object) -> Iterator[Program]:
    """Run the program; ``out`` is the descriptor that it writes to, and is closed here."""
    options = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.PIPE} | options
    try:
        context = started(ours(*arguments), **options)
        process = context.__enter__()
    finally:
        os.close(out)
    try:
        yield Program(process)
    finally:
        context.__exit__(None, None, None)


class Verdict(NamedTuple):
    """What a checker found."""

    messages: int
    wrong: str
    others: dict[str, int]


def verdict(checker: "subprocess.Popen[bytes]", limit_s: float = 120) -> Verdict:
    """Wait for the end of a checker."""
    assert checker.stdout is not None
    watch = threading.Timer(limit_s, checker.kill)
    watch.start()
    try:
        told = checker.stdout.read()
    finally:
        watch.cancel()
    return Verdict(**json.loads(told)) if told else Verdict(0, "the checker did not end", {})


# What rows say.


def merged(what: str, *parts: Row) -> Row:
    """Return several rows as one."""
    wanted = "; ".join(filter(None, (part.wanted for part in parts)))
    found = "; ".join(filter(None, (part.found for part in parts)))
    return Row(what, wanted, found, all(part.good for part in parts))


def complete(sent: int, **seen: Verdict) -> Row:
    """Tell whether all is there, once and in order, wherever it was seen."""
    wrong = [
        f"{where}: {each.wrong or f'{each.messages:,}'}"
        for where, each in seen.items()
        if each.wrong or each.messages != sent
    ]
    return Row("", "none lost", f"{sent:,} messages, {', '.join(wrong) or 'none lost'}", not wrong)


def constant(stage: Stage, watched: Watched, warm_s: float, most: int = MOST) -> Row:
    """Tell whether the most memory that was ever used is reached early; it may swing below.

    In a quick run all is early: there it is bounded only, by ``most``.
    """
    if stage.quick:
        return bounded(watched, most)
    early, last = watched.at(warm_s), watched.last
    found = f"{early.peak / MIB:.1f} MiB in the first {early.at:.0f} s, {last.peak / MIB:.1f} MiB in all"
    good = early.at < last.at and last.peak - early.peak <= GROWTH
    return Row("", f"then {GROWTH // MIB} MiB more at most", found, good)


def bounded(watched: Watched, most: int = MOST) -> Row:
    """Tell whether no more memory was ever used than this."""
    peak = watched.last.peak
    return Row("", f"at most {most // MIB} MiB", f"{peak / MIB:.1f} MiB", 0 < peak <= most)


def ended_with(program: Program, exit: int | None) -> Row:
    """Tell whether the exit code is 0, which then goes without saying."""
    if exit == 0:
        return Row("", "", "", True)
    found = "no end: it had to be killed" if exit is None else f"exit code {exit}"
    return Row("", "", f"{found}, {program.said[-300:]!r}", False)
