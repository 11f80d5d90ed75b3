r"""Results as one JSON object, with every step and event, for scripts. Knows no file and no clock.

The shape, version 1; keys stand in this order, all of them always, and ``?`` may be null:

===========  =========================================================================================================
object       keys
===========  =========================================================================================================
the report   ``report`` "wsinspect check", ``version`` 1, ``began`` (UTC by ISO 8601 with microseconds, ends in Z),
             ``seconds``, ``exit`` the exit code, ``stopped`` ? the kind of what ended the run from outside (sigint,
             ...), ``notes``, ``counts`` {``checks``, ``passed``, ``failed``, ``error``, ``skipped``}, ``checks``: a
             list, in the order in which they were given
a check      ``name``, ``file`` ? and ``line`` ? (the command line is no file), ``outcome`` (passed, failed, error,
             skipped), ``exit``, ``began`` ?, ``seconds``, ``attempts``, ``runs``, ``failed_runs``, ``fault`` ?,
             ``steps``, ``facts`` {name: text}, ``notes`` and ``recordings``: lists of texts
a fault      ``kind`` (unmet, closed-badly, lost, violation; unreachable, tls, refused, timeout, usage, ...), ``exit``,
             ``sentence``, ``hint``, ``step`` ? (0: the handshake), ``told``, ``file`` ?, ``line`` ?, ``expected``,
             ``came``, ``difference``: lines that begin with ``-`` (expected), ``+`` (came) or a space, ``events``
an event     ``at`` in seconds after the connection was opened, ``on`` the connection's name, ``dir`` (in or out),
             ``type`` (TEXT, BINARY, PING, PONG, CLOSE, ...), ``size`` in bytes, ``text`` as it is shown: shortened, hex
             where it is no text
a step       ``number`` from 1 on, ``told``, ``on``, ``outcome``, ``seconds``, ``file`` ?, ``line`` ?
===========  =========================================================================================================

Texts are exact, but for half a pair of surrogates, which is no character in UTF-8 and stands as ``\udce9``. All that is
not plain ASCII is escaped as ``\uXXXX``: the file is safe to show. Later versions may add keys.
"""

import json
from datetime import UTC, datetime
from typing import Any

from wsinspect.checks.plan import Place
from wsinspect.checks.result import CheckResult, Fault, Outcome, Results, Seen, StepResult
from wsinspect.reports.words import kind

VERSION = 1


def json_report(results: Results) -> str:
    """Return results as one JSON object, with a line feed behind it."""
    text = json.dumps(_report(results), indent=1)
    # The one control character that JSON lets stand as it is; outside a string there is none.
    return text.replace("\x7f", "\\u007f") + "\n"


def _report(results: Results) -> dict[str, Any]:
    return {
        "report": "wsinspect check",
        "version": VERSION,
        "began": _time(results.began),
        "seconds": _seconds(results.seconds),
        "exit": int(results.exit),
        "stopped": None if results.stopped is None else kind(results.stopped),
        "notes": [_text(note) for note in results.notes],
        "counts": {"checks": len(results.checks)} | {str(outcome): results.count(outcome) for outcome in Outcome},
        "checks": [_check(check) for check in results.checks],
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "name": _text(check.name),
        **_place(check.place),
        "outcome": str(check.outcome),
        "exit": int(check.exit),
        "began": _time(check.began) if check.began else None,
        "seconds": _seconds(check.seconds),
        "attempts": check.attempts,
        "runs": check.runs,
        "failed_runs": check.failed_runs,
        "fault": _fault(check.fault) if check.fault else None,
        "steps": [_step(step) for step in check.steps],
        "facts": {_text(name): _text(value) for name, value in check.facts.items()},
        "notes": [_text(note) for note in check.notes],
        "recordings": [_text(path) for path in check.recordings],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": kind(fault.exit),
        "exit": int(fault.exit),
        "sentence": _text(fault.sentence),
        "hint": _text(fault.hint),
        "step": fault.step,
        "told": _text(fault.told),
        **_place(fault.place),
        "expected": _text(fault.expected),
        "came": _text(fault.came),
        "difference": [_text(line) for line in fault.difference],
        "events": [_seen(seen) for seen in fault.events],
    }


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "at": _seconds(seen.at_s),
        "on": _text(seen.on),
        "dir": seen.direction,
        "type": seen.kind,
        "size": seen.size,
        "text": _text(seen.text),
    }


def _step(step: StepResult) -> dict[str, Any]:
    return {
        "number": step.number,
        "told": _text(step.told),
        "on": _text(step.on),
        "outcome": str(step.outcome),
        "seconds": _seconds(step.seconds),
        **_place(step.place),
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": _text(place.file) or None, "line": place.line}


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _seconds(seconds: float) -> float:
    return max(round(seconds, 6), 0.0)


def _time(epoch_s: float) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
