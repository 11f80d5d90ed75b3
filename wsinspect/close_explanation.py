"""The form in which a close code is explained, and the rules of reconnecting. Knows no code by name."""

from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["standard", "reserved", "unassigned", "library", "private", "invalid"]
"""``reserved`` codes have a number but never stand on the wire; the others are named after their range."""

Reconnect: TypeAlias = Literal["unneeded", "no", "backoff", "random_5_30", "other_address", "at_once", "unknown"]
"""What a client should do next; `ADVICE` says each in a sentence.

``backoff`` is RFC 6455 section 7.2.3: first after a random 0 to 5 s, then truncated exponential backoff.
"""

ADVICE: dict[Reconnect, str] = {
    "unneeded": "Not needed: it ended as planned. Connect again when there is something new to say.",
    "no": "No: the same would end the same way. Mend the cause first.",
    "backoff": "Yes, with backoff: first after a random 0–5 s, then after ever longer pauses.",
    "random_5_30": "Yes, after a random 5–30 s, so that not all clients return at the same moment.",
    "other_address": "Only to another address of the service, if it has one, or when the user asks for it.",
    "at_once": "Yes, at once.",
    "unknown": "No rule exists: look it up in the documentation of the service.",
}


class CloseExplanation(NamedTuple):
    """All that is known of one close code.

    ``name`` is `WSCloseCode`'s, or ours where that has none, or empty; ``iana`` is the registry's name, or empty;
    ``summary`` is one short line; ``sender`` says who may send it; ``on_wire`` whether it may stand in a close frame;
    ``reconnect`` is the policy for programs and ``advice`` the same in words; ``dialect`` names the dialect that the
    facts come from, None where they are the standard's.
    """

    code: int
    name: str
    iana: str
    kind: Kind
    summary: str
    meaning: str
    sender: str
    on_wire: bool
    reconnect: Reconnect
    advice: str
    causes: tuple[str, ...]
    checks: tuple[str, ...]
    source: str
    dialect: str | None


BROWSERS_TOO = "either side; from a browser's close() too"
NO_BROWSER = "either side; not from a browser's close()"
MADE_UP = "nobody; an API makes it up on its own side"

REGISTRY = "IANA WebSocket Close Code Number Registry"


def row(
    code: int,
    name: str,
    iana: str,
    summary: str,
    meaning: str,
    reconnect: Reconnect,
    *,
    causes: tuple[str, ...],
    checks: tuple[str, ...],
    sender: str = NO_BROWSER,
    on_wire: bool = True,
    source: str = "RFC 6455 section 7.4.1",
    kind: Kind = "standard",
    advice: str = "",
) -> CloseExplanation:
    """Make a row of a table of the standard's codes; without ``advice``, it is the policy's."""
    return CloseExplanation(
        code=code,
        name=name,
        iana=iana,
        kind=kind,
        summary=summary,
        meaning=meaning,
        sender=sender,
        on_wire=on_wire,
        reconnect=reconnect,
        advice=advice or ADVICE[reconnect],
        causes=causes,
        checks=checks,
        source=source,
        dialect=None,
    )
