"""Autobahn's verdict on wsinspect: `python -m tests.conformance`. Knows command lines and reports, no WebSocket.

Each case is one run of a client against the suite's fuzzing server; with --server the suite's fuzzing client runs all
cases against one server. Any other client or server can be named, to compare.
"""

import argparse
import json
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from .autobahn import HOST, NoPython27Error, SuiteError, ask, free_port, running, wstest

AGENT = "wsinspect"
CLIENT = [sys.executable, "-m", "wsinspect", "connect", "--echo", "-q", "--raw", "-n", "{url}"]
SERVER = [sys.executable, "-m", "wsinspect", "serve", "--echo", "--port", "0"]

UNCOMPRESSED = {"cases": ["*"], "exclude-cases": ["12.*", "13.*"]}
# The first six of each subcategory: messages up to 8 KiB, in a minute instead of twenty.
SAMPLE = {"cases": [f"{a}.{b}.{c}" for a, last in ((12, 5), (13, 7)) for b in range(1, last + 1) for c in range(1, 7)]}

GOOD = ("OK", "INFORMATIONAL")


@dataclass(frozen=True)
class Verdict:
    """What the suite says of one case, in its own words, and why."""

    case: str
    behavior: str
    close: str
    why: str = ""

    @property
    def good(self) -> bool:
        return self.behavior in GOOD and self.close in GOOD


def run_clients(spec: dict[str, Any], folder: Path, client: list[str], jobs: int, bound_s: float) -> list[Verdict]:
    """One run of `client` per case, `jobs` at a time, each ended after `bound_s` seconds."""
    port = free_port()
    overdue: set[str] = set()

    def run(number: int, case: str) -> None:
        url = f"ws://{HOST}:{port}/runCase?case={number}&agent={AGENT}"
        command = [word.replace("{url}", url) for word in client]
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
        wstest("fuzzingserver", spec | {"url": f"ws://{HOST}:{port}"}, folder) as suite,
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


def run_server(spec: dict[str, Any], folder: Path, server: list[str], bound_s: float) -> list[Verdict]:
    """All cases against one `server`, which prints its URL, by the suite's own client."""
    with running(server, folder / "server.log") as peer:
        servers = [{"agent": AGENT, "url": peer.wait_for(r"(ws://\S+)\s")}]
        with wstest("fuzzingclient", spec | {"servers": servers}, folder) as suite:
            cases = suite.cases()
            with suppress(subprocess.TimeoutExpired):
                suite.process.wait(bound_s * len(cases))
    return read_verdicts(folder, cases)


def read_verdicts(folder: Path, cases: Sequence[str]) -> list[Verdict]:
    """The suite's reports in `folder`; a case that left none is MISSING."""
    index = folder / "index.json"
    rows = json.loads(index.read_bytes()).get(AGENT, {}) if index.exists() else {}
    return [read_verdict(folder, case, rows.get(case)) for case in cases]


def read_verdict(folder: Path, case: str, row: dict[str, Any] | None) -> Verdict:
    """One row of the suite's index; the reasons are in the case's own report and in what the client said."""
    if row is None:
        verdict, why = Verdict(case, "MISSING", "MISSING"), []
    else:
        verdict = Verdict(case, row["behavior"], row["behaviorClose"])
        detail = json.loads((folder / row["reportfile"]).read_bytes())
        expected = " ".join(re.sub("<[^>]*>", " ", detail["expectation"]).split())
        why = [f"expected: {expected}"] * (verdict.behavior not in GOOD)
        why += [detail["resultClose"]] * (verdict.close not in GOOD)
    log = folder / f"client-{case}.log"
    if not verdict.good and log.exists() and (said := log.read_text(errors="replace").strip().splitlines()):
        why.append(f"client: {said[-1]!a}")
    return replace(verdict, why="\n    ".join(why))


def format_verdicts(verdicts: Sequence[Verdict]) -> str:
    """A table of how many cases got which verdict, then every case that is not good, those alike together."""
    behavior, close = Counter(v.behavior for v in verdicts), Counter(v.close for v in verdicts)
    kinds = sorted(behavior | close, key=lambda kind: (kind not in GOOD, kind))
    lines = [f"{f'{len(verdicts)} cases':<20}{'behavior':>10}{'behaviorClose':>16}"]
    lines += [f"{kind:<20}{behavior[kind]:>10}{close[kind]:>16}" for kind in kinds]
    alike: dict[str, list[str]] = {}
    for v in verdicts:
        if not v.good:
            alike.setdefault(f"{v.behavior} / {v.close}\n    {v.why}".rstrip(), []).append(v.case)
    lines += [f"\n{' '.join(cases)}: {verdict}" for verdict, cases in alike.items()]
    return "\n".join(lines)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.conformance", description="Run the Autobahn test suite.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--cases", nargs="+", metavar="ID", help="as 1.1.1 or '6.*' (default: all but 12.* and 13.*)")
    which.add_argument("--sample", action="store_true", help="the first six of each kind in 12 and 13 (compression)")
    peer = parser.add_mutually_exclusive_group()
    peer.add_argument("--client", type=shlex.split, default=CLIENT, metavar="'CMD {url}'", help="the client to test")
    peer.add_argument("--server", type=shlex.split, nargs="?", const=SERVER, metavar="CMD", help="or the server")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="clients at a time (default: 2)")
    parser.add_argument("--timeout", type=float, default=60, metavar="S", help="seconds for each case (default: 60)")
    parser.add_argument("--reports", type=Path, metavar="DIR", help="keep the suite's reports and all logs here")
    parser.add_argument("--if-present", action="store_true", help="succeed where there is no Python 2.7")
    return parser.parse_args()


def main() -> int:
    args = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else no `finally` would end the children
    spec = {"cases": args.cases} if args.cases else SAMPLE if args.sample else UNCOMPRESSED
    with tempfile.TemporaryDirectory() as scratch:
        folder = (args.reports or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for old in [*folder.glob("index.json"), *folder.glob("client-*.log")]:
            old.unlink()
        try:
            if args.server:
                verdicts = run_server(spec, folder, args.server, args.timeout)
            else:
                verdicts = run_clients(spec, folder, args.client, args.jobs, args.timeout)
        except SuiteError as error:
            print(f"conformance: {error}", file=sys.stderr)
            return 0 if args.if_present and isinstance(error, NoPython27Error) else 2
        except KeyboardInterrupt:
            return 130
    print(format_verdicts(verdicts))
    return 0 if verdicts and all(v.good for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
