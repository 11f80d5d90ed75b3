"""The ranges of close codes that have no names of their own (RFC 6455 section 7.4.2)."""

from typing import NamedTuple

from wsinspect.close_explanation import BROWSERS_TOO, CloseExplanation, row


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
