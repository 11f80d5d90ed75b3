"""The door from pytest: collects ``*.ws.toml`` as tests, and lends the fixture ``ws`` to tests in Python.

Every run of pytest imports this where wsinspect is installed, so that all else is loaded once there is something to
check. Knows no check and no connection: `checking.suite` and `checking.live_check` do.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from wsinspect.checking.live_check import LiveCheck
    from wsinspect.checking.prepared import Prepared
    from wsinspect.checks.result import CheckResult

SUFFIX = ".ws.toml"
OPTION = "--ws-var"
INI = "wsinspect_vars"
MARKER = "wsinspect"
HELP = "set a variable of checks, for ${NAME} in *.ws.toml; NAME:=JSON for what is no text"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare how variables are set."""
    group = parser.getgroup("wsinspect", "checks of WebSockets")
    group.addoption(
        OPTION, action="append", default=[], metavar="NAME=VALUE", dest="ws_vars", help=f"{HELP}. Repeatable."
    )
    parser.addini(INI, f"{HELP}, a line each; {OPTION} counts more", type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, so that ``-m wsinspect`` chooses checks."""
    config.addinivalue_line("markers", f"{MARKER}: a check of a WebSocket, out of a file *{SUFFIX}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "CheckFile | None":
    """Take files of checks."""
    if not file_path.name.endswith(SUFFIX):
        return None
    return CheckFile.from_parent(parent, path=file_path)


class CheckFile(pytest.File):
    """A file of checks."""

    def collect(self) -> Iterable["CheckItem"]:
        """Yield each of its checks; mistakes in it are told by file and line."""
        from wsinspect.checking.suite import prepared_in, told_mistakes, variables_in
        from wsinspect.errors import InspectError
        from wsinspect.render.safe import neutral

        try:
            variables = variables_in(self.config.getini(INI), INI)
            variables |= variables_in(self.config.getoption("ws_vars"), OPTION)
            checks = prepared_in(os.path.relpath(self.path), variables, os.environ)
        except InspectError as error:
            raise self.CollectError("\n".join(map(neutral, told_mistakes(error).splitlines()))) from None
        names: set[str] = set()
        for prepared in checks:
            # In the id of a test, colons part it.
            name = unique(neutral(prepared.check.name).replace("::", ":"), names)
            # Said as text: pytest parts a case's brackets from the name, wherever it reads an id again.
            yield CheckItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}", prepared=prepared)


class CheckItem(pytest.Item):
    """One check."""

    def __init__(self, *, prepared: "Prepared", **given: Any) -> None:
        super().__init__(**given)
        self._prepared = prepared
        self.add_marker(MARKER)

    def runtest(self) -> None:
        """Run it; what is known of it goes into reports as properties."""
        from wsinspect.checking.suite import result_of
        from wsinspect.checks.result import Outcome

        result = result_of(self._prepared)
        self.user_properties += [*result.facts.items(), *[("note", note) for note in result.notes]]
        if result.attempts > 1:
            self.user_properties.append(("attempts", result.attempts))
        if result.outcome is Outcome.SKIPPED:
            pytest.skip("; ".join(result.notes))
        if result.fault is not None:
            raise NotPassed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is told of a check that is not passed."""
        if not isinstance(excinfo.value, NotPassed):
            return super().repr_failure(excinfo, style)
        from textwrap import dedent

        from wsinspect.render.safe import neutral
        from wsinspect.reports.failure import failure_text
        from wsinspect.reports.words import place_of

        # As pytest does behind a traceback, so that an editor finds the line.
        place = neutral(str(place_of(excinfo.value.result)))
        return f"{dedent(failure_text(excinfo.value.result)).rstrip()}\n\n{place}: {NotPassed.__name__}"

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the check stands, lines from 0."""
        return self.path, (self._prepared.check.place.line or 1) - 1, self.name


class NotPassed(Exception):
    """A check is not passed."""

    def __init__(self, result: "CheckResult") -> None:
        super().__init__(result.fault.sentence if result.fault else "")
        self.result = result


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Tell what prevented a check from what it found, as pytest tells errors from failures: by when it was."""
    outcome = yield
    fault = call.excinfo.value if call.excinfo is not None else None
    if isinstance(fault, NotPassed):
        from wsinspect.checks.result import Outcome

        if fault.result.outcome is Outcome.ERROR:
            outcome.get_result().when = "setup"  # type: ignore[attr-defined]
    elif call.when == "teardown" and is_not_met(fault):
        # No line of the test stands behind it.
        outcome.get_result().longrepr = str(fault)  # type: ignore[attr-defined]


@pytest.fixture
def ws(request: pytest.FixtureRequest) -> Iterator[Callable[..., "LiveCheck"]]:
    """Open WebSockets to send on and to expect from, in a few lines.

    >>> chat = ws("wss://example.com/chat", subprotocols=["chat.v2"])
    >>> chat.send({"op": "ping"})
    >>> reply = chat.expect("op == 'pong'", within=2)
    """
    __tracebackhide__ = True
    from wsinspect.checking.live_check import LiveChecks
    from wsinspect.clock import now

    live = LiveChecks(str(request.path), now, os.environ)
    try:
        yield live
    finally:
        live.finish()


def is_not_met(fault: BaseException | None) -> bool:
    """Tell whether this is what the fixture raises."""
    loaded = sys.modules.get("wsinspect.checking.live_check")
    return loaded is not None and isinstance(fault, loaded.NotMet)


def unique(name: str, names: set[str]) -> str:
    """Return a name that is none of ``names``, and put it there."""
    made, number = name, 1
    while made in names:
        number += 1
        made = f"{name} #{number}"
    names.add(made)
    return made
