"""What a replay came to, told: as lines for a reader, the summary first, and as JSON for a script.

Every text from outside is made safe to show. Knows no stream.
"""

import json
from collections.abc import Iterable
from typing import Any

from wsinspect.comparing.outcome import Difference, Fact, Kind, Outcome
from wsinspect.events import Closed
from wsinspect.render.lines import duration_text, size_text
from wsinspect.render.palette import NO_COLOUR, Palette
from wsinspect.reports.failure import (
    LONGEST_EVENT,
    LONGEST_LINE,
    LONGEST_VALUE,
    folded,
    labelled,
    painted,
)
from wsinspect.reports.inert import brief, inert_line

LEGEND = "- recorded  + came"
MOST_MASKED = 8
"""So many masked places are named; the rest is counted."""

WORDS: dict[Kind, str] = {"changed": "changed", "missing": "missing", "more": "more", "moved": "at another place"}


def outcome_text(outcome: Outcome, palette: Palette = NO_COLOUR, *, quiet: bool = False) -> str:
    """Return an outcome as lines; ``quiet``: the first of them alone."""
    lines = [_verdict(outcome, palette)]
    if not quiet:
        lines += [f"  {labelled(label, palette)}{text}" for label, text in _summary(outcome, palette)]
        for difference in outcome.differences:
            lines += ["", *_difference(difference, palette)]
        hidden = sum(outcome.counts.values()) - len(outcome.differences)
        if hidden > 0 and outcome.differences:
            lines += ["", f"  {palette.dim}… {hidden:,} more difference{'' if hidden == 1 else 's'}{palette.reset}"]
    return "".join(f"{inert_line(line).rstrip()}\n" for line in lines)


def outcome_json(outcome: Outcome, exit: int) -> str:
    """Return an outcome as one JSON object on a line; what is not ASCII is escaped."""
    recorded, now = outcome.ends
    same = all(fact.same for fact in outcome.end)
    counts: dict[str, int] = {kind: outcome.counts.get(kind, 0) for kind in WORDS}
    table: dict[str, Any] = {
        "same": not outcome.differs,
        "exit": exit,
        "url": outcome.url,
        "handshake": {fact.name: {"recorded": fact.recorded, "came": fact.came} for fact in outcome.handshake},
        "sent": {
            "messages": outcome.sent,
            "recorded": outcome.said,
            "substituted": outcome.repeated,
            "hidden": outcome.hidden,
        },
        "came": {
            "messages": outcome.came,
            "recorded": outcome.recorded,
            "same": outcome.same,
            **counts,
            "ignored": outcome.ignored[1],
        },
        "differences": [_as_table(difference) for difference in outcome.differences],
        "end": {"same": same, "recorded": _end(recorded), "came": _end(now)},
        "masked": [{"path": path, "as": kind, "times": times} for path, kind, times in outcome.masked],
        "latency": {"recorded": outcome.latency[0], "came": outcome.latency[1], "of": outcome.replies},
        "seconds": {"recorded": round(outcome.seconds[0], 6), "came": round(outcome.seconds[1], 6)},
        "notes": list(outcome.notes),
    }
    return json.dumps(table) + "\n"


def _as_table(difference: Difference) -> dict[str, Any]:
    table = difference._asdict()
    return table | {"lines": list(difference.lines), "at": round(difference.at, 6)}


def _end(closed: Closed | None) -> dict[str, Any] | None:
    return None if closed is None else closed._asdict() | {"sent": None if closed.sent is None else int(closed.sent)}


def _verdict(outcome: Outcome, palette: Palette) -> str:
    if not outcome.differs:
        came = _counted(outcome.came - outcome.ignored[1], "message")
        moved = outcome.counts.get("moved", 0)
        order = f", {moved:,} at another place" if moved else ""
        verdict = f"{palette.bold}no difference{palette.reset}"
        return f"{palette.good}✓{palette.reset} {verdict}: {came} came as recorded{order}"
    return f"{palette.error}✗ differs{palette.reset}: {_and(list(_what_differs(outcome)))}"


