"""What is told of a check that is not passed: where, what was expected, what came instead, and what came before.

`findings` picks and bounds it, with every text safe to show on one line; `failure_lines` lays it out as text for logs
and reports, `tree` does so for a terminal. Knows neither a terminal nor a service.
"""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import NamedTuple

from wsinspect.checks.result import CheckResult, Fault, Outcome, Seen
from wsinspect.errors import MEANINGS, Exit
from wsinspect.render.cells import cells
from wsinspect.render.lines import ARROWS, size_text
from wsinspect.render.lines import style as type_style
from wsinspect.render.palette import NO_COLOUR, Palette
from wsinspect.reports.inert import brief
from wsinspect.vocabulary import WSMsgType

LONGEST_NAME = 100
LONGEST_SENTENCE = 400
LONGEST_VALUE = 600
LONGEST_BESIDE = 240
LONGEST_EVENT = 160
LONGEST_LINE = 300
"""Characters that are shown of each; the rest is counted. Values that stand beside a difference are shorter."""

MOST_EVENTS = 10
MOST_FILES = 5
MOST_LINES = 60
"""So many events, files, and lines of a difference are shown."""
CONTEXT = 3
"""Lines that are equal, shown before and behind a difference; what is between is counted."""

MARKS = {Outcome.PASSED: "ok", Outcome.FAILED: "FAIL", Outcome.ERROR: "ERROR", Outcome.SKIPPED: "skip"}
"""An outcome as a word in a log."""
SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.ERROR: "!", Outcome.SKIPPED: "–"}
"""An outcome as a sign on a terminal."""
STYLES = {Outcome.PASSED: "good", Outcome.FAILED: "error", Outcome.ERROR: "error", Outcome.SKIPPED: "dim"}
"""Its role in a palette."""

SIGN_STYLES = {"-": "good", "+": "error"}
"""A difference, as test runners colour it: what is wished is green."""
_SIGNS = frozenset("-+ ")
LEGEND = "- expected  + came"
READINGS = "what was found in the message"
BEFORE = "before it"
_RIGHT = (0, 4)
"""Columns of `Row` that are set to the right."""
_LABEL = 12
"""Columns of a label, with the spaces behind it."""


class Row(NamedTuple):
    """An event in columns: seconds, connection, arrow, type, size, payload."""

    at: str
    on: str
    arrow: str
    kind: str
    size: str
    text: str


class Findings(NamedTuple):
    """What is told of a failure. ``facts`` are labels with what they mean, in the order in which they are shown, a
    role for each; ``step`` is the label of that which names the step, empty where none is to blame; ``difference`` are
    signs and lines; all is safe to show."""

    sentence: str
    step: str
    facts: tuple[tuple[str, str, str], ...]
    difference: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    ends: tuple[tuple[str, str, str], ...]


def findings(result: CheckResult, fault: Fault) -> Findings:
    """Return what is told of a check that ended with ``fault``."""
    longest = LONGEST_BESIDE if fault.difference else LONGEST_VALUE
    facts = [
        (_step_label(result, fault), brief(_step_words(result, fault), LONGEST_VALUE), ""),
        ("expected", brief(fault.expected, longest), "good"),
        ("came", brief(fault.came, longest), "error"),
    ]
    hidden = len(result.recordings) - MOST_FILES
    files = [brief(file, LONGEST_LINE) for file in result.recordings[:MOST_FILES]]
    ends = [
        ("hint", brief(fault.hint, LONGEST_SENTENCE), ""),
        ("url", brief(result.facts.get("url", ""), LONGEST_LINE), ""),
        *[("note", brief(note, LONGEST_LINE), "") for note in remarks(result)],
        *[("recording", file, "") for file in files],
        ("", f"… {hidden:,} more" if hidden > 0 else "", ""),
        ("exit", _exit_words(fault.exit), ""),
    ]
    return Findings(
        brief(fault.sentence, LONGEST_SENTENCE),
        _step_label(result, fault),
        tuple([fact for fact in facts if fact[1]]),
        difference_of(fault),
        rows_of(fault.events),
        tuple([end for end in ends if end[1]]),
    )


def failure_lines(result: CheckResult, palette: Palette = NO_COLOUR) -> list[str]:
    """Return the block of a check that is not passed, as lines without their ends; none for one that is."""
    if result.fault is None:
        return []
    told = findings(result, result.fault)
    lines = [f"  {palette.bold}{told.sentence}{palette.reset}"]
    lines += [_fact_line(fact, palette) for fact in told.facts]
    if told.difference:
        label, legend = legend_of(told.difference)
        lines.append(f"  {labelled(label, palette)}{palette.dim}{legend}{palette.reset}")
        lines += [f"  {labelled('', palette)}{painted(*pair, palette)}" for pair in told.difference]
    for label, text in zip(chain([BEFORE], repeat("")), row_lines(told.rows, palette), strict=False):
        lines.append(f"  {labelled(label, palette)}{text}")
    return lines + [_fact_line(end, palette) for end in told.ends]


def failure_text(result: CheckResult) -> str:
    """Return the same without colour as one text, for reports."""
    return "\n".join(failure_lines(result))


