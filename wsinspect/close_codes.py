"""Close codes explained: every number from 0 to 65535 has a true answer (RFC 6455 section 7.4).

The codes with a name are in `close_table`, those of subprotocols and services in `dialects`; here are the ranges
between them, and the way from a number or a name to the facts.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from wsinspect.close_explanation import ADVICE, BROWSERS_TOO, CloseExplanation, Kind, Note, Reconnect, row
from wsinspect.close_table import ROWS

__all__ = ["ROWS", "SPANS", "CloseExplanation", "Kind", "Reconnect", "Span", "code_of", "dialect_of", "explain_close"]

HIGHEST = 0xFFFF
"""A close code is two bytes, so no number above can be one."""


class Span(NamedTuple):
    """A range of codes without names of their own; ``row`` explains any of them, its code being the first."""

    first: int
    last: int
    row: CloseExplanation


SPANS = (
    Span(
        0,
        999,
        row(
            0,
            "",
            "",
            "Not a valid close code: they begin at 1000.",
            "RFC 6455 does not use the codes below 1000. A peer that sends one breaks the protocol, and the receiver "
            "fails the connection with 1002.",
            "unknown",
            sender="nobody",
            on_wire=False,
            source="RFC 6455 section 7.4.2",
            kind="invalid",
            advice="No rule exists: treat it as 1002 and mend the sender.",
            causes=("an HTTP status, exit code or errno used as a close code; 4401 and 4403 are the usual stand-ins",),
            checks=("Let the sender use 1000, or a private code from 4000 to 4999.",),
        ),
    ),
    Span(
        1016,
        2999,
        row(
            1016,
            "",
            "Unassigned",
            "Unassigned: kept for later versions and extensions of the protocol.",
            "The codes up to 2999 belong to the WebSocket protocol, its revisions and extensions. This one has no "
            "meaning yet, and applications may not choose it.",
            "unknown",
            sender="nobody yet",
            on_wire=False,
            source="RFC 6455 section 7.4.2; IANA registry",
            kind="unassigned",
            advice="No rule exists: treat it as 1002 and mend the sender.",
            causes=("an application that chose a number of its own outside 4000–4999", "a typing error"),
            checks=("Let the sender use a private code from 4000 to 4999.",),
        ),
    ),
    Span(
        3000,
        3999,
        row(
            3000,
            "",
            "",
            "Belongs to a library or framework; the standard gives it no meaning.",
            "The codes from 3000 to 3999 are for libraries, frameworks and applications that register them with IANA. "
            "This one is not registered, so only the software that sent it can say what it means.",
            "unknown",
            sender=BROWSERS_TOO,
            source="RFC 6455 section 7.4.2; IANA registry",
            kind="library",
            causes=("a code of the framework that serves the endpoint",),
            checks=("Read the reason, then the framework's documentation.",),
        ),
    ),
    Span(
        4000,
        4999,
        row(
            4000,
            "",
            "Reserved for Private Use",
            "A private code: the application alone defines what it means.",
            "The codes from 4000 to 4999 are free for agreements between the two ends, and cannot be registered. Many "
            "services echo HTTP: 4401 for 401, 4429 for 429.",
            "unknown",
            sender=BROWSERS_TOO,
            source="RFC 6455 section 7.4.2; IANA registry",
            kind="private",
            causes=("a rule of the application: login, session, rate, version, a duplicate connection",),
            checks=(
                "Read the reason, then the documentation of the service.",
                "If it is your own, give it a text in the configuration file: `[close_codes.NAME]`.",
            ),
        ),
    ),
    Span(
        5000,
        65535,
        row(
            5000,
            "",
            "",
            "Not a valid close code: the ranges end at 4999.",
            "RFC 6455 knows no codes above 4999. Most libraries fail the connection with 1002 when they receive one.",
            "unknown",
            sender="nobody",
            on_wire=False,
            source="RFC 6455 section 7.4.2",
            kind="invalid",
            advice="No rule exists: treat it as 1002 and mend the sender.",
            causes=("a code that was computed, counted up or mistyped",),
            checks=("Let the sender use 1000, or a private code from 4000 to 4999.",),
        ),
    ),
)


def explain_close(code: int, *, dialect: str | None = None, own: Mapping[int, str] | None = None) -> CloseExplanation:
    """Return all that is known of a close code.

    Args:
        code: any number from 0 to 65535.
        dialect: a name from `dialects.DIALECTS`, or, where ``own`` is given, the name of the user's own table.
        own: the user's own codes with a short text each; they outrank the dialect.

    Raises:
        ValueError: the code is outside 0 to 65535, or the dialect is not known.

    Example:
        >>> explain_close(1012).reconnect
        'random_5_30'
    """
    if not 0 <= code <= HIGHEST:
        raise ValueError(f"{code} is not a close code: the code is two bytes, so 0 to 65535")
    plain = ROWS.get(code) or _from_span(code)
    note = _note(dialect, code, known=own is not None)
    if own is not None and code in own:
        return plain._replace(
            summary=own[code], meaning=own[code], source="your configuration file", dialect=dialect or "own"
        )
    if dialect is None:
        return plain
    if note is None:
        silent = f"{dialect} gives this code no meaning of its own. "
        return plain._replace(meaning=silent + plain.meaning) if plain.kind in ("library", "private") else plain
    return _spoken(plain, note, dialect)


def dialect_of(subprotocol: str | None, own: Collection[str] = ()) -> str | None:
    """Return the dialect that a negotiated subprotocol selects, or None.

    ``own`` are the names of the user's own tables; one that is named like the subprotocol comes first.
    """
    if not subprotocol:
        return None
    if subprotocol in own:
        return subprotocol
    # Not at the top: a program that meets no dialect need not pay for the tables.
    from wsinspect.dialects import SUBPROTOCOLS

    return SUBPROTOCOLS.get(subprotocol)


def code_of(name: str, *, dialect: str | None = None) -> int | None:
    """Return the code of a name in any spelling, or None.

    Case, spaces and punctuation do not matter. Our names and IANA's are known, those of the dialect if it is one of
    `dialects.DIALECTS`, and the spellings of other libraries (``CloseGoingAway``, ``WS_1011_INTERNAL_ERROR``).
    """
    wanted = _bare(name)
    return names(dialect).get(wanted) or _ALIASES.get(wanted)


def names(dialect: str | None = None) -> dict[str, int]:
    """Return the names that `code_of` knows, as lower-case letters and digits only, with their codes."""
    found = {_bare(name): known.code for known in ROWS.values() for name in (known.name, known.iana)}
    if dialect is not None:
        from wsinspect.dialects import DIALECTS

        if dialect in DIALECTS:
            found |= {_bare(note.name): code for code, note in DIALECTS[dialect].notes.items() if note.name}
    return found


_ALIASES = {
    "normal": 1000,
    "normalclose": 1000,
    "unsupported": 1003,
    "nostatus": 1005,
    "nostatusreceived": 1005,
    "nocode": 1005,
    "abnormal": 1006,
    "invalidpayload": 1007,
    "invalidpayloaddata": 1007,
    "invalidframepayload": 1007,
    "inconsistentdata": 1007,
    "policy": 1008,
    "policyerror": 1008,
    "toobig": 1009,
    "toolarge": 1009,
    "messagetoolarge": 1009,
    "mandatoryextension": 1010,
    "extensionrequired": 1010,
    "internalservererror": 1011,
    "servererror": 1011,
    "unexpectedcondition": 1011,
    "restart": 1012,
    "tls": 1015,
    "tlshandshakefail": 1015,
    "tlshandshakefailed": 1015,
}


def _bare(name: str) -> str:
    bare = "".join(character for character in name.lower() if character.isalnum())
    for prefix in ("ws", "status", "closecode", "close"):
        bare = bare.removeprefix(prefix)
    return bare.lstrip("0123456789") or bare


def _from_span(code: int) -> CloseExplanation:
    known = next(span.row for span in SPANS if span.first <= code <= span.last)
    causes = known.causes
    swapped = ROWS.get((code & 0xFF) << 8 | code >> 8)
    if known.kind == "invalid" and swapped:
        causes = (f"the two bytes in the wrong order: swapped, they are {swapped.code} {swapped.name}", *causes)
    return known._replace(code=code, causes=causes)


def _note(dialect: str | None, code: int, *, known: bool) -> Note | None:
    if dialect is None:
        return None
    from wsinspect.dialects import DIALECTS, note_of

    if dialect in DIALECTS:
        return note_of(dialect, code)
    if known:
        return None
    raise ValueError(f"no dialect is called {dialect!r}: there are {', '.join(DIALECTS)}")


def _spoken(plain: CloseExplanation, note: Note, dialect: str) -> CloseExplanation:
    from wsinspect.dialects import DIALECTS

    spoken = DIALECTS[dialect]
    # A note with a name gives the code another meaning; one without adds to the standard's.
    added = not note.name and plain.code in ROWS
    return plain._replace(
        name=note.name or plain.name,
        summary=note.summary,
        meaning=f"{note.summary} {plain.meaning}" if added else note.summary,
        sender=note.sender,
        reconnect=note.reconnect,
        advice=note.advice or ADVICE[note.reconnect],
        causes=note.causes + plain.causes if added else note.causes,
        checks=note.checks + plain.checks if added else note.checks,
        source=f"{spoken.source}; {plain.source}" if added else spoken.source,
        dialect=dialect,
    )
