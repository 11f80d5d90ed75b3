"""Processes seen from outside while they run: memory and open files, each second, from /proc. Starts nothing."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MIB = 1 << 20


class Sample(NamedTuple):
    """What a process has, seconds after it was first looked at: resident bytes, the most of them so far, open files."""

    at: float
    resident: int
    peak: int
    files: int


class Watched:
    """The samples of one process."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def at(self, seconds: float) -> Sample:
        """Return the first sample from then on; the last one, if it ended earlier."""
        return next((sample for sample in self.samples if sample.at >= seconds), self.last)

    @property
    def last(self) -> Sample:
        return self.samples[-1] if self.samples else Sample(0.0, 0, 0, 0)

    @property
    def most_files(self) -> int:
        return max((sample.files for sample in self.samples), default=0)


@contextlib.contextmanager
def watching(pid: int, every_s: float = 1.0) -> Iterator[Watched]:
    """Look at a process until the block is left, or the process has ended."""
    watched, over, began = Watched(), threading.Event(), time.monotonic()

    def look() -> None:
        while not over.is_set():
            status = _status(pid)
            if not status:
                return
            watched.samples.append(Sample(time.monotonic() - began, *status, _files(pid)))
            over.wait(every_s)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        over.set()
        thread.join()


def _status(pid: int) -> tuple[int, int] | None:
    """Return the resident bytes, and the most there were; None of a process that has ended."""
    found = {}
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in ("VmRSS", "VmHWM"):
                found[name] = int(value.split()[0]) * 1024
    except OSError:
        return None
    return (found["VmRSS"], found["VmHWM"]) if len(found) == 2 else None


def _files(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0
