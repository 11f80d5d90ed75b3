"""One check on a page: a line that unfolds to what was expected, what came, the steps and the facts. Knows no page."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from wsinspect.checks.result import CheckResult, Fault, Outcome, Seen, StepResult
from wsinspect.pages.markup import NOTHING, Markup, joined, prose, raw, tag
from wsinspect.render.lines import ARROWS, duration_text, size_text
from wsinspect.reports.failure import SIGNS, difference_of, tries_of
from wsinspect.reports.words import COMMAND_LINE, lines_of, place_of, skipped_because

WAYS = {"in": (ARROWS["in"], "received"), "out": (ARROWS["out"], "sent")}
"""The sign of a direction, and the word for those who hear it."""
BREACHES = frozenset({"ERROR", "CLOSED"})
"""Kinds of events that are shown as bad."""

SIDES = {"-": "expected", "+": "came", "…": "dim"}
"""How lines of a difference are styled, by their signs."""


def check_card(number: int, check: CheckResult, *, unfold: bool) -> Markup:
    """Return a check; ``unfold`` shows all of it where it is not passed."""
    parts = [
        *(_fault(check.fault) if check.fault else ()),
        _steps(check.steps),
        _list("Notes", check.notes, "notes"),
        _list("Recordings", check.recordings, "notes told"),
        _facts(number, check),
    ]
    return tag(
        "details",
        _summary(check),
        tag("div", *parts, style="body"),
        style=f"check {check.outcome}",
        id=f"c{number}",
        data_outcome=check.outcome,
        open=unfold and check.outcome.is_bad,
    )


def _summary(check: CheckResult) -> Markup:
    sentence = check.fault.sentence if check.fault else ""
    if check.outcome is Outcome.SKIPPED:
        sentence = skipped_because(check)
    return tag(
        "summary",
        tag("span", SIGNS[check.outcome], style="sign", aria_hidden="true"),
        tag("h2", tag("span", f"{check.outcome}: ", style="unseen"), check.name),
        tag("span", *[tag("em", badge) for badge in tries_of(check)], _took(check), style="figures"),
        tag("p", prose(sentence), style="sentence") if sentence else NOTHING,
        tag("p", str(place_of(check)) or COMMAND_LINE, style="place"),
    )


def _took(row: CheckResult | StepResult) -> str:
    return "" if row.outcome is Outcome.SKIPPED else duration_text(max(row.seconds, 0.0))


def _fault(fault: Fault) -> Iterator[Markup]:
    if fault.hint:
        yield tag("p", tag("b", "Hint: "), prose(fault.hint), style="hint")
    if fault.step and fault.told:
        yield _section(f"Step {fault.step}", tag("p", fault.told, style="told"))
    sides = [_side(*side) for side in (("Expected", fault.expected), ("Came", fault.came)) if side[1]]
    if sides:
        yield tag("div", *sides, style="sides")
    if fault.difference:
        lines = [_difference_line(*line) for line in difference_of(fault)]
        yield _section("Difference (- expected, + came)", tag("pre", *lines, style="difference"))
    if fault.events:
        yield _events(fault.events)


def _side(title: str, text: str) -> Markup:
    # The lines are neutral already, and stay as they are when they become markup.
    return _section(title, tag("pre", joined(*lines_of(text), between="\n"), style=title.lower()))


def _difference_line(sign: str, line: str) -> Markup:
    return tag("span", tag("b", sign), line, raw("\n"), style=SIDES.get(sign, ""))


def _events(events: tuple[Seen, ...]) -> Markup:
    named = any(seen.on for seen in events)
    heads = {"Time": "number", **_connection(named), "Direction": "", "Type": "", "Size": "number", "Payload": ""}
    return _table("Last events before it", heads, [_event(seen, named) for seen in events])


def _event(seen: Seen, named: bool) -> Markup:
    side = "bad" if seen.kind in BREACHES else "out" if seen.direction == "out" else "in"
    return tag(
        "tr",
        _cell(duration_text(max(seen.at_s, 0.0)), "number narrow"),
        _cell(seen.on, "narrow") if named else NOTHING,
        _cell(_sign(*WAYS["out" if seen.direction == "out" else "in"]), f"narrow {side}"),
        _cell(seen.kind, f"narrow {side}"),
        _cell(size_text(seen.size), "number narrow"),
        _cell(seen.text, "text"),
    )


def _steps(steps: tuple[StepResult, ...]) -> Markup:
    if not steps:
        return NOTHING
    named = any(step.on for step in steps)
    heads = {"Outcome": "", "Step": "number", **_connection(named), "Action": "", "Took": "number"}
    return _table("Steps", heads, [_step(step, named) for step in steps])


def _step(step: StepResult, named: bool) -> Markup:
    return tag(
        "tr",
        _cell(_sign(SIGNS[step.outcome], step.outcome), "narrow sign"),
        _cell(str(step.number), "number narrow"),
        _cell(step.on, "narrow") if named else NOTHING,
        _cell(step.told, "told"),
        _cell(_took(step), "number narrow"),
        style=step.outcome,
    )


def _connection(named: bool) -> dict[str, str]:
    return {"Connection": ""} if named else {}


def _table(title: str, heads: dict[str, str], rows: Iterable[Markup]) -> Markup:
    columns = [tag("th", _head(head), style=style, scope="col") for head, style in heads.items()]
    table = tag("table", tag("thead", tag("tr", *columns)), tag("tbody", *rows))
    return _section(title, tag("div", table, style="wide"))


def _head(head: str) -> str:
    # What a sign tells needs no words above it, but for those who hear the page.
    return tag("span", head, style="unseen") if head in ("Outcome", "Direction") else head


def _cell(content: str, style: str) -> Markup:
    return tag("td", content, style=style)


def _sign(sign: str, word: str) -> Markup:
    return joined(tag("span", sign, aria_hidden="true"), tag("span", word, style="unseen"))


def _list(title: str, texts: tuple[str, ...], style: str) -> Markup:
    return _section(title, tag("ul", *[tag("li", text) for text in texts], style=style)) if texts else NOTHING


def _facts(number: int, check: CheckResult) -> Markup:
    facts = {name: value for name, value in check.facts.items() if value}
    if check.fault:
        facts["exit code"] = str(int(check.fault.exit))
    if check.began:
        facts["began"] = f"{datetime.fromtimestamp(check.began, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"
    link = tag("a", f"#c{number}", href=f"#c{number}")
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in {**facts, "link": link}.items()]
    return _section("Facts", tag("dl", *rows))


def _section(title: str, *parts: Markup) -> Markup:
    return tag("section", tag("h3", title), *parts)