def _what_differs(outcome: Outcome) -> Iterable[str]:
    for fact in outcome.handshake:
        if not fact.same:
            yield f"the {fact.name}" if fact.name == "subprotocol" else f"{fact.name}"
    for kind, word in WORDS.items():
        number = outcome.counts.get(kind, 0)
        if number:
            yield f"{number:,} {word}" if kind != "changed" else f"{_counted(number, 'message')} changed"
    if outcome.sent < outcome.said:
        yield f"{outcome.said - outcome.sent:,} not sent"
    if not all(fact.same for fact in outcome.end):
        yield "the end"


def _summary(outcome: Outcome, palette: Palette) -> Iterable[tuple[str, str]]:
    yield "handshake", " · ".join(_fact(fact, palette) for fact in outcome.handshake)
    sent = _counted(outcome.sent, "message")
    if outcome.sent < outcome.said:
        sent = f"{palette.error}{sent} of {outcome.said:,}{palette.reset}"
    if outcome.repeated:
        sent += f", {outcome.repeated:,} with values that came anew"
    if outcome.hidden:
        sent += f", {outcome.hidden:,} with *** where a secret was hidden"
    yield "sent", sent
    yield "came", f"{_counted(outcome.came, 'message')}, {outcome.recorded:,} recorded; {outcome.same:,} the same"
    yield "end", ", ".join(_fact(fact, palette) for fact in outcome.end) or "not recorded"
    if outcome.masked:
        named = [f"{path or 'the whole'} ({kind}) ×{times:,}" for path, kind, times in outcome.masked[:MOST_MASKED]]
        hidden = len(outcome.masked) - MOST_MASKED
        yield "masked", brief(", ".join(named), LONGEST_VALUE) + (f", {hidden:,} more" if hidden > 0 else "")
    if any(outcome.ignored):
        yield "ignored", f"{_counted(outcome.ignored[1], 'message')}, {outcome.ignored[0]:,} recorded"
    then, now = outcome.latency
    if now is not None and then is not None:
        median = f"median of {outcome.replies:,}"
        yield "latency", f"{duration_text(now)} to the next message, {duration_text(then)} recorded ({median})"
    yield "took", f"{duration_text(outcome.seconds[1])}, {duration_text(outcome.seconds[0])} recorded"
    for note in outcome.notes:
        yield "note", brief(note, LONGEST_VALUE)


def _fact(fact: Fact, palette: Palette) -> str:
    recorded, came = brief(fact.recorded, LONGEST_EVENT), brief(fact.came, LONGEST_EVENT)
    if fact.same:
        return came
    return f"{palette.good}- {recorded}{palette.reset}  {palette.error}+ {came}{palette.reset}"


def _difference(difference: Difference, palette: Palette) -> Iterable[str]:
    number = difference.recorded if difference.recorded is not None else difference.came
    facts = f"{difference.type.upper()}  {size_text(difference.size)}  at {difference.at:.3f} s"
    yield f"  {palette.bold}message {number}{palette.reset} {_place(difference)}  {palette.dim}{facts}{palette.reset}"
    if difference.kind != "changed":
        sign, role = {"missing": ("-", "good"), "more": ("+", "error")}.get(difference.kind, (" ", "dim"))
        shown = brief(difference.excerpt, LONGEST_LINE)
        yield f"  {labelled('', palette)}{getattr(palette, role)}{sign} {shown}{palette.reset}"
        return
    yield f"  {labelled('difference', palette)}{palette.dim}{LEGEND}{palette.reset}"
    for sign, line in folded(difference.lines):
        yield f"  {labelled('', palette)}{painted(sign, line, palette)}"


def _place(difference: Difference) -> str:
    if difference.kind == "more":
        return "came, and was not recorded"
    if difference.kind == "missing":
        return "is missing"
    if difference.kind == "moved":
        return f"came as message {difference.came}"
    return "is another" + (f", message {difference.came} now" if difference.came != difference.recorded else "")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
