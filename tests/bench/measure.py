"""Whole processes, timed in turns: A B A B, and the median of the pairwise ratios. Knows no command by name.

On Linux a child's peak memory is never told lower than that of the process that started it (some 16 MiB here); so
whoever imports this stays small, and reads the output of a child in pieces.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.peers import ROOT

LIMIT_S = 300.0
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """One process: wall time in seconds, peak memory in bytes, the lines it wrote (if counted), its exit code."""

    seconds: float
    peak: int
    lines: int
    exit: int


@dataclass
class Side:
    """All timed runs of one command, or the reason why they count for nothing."""

    problem: str = ""
    runs: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return median(run.seconds for run in self.runs)

    @property
    def peak(self) -> int:
        return max(run.peak for run in self.runs)


def run(command: Sequence[str], *, count_lines: bool = False) -> Run:
    """Run a command to its end, or kill it after 5 minutes; its output goes to /dev/null, or is counted.

    Its stdin is a pipe that stays open and brings nothing: wscat leaves at the end of stdin, without its message.
    """
    out = subprocess.PIPE if count_lines else subprocess.DEVNULL
    lines = 0
    began = time.perf_counter()
    # A command that is installed finds its bytecode compiled.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL
    ) as child:
        watch = threading.Timer(LIMIT_S, child.kill)
        watch.start()
        try:
            while child.stdout and (piece := os.read(child.stdout.fileno(), 65536)):
                lines += piece.count(b"\n")
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        finally:
            watch.cancel()
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    return Run(seconds, usage.ru_maxrss * PEAK_UNIT, lines, child.returncode)


def take_turns(*commands: Sequence[str] | None, runs: int, lines: int) -> list[Side]:
    """Run each command once to warm up and to see that it prints at least so many lines, then all in turns."""
    sides = [Side("" if command else "not installed") for command in commands]
    for turn in range(runs + 1):
        for command, side in zip(commands, sides, strict=True):
            if command is None or side.problem:
                continue
            done = run(command, count_lines=turn == 0)
            if done.exit:
                side.problem = f"exit {done.exit}"
            elif turn:
                side.runs.append(done)
            elif done.lines < lines:
                side.problem = f"lost {lines - done.lines:,} lines"
    return sides


def ratios(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Give the median, the least and the greatest of the pairwise ratios."""
    pairs = [a / b for a, b in zip(one, other, strict=True)]
    return median(pairs), min(pairs), max(pairs)
