"""Autobahn's verdict on wsinspect: `python -m tests.conformance`. Knows command lines, no WebSocket.

The suite's fuzzing server meets a client, one run for each case; its fuzzing client runs all cases against a server.
Both are ours, unless another client or server is named, to compare. Of the compressed cases a sample is run, with --all
every one.
"""

import argparse
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL
from typing import Any, NamedTuple

from tests import measured
from tests.long_runs import carry_out

from .autobahn import HOST, NoPython27Error, SuiteError, ask, free_port, running, wstest
from .verdicts import AGENT, COLUMNS, Verdict, count_verdicts, format_verdicts, read_verdicts

CLIENT = [sys.executable, "-m", "wsinspect", "connect", "--echo", "-q", "--raw", "-n", "{url}"]
SERVER = [sys.executable, "-m", "wsinspect", "serve", "--echo", "--port", "0"]

UNCOMPRESSED = {"cases": ["*"], "exclude-cases": ["12.*", "13.*"]}
COMPRESSED = {"cases": ["12.*", "13.*"]}
# The first six of each subcategory: messages up to 8 KiB, in a minute instead of twenty.
SAMPLE = {"cases": [f"{a}.{b}.{c}" for a, last in ((12, 5), (13, 7)) for b in range(1, last + 1) for c in range(1, 7)]}


class Part(NamedTuple):
    """Some cases against one side."""

    side: str
    kind: str
    spec: dict[str, Any]
    command: list[str]

    @property
    def name(self) -> str:
        ours = {"client": "client `connect --echo`", "server": "server `serve --echo`"}
        return f"{ours[self.side] if self.command in (CLIENT, SERVER) else self.side}, {self.kind}"


def run_clients(part: Part, folder: Path, jobs: int, bound_s: float) -> list[Verdict]:
    """One run of the client per case, `jobs` at a time, each ended after `bound_s` seconds."""
    port = free_port()
    overdue: set[str] = set()

    def run(number: int, case: str) -> None:
        url = f"ws://{HOST}:{port}/runCase?case={number}&agent={AGENT}"
        command = [word.replace("{url}", url) for word in part.command]
        with (folder / f"client-{case}.log").open("wb") as log:
            try:
                subprocess.run(command, stdin=DEVNULL, stdout=DEVNULL, stderr=log, timeout=bound_s)
            except subprocess.TimeoutExpired:
                overdue.add(case)
            except OSError as error:
                raise SuiteError(f"cannot run {command[0]}: {error}") from error

    # Left in this order when interrupted: the server ends, so the clients end, so the pool does.
    with (
        ThreadPoolExecutor(jobs) as pool,
        wstest("fuzzingserver", part.spec | {"url": f"ws://{HOST}:{port}"}, folder) as suite,
    ):
        count = int(ask(port, "/getCaseCount"))
        cases = suite.cases()
        for done, _ in enumerate(pool.map(run, range(1, count + 1), cases), 1):
            if sys.stderr.isatty():
                print(f"{done}/{count}", end="\r", file=sys.stderr)
        ask(port, f"/updateReports?agent={AGENT}")
    late = f"the client had not ended after {bound_s:g} s\n    "
    return [
        replace(v, behavior="TIMEOUT", why=late + v.why) if v.case in overdue else v
        for v in read_verdicts(folder, cases)
    ]


def run_server(part: Part, folder: Path, bound_s: float) -> list[Verdict]:
    """All cases against one server, which prints its URL, by the suite's own client."""
    with running(part.command, folder / "server.log") as peer:
        servers = [{"agent": AGENT, "url": peer.wait_for(r"(ws://\S+)\s")}]
        with wstest("fuzzingclient", part.spec | {"servers": servers}, folder) as suite:
            cases = suite.cases()
            with suppress(subprocess.TimeoutExpired):
                suite.process.wait(bound_s * len(cases))
    return read_verdicts(folder, cases)


