"""Streams at full speed for minutes: nothing is lost, and the memory stands still."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator

from tests.soak.stage import Row, Stage, complete, constant, ended_with, merged, module, running, sending, verdict
from tests.soak.watching import MIB, watching

COUNT, QUICK_COUNT = 50_000_000, 200_000
FIRST_S = 60.0
QUICK_MOST = 64 * MIB


def raw(stage: Stage) -> Iterator[Row]:
    """The payloads into a pipe, and a packed recording beside."""
    return stream(stage, "raw", "session.ndjson.gz", "8MiB")


def ndjson(stage: Stage) -> Iterator[Row]:
    """An object a line into a pipe, and a recording beside."""
    return stream(stage, "ndjson", "session.ndjson", "256MiB")


def stream(stage: Stage, format: str, name: str, size: str) -> Iterator[Row]:
    """Send as fast as it is read, for ten minutes and fifty million messages, and check both outputs meanwhile."""
    seconds, count = stage.pick(600, 3), int(stage.pick(COUNT, QUICK_COUNT))
    file = stage.folder / name
    record = ["--record", str(file)] + ([] if stage.quick else ["--rotate", size])
    # The recording is checked in parts while it grows, and these deleted: it would be larger than many a disk.
    with (
        sending() as sender,
        module("tests.soak.checker", "ndjson", str(file)) as second,
        piped(format) as (first, out),
        running("connect", "-n", "-f", format, *record, sender.url(seconds, count), out=out) as program,
        watching(program.pid) as watched,
    ):
        began = time.monotonic()
        exit = program.end(4 * seconds + 60)
        took = time.monotonic() - began
        if exit is None:
            program.process.kill()
        sent = sender.sent() if exit is not None else -1
        seen = verdict(first)
        assert second.stdin is not None
        second.stdin.close()
        recorded = verdict(second, 600)
    yield merged(
        f"{format} into a pipe at full speed, with a recording in {name.partition('.')[2]}",
        Row(
            "",
            f"{seconds:.0f} s and {count:,} messages at least",
            f"{took:.0f} s, {sent / took:,.0f} messages/s",
            sent >= count and took >= seconds,
        ),
        complete(sent, pipe=seen, recording=recorded),
        constant(stage, watched, FIRST_S, QUICK_MOST),
        ended_with(program, exit),
    )


@contextlib.contextmanager
def piped(form: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run a checker, and give it with the descriptor that is to be written to."""
    reader, writer = os.pipe()
    try:
        context = module("tests.soak.checker", form, stdin=reader)
        checker = context.__enter__()
    finally:
        os.close(reader)
    try:
        yield checker, writer
    finally:
        context.__exit__(None, None, None)
