"""The lines of talk around a session: that it is connected, and how it ended. Knows no stream."""

from collections.abc import Iterable

from wsinspect.close_codes import PLAIN_TONGUE, Tongue
from wsinspect.errors import Exit
from wsinspect.events import ABNORMAL, NO_STATUS, Closed, Direction, Handshake, Tally
from wsinspect.render.lines import duration_text, size_text
from wsinspect.render.look import Look
from wsinspect.render.safe import clipped, neutral

LONGEST = 300
"""Characters of a URL or header that are shown in a line of talk."""


def connected(handshake: Handshake, look: Look) -> str:
    """Return the line that tells of an opened connection, without its end."""
    palette = look.palette
    # Recordings of others do not all tell how long it took.
    took = f" in {duration_text(handshake.seconds)}" if handshake.seconds > 0 else ""
    facts = [f"{handshake.status}{took}"]
    if handshake.extensions:
        facts.append(clipped(handshake.extensions, LONGEST))
    if handshake.subprotocol is not None:
        facts.append(f"subprotocol {clipped(handshake.subprotocol, LONGEST)}")
    return (
        f"{palette.good}●{palette.reset} connected  {palette.bold}{clipped(handshake.url, LONGEST)}{palette.reset}  "
        f"{palette.dim}{' · '.join(facts)}{palette.reset}"
    )


def ended(closed: Closed, tally: Tally, seconds: float, look: Look, findings: Iterable[str] = ()) -> str:
    """Return the line that tells how a connection ended and what went over it, without its end.

    ``findings`` are an autopsy's, and stand below, a line each.
    """
    palette = look.palette
    style = palette.error
    if closed.by != "nobody" and (closed.clean or closed.exit == Exit.OK):
        style = palette.good if closed.clean and closed.exit == Exit.OK else palette.warn
    below = "".join([f"\n  {palette.dim}{neutral(finding)}{palette.reset}" for finding in findings])
    return f"{style}●{palette.reset} {how_it_ended(closed, tongue=look.tongue)} {_facts(tally, seconds, look)}{below}"


def unended(tally: Tally, seconds: float, look: Look) -> str:
    """Return the line that tells of a connection whose end is not recorded, without its end."""
    palette = look.palette
    return f"{palette.warn}●{palette.reset} its end is not recorded {_facts(tally, seconds, look)}"


def unopened(closed: Closed, look: Look) -> str:
    """Return the line that tells why no connection came about, without its end."""
    palette = look.palette
    return f"{palette.error}●{palette.reset} not connected: {neutral(closed.cause) or 'the reason is not recorded'}"


def _facts(tally: Tally, seconds: float, look: Look) -> str:
    messages, palette = tally.messages, look.palette
    facts = [
        duration_text(seconds),
        f"{messages['in']:,} received, {messages['out']:,} sent",
        f"{_rounded(tally.payload)} ({_rounded(tally.wire)} on the wire)",
    ]
    return f"{palette.dim}· {' · '.join(facts)}{palette.reset}"


def how_it_ended(closed: Closed, *, tongue: Tongue = PLAIN_TONGUE) -> str:
    """Return who closed, how and why, in words."""
    cause = neutral(closed.cause)
    if closed.by == "nobody":
        return f"connection lost: {cause or 'no close frame came'}"
    if closed.by == "peer":
        words = "closed by the server"
        if closed.code not in (1000, NO_STATUS):
            words += f" with {_code_words(closed.code, tongue)}"
        if closed.reason:
            words += f' "{neutral(closed.reason)}"'
    else:
        words = "closed by us"
        if closed.sent not in (None, 1000, NO_STATUS):
            words += f" with {_code_words(closed.sent or 0, tongue)}"
    words += ", cleanly" if closed.clean else ", not cleanly"
    if not cause and not closed.clean and closed.code == ABNORMAL:
        cause = "the server sent no close frame"
    return f"{words}: {cause}" if cause else words


def _rounded(sizes: dict[Direction, int]) -> str:
    return size_text(sum(sizes.values()), exact_below=1000)


def _code_words(code: int, tongue: Tongue) -> str:
    return f"{code} {tongue.explain(code).name or ''}".strip()
