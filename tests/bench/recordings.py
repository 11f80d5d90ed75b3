"""`python -m tests.bench.recordings [--size 5GiB] [FORMAT...]`: show a recording that is larger than memory, measured.

Makes it in a temporary folder, prints how long each format takes and what memory it needs at most, and deletes it.
Judges nothing.
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
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson

FORMATS = "raw", "ndjson", "pretty"
PAYLOADS = b'{"op": "update", "seq": %08d, "price": 101.25, "tags": ["a", "b"], "name": "abcdefghijklmnop"}', b"%0100d"
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


def make(path: Path, size: int) -> int:
    """Write a recording of at least so many bytes; return the number of messages."""
    render = ndjson(Look())
    block = ""
    for first in range(0, BLOCK, TOGETHER):
        at = Moment(START.wall + first * 1e-5, START.mono + first * 1e-5)
        payloads = [PAYLOADS[first // TOGETHER % 2] % number for number in range(first, first + TOGETHER)]
        rows = [(TEXT, payload, len(payload) + 2) for payload in payloads]
        block += str(render(Batch(at, "in", rows, messages=TOGETHER, uniform=True)))
    data = block.encode()
    times = -(-size // len(data))
    plain = HANDSHAKE._replace(request=[("Host", "localhost")])
    with path.open("wb") as file:
        file.write(handshake_line(plain).encode())
        for _ in range(times):
            file.write(data)
    return times * BLOCK


def measure(path: Path, format: str) -> tuple[float, float, int]:
    """Return seconds of wall time and of the processor, and the most memory in KiB."""
    command = [sys.executable, "-m", "wsinspect", "show", "-q", "--format", format, str(path)]
    began = time.monotonic()
    told = subprocess.run([sys.executable, "-c", STARTER, *command], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    used, memory = told.stdout.split()
    return time.monotonic() - began, float(used), int(memory)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.recordings", description=__doc__)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"default: {', '.join(FORMATS)}")
    parser.add_argument("--size", default="5GiB", type=lambda text: Size().convert(text, None, None))
    parser.add_argument("--in", dest="folder", help="where to make the recording (default: the temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "large.ndjson"
        messages = make(path, options.size)
        print(f"{path.stat().st_size / (1 << 30):.2f} GiB, {messages:,} messages", flush=True)
        for format in options.formats or FORMATS:
            wall, used, memory = measure(path, format)
            rate = f"{messages / used:,.0f} messages/s of processor time"
            print(
                f"{format:8} {wall:7.1f} s, {used:7.1f} s of it used, {rate}, at most {memory / 1024:.1f} MiB",
                flush=True,
            )


if __name__ == "__main__":
    main()
