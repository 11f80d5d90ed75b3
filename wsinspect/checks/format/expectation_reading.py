"""What a check file says of a message that must come, or must not: the tables of `expect`, `reject`, `expect_ping`.

Each is compiled once while it is read, so that a mistake is told before anything is sent. Knows assertions by name.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from wsinspect.checks.assertions.conditions import compiled
from wsinspect.checks.assertions.matching import matcher
from wsinspect.checks.format.form_reading import read_form
from wsinspect.checks.format.forms import TYPES
from wsinspect.checks.format.kinds import seconds_in
from wsinspect.checks.format.page import Page
from wsinspect.checks.format.trying import tried
from wsinspect.checks.format.values import NO_PATTERNS, Values, no_name
from wsinspect.checks.plan import Expectation
from wsinspect.checks.telling import told_expectation, told_time
from wsinspect.checks.variables import PATTERNS, is_name
from wsinspect.events import DATA
from wsinspect.filters.place import Misplaced
from wsinspect.registry import ASSERTIONS
from wsinspect.toml_places import Path

WITH_PATTERNS = ("json", "partial")
WHERE = "where"
SCHEMA = "schema"


class Expecting:
    """Reads the expectations of one check; ``within_s`` is for those that say nothing else."""

    def __init__(self, page: Page, values: Values, within_s: float) -> None:
        self._page = page
        self._values = values
        self._within_s = within_s

    def expectation(
        self, form: str, value: Any, keys: Path, saved: Collection[str], types: frozenset[int] = DATA
    ) -> Expectation:
        """Return what a condition, or a table of ``form``, asks for; ``saved`` are variables of the steps before it.

        What is wrong is kept by the page.
        """
        good: dict[str, Any] = {WHERE: value}
        if not isinstance(value, str):
            good = read_form(form, value, keys, self._page, self._values)
        types = TYPES.get(good.get("type", ""), types)
        needs: set[str] = set()
        wanted: dict[str, Any] = {}
        told: dict[str, Any] = {}
        for name in ASSERTIONS:
            if name in good:
                here = keys if isinstance(value, str) else (*keys, name)
                with self._page.kept(*here):
                    needs |= self._assertion(name, good[name], here, saved, wanted)
                    told[name] = good[name]
        if "save" in good:
            self._check_saves(good["save"], (*keys, "save"), saved)
        count = good.get("count", 1)
        within_s = seconds_in(good.get("within"))
        words = told_expectation(told, types, count, self._values.shown)
        return Expectation(
            wanted=wanted,
            told=words if within_s is None else f"{words} within {told_time(within_s)}",
            types=types,
            count=count,
            within_s=self._within_s if within_s is None else within_s,
            save=good.get("save", {}),
            needs=frozenset(needs),
            place=self._page.place(*keys),
        )

    def _assertion(
        self, name: str, value: Any, keys: Path, saved: Collection[str], wanted: dict[str, Any]
    ) -> frozenset[str]:
        """Put what an assertion takes into ``wanted``; return the saved variables that it refers to."""
        if name == SCHEMA:
            # What looks like a variable in a schema is a part of the schema.
            wanted[name] = value
            if isinstance(value, str):
                path = self._values.now(value, keys)
                self._values.check_open(value, keys)
                wanted[name] = self._values.json_of(path)
            matcher({name: wanted[name]}, {})
            return frozenset()
        patterns = PATTERNS if name in WITH_PATTERNS else NO_PATTERNS
        needs = self._values.late(value, keys, saved, patterns=patterns)
        wanted[name] = value
        tried(f"`{name}`", value, needs, self._values, lambda scope: matcher({name: value}, scope))
        return needs

    def _check_saves(self, save: Mapping[str, str], keys: Path, saved: Collection[str]) -> None:
        for name, template in save.items():
            here = (*keys, name)
            with self._page.kept(*here):
                if not is_name(name):
                    raise no_name(name)
                needs = self._values.late(template, here, saved)
                try:
                    tried(f"`save`, {name}", template, needs, self._values, partial(compiled, template))
                except Misplaced as error:
                    raise error.within(f"`save`, {name}") from None


def saved_in(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a step saves, whatever else is wrong with it."""
    expect = step.get("expect")
    for one in expect if isinstance(expect, list) else [expect]:
        save = one.get("save") if isinstance(one, dict) else None
        yield from save if isinstance(save, dict) else ()
