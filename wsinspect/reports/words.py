"""What all written reports say in the same words: suites, kinds of faults, places. Knows no form of them.

What it returns is neutral (see `render.safe`): printable, and so free of all that a terminal obeys or XML 1.0
forbids.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from wsinspect.checks.plan import Place
from wsinspect.checks.result import CheckResult, Outcome, Results
from wsinspect.errors import MEANINGS, Exit
from wsinspect.render.safe import neutral
from wsinspect.reports.inert import brief

COMMAND_LINE = "command line"
"""The suite of checks that stand in no file."""

LONGEST = 10_000
"""Characters of one text that a report shows to a reader; the JSON report has all."""

MOST_LINES = 400
"""Lines of a difference, or of a text, that a report shows to a reader."""


class Suite(NamedTuple):
    """The checks of one file, in their order; ``file`` is empty for those of the command line."""

    file: str
    checks: tuple[CheckResult, ...]

    @property
    def name(self) -> str:
        """What the suite is called."""
        return neutral(self.file) or COMMAND_LINE

    def count(self, outcome: Outcome) -> int:
        """Return how many of its checks have this outcome."""
        return sum(check.outcome is outcome for check in self.checks)


def suites(results: Results) -> list[Suite]:
    """Return the checks by file, in the order in which the files first occur."""
    files: dict[str, list[CheckResult]] = {}
    for check in results.checks:
        files.setdefault(check.place.file, []).append(check)
    return [Suite(file, tuple(checks)) for file, checks in files.items()]


def kind(exit: Exit) -> str:
    """Return what kind of fault an exit code stands for: ``unmet``, ``closed-badly``, ``tls``."""
    return exit.name.lower().replace("_", "-")


def counted(outcome: Outcome, count: int) -> str:
    """Return how many checks have an outcome: ``3 passed``, ``2 errors``."""
    return f"{count:,} {outcome}{'s' if outcome is Outcome.ERROR and count != 1 else ''}"


def utc(epoch_s: float) -> str:
    """Return a moment by ISO 8601, in UTC with whole seconds: ``2026-11-22T12:04:31+00:00``."""
    return datetime.fromtimestamp(int(epoch_s), UTC).isoformat()


def short(text: str) -> str:
    """Return a text on one line, in about `LONGEST` characters at most."""
    return brief(text, LONGEST)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that may have several."""
    return at_most([short(line) for line in text.split("\n")])


def at_most(lines: Iterable[str]) -> list[str]:
    """Return the first `MOST_LINES` lines; how many are left out stands below them."""
    lines = list(lines)
    hidden = len(lines) - MOST_LINES
    return lines if hidden <= 0 else [*lines[:MOST_LINES], f"… {hidden:,} more line{'' if hidden == 1 else 's'}"]


def stopped_by(results: Results) -> str:
    """Return what ended the run from outside; empty where it ran to its end."""
    return "" if results.stopped is None else MEANINGS.get(results.stopped, f"exit code {int(results.stopped)}")


def place_of(check: CheckResult) -> Place:
    """Return where to look for what became of a check: the line of the fault, where it stands in the check's file."""
    fault = check.fault
    return fault.place if fault and fault.place.line and fault.place.file == check.place.file else check.place


def skipped_because(check: CheckResult) -> str:
    """Return why a check was left out."""
    return (short(check.notes[0]).strip() if check.notes else "") or "not run"
