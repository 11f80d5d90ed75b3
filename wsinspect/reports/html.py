"""Results as one page that needs nothing else: no network, no font, and no script but for comfort. Knows no file.

Style and script are `page.css` and `page.js` beside this module; the frame that lets only these run is `pages.frame`'s.
What a check looks like is `html_check`'s.
"""

from datetime import UTC, datetime

from wsinspect.checks.result import Outcome, Results
from wsinspect.errors import MEANINGS, Exit
from wsinspect.pages.frame import page, resource
from wsinspect.pages.markup import NOTHING, Markup, joined, raw, tag
from wsinspect.render.lines import duration_text
from wsinspect.reports.failure import SIGNS
from wsinspect.reports.html_check import check_card
from wsinspect.reports.words import counted

MOST_UNFOLDED = 20
"""So many checks that are not passed are shown unfolded; with more, all are folded."""

EXPLAINED = {
    Outcome.PASSED: "All came as expected",
    Outcome.FAILED: "The server did not do what was expected",
    Outcome.ERROR: "Something prevented the check",
    Outcome.SKIPPED: "Not run",
}
"""What an outcome means."""

LEAST_SHARE = 0.6
"""What an outcome takes of the bar at least, in per cent, so that one of thousands is seen."""


def html(results: Results) -> str:
    """Return results as an HTML page."""
    bad = [number for number, check in enumerate(results.checks, 1) if check.outcome.is_bad]
    verdict = _verdict(results, len(bad))
    unfold = len(bad) <= MOST_UNFOLDED
    cards = [check_card(number, check, unfold=unfold) for number, check in enumerate(results.checks, 1)]
    nothing = tag("p", "No check to show.", style="nothing", hidden=bool(cards))
    footer = tag("footer", tag("p", "Written by ", tag("code", "wsinspect check"), "."))
    return page(
        f"{verdict} · wsinspect check",
        joined(
            _header(results, verdict),
            _filter(results, bad[0] if bad else None),
            tag("main", *[joined(raw("\n"), card) for card in cards], nothing),
            footer,
            between="\n",
        ),
        styles=[resource("wsinspect.reports", "page.css")],
        scripts=[resource("wsinspect.reports", "page.js")],
    )


def _verdict(results: Results, bad: int) -> str:
    checks, skipped = len(results.checks), results.count(Outcome.SKIPPED)
    stopped = results.stopped is not None
    if bad:
        who = "The check" if checks == 1 else f"{bad:,} of {_counted(checks)}"
        return f"{who} did not pass{', and the run was stopped' if stopped else ''}"
    if stopped:
        return f"The run was stopped: {checks - skipped:,} of {_counted(checks)} passed"
    if skipped == checks:
        return "No check was run"
    if skipped:
        return f"{_counted(checks - skipped)} passed, {skipped:,} skipped"
    return "The check passed" if checks == 1 else f"All {checks:,} checks passed"


def _counted(checks: int) -> str:
    return f"{checks:,} check{'' if checks == 1 else 's'}"


def _header(results: Results, verdict: str) -> Markup:
    began = datetime.fromtimestamp(results.began, UTC)
    code = results.exit
    about = [
        tag("span", tag("time", f"{began:%Y-%m-%d %H:%M:%S} UTC", datetime=f"{began:%Y-%m-%dT%H:%M:%SZ}")),
        tag("span", f"took {duration_text(max(results.seconds, 0.0))}"),
        tag("span", f"exit code {int(code)}", *([] if code == Exit.OK else [f": {MEANINGS.get(code, '')}"])),
    ]
    notes = [tag("p", tag("b", "Note: "), note, style="hint") for note in results.notes]
    return tag("header", tag("h1", verdict), tag("p", *about, style="about"), *notes, _bar(results))


def _bar(results: Results) -> Markup:
    counts = {outcome: results.count(outcome) for outcome in Outcome if results.count(outcome)}
    total = len(results.checks)
    shares = {outcome: max(count / total * 100, LEAST_SHARE) for outcome, count in counts.items()}
    rest = sum(shares.values()) / 100
    parts, left = [], 0.0
    for outcome, share in shares.items():
        width = share / rest
        parts.append(tag("rect", style=outcome, x=f"{left:.2f}%", width=f"{width:.2f}%", height="100%"))
        left += width
    label = ", ".join(counted(outcome, count) for outcome, count in counts.items()) or "no checks"
    return tag("svg", *parts, style="bar", role="img", aria_label=label)


def _filter(results: Results, first: int | None) -> Markup:
    chips = [_chip(outcome, results.count(outcome)) for outcome in Outcome if results.count(outcome)]
    return tag(
        "div",
        tag(
            "div",
            tag("fieldset", tag("legend", "Show by outcome", style="unseen"), *chips),
            tag("a", "First that did not pass ↓", style="jump", href=f"#c{first}") if first else NOTHING,
            tag(
                "input",
                id="search",
                type="search",
                placeholder="Filter by text",
                aria_label="Filter by text",
                aria_keyshortcuts="/",
                autocomplete="off",
                spellcheck="false",
                hidden=True,
            ),
            tag("button", "Unfold all", id="fold", type="button", value="unfold", hidden=True),
            tag("output", style="shown", aria_live="polite"),
        ),
        style="filter",
        role="search",
    )


def _chip(outcome: Outcome, count: int) -> Markup:
    box = tag(
        "input",
        style="unseen",
        type="checkbox",
        id=f"show-{outcome}",
        value=outcome,
        checked=True,
        autocomplete="off",
    )
    words = tag("span", tag("b", SIGNS[outcome], aria_hidden="true"), counted(outcome, count))
    return tag("label", box, words, style=f"chip {outcome}", title=EXPLAINED[outcome])
