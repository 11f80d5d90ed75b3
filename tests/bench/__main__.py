"""Speed, beside our peers: `python -m tests.bench [NAME...]`. Prints a table and judges nothing: exit 0.

With --save the ratios and the memory of a full run are kept for the README; seconds say more of the machine than of us.
"""

import argparse
import dataclasses
import json
import platform
import subprocess
import sys
import time
from collections.abc import Iterator

from tests import measured
from tests.bench.peers import ROOT, version
from tests.bench.rows import PARTS, Row, Stage, unmeasured
from tests.long_runs import carry_out, chosen

TITLES = "what | beside what", "ours", "beside", "ratio (least–most)", "wanted", ""
WIDTHS = 52, 12, 12, 18, 12, 5
KEPT = "what", "beside", "ratio (least–most)", "wanted"
PEERS = "websocat", "wscat"


def show(*cells: str) -> None:
    print(*(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)), flush=True)


def found_by(name: str, stage: Stage) -> Iterator[Row]:
    """Measure a part; what goes wrong in it is a row."""
    try:
        yield from PARTS[name](stage)
    except Exception as fault:
        yield unmeasured(name, fault)


def kept(rows: list[Row]) -> list[list[str]]:
    """Return what the README shows: all but what is told in seconds alone, and what could not be measured."""
    found = []
    for row in rows:
        what, _, beside = row.what.partition(" | ")
        wanted = row.wanted
        if row.is_rate and row.verdict:
            # The ratio does not say it.
            wanted += ", held" if row.verdict == "ok" else ", missed"
        figure = row.ratio or (row.ours if row.unit == " MiB" else "")
        if not figure and row.value is None and row.limit is not None:
            figure = f"not measured: {', '.join(filter(None, (row.ours, row.peer)))}"
        if figure:
            found.append([what, version(beside) if beside in PEERS else beside, figure, wanted])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages: start-up then weighs more")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    parser.add_argument("--save", action="store_true", help="keep the ratios of a full run for the README")
    options = parser.parse_args()
    if options.save and (options.quick or options.names):
        parser.error("--save keeps a full run: no NAME, no --quick")
    names = chosen(parser, options.names, PARTS)
    about = [f"Python {platform.python_version()}", *map(version, PEERS)]
    if not options.json:
        print(" · ".join(about), f"· medians of {options.runs} interleaved runs\n")
        show(*TITLES)
    found: list[tuple[str, Row]] = []
    began = time.monotonic()
    server_command = [sys.executable, "-m", "tests.bench.sender"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(server_command, cwd=ROOT, start_new_session=True, **pipes) as server:
        assert server.stdout is not None
        stage = Stage(int(server.stdout.readline()), max(1, options.runs), 10 if options.quick else 1)
        for name in names:
            for row in found_by(name, stage):
                found.append((name, row))
                if not options.json:
                    show(row.what, row.ours, row.peer, row.ratio, row.wanted, row.verdict)
    if options.json:
        rows = [
            {"name": name, **dataclasses.asdict(row), "wanted": row.wanted, "verdict": row.verdict}
            for name, row in found
        ]
        print(json.dumps({"about": about, "runs": options.runs, "quick": options.quick, "rows": rows}, indent=2))
    else:
        print(f"\nin {time.monotonic() - began:.0f} s")
    if options.save:
        path = measured.save("bench", KEPT, kept([row for _, row in found]))
        print(f"{path}; `python -m tests.generate --write` puts it into the README", file=sys.stderr)


if __name__ == "__main__":
    carry_out(main)
