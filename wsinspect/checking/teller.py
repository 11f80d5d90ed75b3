"""What a person, or a log, is told of checks: lines as they end, or a view while they run and a tree behind it.

`teller` chooses by the streams and the environment: a CI service gets lines, whatever it runs us in, and beside them
what it reads itself. Loads rich for terminals alone. Knows no socket and no flag.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Literal, NamedTuple, TextIO, TypeAlias

from wsinspect.checking.prepared import Watcher
from wsinspect.checks.plan import Check
from wsinspect.checks.result import CheckResult, Results
from wsinspect.clock import now
from wsinspect.errors import Exit, InspectError
from wsinspect.render.palette import NO_COLOUR, palette
from wsinspect.reports.annotations import github_annotations, github_block, github_mistakes, gitlab_block, summary
from wsinspect.reports.lines import block, ended_lines, label, labels, last_lines, name_columns, titled
from wsinspect.reports.progress import Progress
from wsinspect.term.behind import Behind
from wsinspect.term.screen import NO_CURSOR, ColourMode, colour_of, columns, is_terminal, put, reason_of, say

SUMMARY_FILE = "GITHUB_STEP_SUMMARY"
ROOT_FOLDER = "GITHUB_WORKSPACE"

PATIENCE_S = 1.0
"""So long the last lines may take to be written where something else went wrong."""

Service: TypeAlias = Literal["", "github", "gitlab", "other"]
SERVICES: dict[str, Service] = {"GITHUB_ACTIONS": "github", "GITLAB_CI": "gitlab", "CI": "other"}
"""Variables that say which CI service runs us; the first counts."""


class Manner(NamedTuple):
    """How it is told: ``tree`` at the end, or lines as checks end; ``view`` while they run."""

    service: Service = ""
    tree: bool = False
    view: bool = False


class Stream(NamedTuple):
    """What a stream leads to: a terminal, or a file (a device, too), where it can draw over nothing of others."""

    terminal: bool = False
    file: bool = False


def manner_of(out: Stream, err: Stream, environment: Mapping[str, str]) -> Manner:
    """Return how it is told in these surroundings; ``out`` is where the end is told, ``err`` where a view may be drawn.

    Behind a pipe there may be the same terminal, so that nothing is drawn there beside lines.
    """
    if service := _service(environment):
        return Manner(service)
    draws = err.terminal and environment.get("TERM", "") not in NO_CURSOR
    return Manner("", out.terminal, draws and (out.terminal or out.file))


def teller(
    *,
    colour: ColourMode = "auto",
    quiet: bool = False,
    verbose: bool = False,
    aside: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> "Teller":
    """Return what tells of a run.

    ``quiet`` tells of what is not passed alone; ``verbose`` shows the steps of all. With ``aside`` standard error is
    told, for standard output carries something else.
    """
    stream = sys.stderr if aside else sys.stdout
    manner = manner_of(_stream(stream), _stream(sys.stderr), environment)
    shown = palette(colour_of(stream, colour))
    if manner.tree:
        telling: Tree | Lines = Tree(coloured=shown is not NO_COLOUR, quiet=quiet, verbose=verbose)
    else:
        telling = Lines(manner.service, environment, coloured=shown is not NO_COLOUR, quiet=quiet, verbose=verbose)
    view = View(coloured=colour_of(sys.stderr, colour)) if manner.view and not quiet else None
    return Teller(telling, view, say if aside else put, environment)


def annotate(error: InspectError, environment: Mapping[str, str] = os.environ) -> None:
    """Have GitHub show mistakes beside the lines of files that hold them, where it runs us."""
    if _service(environment) == "github":
        say(_text(github_mistakes(error.errors, _folder(environment.get(ROOT_FOLDER, "")))))


class Teller(Watcher):
    """A `Watcher` that is entered around a run, and tells its end."""

    def __init__(
        self, telling: "Tree | Lines", view: "View | None", put: Callable[[str], None], environment: Mapping[str, str]
    ) -> None:
        self._telling = telling
        self._view = view
        self._out = Behind(put)
        self._environment = environment

    def __enter__(self) -> "Teller":
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self._view is not None:
            self._view.close()
        with contextlib.suppress(Exception):
            # What went wrong is told already, or is about to be.
            self._out.finish(PATIENCE_S if kind else None)

    def began(self, checks: tuple[Check, ...]) -> None:
        """The run begins."""
        self._telling.began(checks)
        if self._view is not None:
            self._view.began(checks)

    def started(self, index: int) -> None:
        """A check begins, or is tried again."""
        if self._view is not None:
            self._view.progress.started(index, now().mono)

    def stepped(self, index: int, done: int) -> None:
        """So many of its steps are done."""
        if self._view is not None:
            self._view.progress.stepped(index, done)

    def ended(self, index: int, result: CheckResult) -> None:
        """A check is over, or was left out."""
        if self._view is not None:
            self._view.progress.ended(index, result)
        self._out.write(self._telling.ended(index, result))

    def tell(self, results: Results) -> None:
        """Tell how all went; raises what writing raised (`InspectError`, BrokenPipeError)."""
        if self._view is not None:
            self._view.close()
        self._out.write(self._telling.told(results))
        if isinstance(self._telling, Lines) and self._telling.service == "github":
            _leave_summary(self._environment.get(SUMMARY_FILE, ""), results)
        self._out.finish()


class Lines:
    """Tells line by line, for logs and pipes, and a CI service what it reads."""

    def __init__(
        self, service: Service, environment: Mapping[str, str], *, coloured: bool, quiet: bool, verbose: bool
    ) -> None:
        self.service = service
        self._folder = _folder(environment.get(ROOT_FOLDER, ""))
        self._palette = palette(coloured)
        self._quiet = quiet
        self._verbose = verbose
        self._names: list[str] = []
        self._columns = 0

    def began(self, checks: tuple[Check, ...]) -> None:
        """Know what the checks are called."""
        self._names = labels(checks)
        self._columns = name_columns(self._names)

    def ended(self, index: int, result: CheckResult) -> str:
        """Return what is told when a check ends."""
        if self._quiet:
            return ""
        name = self._names[index] if index < len(self._names) else label(result)
        return _text(ended_lines(result, name, self._columns, self._palette, steps=self._verbose))

    def told(self, results: Results) -> str:
        """Return what is told at the end: a block of each that is not passed, and how all went."""
        if self._quiet and results.exit == Exit.OK:
            return ""
        lines: list[str] = []
        for number, result in enumerate(results.checks, 1):
            if result.fault is None:
                continue
            if self.service == "github":
                lines += github_block(result, self._palette)
            elif self.service == "gitlab":
                lines += gitlab_block(result, number, self._palette)
            else:
                lines += ["", titled(result, self._palette), *block(result, self._palette)]
        if self.service == "github":
            lines += github_annotations(results, self._folder)
        lines += ["", *last_lines(results, self._palette)]
        # Quiet ones have nothing above them that is to be set off.
        return _text(lines[1:] if self._quiet and not lines[0] else lines)


class Tree:
    """Tells all at the end, for somebody who looks on."""

    def __init__(self, *, coloured: bool, quiet: bool, verbose: bool) -> None:
        self._coloured = coloured
        self._quiet = quiet
        self._verbose = verbose

    def began(self, checks: tuple[Check, ...]) -> None:
        """Nothing is told yet."""

    def ended(self, index: int, result: CheckResult) -> str:
        """Nothing is told yet."""
        return ""

    def told(self, results: Results) -> str:
        """Return the tree and how all went."""
        if self._quiet:
            if results.exit == Exit.OK:
                return ""
            results = results._replace(checks=tuple([check for check in results.checks if check.fault is not None]))
        # It brings rich with it.
        from wsinspect.reports.tree import tree

        return tree(results, columns(), colour=self._coloured, verbose=self._verbose)


class View:
    """The view on standard error while checks run."""

    progress: Progress

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured
        self._shown = contextlib.ExitStack()

    def began(self, checks: tuple[Check, ...]) -> None:
        """Show it."""
        # It brings rich with it.
        from wsinspect.term.live import live

        self.progress = Progress(checks, now().mono)
        colours = palette(self._coloured)
        self._shown.enter_context(
            live(lambda width, height: self.progress.lines(now().mono, width, height, colours), colour=self._coloured)
        )

    def close(self) -> None:
        """Take it away; doing so twice is no matter."""
        self._shown.close()


def _service(environment: Mapping[str, str]) -> Service:
    return next((name for key, name in SERVICES.items() if environment.get(key, "") not in ("", "0", "false")), "")


def _stream(stream: TextIO | None) -> Stream:
    if is_terminal(stream):
        return Stream(terminal=True)
    try:
        mode = os.fstat(stream.fileno()).st_mode if stream is not None else 0
    except (OSError, ValueError):
        return Stream()
    return Stream(file=stat.S_ISREG(mode) or stat.S_ISCHR(mode))


def _text(lines: list[str]) -> str:
    return "".join([f"{line}\n" for line in lines])


def _folder(root: str) -> str:
    """Return where we are, seen from ``root``; empty where that is not above us."""
    if not root:
        return ""
    try:
        path = os.path.relpath(os.getcwd(), root)
    except (OSError, ValueError):
        return ""
    return "" if path.startswith("..") else path.replace(os.sep, "/")


def _leave_summary(path: str, results: Results) -> None:
    """Add the summary to the file that GitHub shows; that it cannot be written changes no result."""
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(summary(results))
    except (OSError, ValueError) as fault:
        say(f"cannot write the summary that {SUMMARY_FILE} names: {reason_of(fault).lower()}\n")
