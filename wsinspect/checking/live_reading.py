"""What a test says step by step, in Python values, read as a check file would be: the same keys, the same mistakes.

Knows no connection. Texts that are sent are never templates here: Python has its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from wsinspect.checks.format.close_reading import read_close
from wsinspect.checks.format.link_reading import read_links
from wsinspect.checks.format.page import Mistake, Page
from wsinspect.checks.format.reading import Sources
from wsinspect.checks.format.step_reading import Plain, Steps
from wsinspect.checks.format.values import Fetched, Values
from wsinspect.checks.plan import WITHIN_S, Check, Place, Send, Step
from wsinspect.checks.telling import told, told_value
from wsinspect.checks.variables import text_of
from wsinspect.errors import InspectError

ENDLESS_S = 365 * 86_400.0
"""A connection of a test lives as long as the test."""

OF_CHECK = ("within", "strict", "allow_violations")
"""What is said of the check, and not of its connection."""

FOR = "for_"
"""Stands for a key that Python keeps for itself."""

HEX = "hex:"


class LiveSteps:
    """Makes a check without steps, and then steps for it, one after the other.

    ``path`` is the file that asks; files that are named begin at its folder. Each method raises `InspectError`, without
    a place, where something is wrong.
    """

    def __init__(self, path: str, url: str, options: Mapping[str, Any], sources: Sources) -> None:
        self._page = page = _Page(path, "")
        self._values = Values(page, Fetched(page, {}, sources), {})
        self._number = 0
        said = {name: value for name, value in options.items() if name in OF_CHECK}
        handshake = {name.replace("_", "-"): value for name, value in options.items() if name not in OF_CHECK}
        with _placeless():
            links = read_links({"url": url, "handshake": _plain(handshake)}, page, self._values)
        within_s = float(said.get("within", WITHIN_S))
        self._steps = Steps(page, self._values, links, within_s)
        self.check = Check(
            name=url,
            links=tuple(link._replace(place=Place()) for link in links),
            timeout_s=ENDLESS_S,
            strict=bool(said.get("strict", False)),
            allow_violations=bool(said.get("allow_violations", False)),
            variables=self._values.known,
            secrets=frozenset(self._values.secrets),
        )

    def send(self, what: Any) -> Step:
        """Return the step that sends a text, bytes, or anything else as JSON."""
        if isinstance(what, str):
            return self._made(Send(_payload(what.encode(errors="replace"), "text")), f"send {told_value(what)}")
        if isinstance(what, bytes | bytearray | memoryview):
            return self._made(Send(_payload(bytes(what), "binary")), f"send {len(bytes(what)):,} B of binary")
        return self._made(Send(_payload(_json(what).encode(), "text")), f"send {told_value(what)}")

    def ping(self, payload: str | bytes) -> Step:
        """Return the step that sends a ping."""
        return self._made(Send({"ping": payload.encode() if isinstance(payload, str) else payload}), "send a ping")

    def close(self, code: int | str | None, reason: str) -> Step:
        """Return the step that closes; None sends no code."""
        value = {"code": "none" if code is None else code} | ({"reason": reason} if reason else {})
        with _placeless():
            action = read_close(value, ("close",), self._page, self._values)
        return self._made(action, told(action))

    def asked(self, action: str, value: Any) -> Step:
        """Return the step of an action as a check file has it."""
        with _placeless():
            (step,) = self._steps.read([{action: _plain(value)}], Plain([{}]))
        return self._made(step.action, step.told)

    def _made(self, action: Any, words: str) -> Step:
        self._number += 1
        return Step(self._number, action, words)


class _Page(Page):
    """A page of which the first mistake is told at once: the next step is another matter."""

    def keep(self, mistake: Mistake) -> None:
        raise mistake


def table_of(where: str | Mapping[str, Any] | None, asked: Mapping[str, Any]) -> Any:
    """Return what `expect` or `reject` of a file takes: a condition, or a table; a mapping alone is `partial`."""
    table = {name.removesuffix("_") if name == FOR else name: value for name, value in asked.items()}
    if where is None:
        return table
    if isinstance(where, str):
        return {"where": where, **table} if table else where
    return {"partial": dict(where), **table}


def _payload(data: bytes, type: str) -> dict[str, Any]:
    return {"payload": data, "type": type}


def _json(what: Any) -> str:
    try:
        return text_of(what) if not isinstance(what, str) else what
    except (TypeError, ValueError) as fault:
        raise InspectError(f"this cannot be sent as JSON: {fault}") from None


def _plain(value: Any) -> Any:
    """Return a value with the types that a file has: bytes as hex, tuples and sets as lists."""
    if isinstance(value, bytes | bytearray):
        return HEX + bytes(value).hex()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if hasattr(value, "name") and isinstance(value, int) and not isinstance(value, bool):
        return int(value)  # a member of an enumeration
    return value


@contextmanager
def _placeless() -> Iterator[None]:
    """Raise errors without file, line and number of the step: the traceback has a better place."""
    try:
        yield
    except Mistake as error:
        raise InspectError(error.words, hint=error.hint, exit=error.exit, excerpt=error.excerpt) from None
