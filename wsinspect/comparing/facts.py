"""How a connection began and ended, then and now, as facts that are compared. Knows no message."""

from wsinspect.checks.assertions.patterns import planted
from wsinspect.checks.written.volatile import within
from wsinspect.close_codes import PLAIN_TONGUE
from wsinspect.comparing.outcome import Fact
from wsinspect.events import ABNORMAL, NO_STATUS, Closed, Handshake
from wsinspect.extensions import parse_extensions


def status_fact(recorded: int, came: int) -> Fact:
    """Return how the handshake was answered."""
    return Fact("status", str(recorded), str(came))


def asked_facts(
    recorded: Handshake, came: Handshake, *, same_subprotocol: bool, same_extensions: bool
) -> tuple[Fact, ...]:
    """Return what the handshakes agreed on; what was not offered alike, or not recorded, is no difference.

    Nor are an extension's parameters: whoever compresses in another window still says the same.
    """
    knows = bool(recorded.response)
    names = [[name for name, _ in parse_extensions(seen.extensions)] for seen in (recorded, came)]
    names_differ = names[0] != names[1]
    pairs = (
        ("status", str(recorded.status), str(came.status), recorded.status != 0),
        ("subprotocol", recorded.subprotocol, came.subprotocol, same_subprotocol and (knows or recorded.subprotocol)),
        ("extensions", recorded.extensions, came.extensions, same_extensions and knows and names_differ),
    )
    facts = []
    for name, then, now, counts in pairs:
        shown = now or f"no {name}"
        facts.append(Fact(name, (then or f"no {name}") if counts else shown, shown))
    return tuple(facts)


def end_fact(recorded: Closed, came: Closed, wall: float) -> Fact:
    """Return how it ended; a reason may hold what changes, as of a moment ``wall``."""
    if came.by == recorded.by and came.reason != recorded.reason:
        pattern = within(recorded.reason, wall)
        if pattern is not None and planted(f"${{match:{pattern}}}", {}).fits(came.reason):
            recorded = recorded._replace(reason=came.reason)
    return Fact("end", _ended(recorded), _ended(came))


def _ended(closed: Closed) -> str:
    if closed.by == "nobody":
        return "lost, no close frame came"
    words = "closed by the server" if closed.by == "peer" else "closed by us"
    code = closed.code if closed.by == "peer" else closed.sent if closed.sent is not None else NO_STATUS
    if code != NO_STATUS:
        words += f" with {code} {PLAIN_TONGUE.explain(code).name or ''}".rstrip()
    if closed.by == "peer" and closed.reason:
        words += f' "{closed.reason}"'
    if closed.by == "us" and closed.code not in (code, ABNORMAL, NO_STATUS):
        words += f", answered with {closed.code}"
    return words if closed.clean else f"{words}, not cleanly"
