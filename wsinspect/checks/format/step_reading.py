"""The steps of a check file: each does one thing, on one connection, and may save what later steps use. Does none."""

from collections.abc import Callable, Mapping
from typing import Any

from wsinspect.checks.format.close_reading import read_close, read_expect_close
from wsinspect.checks.format.expectation_reading import Expecting, saved_in
from wsinspect.checks.format.form_reading import read_form
from wsinspect.checks.format.forms import ACTIONS
from wsinspect.checks.format.kinds import seconds_in
from wsinspect.checks.format.page import Page, strings_in
from wsinspect.checks.format.send_reading import read_send
from wsinspect.checks.format.values import Values
from wsinspect.checks.plan import ONLY, Action, Close, Expect, ExpectClose, Link, Reject, Step, Wait
from wsinspect.checks.telling import told
from wsinspect.checks.variables import shown
from wsinspect.errors import InspectError, nearest
from wsinspect.events import PING
from wsinspect.toml_places import Path

PINGS = frozenset({PING})


class Plain:
    """Steps without variables: they are the same in every case, and read once."""

    def __init__(self, steps: list[Any]) -> None:
        self._steps = steps
        self._read: dict[tuple[int, float], Step] = {}

    def get(self, index: int, within_s: float) -> Step | None:
        """Return a step that has been read, if it was."""
        return self._read.get((index, within_s))

    def put(self, index: int, within_s: float, step: Step) -> None:
        """Keep a step if it is a plain one."""
        if not any("${" in text for _, text in strings_in(self._steps[index])):
            self._read[index, within_s] = step


def savers_in(steps: Any) -> dict[str, int]:
    """Return the names that steps save, with the number of the first that does."""
    found: dict[str, int] = {}
    for number, step in enumerate(steps if isinstance(steps, list) else [], 1):
        for name in saved_in(step) if isinstance(step, dict) else ():
            found.setdefault(name, number)
    return found


class Steps:
    """Reads the steps of one check; what is wrong is kept by the page."""

    def __init__(self, page: Page, values: Values, links: tuple[Link, ...], within_s: float) -> None:
        self._page = page
        self._values = values
        self._links = {link.name: link for link in links}
        self._within_s = within_s
        self._expecting = Expecting(page, values, within_s)
        self._saved: set[str] = set()

    def read(self, tables: list[Mapping[str, Any]], plain: Plain) -> tuple[Step, ...]:
        """Return the steps."""
        steps = []
        for index, table in enumerate(tables):
            step = plain.get(index, self._within_s)
            if step is None:
                with self._page.kept("steps", index):
                    step = self._step(index, table)
                    if step is not None:
                        plain.put(index, self._within_s, step)
            if step is not None:
                steps.append(step)
            self._saved.update(saved_in(table))
        return tuple(steps)

    def _step(self, index: int, table: Mapping[str, Any]) -> Step | None:
        """Return a step, None where a mistake in it is kept already."""
        keys: Path = ("steps", index)
        good = read_form("step", table, keys, self._page, self._values)
        present = [name for name in ACTIONS if name in table]
        if not present:
            if len(good) < len(table):
                return None
            raise InspectError("there is nothing to do", hint=f"a step has one of: {', '.join(ACTIONS)}")
        name = present[0]
        if len(present) > 1:
            raise self._page.wrong(
                (*keys, present[1]),
                f"`{present[1]}` stands beside `{name}`, and a step does one thing",
                "begin another step with [[steps]] for it",
            )
        on = self._on(good.get("on"), "on" in table and "on" not in good, keys)
        if good.get("any_order") and not isinstance(table.get("expect"), list):
            hint = "write, for instance:  expect = [{ ... }, { ... }]"
            raise self._page.wrong((*keys, "any_order"), "`any_order` is for a list in `expect`", hint)
        if name not in good:
            return None
        action, words = _MAKERS[name](self, good[name], (*keys, name), good)
        return Step(index + 1, action, words or told(action), on, self._page.place(*keys))

    def _on(self, name: str | None, wrong: bool, keys: Path) -> str:
        """Return the connection of a step; one that wants to be refused has none."""
        if list(self._links) == [ONLY]:
            if name is not None:
                hint = "name connections with [connections.NAME]"
                raise self._page.wrong((*keys, "on"), "there is just one connection, without a name", hint)
            name = ONLY
        elif name is None:
            if wrong or not self._links:
                return ONLY
            if len(self._links) > 1:
                hint = f'add  on = "{next(iter(self._links))}"  (there are: {", ".join(self._links)})'
                raise InspectError("it does not say on which connection", hint=hint)
            name = next(iter(self._links))
        elif name not in self._links:
            near = nearest(name, self._links)
            hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(self._links)}"
            # It may have been filled.
            raise self._page.wrong((*keys, "on"), "no connection has the name in `on`", hint)
        if self._links[name].wish.refusal:
            raise InspectError(
                "a connection that is to be refused has no steps", hint="`status` without 101 wants it to be refused"
            )
        return name

    # What each action makes of its value, and its words where they are not those of `told`.

    def send(self, value: Any, keys: Path, good: Mapping[str, Any]) -> tuple[Action, str]:
        return read_send(value, keys, self._saved, self._page, self._values)

    def expect(self, value: Any, keys: Path, good: Mapping[str, Any]) -> tuple[Action, str]:
        if not isinstance(value, list):
            return Expect((self._expecting.expectation("expect", value, keys, self._saved),)), ""
        several = [
            self._expecting.expectation("expect", one, (*keys, index), self._saved) for index, one in enumerate(value)
        ]
        return Expect(tuple(several), good.get("any_order", False)), ""

    def reject(self, value: Any, keys: Path, good: Mapping[str, Any]) -> tuple[Action, str]:
        expectation = self._expecting.expectation("reject", value, keys, self._saved)
        for_s = None
        if isinstance(value, dict) and "for" in value:
            # Whatever is wrong with it is kept already.
            with self._page.kept(*keys, "for"):
                for_s = seconds_in(self._values.now(value["for"], (*keys, "for")))
        return Reject(expectation, for_s), ""

    def expect_ping(self, value: Any, keys: Path, good: Mapping[str, Any]) -> tuple[Action, str]:
        table = {} if value is True else value
        return Expect((self._expecting.expectation("expect_ping", table, keys, self._saved, PINGS),)), ""

    def wait(self, value: Any, keys: Path, good: Mapping[str, Any]) -> tuple[Action, str]:
        return Wait(seconds_in(value) or 0.0), ""

    def close(self, value: Any, keys: Path, good: Mapping[str, Any]) -> tuple[Action, str]:
        action = read_close(value, keys, self._page, self._values)
        return action, self._told(action, value)

    def expect_close(self, value: Any, keys: Path, good: Mapping[str, Any]) -> tuple[Action, str]:
        action = read_expect_close(value, keys, self._page, self._values, self._within_s)
        return action, self._told(action, value)

    def _told(self, action: Close | ExpectClose, value: Any) -> str:
        """Return the words for an action, its reason as it is written: what is filled in may be secret."""
        if not action.reason:
            return told(action)
        return told(action._replace(reason=shown(value["reason"], self._values.shown)))


_MAKERS: Mapping[str, Callable[[Steps, Any, Path, Mapping[str, Any]], tuple[Action, str]]] = {
    "send": Steps.send,
    "expect": Steps.expect,
    "reject": Steps.reject,
    "expect_ping": Steps.expect_ping,
    "wait": Steps.wait,
    "close": Steps.close,
    "expect_close": Steps.expect_close,
}
