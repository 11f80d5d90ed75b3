"""Checks as a tree for a terminal: files, their checks, and the steps of those that are not passed. Text by rich.

Files in which all went well stand first, so that what is wrong stands last, where one looks. Nothing is wider than the
terminal; what is longer is wrapped beside its label. Knows no stream.
"""

import io
from collections.abc import Sequence
from itertools import pairwise

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from wsinspect.checks.result import CheckResult, Fault, Outcome, Results, StepResult
from wsinspect.render.cells import cells, wrapped
from wsinspect.render.lines import duration_text
from wsinspect.render.palette import COLOUR
from wsinspect.reports.failure import (
    BEFORE,
    LONGEST_NAME,
    LONGEST_VALUE,
    SIGNS,
    STYLES,
    findings,
    legend_of,
    remarks,
    row_lines,
    sign_style,
)
from wsinspect.reports.inert import brief
from wsinspect.reports.lines import label, last_lines
from wsinspect.reports.words import place_of, suites

NARROWEST = 24
NARROW = 60
"""Below this width labels stand above what they label, and events tell no size."""
MOST_PASSED = 30
"""Checks of one file that are passed and shown, before the rest is counted."""
MOST_UNFOLDED = 40
"""Failures that are unfolded, before the others have only their sentence."""
_INDENT = (0, 0, 0, 2)


def tree(results: Results, width: int, *, colour: bool = False, verbose: bool = False) -> str:
    """Return the tree and the line of all, in at most ``width`` columns.

    ``verbose`` shows the steps of what is passed, too, and leaves nothing out.
    """
    page = _Page(max(width, NARROWEST), verbose=verbose)
    for suite in sorted(suites(results), key=lambda suite: any(check.outcome.is_bad for check in suite.checks)):
        page.add(suite.file, suite.checks)
    return page.printed(last_lines(results, COLOUR), colour=colour)


class _Page:
    """The trees of files, one after the other."""

    def __init__(self, width: int, *, verbose: bool) -> None:
        self._width = width
        self._narrow = width < NARROW
        self._verbose = verbose
        self._unfolded = 0
        self._shown: list[RenderableType] = []

    def add(self, file: str, checks: Sequence[CheckResult]) -> None:
        """Add a file; one with a single check is its tree itself."""
        alone = file if len(checks) == 1 else ""
        root = Tree("", hide_root=True, guide_style="dim")
        branch = root.add(_text(brief(file, LONGEST_NAME), "bold")) if file and not alone else root
        good = 0
        for result in checks:
            good += not result.outcome.is_bad
            if self._verbose or result.outcome.is_bad or good <= MOST_PASSED:
                self._check(branch, result, alone)
        if good > MOST_PASSED and not self._verbose:
            branch.add(_text(f"… {good - MOST_PASSED:,} more passed or skipped", "dim"))
        if good < len(checks) and self._shown:
            self._shown.append(Text(""))
        self._shown.append(root)

    def printed(self, last: Sequence[str], *, colour: bool) -> str:
        """Return all of it, with the last lines."""
        page = io.StringIO()
        console = Console(
            file=page,
            width=self._width,
            height=100,
            force_terminal=colour,
            color_system="standard" if colour else None,
            no_color=not colour,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
        )
        hidden = 0 if self._verbose else self._unfolded - MOST_UNFOLDED
        if hidden > 0:
            last = [f"{hidden:,} more failures have their sentence alone: -v unfolds them", *last]
        ends = [_Wrapped(Text.from_ansi(line)) for line in last]
        console.print(*self._shown, *([Text("")] if self._shown else []), *ends, sep="\n")
        return "".join([f"{line.rstrip()}\n" for line in page.getvalue().splitlines()])

    def _check(self, branch: Tree, result: CheckResult, file: str) -> None:
        node = branch.add(_check_label(result, file))
        fault = result.fault
        if fault is not None:
            self._unfolded += 1
        if fault is not None and not self._verbose and self._unfolded > MOST_UNFOLDED:
            node.add(_Wrapped(_text(brief(fault.sentence, LONGEST_VALUE))))
            return
        if fault is None:
            for step in result.steps if self._verbose else ():
                node.add(_step_label(step))
            return
        told = self._unfold(result, fault)
        if fault.step == 0:
            node.add(Group(_Wrapped(_line(result.outcome, "handshake", ""), 2), told))
        for step in result.steps:
            label = _step_label(step)
            node.add(Group(label, told) if step.number == fault.step else label)
        if not _blamed(result, fault):
            node.add(told)

    def _unfold(self, result: CheckResult, fault: Fault) -> RenderableType:
        """Return all that is told of a failure, but its step where that stands above it."""
        told = findings(result, fault)
        blamed = _blamed(result, fault)
        rows: list[tuple[str, RenderableType]] = []
        for name, text, role in told.facts:
            if name != told.step or not blamed:
                rows.append((name, _Wrapped(_text(text, role))))
        if told.difference:
            label, legend = legend_of(told.difference)
            rows.append((label, _text(legend, "dim")))
        for sign, text in told.difference:
            rows.append(("", _Wrapped(_text(f"{sign}{text}", sign_style(sign)), 2)))
        for index, event in enumerate(row_lines(told.rows, COLOUR, narrow=self._narrow)):
            line = Text.from_ansi(event)
            line.no_wrap, line.overflow = True, "ellipsis"
            rows.append(("" if index else BEFORE, line))
        rows += [(name, _Wrapped(_text(text, role))) for name, text, role in told.ends]
        sentence = _text(told.sentence, "bold")
        if blamed:
            return Padding(Group(_Wrapped(sentence), self._labelled(rows)), _INDENT)
        first = _text(f"{SIGNS[result.outcome]} ", STYLES[result.outcome]).append_text(sentence)
        return Group(_Wrapped(first, 2), Padding(self._labelled(rows), _INDENT))

    def _labelled(self, rows: Sequence[tuple[str, RenderableType]]) -> RenderableType:
        """Return rows beside their labels, below them where there is no room."""
        if self._narrow:
            parts: list[RenderableType] = []
            for name, shown in rows:
                parts += [_text(name, "dim")] if name else []
                parts.append(Padding(shown, _INDENT))
            return Group(*parts)
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        for name, shown in rows:
            grid.add_row(_text(name, "dim"), shown)
        return grid


