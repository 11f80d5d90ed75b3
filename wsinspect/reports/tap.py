"""Results by the Test Anything Protocol, version 14. Knows no file and no clock.

A line a check, with its time as node's consumers read it (``# time=12.3ms``), and a block of YAML below what is not
passed or has something to note. In YAML each text is quoted as in JSON, on one line: a line never begins with words of
a server, which a CI service might take for a command.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from wsinspect.checks.plan import Place
from wsinspect.checks.result import CheckResult, Fault, Outcome, Results, Seen
from wsinspect.render.safe import escaped
from wsinspect.reports.inert import brief
from wsinspect.reports.words import at_most, kind, place_of, short, skipped_because, stopped_by

Value: TypeAlias = "str | int | Sequence[str | Mapping[str, object]] | Mapping[str, object] | None"

SEVERITIES = {Outcome.FAILED: "fail", Outcome.ERROR: "error"}

DIRECTIVE = re.compile(r"#(?=\s*(?:skip|todo))", re.IGNORECASE)
PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}", re.ASCII)
LONGEST_KEY = 100
"""Characters of a key; YAML allows 1,024 at most."""


def tap(results: Results) -> str:
    """Return results as a TAP stream."""
    lines = ["TAP version 14", f"1..{len(results.checks)}{'' if results.checks else ' # no checks'}"]
    for number, check in enumerate(results.checks, 1):
        lines += _point(number, check)
    lines += [f"# {_description(note)}" for note in results.notes]
    if results.stopped is not None:
        lines.append(f"Bail out! {_description(stopped_by(results))}")
    return "\n".join(lines) + "\n"


def _point(number: int, check: CheckResult) -> Iterator[str]:
    line = f"{'not ok' if check.outcome.is_bad else 'ok'} {number} - {_description(check.name)}"
    if check.outcome is Outcome.SKIPPED:
        yield f"{line} # SKIP {_description(skipped_because(check))}"
        return
    yield f"{line} # time={max(check.seconds, 0.0) * 1e3:.3f}ms"
    block = _diagnostic(check)
    if block:
        yield "  ---"
        for key, value in block.items():
            yield from _yaml(key, value)
        yield "  ..."


def _description(text: str) -> str:
    text = short(text).strip()
    # Consumers older than version 14 know no escape, and must not take what failed for skipped; a brace at the end
    # would open a subtest for node's.
    text = DIRECTIVE.sub(lambda match: escaped(match[0]), text)
    if text.endswith("{"):
        text = text[:-1] + escaped("{")
    return text.replace("\\", "\\\\").replace("#", "\\#")


def _diagnostic(check: CheckResult) -> dict[str, Value]:
    block = _fault(check.fault, check) if check.fault else {}
    if check.attempts > 1:
        block["attempts"] = check.attempts
    if check.runs > 1:
        block |= {"runs": check.runs, "failed_runs": check.failed_runs}
    block |= {"notes": [*check.notes], "recordings": [*check.recordings]}
    if check.fault:
        block["facts"] = dict(check.facts)
    return {key: value for key, value in block.items() if value not in ("", None, [], {})}


def _fault(fault: Fault, check: CheckResult) -> dict[str, Value]:
    return {
        "message": fault.sentence,
        "hint": fault.hint,
        "severity": SEVERITIES.get(check.outcome, "fail"),
        "type": kind(fault.exit),
        "exit": int(fault.exit),
        "at": _place(place_of(check)),
        "step": fault.step,
        "told": fault.told,
        "wanted": fault.expected,
        "found": fault.came,
        "diff": at_most(fault.difference),
        "events": [_seen(seen) for seen in fault.events],
    }


def _place(place: Place) -> dict[str, object]:
    return {"file": place.file, "line": place.line} if place.file else {}


def _seen(seen: Seen) -> dict[str, object]:
    return {
        "at_ms": round(seen.at_s * 1e3, 3),
        **({"on": seen.on} if seen.on else {}),
        "dir": seen.direction,
        "type": seen.kind,
        "size": seen.size,
        "text": seen.text,
    }


def _yaml(key: str, value: Value) -> Iterator[str]:
    if value is None or isinstance(value, str | int):
        yield f"  {key}: {_flow(value)}"
        return
    yield f"  {key}:"
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield f"    {name if PLAIN_KEY.fullmatch(name) else _flow(brief(name, LONGEST_KEY))}: {_flow(item)}"
    else:
        yield from [f"    - {_flow(item)}" for item in value]


def _flow(value: object) -> str:
    # JSON is YAML 1.2, but for one thing: half a pair of surrogates is no character there. So nothing but quotes and
    # backslashes is escaped, and `neutral` has taken what must not stand as it is.
    return json.dumps(_shown(value), ensure_ascii=False)


def _shown(value: object) -> object:
    if isinstance(value, str):
        return short(value)
    if isinstance(value, Mapping):
        return {key: _shown(item) for key, item in value.items()}
    return value
