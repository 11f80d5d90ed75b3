"""Readers that stand still for a minute and go on: nothing is lost, little is held, and no ping is held against us."""

import os
import signal
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.servers import together
from tests.soak.stage import Row, Stage, bounded, complete, ended_with, merged, module, running, sending, verdict
from tests.soak.streams import piped
from tests.soak.watching import watching

RUN_S = 3.0
"""So long it runs before."""


class Case(NamedTuple):
    """What is shown, and whether it is recorded too."""

    format: str
    recorded: bool = False

    @property
    def title(self) -> str:
        return f"{self.format}{' and a recording' if self.recorded else ''}"


CASES = Case("raw"), Case("ndjson"), Case("pretty"), Case("ndjson", recorded=True)


def stopped(stage: Stage) -> Iterator[Row]:
    """Stop whoever reads the pipe, in the middle of a stream at full speed; with pings of ours, and deadlines."""
    for rows in together(lambda case: list(_case(stage, case)), CASES):
        yield from rows


def _case(stage: Stage, case: Case) -> Iterator[Row]:
    still_s = stage.pick(60, 3)
    pings = ["--ping-interval", f"{still_s / 10:g}s", "--ping-timeout", f"{still_s / 1.5:g}s"]
    file = stage.folder / f"{case.format}.ndjson"
    record = ["--record", str(file)] if case.recorded else []
    with (
        sending() as sender,
        module("tests.soak.checker", "ndjson", str(file)) as second,
        piped(case.format) as (checker, out),
        running(
            "connect", "-n", "-f", case.format, "--color", "always", *pings, *record,
            sender.url(RUN_S + still_s + 1, 1000), out=out,
        ) as program,
        watching(program.pid, 0.25) as watched,
    ):  # fmt: skip
        time.sleep(RUN_S)
        os.kill(checker.pid, signal.SIGSTOP)
        alive = program.end(still_s) is None
        os.kill(checker.pid, signal.SIGCONT)
        exit = program.end(60 + still_s)
        if exit is None:
            program.process.kill()
        sent = sender.sent() if exit is not None else -1
        seen = verdict(checker)
        assert second.stdin is not None
        second.stdin.close()
        recorded = {"recording": verdict(second, 600)} if case.recorded else {}
    ended = ended_with(program, exit)
    yield merged(
        f"{case.title}, the pipe unread for {still_s:.0f} s, `--ping-timeout {pings[3]}`",
        complete(sent, pipe=seen, **recorded),
        bounded(watched),
        ended._replace(good=ended.good and alive),
    )


def keepalive(stage: Stage) -> Iterator[Row]:
    """Servers that drop who does not answer a ping: one that sends little, one that sends as much as is taken."""
    still_s = stage.pick(60, 3)
    each_s = still_s / 3
    for title, rate in ("sends some 1,000 messages", 1000 / still_s), ("sends more than we hold", 0.0):
        with (
            module("tests.soak.pinging", f"{each_s:g}", f"{still_s + 3:g}", f"{rate:g}") as server,
            piped("ndjson") as (checker, out),
        ):
            assert server.stdout is not None
            port = int(server.stdout.readline())
            with running("connect", "-n", "-f", "ndjson", f"ws://127.0.0.1:{port}/", out=out) as program:
                time.sleep(1.0)
                os.kill(checker.pid, signal.SIGSTOP)
                time.sleep(still_s)
                os.kill(checker.pid, signal.SIGCONT)
                exit = program.end(60)
                if exit is None:
                    program.process.kill()
                sent = int(server.stdout.readline() or -1)
                seen = verdict(checker)
        what = f"ndjson, the pipe unread for {still_s:.0f} s; the server {title}, wants a pong within {each_s:g} s"
        if rate:
            yield merged(what, complete(sent, pipe=seen), ended_with(program, exit))
        else:
            # Its ping stands behind what we do not take: nobody answers it without keeping all that comes.
            good = exit == 7 and not seen.wrong
            found = f"exit code {exit}, {seen.messages:,} messages without a gap {seen.wrong}".rstrip()
            yield Row(what, "it drops us: exit code 7, and no gap in what came", found, good)