def run_part(part: Part, folder: Path, jobs: int, bound_s: float) -> list[Verdict]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("index.json"), *folder.glob("client-*.log")]:
        old.unlink()
    return run_clients(part, folder, jobs, bound_s) if part.side == "client" else run_server(part, folder, bound_s)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m tests.conformance",
        description="The Autobahn test suite, run by Python 2.7: exit 1 if a case is not good, 2 if it cannot run.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every case; otherwise 72 of the 216 compressed ones")
    which.add_argument("--sample", action="store_true", help="these 72 alone: the first six of each kind in 12 and 13")
    which.add_argument("--cases", nargs="+", metavar="ID", help="these alone, as 1.1.1 or '6.*'")
    peer = parser.add_mutually_exclusive_group()
    peer.add_argument(
        "--client", type=shlex.split, nargs="?", const=CLIENT, metavar="'CMD {url}'", help="only a client, ours or this"
    )
    peer.add_argument(
        "--server", type=shlex.split, nargs="?", const=SERVER, metavar="CMD", help="only a server, ours or this"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="clients at a time (default: 2)")
    parser.add_argument("--timeout", type=float, default=300, metavar="S", help="seconds for each case (default: 300)")
    parser.add_argument("--reports", type=Path, metavar="DIR", help="keep the suite's reports and all logs here")
    parser.add_argument("--save", action="store_true", help="keep the figures of --all for the README")
    # The suite allows half a second for some answers, which a busy machine can miss.
    parser.add_argument("--again", action="store_true", help="run what is not good once more, one at a time")
    parser.add_argument("--if-present", action="store_true", help="succeed where there is no Python 2.7")
    args = parser.parse_args()
    if args.save and (not args.all or args.client or args.server or args.again):
        parser.error("--save goes with --all, and with none of --client, --server and --again")
    return args


def parts_of(args: argparse.Namespace) -> Iterator[Part]:
    """What is to be run, in this order."""
    if args.cases:
        kinds = {"named": {"cases": args.cases}}
    elif args.all:
        kinds = {"uncompressed": UNCOMPRESSED, "compressed": COMPRESSED}
    else:
        kinds = {"uncompressed": UNCOMPRESSED} if not args.sample else {}
        kinds["compressed, a sample"] = SAMPLE
    sides = {"client": args.client, "server": args.server}
    if not any(sides.values()):
        sides = {"client": CLIENT, "server": SERVER}
    return (Part(side, kind, spec, sides[side]) for side in sides if sides[side] for kind, spec in kinds.items())


def main() -> int:
    args = parse_arguments()
    good, rows = True, []
    with tempfile.TemporaryDirectory() as scratch:
        for number, part in enumerate(parts_of(args), 1):
            folder = (args.reports or Path(scratch)).resolve() / f"{number}-{part.side}"
            began = time.monotonic()
            try:
                verdicts = run_part(part, folder, args.jobs, args.timeout)
                if args.again and (bad := [v.case for v in verdicts if not v.good]):
                    print(
                        f"{part.name}\n{format_verdicts(verdicts)}\n\nonce more, alone: {' '.join(bad)}\n", flush=True
                    )
                    alone = run_part(part._replace(spec={"cases": bad}), folder / "again", 1, args.timeout)
                    verdicts = [v for v in verdicts if v.good] + alone
            except SuiteError as error:
                print(f"conformance: {error}", file=sys.stderr)
                return 0 if args.if_present and isinstance(error, NoPython27Error) else 2
            print(f"{part.name}, in {time.monotonic() - began:.0f} s\n{format_verdicts(verdicts)}\n", flush=True)
            good &= bool(verdicts) and all(v.good for v in verdicts)
            rows.append([part.name, *count_verdicts(verdicts)])
    if args.save:
        print(measured.save("conformance", ["Autobahn test suite", *COLUMNS], rows))
    return 0 if good else 1


if __name__ == "__main__":
    carry_out(main)