def sign_style(sign: str) -> str:
    """Return the role of a line of a difference; empty for none."""
    return SIGN_STYLES.get(sign, "dim" if sign == "…" else "")


def remarks(result: CheckResult) -> list[str]:
    """Return what else is to be known: runs that failed, attempts, and notes."""
    made = tries_of(result)
    return made + [note for note in result.notes if note not in made]


def tries_of(result: CheckResult) -> list[str]:
    """Return how many runs and attempts it took, where it was not one."""
    made = []
    if result.runs > 1:
        failed = f"{result.failed_runs:,} of {result.runs:,} runs failed"
        made.append(failed if result.failed_runs else f"{result.runs:,} runs")
    if result.attempts > 1:
        made.append(f"{result.attempts:,} attempts")
    return made


def difference_of(fault: Fault) -> tuple[tuple[str, str], ...]:
    """Return the difference of a fault, see `folded`."""
    return folded(fault.difference)


def folded(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return a difference as signs and lines, folded where nothing differs and shortened; a `…` stands for a sign
    where lines are left out."""
    near: set[int] = set()
    for index, line in enumerate(given):
        if line[:1] in SIGN_STYLES:
            near.update(range(index - CONTEXT, index + CONTEXT + 1))
    if not near:
        # No difference, but what an expression read in the message.
        near.update(range(len(given)))
    shown: list[tuple[str, str]] = []
    equal = 0
    for index, line in enumerate(given):
        if index not in near:
            equal += 1
            continue
        shown += _equal_lines(equal)
        equal = 0
        if len(shown) >= MOST_LINES:
            hidden = len(given) - index
            return (*shown, ("…", f" {hidden:,} more line{'' if hidden == 1 else 's'}"))
        signed = line[:1] in _SIGNS
        shown.append((line[0] if signed else " ", brief(line[signed:], LONGEST_LINE)))
    return (*shown, *_equal_lines(equal))


def legend_of(difference: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Return what a difference is called, and what explains its signs; where it has none, it shows what was found."""
    return ("difference", LEGEND) if any(sign in SIGN_STYLES for sign, _ in difference) else ("why", READINGS)


def _equal_lines(count: int) -> list[tuple[str, str]]:
    return [("…", f" {count:,} equal line{'' if count == 1 else 's'}")] if count else []


def rows_of(events: Sequence[Seen]) -> tuple[Row, ...]:
    """Return the last of ``events`` in columns, each as wide as it needs be; the last column is not filled up."""
    last = events[-MOST_EVENTS:]
    cut = [
        Row(
            f"{seen.at_s:.3f} s",
            brief(seen.on, LONGEST_NAME),
            ARROWS["out"] if seen.direction == "out" else ARROWS["in"],
            brief(seen.kind, LONGEST_NAME),
            size_text(seen.size),
            brief(seen.text, LONGEST_EVENT),
        )
        for seen in last
    ]
    wide = [max((cells(row[column]) for row in cut), default=0) for column in range(5)]

    def filled(row: Row, column: int) -> str:
        room = " " * (wide[column] - cells(row[column]))
        return room + row[column] if column in _RIGHT else row[column] + room

    return tuple([Row._make([*[filled(row, column) for column in range(5)], row.text]) for row in cut])


def row_lines(rows: Sequence[Row], palette: Palette, *, narrow: bool = False) -> list[str]:
    """Return the lines of events; ``narrow`` ones tell no size."""
    lines = []
    for row in rows:
        type = row.kind.strip()
        style = type_style(palette, WSMsgType[type]) if type in WSMsgType.__members__ else ""
        way = f"{style}{row.arrow} {row.kind}{palette.reset if style else ''}"
        at = f"{palette.dim}{row.at}{palette.reset}"
        lines.append("  ".join(filter(None, [at, row.on, way, "" if narrow else row.size, row.text])).rstrip())
    return lines


def _step_label(result: CheckResult, fault: Fault) -> str:
    if fault.step is None:
        return ""
    return f"step {fault.step}/{len(result.steps)}" if fault.step else "at"


def _step_words(result: CheckResult, fault: Fault) -> str:
    if fault.step is None:
        return ""
    on = next((step.on for step in result.steps if step.number == fault.step), "")
    told = fault.told or ("the handshake" if fault.step == 0 else "")
    return f"{on}: {told}" if on else told


def _exit_words(exit: Exit) -> str:
    # What is not met is said above; other codes are less common.
    return "" if exit == Exit.UNMET else f"{int(exit)}: {MEANINGS[exit]}"


def labelled(label: str, palette: Palette) -> str:
    """Return a label, filled up to its column."""
    return f"{palette.dim}{label}{palette.reset}{' ' * max(_LABEL - len(label), 1)}" if label else " " * _LABEL


def painted(sign: str, text: str, palette: Palette) -> str:
    """Return a line of a difference in its colour."""
    role = sign_style(sign)
    line = f"{sign}{text}".rstrip()
    return f"{getattr(palette, role)}{line}{palette.reset}" if role else line


def _fact_line(fact: tuple[str, str, str], palette: Palette) -> str:
    label, text, role = fact
    if not role:
        return f"  {labelled(label, palette)}{text}"
    return f"  {labelled(label, palette)}{getattr(palette, role)}{text}{palette.reset}"
