"""`python -m tests.bench.recordings [--size 5GiB] [--payload 100] [WHAT...]`: a recording that is larger than memory.

Makes it in a temporary folder, prints how long each way of reading it takes and what memory it needs at most, and
deletes it. Judges nothing.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.peers import ROOT
from tests.common_events import HANDSHAKE, START
from wsinspect.events import TEXT, Batch, Moment
from wsinspect.options.values import Size
from wsinspect.registry import EXPORTS
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson

SHOWN = "raw", "ndjson", "pretty"
WHAT = {
    **{format: ["show", "-q", "--format", format] for format in SHOWN},
    "stats": ["stats"],
    **{f"to-{form}": ["export", "-q", "--to", form, "-o", "-"] for form in EXPORTS},
}
"""Ways of reading it, and the words of the command line before the file's name."""

PAYLOADS = b'{"op": "update", "seq": %08d, "price": 101.25, "tags": ["a", "b"], "name": "abcdefghijklm"%b}', b"%0100d%b"
LEAST = 100
"""Bytes of a payload."""
TOGETHER = 100
"""Messages that came in one chunk."""
STARTER = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""A small program: a child's memory is never told lower than that of the one that started it."""
BLOCK = 40_000
"""Messages that are made once, and written again and again."""


def make(path: Path, size: int, payload: int) -> int:
    """Write a recording of at least so many bytes, with payloads of so many; return the number of messages."""
    render = ndjson(Look())
    block = ""
    count = max(TOGETHER, BLOCK * LEAST // payload // TOGETHER * TOGETHER)
    padding = b" " * (payload - LEAST)
    for first in range(0, count, TOGETHER):
        at = Moment(START.wall + first * 1e-5, START.mono + first * 1e-5)
        payloads = [PAYLOADS[first // TOGETHER % 2] % (number, padding) for number in range(first, first + TOGETHER)]
        rows = [(TEXT, payload, len(payload) + 2) for payload in payloads]
        block += str(render(Batch(at, "in", rows, messages=TOGETHER, uniform=True)))
    data = block.encode()
    times = -(-size // len(data))
    plain = HANDSHAKE._replace(request=[("Host", "localhost")])
    with path.open("wb") as file:
        file.write(handshake_line(plain).encode())
        for _ in range(times):
            file.write(data)
    return times * count


def measure(path: Path, what: str) -> tuple[float, float, int]:
    """Return seconds of wall time and of the processor, and the most memory in KiB."""
    command = [sys.executable, "-m", "wsinspect", *WHAT[what], str(path)]
    began = time.monotonic()
    told = subprocess.run([sys.executable, "-c", STARTER, *command], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    used, memory = told.stdout.split()
    return time.monotonic() - began, float(used), int(memory)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.recordings", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"default: {', '.join(SHOWN)}; all: {', '.join(WHAT)}")
    parser.add_argument("--size", default="5GiB", type=lambda text: Size().convert(text, None, None))
    parser.add_argument("--payload", type=int, default=LEAST, help=f"bytes of a message, from {LEAST} on")
    parser.add_argument("--in", dest="folder", help="where to make the recording (default: the temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "large.ndjson"
        messages = make(path, options.size, options.payload)
        print(f"{path.stat().st_size / (1 << 30):.2f} GiB, {messages:,} messages", flush=True)
        for what in options.what or SHOWN:
            wall, used, memory = measure(path, what)
            rate = f"{messages / used:,.0f} messages/s of processor time"
            print(
                f"{what:9} {wall:7.1f} s, {used:7.1f} s of it used, {rate}, at most {memory / 1024:.1f} MiB",
                flush=True,
            )


if __name__ == "__main__":
    main()
