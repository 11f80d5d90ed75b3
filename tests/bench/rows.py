"""The rows of the table: what is run beside what, and what is wanted of it. Prints nothing."""

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.measure import Side, ratios, take_turns
from tests.bench.peers import ROOT, ours, peer
from tests.bench.sender import CLOSE_1000

MIB = 1 << 20


@dataclass(frozen=True)
class Stage:
    """What every row needs: where the sender listens, how often to run, and by what to divide the messages."""

    port: int
    runs: int
    divisor: int

    def url(self, kind: str, size: int, count: int) -> str:
        return f"ws://127.0.0.1:{self.port}/{kind}/{size}/{count}"


@dataclass(frozen=True)
class Row:
    """One line of the table. ``value`` is what the limit speaks of; None where it could not be measured."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""

    @property
    def is_rate(self) -> bool:
        return self.unit == "/s"

    @property
    def wanted(self) -> str:
        return "" if self.limit is None else f"{'≥' if self.is_rate else '≤'} {self.limit:,}{self.unit}"

    @property
    def verdict(self) -> str:
        if self.value is None or self.limit is None:
            return ""
        if self.is_rate:
            return "ok" if self.value >= self.limit else "under"
        return "ok" if self.value <= self.limit else "over"


def compared(what: str, sides: list[Side], limit: float | None) -> Row:
    """Compare the wall times of two commands."""
    mine, theirs = (side.problem or f"{side.seconds:.3f} s" for side in sides)
    if any(side.problem for side in sides):
        return Row(what, mine, theirs, limit=limit)
    found = ratios(*([run.seconds for run in side.runs] for side in sides))
    return Row(what, mine, theirs, "{:.2f} ({:.2f}–{:.2f})".format(*found), found[0], limit)


def unmeasured(what: str, fault: Exception) -> Row:
    """Say why there are no figures: the rows behind it are measured all the same."""
    return Row(what, "failed", ratio=f"{type(fault).__name__}: {fault}".partition("\n")[0])


def peak(what: str, side: Side, limit: float) -> Row:
    """Show the greatest peak of memory of any run."""
    if side.problem:
        return Row(what, side.problem, limit=limit, unit=" MiB")
    return Row(what, f"{side.peak / MIB:.1f} MiB", value=side.peak / MIB, limit=limit, unit=" MiB")


def sender(stage: Stage) -> Iterator[Row]:
    """The sender, read by a bare socket: it must be far faster than any client."""
    began, size, buffer, end = time.perf_counter(), 0, bytearray(256 * 1024), b""
    with socket.create_connection(("127.0.0.1", stage.port)) as client:
        client.sendall(f"GET /text/100/{3_000_000 // stage.divisor} HTTP/1.1\r\nSec-WebSocket-Key: x\r\n\r\n".encode())
        while end != CLOSE_1000 and (more := client.recv_into(buffer)):
            size += more
            end = bytes(buffer[more - 4 : more])
    seconds = time.perf_counter() - began
    yield Row("sender to a bare socket", f"{seconds:.3f} s", f"{size / seconds / 1e6:,.0f} MB/s")


def raw(stage: Stage) -> Iterator[Row]:
    count = 3_000_000 // stage.divisor
    url = stage.url("text", 100, count)
    commands = ours("connect", "-n", "--format", "raw", url), peer("websocat", "-t", "-U", url)
    sides = take_turns(*commands, runs=stage.runs, lines=count)
    yield compared(f"{count:,} × 100 B, raw | websocat", sides, 0.9)
    yield peak(f"{count:,} × 100 B, raw, peak memory", sides[0], 45)


def ndjson(stage: Stage) -> Iterator[Row]:
    count = 3_000_000 // stage.divisor
    url = stage.url("text", 100, count)
    commands = ours("connect", "-n", "--format", "ndjson", url), peer("websocat", "-t", "-U", url)
    sides = take_turns(*commands, runs=stage.runs, lines=count)
    yield compared(f"{count:,} × 100 B, ndjson | websocat", sides, 2.0)


def record(stage: Stage) -> Iterator[Row]:
    """A recording beside what is shown, and what it adds to NDJSON: time, and memory."""
    count = 3_000_000 // stage.divisor
    url = stage.url("text", 100, count)
    with tempfile.TemporaryDirectory() as folder:
        ndjson = ours("connect", "-n", "--format", "ndjson", url)
        for format, ending in ("ndjson", ".ndjson"), ("raw", ".ndjson"), ("ndjson", ".ndjson.gz"):
            file = str(Path(folder, f"session{ending}"))
            recording = ours("connect", "-n", "--format", format, "--force", "--record", file, url)
            sides = take_turns(recording, ndjson, runs=stage.runs, lines=count)
            yield compared(f"{count:,} × 100 B, {format} and {ending} | ndjson", sides, 1.4)
            if format == "ndjson" and not any(side.problem for side in sides):
                more = (sides[0].peak - sides[1].peak) / MIB
                what = f"{count:,} × 100 B, {ending}, memory on top"
                yield Row(what, f"{more:.1f} MiB", value=more, limit=10, unit=" MiB")


def pretty(stage: Stage) -> Iterator[Row]:
    """What a person reads has a limit in messages a second; beside a peer that shows the bare payloads."""
    for kind, all_of_them, limit in ("text", 3_000_000, 350_000), ("json", 300_000, 50_000):
        count = all_of_them // stage.divisor
        url = stage.url(kind, 100, count)
        what = f"{count:,} × 100 B {kind}, pretty in colour | websocat"
        command = ours("connect", "-n", "--format", "pretty", "--color", "always", url)
        sides = take_turns(command, peer("websocat", "-t", "-U", url), runs=stage.runs, lines=count)
        row = compared(what, sides, limit)
        if not sides[0].problem:
            found = count / sides[0].seconds
            row = replace(row, ours=f"{found:,.0f}/s", value=found)
        yield replace(row, unit="/s")


def large(stage: Stage) -> Iterator[Row]:
    count = 1_000 // stage.divisor
    url = stage.url("text", MIB, count)
    commands = ours("connect", "-n", "--format", "raw", url), peer("websocat", "-t", "-U", "-B", "2000000", url)
    sides = take_turns(*commands, runs=stage.runs, lines=count)
    yield compared(f"{count:,} × 1 MiB, raw | websocat", sides, 1.0)
    yield peak(f"{count:,} × 1 MiB, raw, peak memory", sides[0], 60)


def start(stage: Stage) -> Iterator[Row]:
    url, runs = stage.url("text", 100, 1), 4 * stage.runs
    sides = take_turns(ours("decode-close", "1011"), peer("wscat", "--version"), runs=runs, lines=1)
    yield compared("decode-close 1011 | wscat --version", sides, 0.75)
    sides = take_turns(ours("connect", "-n", url), peer("wscat", "-c", url), runs=runs, lines=1)
    yield compared("connect, first message, out | wscat", sides, 1.25)


def message(stage: Stage) -> Iterator[Row]:
    """A message of four times the size in the whole program; start-up flatters this, hence the reader alone."""
    options = "connect", "-n", "--format", "raw", "--max-size", "512MiB"
    commands = [ours(*options, stage.url("text", size * MIB, 1)) for size in (256, 64)]
    sides = take_turns(*commands, runs=stage.runs, lines=1)
    yield compared("a message of 256 MiB | of 64 MiB", sides, 4.5)
    yield peak("a message of 256 MiB, peak memory", sides[0], 2 * 256 + 60)
    yield in_reader("reader: 256 MiB | 64 MiB", "message", 64 * MIB, stage)


def fragments(stage: Stage) -> Iterator[Row]:
    yield in_reader("reader: 100,000 fragments | 25,000", "fragments", 25_000, stage)
    yield in_reader("reader: the same, a chunk each", "fragments-alone", 25_000, stage)
    yield in_reader("reader: 100,000 × 1 B in a chunk | 25,000", "messages-in-a-chunk", 25_000, stage)


ANSWERED = """\
url = "demo:echo"
[handshake.expect]
status = 101
[[steps]]
send = {{ json = {{ op = "hello", number = {number} }} }}
[[steps]]
expect = {{ json = {{ op = "hello", number = {number} }}, within = "30s" }}
[[steps]]
close = 1000
"""
CLOSED = """\
url = "demo:1012"
[handshake.expect]
status = 101
[[steps]]
send = {{ json = {{ op = "hello", number = {number} }} }}
[[steps]]
expect = {{ type = "text", within = "30s" }}
[[steps]]
expect_close = {{ code = "SERVICE_RESTART", within = "30s" }}
"""
LOOKED_AT = """\
url = "{url}"
timeout = "300s"
[[steps]]
reject = {{ contains = "no such words" }}
[[steps]]
expect_close = {{ code = 1000, within = "300s" }}
"""
"""Every message is looked at, none is the one."""


def checks(stage: Stage) -> Iterator[Row]:
    """Many small checks at once against the embedded endpoint, and one that sees many messages."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(200):
            text = (ANSWERED, CLOSED)[number % 2].format(number=number)
            Path(folder, f"{number:03}.toml").write_text(text, encoding="utf-8")
        (side,) = take_turns(ours("check", "--jobs", "50", folder), runs=stage.runs, lines=0)
        what = "200 checks, --jobs 50, demo:"
        if side.problem:
            yield Row(what, side.problem, limit=3.0, unit=" s")
        else:
            yield Row(what, f"{side.seconds:.3f} s", value=side.seconds, limit=3.0, unit=" s")
    with tempfile.TemporaryDirectory() as folder:
        counts = 1_000_000 // stage.divisor, 10_000 // stage.divisor
        commands = []
        for count in counts:
            file = Path(folder, f"{count}.toml")
            file.write_text(LOOKED_AT.format(url=stage.url("text", 100, count)), encoding="utf-8")
            commands.append(ours("check", str(file)))
        sides = take_turns(*commands, runs=stage.runs, lines=0)
        what = f"peak memory: {counts[0]:,} messages seen | {counts[1]:,}"
        if any(side.problem for side in sides):
            yield Row(what, *(side.problem for side in sides), limit=1.2)
        else:
            many, few = (side.peak / MIB for side in sides)
            seconds = f"{counts[0] / sides[0].seconds:,.0f} messages/s"
            yield Row(what, f"{many:.1f} MiB", f"{few:.1f} MiB", f"{many / few:.2f}", many / few, 1.2)
            yield Row("a check that looks at each message", seconds)


def in_reader(what: str, kind: str, count: int, stage: Stage) -> Row:
    """Compare the reader's time for four times as much with that for as much."""
    command = [sys.executable, "-m", "tests.bench.linear", kind, str(count), str(stage.runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    if done.returncode:
        return Row(what, "failed", ratio=(done.stderr.splitlines() or [""])[-1], limit=4.5)
    one, four = json.loads(done.stdout)
    found = ratios(four, one)
    mine, theirs = (f"{sorted(seconds)[len(seconds) // 2] * 1000:.1f} ms" for seconds in (four, one))
    return Row(what, mine, theirs, "{:.2f} ({:.2f}–{:.2f})".format(*found), found[0], 4.5)


PARTS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    part.__name__: part for part in (sender, raw, ndjson, record, pretty, large, start, message, fragments, checks)
}