def _blamed(result: CheckResult, fault: Fault) -> bool:
    """Tell whether a line above stands for the step that is to blame."""
    return fault.step == 0 or any(step.number == fault.step for step in result.steps)


def _check_label(result: CheckResult, file: str) -> "_Wrapped":
    took = duration_text(result.seconds)
    if result.outcome is Outcome.SKIPPED:
        took = "" if result.notes else "not run"
    text = _line(result.outcome, label(result), took, "bold")
    aside = [brief(note, LONGEST_NAME) for note in remarks(result)] if result.fault is None else []
    place = str(place_of(result)) if result.fault is not None else file
    for part in [*aside, brief(place, LONGEST_NAME)]:
        if part:
            text.append_text(_text(f"  {part}", "dim"))
    return _Wrapped(text, 2)


def _step_label(step: StepResult) -> "_Wrapped":
    on = f"{brief(step.on, LONGEST_NAME)}: " if step.on else ""
    took = "not reached" if step.outcome is Outcome.SKIPPED else duration_text(step.seconds)
    number = f"{step.number} "
    return _Wrapped(_line(step.outcome, f"{number}{on}{brief(step.told, LONGEST_VALUE)}", took), 2 + len(number))


def _line(outcome: Outcome, words: str, took: str, role: str = "") -> Text:
    style = STYLES[outcome]
    text = _text(SIGNS[outcome], style)
    text.append_text(_text(f" {words}", "dim" if style == "dim" else role if outcome.is_bad else ""))
    return text.append_text(_text(f"  {took}", "dim")) if took else text


class _Wrapped:
    """A text in lines as wide as there is room, all but the first ``hanging`` columns further right.

    Unlike rich's own, no line ends early because a long word follows.
    """

    def __init__(self, text: Text, hanging: int = 0) -> None:
        self._text = text
        self._hanging = hanging

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines; rich calls it."""
        units = list(self._text.plain)
        width = max(options.max_width, 1)
        hanging = self._hanging if width > 2 * self._hanging else 0
        first = wrapped(units, width, 1)
        rest = wrapped(units[first[0] :], width - hanging, len(units)) if first else []
        ends = [0, *first, *[first[0] + end for end in rest]]
        for begin, end in pairwise(ends):
            line = self._text[begin:end]
            line.rstrip()
            line.pad_left(hanging if begin else 0)
            line.no_wrap, line.overflow = True, "crop"
            yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return the least and the most columns; rich calls it."""
        most = min(cells(self._text.plain), options.max_width)
        return Measurement(min(most, NARROWEST // 2), most)


def _text(text: str, role: str = "") -> Text:
    # The palette stays the only table of colours; nothing that comes here holds an escape of its own.
    return Text.from_ansi(f"{getattr(COLOUR, role)}{text}{COLOUR.reset}" if role else text)
