"""Checks as plain lines: one a check as it ends, the block of each that is not passed, and one line of all.

For logs and pipes: nothing is wrapped, moved or drawn over, colour is wished for or missing. Knows no stream.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from wsinspect.checks.plan import Place
from wsinspect.checks.result import CheckResult, Outcome, Results
from wsinspect.errors import MEANINGS, Exit
from wsinspect.render.cells import cells
from wsinspect.render.lines import duration_text
from wsinspect.render.palette import NO_COLOUR, Palette
from wsinspect.reports.failure import (
    LONGEST_NAME,
    LONGEST_SENTENCE,
    LONGEST_VALUE,
    MARKS,
    STYLES,
    failure_lines,
    remarks,
)
from wsinspect.reports.inert import brief, inert_line, inert_lines
from wsinspect.reports.words import counted, place_of

WIDEST_NAME = 48
"""Columns that names are filled up to; longer ones push the rest to the right."""


class Named(Protocol):
    """A check, or what came of one."""

    @property
    def name(self) -> str: ...
    @property
    def place(self) -> Place: ...


def labels(checks: Sequence[Named]) -> list[str]:
    """Return what each check is called: its name, and its file where others have the same name."""
    times = Counter([check.name for check in checks])
    return [label(check, twice=times[check.name] > 1) for check in checks]


def label(check: Named, *, twice: bool = False) -> str:
    """Return what a check is called, with its file where there are two of the name."""
    name = brief(check.name, LONGEST_NAME)
    return f"{name} ({brief(str(check.place), LONGEST_NAME)})" if twice and check.place.file else name


def name_columns(names: Iterable[str]) -> int:
    """Return how many columns names are filled up to: those of the widest that is not too wide."""
    return max([wide for wide in map(cells, names) if wide <= WIDEST_NAME], default=0)


def check_line(result: CheckResult, name: str, columns: int, palette: Palette = NO_COLOUR) -> str:
    """Return the line of a check, without its end; ``name`` is what `label` returned."""
    style = getattr(palette, STYLES[result.outcome])
    took = "" if result.outcome is Outcome.SKIPPED else duration_text(result.seconds)
    line = f"{style}{MARKS[result.outcome]:<5}{palette.reset} {name}{' ' * max(columns - cells(name), 0)}  "
    tail = "; ".join([brief(note, LONGEST_SENTENCE) for note in remarks(result)])
    if result.fault is not None:
        place = brief(str(place_of(result)), LONGEST_NAME)
        tail = f"{place}{': ' if place else ''}{brief(result.fault.sentence, LONGEST_SENTENCE)}"
    return f"{line}{took:>7}  {tail}".rstrip()


def step_lines(result: CheckResult, palette: Palette = NO_COLOUR) -> list[str]:
    """Return a line for each step of a check."""
    lines = []
    for step in result.steps:
        style = getattr(palette, STYLES[step.outcome])
        on = f"{brief(step.on, LONGEST_NAME)}: " if step.on else ""
        took = "" if step.outcome is Outcome.SKIPPED else duration_text(step.seconds)
        mark = f"{style}{MARKS[step.outcome]:<5}{palette.reset}"
        told = brief(step.told, LONGEST_VALUE)
        lines.append(f"      {mark} {step.number:>2}  {on}{told}  {palette.dim}{took}{palette.reset}".rstrip())
    return lines


def ended_lines(
    result: CheckResult, name: str, columns: int, palette: Palette = NO_COLOUR, *, steps: bool = False
) -> list[str]:
    """Return what is told when a check ends, each line fit for a log: its line, and its ``steps`` where wished."""
    lines = [check_line(result, name, columns, palette)]
    return inert_lines(lines + (step_lines(result, palette) if steps else []))


def block_title(result: CheckResult) -> str:
    """Return the first line of a block: what became of which check, and where."""
    place = brief(str(place_of(result)), LONGEST_NAME)
    return f"{MARKS[result.outcome]} {label(result)}{'  ' if place else ''}{place}"


def block(result: CheckResult, palette: Palette = NO_COLOUR) -> list[str]:
    """Return the block of a check that is not passed, each line fit for a log; its title is not among them."""
    return inert_lines(failure_lines(result, palette))


def titled(result: CheckResult, palette: Palette = NO_COLOUR) -> str:
    """Return a block's first line in colour."""
    mark, _, rest = block_title(result).partition(" ")
    return inert_line(
        f"{getattr(palette, STYLES[result.outcome])}{mark}{palette.reset} {palette.bold}{rest}{palette.reset}"
    )


def last_line(results: Results, palette: Palette = NO_COLOUR) -> str:
    """Return how all went, without its end: how many of each, how long it took, and the exit code."""
    parts = []
    for outcome in Outcome:
        count = results.count(outcome)
        if count or outcome is Outcome.PASSED:
            style = getattr(palette, STYLES[outcome]) if count else palette.dim
            parts.append(f"{style}{counted(outcome, count)}{palette.reset}")
    end = "" if results.stopped is None else f" · {MEANINGS[results.stopped]}"
    if results.exit != Exit.OK:
        end += f" · exit {int(results.exit)}"
    return f"{', '.join(parts)} in {duration_text(results.seconds)}{end}"


def last_lines(results: Results, palette: Palette = NO_COLOUR) -> list[str]:
    """Return the same with what else is to be known of the run before it."""
    return [*[f"note: {brief(note, LONGEST_SENTENCE)}" for note in results.notes], last_line(results, palette)]
