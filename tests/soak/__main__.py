"""Load and soak: `python -m tests.soak [NAME...]`. Tells what was wanted and what was found; exit 1 if they differ."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import measured
from tests.long_runs import carry_out, chosen
from tests.soak import many, stopped, streams, terminal
from tests.soak.stage import Row, Stage, end_all

SCENARIOS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    "raw": streams.raw,
    "ndjson": streams.ndjson,
    "terminal": terminal.terminal,
    "stopped": stopped.stopped,
    "keepalive": stopped.keepalive,
    "reconnects": many.reconnects,
    "clients": many.clients,
    "checks": many.checks,
}

COLUMNS = "what", "wanted", "found"


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.soak", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(SCENARIOS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes: about one minute in all")
    parser.add_argument("--save", action="store_true", help="keep what is found for the README")
    parser.add_argument(
        "--in", dest="folder", metavar="FOLDER", help="where to make recordings (default: the temporary folder)"
    )
    options = parser.parse_args()
    names = chosen(parser, options.names, SCENARIOS)
    if options.quick and options.save:
        parser.error("--save keeps what long runs find")
    if not os.path.isdir("/proc/self/fd"):
        parser.error("memory and open files are read from /proc, which is not here")
    if options.folder and not os.path.isdir(options.folder):
        parser.error(f"no folder {options.folder}")
    found: list[Row] = []
    for name in names:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            for row in SCENARIOS[name](Stage(options.quick, Path(folder))):
                found.append(row)
                print(f"{'ok   ' if row.good else 'WRONG'} {row.what}\n      wanted: {row.wanted}", flush=True)
                print(f"      found:  {row.found}", flush=True)
        print(f"      ({name} took {time.monotonic() - began:.0f} s)\n", flush=True)
    bad = sum(not row.good for row in found)
    print(f"{len(found)} as wanted" if not bad else f"{bad} of {len(found)} not as wanted")
    if options.save:
        measured.save("soak", COLUMNS, [row[:3] for row in found], beside=bool(options.names))
    return bool(bad)


if __name__ == "__main__":
    carry_out(main, stop=end_all)
