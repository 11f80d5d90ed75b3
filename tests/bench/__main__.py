"""`python -m tests.bench [NAME...]`: measure ourselves beside our peers and print a table. Judges nothing: exit 0."""

import argparse
import dataclasses
import json
import platform
import subprocess
import sys

from tests.bench.peers import ROOT, version
from tests.bench.rows import PARTS, Stage

TITLES = "what | beside what", "ours", "beside", "ratio (least–most)", "wanted", ""
WIDTHS = 50, 12, 12, 18, 12, 5


def show(*cells: str) -> None:
    print(*(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages: start-up then weighs more")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    options = parser.parse_args()
    if unknown := set(options.names) - set(PARTS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    about = [f"Python {platform.python_version()}", version("websocat"), version("wscat")]
    if not options.json:
        print(" · ".join(about), f"· medians of {options.runs} interleaved runs\n")
        show(*TITLES)
    found = []
    server_command = [sys.executable, "-m", "tests.bench.sender"]
    with subprocess.Popen(server_command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        stage = Stage(int(server.stdout.readline()), max(1, options.runs), 10 if options.quick else 1)
        for name in options.names or PARTS:
            for row in PARTS[name](stage):
                found.append({"name": name, **dataclasses.asdict(row), "wanted": row.wanted, "verdict": row.verdict})
                if not options.json:
                    show(row.what, row.ours, row.peer, row.ratio, row.wanted, row.verdict)
    if options.json:
        print(json.dumps({"about": about, "runs": options.runs, "quick": options.quick, "rows": found}, indent=2))


if __name__ == "__main__":
    main()
