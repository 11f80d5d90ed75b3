"""The opening handshake held against what is wished of it (RFC 6455 section 4). Knows no step and no connection."""

from collections.abc import Iterator
from typing import NamedTuple

from wsinspect.checks.plan import HandshakeWish
from wsinspect.checks.result import Fault
from wsinspect.checks.searching import limited
from wsinspect.checks.telling import told_time
from wsinspect.errors import Exit, shortened
from wsinspect.events import Handshake
from wsinspect.extensions import parse_extensions
from wsinspect.filters.pattern import pattern
from wsinspect.redact import redact_headers, redact_subprotocols

STEP = 0
TOLD = "the handshake"
SHOWN_BODY = 300


class Deviation(NamedTuple):
    """``what`` is not as wished."""

    what: str
    expected: str
    came: str


def opening_fault(wish: HandshakeWish, handshake: Handshake, body: str | None) -> Fault | None:
    """Return what is wrong with an answer; ``body`` is that of a refusal, None where the connection was opened.

    Raises:
        InspectError: a pattern is wrong.
    """
    deviations = list(_deviations(wish, handshake, body))
    if not deviations:
        return None
    first = deviations[0]
    if first.what == "status" and body is None:
        sentence = f"the server opened the connection, where {first.expected} was expected"
    elif first.what == "status":
        sentence = f"the server answered {first.came}, where {first.expected} was expected"
    else:
        sentence = f"{first.what} of the handshake: {first.came}, where {first.expected} was expected"
    lines = [(f"- {one.what}: {one.expected}", f"+ {one.what}: {one.came}") for one in deviations]
    return Fault(
        Exit.UNMET,
        sentence,
        step=STEP,
        told=TOLD,
        expected=first.expected,
        came=first.came,
        difference=tuple([line for pair in lines for line in pair]) if len(deviations) > 1 else (),
        place=wish.place,
    )


def too_slow(wish: HandshakeWish) -> Fault:
    """Return the fault for a handshake that is not done when it should be."""
    within = told_time(wish.within_s or 0.0)
    return Fault(
        Exit.UNMET,
        f"the handshake was not done within {within}",
        step=STEP,
        told=TOLD,
        expected=f"at most {within}",
        place=wish.place,
    )


def refusal_fault(handshake: Handshake, wish: HandshakeWish) -> Fault:
    """Return the fault for an answer that refuses where an opened connection is wished."""
    return Fault(
        Exit.REFUSED,
        f"the server answered {_status(handshake)} instead of opening the WebSocket",
        step=STEP,
        told=TOLD,
        expected="101 Switching Protocols",
        came=_status(handshake),
        place=wish.place,
    )


def _deviations(wish: HandshakeWish, handshake: Handshake, body: str | None) -> Iterator[Deviation]:
    if wish.status is not None and handshake.status not in wish.status:
        yield Deviation("status", " or ".join(map(str, sorted(wish.status))), _status(handshake))
    if body is None:
        yield from _agreements(wish, handshake)
    for name, wanted in wish.headers.items():
        yield from _header(name, wanted, handshake)
    if wish.body is not None and wish.body not in (body or ""):
        came = shortened(body or "", SHOWN_BODY) or "empty"
        yield Deviation("body", f"a text with `{wish.body}` in it", came)
    if wish.within_s is not None and handshake.seconds > wish.within_s:
        yield Deviation("time", f"at most {told_time(wish.within_s)}", told_time(round(handshake.seconds, 4)))


def _agreements(wish: HandshakeWish, handshake: Handshake) -> Iterator[Deviation]:
    agreed = handshake.subprotocol or ""
    if wish.subprotocol is not None and agreed != wish.subprotocol:
        yield Deviation("subprotocol", _or_none(wish.subprotocol), _or_none(redact_subprotocols(agreed)))
    if wish.extensions is not None:
        names = [name.lower() for name, _ in parse_extensions(handshake.extensions)]
        if sorted(set(names)) != sorted({name.lower() for name in wish.extensions}):
            yield Deviation("extensions", _or_none(", ".join(wish.extensions)), _or_none(handshake.extensions))


def _header(name: str, wanted: str | None, handshake: Handshake) -> Iterator[Deviation]:
    values = [value for key, value in handshake.response if key.lower() == name.lower()]
    what = f"header {name}"
    shown = ", ".join(value for _, value in redact_headers([(name, value) for value in values], handshake.secrets))
    if wanted is None:
        if values:
            yield Deviation(what, "absent", shown or "empty")
    elif not any(limited(pattern(wanted).search, value) for value in values):
        yield Deviation(what, f"/{wanted}/", shown or ("empty" if values else "absent"))


def _status(handshake: Handshake) -> str:
    return f"{handshake.status} {handshake.reason}".rstrip() if handshake.status else "no answer"


def _or_none(text: str) -> str:
    return text or "none"
