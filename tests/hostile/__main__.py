"""Hostile servers and clients, and what they cost: `python -m tests.hostile [WORD...]`.

Prints a line a run, then a table of the groups; exit 1 if a case is not as wanted.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests import measured
from tests.hostile.kit import MIB, Case, Outcome, Way, run, ways
from tests.hostile.rows import ROWS
from tests.long_runs import carry_out

AT_ONCE = 6
"""Runs side by side: much of the time, timers and sockets are waited for."""


class Run(NamedTuple):
    case: Case
    way: Way
    outcome: Outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only cases whose group and name hold all of these")
    parser.add_argument("--save", action="store_true", help="keep the figures of all cases for the README")
    options = parser.parse_args()
    rows = [row for row in ROWS if all(word in f"{row.group}: {row.name}" for word in options.words)]
    if not rows:
        parser.error("no case holds all of these words")
    if options.save and len(rows) < len(ROWS):
        parser.error("--save keeps what all cases have shown")
    runs: list[Run] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        chosen = [(row, way) for row in rows for way in ways(row)]
        for (row, way), outcome in zip(chosen, pool.map(lambda pair: run(*pair), chosen), strict=True):
            runs.append(Run(row, way, outcome))
            print(told(runs[-1]), flush=True)
    table = by_group(runs)
    print()
    for line in [COLUMNS, *table]:
        print("  ".join(f"{cell:>16}" if index else f"{cell:28}" for index, cell in enumerate(line)))
    if options.save:
        print(measured.save("hostile", COLUMNS, table))
    return int(any(one.outcome.complaint for one in runs))


def told(one: Run) -> str:
    """Tell of one run in a line, and of what is wrong in another."""
    outcome = one.outcome
    figures = f"exit {outcome.exit:3}  {outcome.seconds:6.2f} s  {outcome.peak / MIB:6.1f} MiB"
    line = f"{'wrong' if outcome.complaint else 'ok':5}  {figures}  {one.case.group}: {one.case.name} ({one.way.value})"
    return f"{line}\n       {outcome.complaint}" if outcome.complaint else line


COLUMNS = "group", "cases", "not as wanted", "longest time", "most memory"


def by_group(runs: Sequence[Run]) -> list[list[str]]:
    """Return a row a group, and one for all of them."""
    groups = dict.fromkeys(one.case.group for one in runs)
    rows = [_row(group, [one for one in runs if one.case.group == group]) for group in groups]
    return [*rows, _row("all", runs)]


def _row(name: str, runs: Sequence[Run]) -> list[str]:
    cases = {(one.case.group, one.case.name) for one in runs}
    wrong = {(one.case.group, one.case.name) for one in runs if one.outcome.complaint}
    slowest = max(one.outcome.seconds for one in runs)
    greatest = max(one.outcome.peak for one in runs)
    return [name, str(len(cases)), str(len(wrong)), f"{slowest:.1f} s", f"{greatest / MIB:.0f} MiB"]


if __name__ == "__main__":
    carry_out(main)
