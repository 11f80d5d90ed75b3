"""What a step does, in words for a reader, as short as they can be. Knows no machine.

Templates are told as they are written, but for those that ``shown`` knows; so no secret is.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wsinspect.checks.plan import Action, Close, Expect, ExpectClose, Reject, Send, Wait
from wsinspect.checks.variables import Scope, shown
from wsinspect.close_codes import explain_close
from wsinspect.errors import shortened
from wsinspect.events import BINARY, DATA, PING, PONG, TEXT

LONGEST = 60
"""Characters of a value."""

NOTHING: Scope = {}

_NOUNS = {
    DATA: ("message", "messages"),
    frozenset({TEXT}): ("text message", "text messages"),
    frozenset({BINARY}): ("binary message", "binary messages"),
    frozenset({PING}): ("ping", "pings"),
    frozenset({PONG}): ("pong", "pongs"),
}


def told(action: Action) -> str:
    """Return an action in words: ``expect a text message "ready"``."""
    match action:
        case Send(what):
            return f"send {told_payload(what)}"
        case Expect(expectations, any_order):
            between = " and " if any_order else ", then "
            ending = " in any order" if any_order and len(expectations) > 1 else ""
            return f"expect {between.join(one.told for one in expectations)}{ending}"
        case Reject(expectation, None):
            return f"reject {expectation.told}"
        case Reject(expectation, for_s):
            return f"reject {expectation.told} for {told_time(for_s or 0)}"
        case Wait(seconds):
            return f"wait {told_time(seconds)}"
        case Close(code, reason):
            return " ".join(["close", *_code_and_reason(code, reason)])
        case ExpectClose():
            return f"expect {told_close(action)}"


def told_payload(what: Mapping[str, Any], scope: Scope = NOTHING) -> str:
    """Return what is sent in words; ``what`` as `Send` has it, or with the path of a ``file``."""
    if "text" in what:
        return told_value(what["text"], scope)
    if "json" in what:
        return told_value(what["json"], scope)
    if "ping" in what:
        return f"a ping {_quoted(what['ping'], scope)}" if what["ping"] else "a ping"
    if "binary" in what:
        return f"binary {told_value(what['binary'], scope)}"
    if "file" in what:
        return f"the file {told_value(what['file'], scope)}"
    return f"{len(what.get('payload', b'')):,} B of {what.get('type', 'binary')}"


def told_expectation(
    wanted: Mapping[str, Any], types: frozenset[int] = DATA, count: int = 1, scope: Scope = NOTHING
) -> str:
    """Return in words what message is wanted."""
    head = told_count(types, count)
    clauses = [told_assertion(name, value, scope) for name, value in wanted.items()]
    if list(wanted) == ["where"] and types == DATA and count == 1:
        # A condition alone speaks for itself.
        return told_value(wanted["where"], scope)
    return f"{head} {_listed(clauses)}" if clauses else head if types != DATA or count > 1 else "any message"


def nouns(types: frozenset[int]) -> tuple[str, str]:
    """Return what one message, and several, of these types are called."""
    return _NOUNS.get(types, _NOUNS[DATA])


def told_count(types: frozenset[int], count: int = 1) -> str:
    """Return so many messages of these types: ``a ping``, ``3 text messages``."""
    one, several = nouns(types)
    return f"a {one}" if count == 1 else f"{count:,} {several}"


def told_assertion(name: str, value: Any, scope: Scope = NOTHING) -> str:
    """Return an assertion in words, to stand behind "a message" or "3 messages"."""
    teller = _ASSERTIONS.get(name)
    return teller(value, scope) if teller else f"with {name} {told_value(value, scope)}"


def told_close(wish: ExpectClose) -> str:
    """Return in words what end is wanted."""
    clean = {None: "", True: "a clean ", False: "an unclean "}[wish.clean]
    codes = " or ".join(_named(code) for code in sorted(wish.codes or ()))
    words = [f"{clean}close" if clean else "close" if codes else "a close", *([codes] if codes else [])]
    if wish.reason is not None:
        words.append(f"with reason /{shortened(wish.reason, LONGEST)}/")
    if wish.by is not None:
        words.append("by the server" if wish.by == "peer" else "by us")
    return " ".join(words)


def told_time(seconds: float) -> str:
    """Return a time as people read it."""
    if seconds < 1 and seconds:
        return f"{seconds * 1000:g} ms"
    return f"{seconds / 60:g} min" if seconds >= 60 and not seconds % 60 else f"{seconds:g} s"


def told_value(value: Any, scope: Scope = NOTHING) -> str:
    """Return a value on one line, shortened: a string as it is, all else as JSON."""
    value = shown(value, scope)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(" ".join(text.split()), LONGEST)


def _quoted(value: Any, scope: Scope) -> str:
    return f'"{told_value(value, scope)}"' if isinstance(value, str) else told_value(value, scope)


def _contains(value: Any, scope: Scope) -> str:
    return (
        "with " + _listed([_quoted(one, scope) for one in (value if isinstance(value, list) else [value])]) + " in it"
    )


def _schema(value: Any, scope: Scope) -> str:
    return f"valid by {told_value(value, scope)}" if isinstance(value, str) else "valid by a schema"


def _size(value: Any, scope: Scope) -> str:
    if not isinstance(value, dict):
        return f"of {told_value(value, scope)} B"
    least, most = value.get("min"), value.get("max")
    if most is None:
        return f"of at least {least} B"
    return f"of at most {most} B" if least is None else f"of {least} to {most} B"


_ASSERTIONS: dict[str, Callable[[Any, Scope], str]] = {
    "text": _quoted,
    "contains": _contains,
    "regex": lambda value, scope: f"like /{told_value(value, scope)}/",
    "json": told_value,
    "partial": lambda value, scope: f"with at least {told_value(value, scope)}",
    "where": lambda value, scope: f"where {told_value(value, scope)}",
    "schema": _schema,
    "size": _size,
    "binary": told_value,
    "prefix": lambda value, scope: f"beginning with {told_value(value, scope)}",
}


def _listed(words: Iterable[str]) -> str:
    return " and ".join(words)


def _code_and_reason(code: int | None, reason: str) -> list[str]:
    told_code = ["without a code"] if code is None else [] if code == 1000 and not reason else [_named(code)]
    return [*told_code, *([f'"{shortened(reason, LONGEST)}"'] if reason else [])]


def _named(code: int) -> str:
    name = explain_close(code).name
    return f"{code} {name}" if name else str(code)
