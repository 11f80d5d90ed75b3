"""A check file, made `Check`s: one for each of its cases. Mistakes are told with file, line and step, all at once.

What may stand in a file is in `forms`; each part of it is read in a module of its own. Reads no file and no environment
itself, and sends nothing.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from wsinspect.checks.format.form_reading import check_kind, read_form
from wsinspect.checks.format.forms import FORMS
from wsinspect.checks.format.kinds import is_whole, seconds_in
from wsinspect.checks.format.link_reading import read_links
from wsinspect.checks.format.page import Page
from wsinspect.checks.format.plain import flaws
from wsinspect.checks.format.step_reading import Plain, Steps, savers_in
from wsinspect.checks.format.values import Fetched, Sources, Values
from wsinspect.checks.plan import TIMEOUT_S, WITHIN_S, Check, Retry
from wsinspect.errors import InspectError, shortened
from wsinspect.toml_content import MARK, toml_content

__all__ = ["Sources", "read_checks"]

LARGEST = 8 << 20
"""Characters of a file."""

SUFFIXES = (".ws.toml", ".toml")
CASE_NAME = "name"


def read_checks(
    text: str, path: str, given: Mapping[str, Any], sources: Sources, default_name: str = ""
) -> tuple[Check, ...]:
    """Return the checks that a file holds.

    Args:
        text: what stands in it.
        path: the file as the user named it; files that it names begin at its folder.
        given: variables of the command line, which outrank those of the file, but not its cases.
        sources: where references lead.
        default_name: what the check is called where it has no name; the file's name if that is empty.

    Raises:
        InspectError: there are mistakes in it. The first is the sentence, the others stand below.
    """
    text = text.removeprefix(MARK)
    if len(text) > LARGEST:
        raise InspectError(f"{path}: the file is larger than {LARGEST >> 20} MiB")
    for keys, error in flaws(dict(given)):
        raise InspectError(f"the variable `{shortened(str(keys[0]))}` that is given: {error.message}")
    page = Page(path, text)
    content = toml_content(text, path)
    for keys, error in flaws(content):
        page.keep(page.placed(keys, error))
    page.finish()
    checks = list(_checks(content, page, Fetched(page, given, sources), default_name or _named_after(path)))
    page.finish()
    return tuple(checks)


def _checks(content: dict[str, Any], page: Page, fetched: Fetched, default_name: str) -> Iterator[Check]:
    # These come first, for all other values may refer to them.
    variables = _plain_table("variables", content, page, {})
    cases = _plain_table("cases", content, page, None)
    steps = content.get("steps")
    savers = savers_in(steps)
    plain = Plain(steps if isinstance(steps, list) else [])
    names: set[str] = set()
    page.cases = 1 if cases is None else len(cases)
    for index, case in enumerate([{}] if cases is None else cases):
        page.case = index
        page.case_told = "" if cases is None else _typed_name(case, index)
        row = {key: value for key, value in case.items() if key != CASE_NAME}
        values = Values(page, fetched, variables, row, savers)
        check = _check(content, page, values, plain, default_name)
        if cases is not None:
            name = _case_name(case, index, page, values)
            if name in names:
                page.keep(page.wrong(("cases", index, CASE_NAME), f"two cases are called `{shortened(name)}`"))
            names.add(name)
            check = check._replace(name=f"{check.name} [{name}]", place=page.place("cases", index))
        yield check


def _plain_table(key: str, content: Mapping[str, Any], page: Page, default: Any) -> Any:
    """Return the value of a key that is needed before any is filled; the default where it is of the wrong kind."""
    if key not in content:
        return default
    try:
        check_kind(key, FORMS["file"].keys[key], content[key])
    except InspectError as error:
        page.keep(page.placed((key,), error))
        return default
    return content[key]


def _check(content: Mapping[str, Any], page: Page, values: Values, plain: Plain, default_name: str) -> Check:
    good = read_form("file", content, (), page, values)
    name = good.get("name", default_name)
    with page.kept("name"):
        values.check_open(content.get("name", ""), ("name",))
        if not name.strip() or not name.isprintable():
            hint = "" if "name" in content else "the file's own name is taken where there is no `name`"
            raise InspectError("`name` is empty, or holds what cannot be printed", hint=hint)
    within_s = seconds_in(good.get("within")) or WITHIN_S
    if "url" in content:
        good.setdefault("url", "")  # one that is wrong is told already
    links = read_links(good, page, values)
    steps = Steps(page, values, links, within_s).read(good.get("steps", []), plain)
    copies = good.get("connections", 1)
    return Check(
        name=name,
        links=links,
        steps=steps,
        timeout_s=seconds_in(good.get("timeout")) or TIMEOUT_S,
        strict=good.get("strict", False),
        allow_violations=good.get("allow_violations", False),
        repeat=good.get("repeat", 1),
        retry=_retry(good.get("retry", 0), page, values),
        copies=copies if is_whole(copies) else 1,
        variables=values.known,
        secrets=frozenset(values.secrets),
        place=page.place("name"),
        origin=page.text,
    )


def _retry(value: Any, page: Page, values: Values) -> Retry:
    if not isinstance(value, dict):
        return Retry(value)
    good = read_form("retry", value, ("retry",), page, values)
    if "times" not in value and len(good) == len(value):
        page.keep(page.wrong(("retry",), "`retry` says not how often", "write, for instance:  retry = { times = 2 }"))
    delay_s = seconds_in(good.get("delay"))
    return Retry(good.get("times", 0), Retry().delay_s if delay_s is None else delay_s)


def _typed_name(case: Mapping[str, Any], index: int) -> str:
    name = case.get(CASE_NAME)
    return name if isinstance(name, str) else str(index + 1)


def _case_name(case: Mapping[str, Any], index: int, page: Page, values: Values) -> str:
    keys = ("cases", index, CASE_NAME)
    name = str(index + 1)
    if CASE_NAME in case:
        good = read_form("case", {CASE_NAME: case[CASE_NAME]}, keys[:-1], page, values)
        with page.kept(*keys):
            values.check_open(case[CASE_NAME], keys)
        name = good.get(CASE_NAME, name)
    return name


def _named_after(path: str) -> str:
    """Return a file's name without its folder and its suffix."""
    name = os.path.basename(path)
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name or "check"
