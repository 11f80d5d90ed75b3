"""Fuzzing, guided by coverage: `python -m tests.fuzz TARGET... --seconds N`. Prints a line a target.

Exit 1 if one crashes, 2 without atheris, which `machines` does not need. What crashes is kept; `TARGET --again FILE`
tries it alone.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests import measured
from tests.fuzz.running import Outcome, fuzz
from tests.fuzz.targets import TARGETS, Target
from tests.long_runs import carry_out, chosen

COLUMNS = ("target", "seconds", "executions", "crashes left")
MACHINES = ("tests/test_wire_machine.py", "tests/test_checks_machine_states.py")
EXAMPLES = "WSINSPECT_EXAMPLES"
EXAMPLES_A_SECOND = 40


def main() -> int:
    """Fuzz what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    names = [*[target.name for target in TARGETS], "machines"]
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of: {', '.join(names)}")
    parser.add_argument("--all", action="store_true", help="every target")
    parser.add_argument("--seconds", type=float, default=60.0, help="of CPU time, for each target (default: 60)")
    parser.add_argument(
        "--corpus", type=Path, metavar="FOLDER", help="a folder that keeps inputs and figures from run to run"
    )
    parser.add_argument("--random", type=int, metavar="N", help="the same inputs for the same number, without --corpus")
    parser.add_argument("--again", type=Path, metavar="FILE", help="try an input of the target alone, with a traceback")
    parser.add_argument("--save", action="store_true", help="keep the figures of all runs with --corpus for the README")
    parser.add_argument(
        "--if-present", action="store_true", help="where atheris is not installed, say so and end with 0"
    )
    asked = parser.parse_args()
    chosen(parser, asked.targets, names)
    if not (asked.targets or asked.all):
        parser.error(f"TARGET is one or more of: {', '.join(names)}")
    targets = [target for target in TARGETS if asked.all or target.name in asked.targets]
    if asked.save and asked.corpus is None:
        parser.error("--save goes with --corpus, where the figures of all runs are")
    if asked.again is not None:
        if len(targets) != 1 or not asked.again.is_file():
            parser.error("--again goes with one TARGET, and a file that is there")
        return _again(targets[0], asked.again)
    if targets and find_spec("atheris") is None:
        print("atheris is not installed here (`pip install '.[fuzz]'`; it has no wheels for some Pythons and systems)")
        return 0 if asked.if_present else 2
    corpus = asked.corpus or Path(tempfile.mkdtemp(prefix="fuzz-"))
    failed = False
    try:
        for target in targets:
            outcome = _fuzzed(target, asked.seconds, corpus, asked.random)
            failed |= outcome.fault is not None
            print(_row(outcome), flush=True)
            spent = _spent(outcome, corpus / f"{target.name}.json")
            if asked.save:
                _save(spent)
    finally:
        if asked.corpus is None and not failed:
            shutil.rmtree(corpus)
    if "machines" in asked.targets:
        failed |= _machines(asked.seconds) != 0
    return int(failed)


def _fuzzed(target: Target, seconds: float, corpus: Path, random: int | None) -> Outcome:
    from tests.fuzz.seeds import seeds

    known, faults = corpus / target.name, corpus / f"{target.name}-faults"
    outcome = fuzz(target, seconds, list(seeds(target.name)), known, faults, random)
    if outcome.fault is not None:
        print(outcome.told, file=sys.stderr)
        print(f"to see it again: python -m tests.fuzz {target.name} --again {outcome.fault}", file=sys.stderr)
    return outcome


def _row(outcome: Outcome) -> str:
    rate = outcome.executions / outcome.seconds if outcome.seconds else 0.0
    crash = f"crash: {outcome.fault}" if outcome.fault else "no crash"
    return (
        f"{outcome.name:12} {outcome.seconds:7.0f} s {outcome.executions:11,} executions {rate:7,.0f}/s "
        f"{outcome.covered:6,} edges {outcome.corpus:6,} inputs {outcome.peak >> 20:5} MiB  {crash}"
    )


def _spent(outcome: Outcome, path: Path) -> Outcome:
    """Add a run to those before it, which found what is in the same corpus."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"seconds": 0.0, "executions": 0}
    spent = outcome._replace(
        seconds=before["seconds"] + outcome.seconds, executions=before["executions"] + outcome.executions
    )
    path.write_text(json.dumps({"seconds": spent.seconds, "executions": spent.executions}), encoding="utf-8")
    return spent


def _save(outcome: Outcome) -> None:
    """Keep the figures of a target, beside those of the others."""
    crashes = "1" if outcome.fault else "0"
    row = [outcome.name, f"{outcome.seconds:.0f}", f"{outcome.executions:,}", crashes]
    measured.save("fuzz", COLUMNS, [row], beside=True)


def _again(target: Target, path: Path) -> int:
    module, _, function = target.function.partition(":")
    try:
        getattr(import_module(module), function)(path.read_bytes())
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _machines(seconds: float) -> int:
    """Run the state machines of hypothesis with as many examples as about fit into the time."""
    environment = os.environ | {EXAMPLES: str(int(seconds * EXAMPLES_A_SECOND))}
    return subprocess.run([sys.executable, "-m", "pytest", *MACHINES], env=environment).returncode


if __name__ == "__main__":
    carry_out(main)
