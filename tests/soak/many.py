"""Many one after another, and many at once: reconnects, clients of a server, connections of a run of checks."""

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.peers import ours
from tests.raw_client import CLOSE, TEXT, RawClient, masked
from tests.soak.stage import (
    Row,
    Stage,
    bounded,
    complete,
    constant,
    ended_with,
    merged,
    module,
    running,
    sending,
    started,
    verdict,
)
from tests.soak.streams import piped
from tests.soak.watching import MIB, Watched, watching

WARM = 0.2
"""The part of a run in which the memory may grow."""
CLIENTS_MOST = 48 * MIB
FILES = 16
"""What a program needs that has one connection at a time."""
SOFT = 1024
"""Files that a shell lets its programs open, commonly."""
SCARCE = 256
LIMIT_S = 300.0


def reconnects(stage: Stage) -> Iterator[Row]:
    """A server that restarts after every thousand messages."""
    parts = int(stage.pick(5000, 200))
    with (
        sending() as sender,
        piped("ndjson") as (checker, out),
        running(
            "connect", "-n", "-f", "ndjson", "--reconnect", "--retry-max-delay", "0", sender.url(0, parts * 1000, 1000),
            out=out,
        ) as program,
        watching(program.pid, 0.1) as watched,
    ):  # fmt: skip
        exit = program.end(LIMIT_S)
        if exit is None:
            program.process.kill()
        sent = sender.sent() if exit is not None else -1
        seen = verdict(checker)
    opened = seen.others.get("HANDSHAKE", 0)
    yield merged(
        f"`--reconnect`, {parts:,} connections of 1,000 messages each",
        complete(sent, pipe=seen),
        Row("", "", f"{opened:,} connections", opened == parts),
        constant(stage, watched, WARM * watched.last.at),
        _files(watched),
        ended_with(program, exit),
    )


def clients(stage: Stage) -> Iterator[Row]:
    """Clients of `serve --echo`, one after another."""
    count = int(stage.pick(10_000, 500))
    with started(ours("serve", "--echo"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        echoed = 0
        with watching(process.pid, 0.1) as watched:
            for number in range(count):
                with RawClient(url, "Sec-WebSocket-Extensions: permessage-deflate") as client:
                    client.send(masked(str(number)))
                    # It comes back compressed.
                    echoed += (client.frame() or (CLOSE,))[0] == TEXT
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        exit = process.wait(10)
    yield merged(
        f"`serve --echo`, {count:,} clients, one after another",
        Row(
            "",
            f"{count:,} echoes",
            f"{echoed:,} echoes{f', exit code {exit}' if exit else ''}",
            (echoed, exit) == (count, 0),
        ),
        bounded(watched, CLIENTS_MOST),
        _files(watched),
    )


def _files(watched: Watched) -> Row:
    most = watched.most_files
    return Row("", f"at most {FILES} open files", f"{most} open files", 0 < most <= FILES)


CHECK = """\
url = "{url}"
timeout = "240s"
[[steps]]
expect = {{ text = "all are here", within = "240s" }}
[[steps]]
send = "{number}"
[[steps]]
expect = {{ text = "{number}", within = "60s" }}
[[steps]]
close = 1000
"""


def checks(stage: Stage) -> Iterator[Row]:
    """Two thousand connections open at the same time, in one run of checks, where a shell allows 1,024 files."""
    at_once, soft, scarcely = (2000, SOFT, SCARCE) if not stage.quick else (300, SOFT // 8, SCARCE // 2)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < at_once + 100:
        yield Row(f"check --jobs {at_once}", "room for so many files", f"not run: the hard limit is {hard:,}", True)
        return
    what = f"{at_once:,} checks, `--jobs {at_once}`"
    for scarce in False, True:
        # Where the server waits for all of them, all must be open at the same time.
        with module("tests.soak.barrier", "1" if scarce else str(at_once)) as server:
            assert server.stdout is not None
            url = f"ws://127.0.0.1:{int(server.stdout.readline())}/"
            for number in range(at_once):
                text = CHECK.format(url=url, number=number)
                Path(stage.folder, f"{number:04}.toml").write_text(text, encoding="utf-8")
            limit = _limit(scarcely, scarcely) if scarce else _limit(soft, hard)
            reader, writer = os.pipe()
            os.set_inheritable(reader, False)
            with (
                open(reader, encoding="utf-8") as told,
                running("check", "-q", "--jobs", str(at_once), str(stage.folder), out=writer, preexec_fn=limit) as run,
                watching(run.pid, 0.1) as watched,
            ):
                began = time.monotonic()
                tail = told.read()[-2000:]
                exit = run.end(LIMIT_S)
                took = time.monotonic() - began
        files = f"{watched.most_files:,} open files"
        last = f"{took:.1f} s, {watched.last.peak / MIB:.0f} MiB, {files}"
        if exit != 0:
            passed = re.findall(r"[0-9,]+ passed.*", f"{tail}\n{run.said}")
            last += f", exit code {exit}, {passed[-1:]}, {run.said[-300:]!r}"
        if scarce:
            yield Row(f"{what}, where no more than {scarcely} can be open", "all pass, fewer at once", last, exit == 0)
        else:
            good = exit == 0 and watched.most_files >= at_once
            yield Row(f"{what}, where a shell allows {soft:,} open files", "all pass, all open at once", last, good)


def _limit(soft: int, hard: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
