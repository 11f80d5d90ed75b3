"""Why a connection may have ended as it did: what the close frames leave unsaid, read from when things happened.

Facts first, then one guess where the numbers speak: default timeouts of well-known proxies and services are a table.
An ordinary end has nothing to tell. Knows no connection and no terminal.
"""

from collections.abc import Callable
from typing import NamedTuple

from wsinspect.close_codes import Tongue
from wsinspect.events import ABNORMAL, NO_STATUS, Closed, Direction, Handshake
from wsinspect.redact import is_secret_header
from wsinspect.render.lines import ARROWS, duration_text, size_text
from wsinspect.timeline import Moments, Timeline
from wsinspect.vocabulary import WSMsgType

SOON_S = 2.0
"""So soon after the handshake, or after a message of ours, an end has to do with it."""
LARGE = 16 * 1024
"""Bytes from which a message may have been too large for somebody."""

_ORDINARY = frozenset({1000, 1001, NO_STATUS})
_AUTH = frozenset({1008, 3000, 3003, 4401, 4403})
_OUR_FAULT = frozenset({1002, 1003, 1007})
_TIMELESS = frozenset({1002, 1003, 1007, 1009, 1010, 1012, 1013, 1014, 3000, 3003})
"""Codes that tell of something else than time."""


class Limit(NamedTuple):
    """A limit in time that many have by default: seconds, how far off is still it, and whose it is."""

    seconds: float
    tolerance: float
    whose: str


IDLE = (
    Limit(30, 1, "Jetty and SignalR: 30 s"),
    Limit(50, 1, "HAProxy as Debian configures it: 50 s"),
    Limit(55, 1, "Heroku: 55 s"),
    Limit(60, 1, "nginx, Apache, AWS ALB, Cowboy: 60 s"),
    Limit(100, 1, "Cloudflare: 100 s"),
    Limit(230, 1, "Azure App Service: 230 s"),
    Limit(240, 1, "Azure Load Balancer: 4 min"),
    Limit(300, 1, "Envoy: 5 min"),
    Limit(350, 1, "AWS NLB and NAT gateways: 350 s"),
    Limit(600, 1, "AWS API Gateway: 10 min"),
    Limit(3600, 2, "HAProxy's tunnels and Envoy's connections: often 1 h"),
)
"""Seconds without a frame, after which a connection is ended by default."""

LIFETIMES = (
    Limit(30, 1, "the backend timeout of Google Cloud load balancers: 30 s"),
    Limit(300, 1, "Google Cloud Run: 5 min by default"),
    Limit(3600, 2, "Google Cloud Run: 60 min at most"),
    Limit(7200, 5, "AWS API Gateway: 2 h"),
    Limit(86400, 60, "Binance, AWS AppSync and AWS IoT: 24 h"),
)
"""Seconds after which a connection is ended, whatever goes over it."""


class Case(NamedTuple):
    """What is known of an end."""

    closed: Closed
    timeline: Timeline
    handshake: Handshake


def autopsy(closed: Closed, timeline: Timeline, handshake: Handshake, tongue: Tongue) -> list[str]:
    """Return what is to be told of an end beside who closed and how: a few short lines, none for an ordinary end."""
    found = [_codes(closed, tongue)]
    if not closed.clean or (closed.by != "us" and closed.code not in _ORDINARY):
        found.append(_moments(timeline))
    found.append(guess(closed, timeline, handshake))
    return [line for line in found if line]


def guess(closed: Closed, timeline: Timeline, handshake: Handshake) -> str:
    """Return what probably happened, where the numbers speak; else nothing."""
    if closed.by == "us":
        return ""
    case = Case(closed, timeline, handshake)
    return next((told for look in _GUESSES if (told := look(case))), "")


def _codes(closed: Closed, tongue: Tongue) -> str:
    """Tell how the two close frames differed."""
    if closed.sent is None:
        return "our answer to the close did not leave" if closed.code != ABNORMAL else ""
    if closed.code in (ABNORMAL, closed.sent) or {closed.code, closed.sent} <= _ORDINARY:
        return ""
    theirs, ours = _named(closed.code, tongue), _named(closed.sent, tongue)
    if closed.by == "peer":
        return f"the codes differ: the server said {theirs}, we answered {ours}"
    return f"the codes differ: we said {ours}, the server answered {theirs}"


def _named(code: int, tongue: Tongue) -> str:
    return "no code" if code == NO_STATUS else f"{code} {tongue.explain(code).name or ''}".strip()


def _moments(timeline: Timeline) -> str:
    """Tell how long before the end things went over last, each way."""
    data, pings = _before(timeline, timeline.last_data), _before(timeline, timeline.last_ping)
    none = "no whole message went either way" if timeline.unfinished else "no data went either way"
    said = f"last data {data} before the end" if data else none
    if pings:
        said += f" · last ping {pings} before it"
        sent, answered = timeline.last_ping["out"], timeline.last_pong["in"]
        if sent is not None and (answered is None or answered < sent):
            said += ", ours unanswered"
    return said


def _before(timeline: Timeline, moments: Moments) -> str:
    return ", ".join(
        [
            f"{ARROWS[way]} {duration_text(seconds)}"
            for way, moment in moments.items()
            if (seconds := timeline.since(moment)) is not None
        ]
    )


# Guesses: each looks at a case, and tells or is silent.


def _unanswered_ping(case: Case) -> str:
    ping, pong = case.timeline.last_ping["in"], case.timeline.last_pong["out"]
    if ping is None or (pong is not None and pong >= ping):
        return ""
    seconds = case.timeline.since(ping) or 0.0
    return f"{duration_text(seconds)} after a ping that we did not answer: it was waited for" if seconds >= 1 else ""


def _refused(case: Case) -> str:
    if case.closed.code not in _AUTH or case.timeline.uptime > SOON_S:
        return ""
    names = [name for name, _ in case.handshake.request if is_secret_header(name)]
    sent = f"sent were: {', '.join(names)}" if names else "no credentials were sent in a header"
    return (
        f"{duration_text(case.timeline.uptime)} after the handshake: looks like missing or wrong credentials ({sent})"
    )


def _too_big(case: Case) -> str:
    largest = case.timeline.largest_sent
    if case.closed.code != 1009 or largest is None:
        return ""
    return f"the largest message that we sent of late had {size_text(largest.size)}"


def _large(case: Case) -> str:
    largest = case.timeline.largest_sent
    if case.closed.code != ABNORMAL or largest is None or largest.size < LARGE:
        return ""
    seconds = case.timeline.since(largest.mono) or 0.0
    if seconds > SOON_S:
        return ""
    return (
        f"{duration_text(seconds)} after our message of {size_text(largest.size)}: "
        "looks like a limit in size of the server or a proxy"
    )


def _faulty(case: Case) -> str:
    last = case.timeline.last_sent
    if case.closed.code not in _OUR_FAULT or last is None:
        return ""
    seconds = case.timeline.since(last.mono) or 0.0
    kind = WSMsgType(last.type).name
    return f"{duration_text(seconds)} after the last message that we sent: {kind} of {size_text(last.size)}"


def _dropped(case: Case) -> str:
    timeline = case.timeline
    if case.closed.code != ABNORMAL or timeline.uptime > 1 or timeline.last_frame["in"] is not None:
        return ""
    return (
        f"{duration_text(timeline.uptime)} after the upgrade, before any frame of the server: "
        "looks like a proxy whose backend is down, or a refusal after the handshake"
    )


def _idle(case: Case) -> str:
    if case.closed.code in _TIMELESS:
        return ""
    ways: tuple[tuple[str, tuple[Direction, ...]], ...] = (
        ("the last frame", ("in", "out")),
        ("the server's last frame", ("in",)),
        ("our last frame", ("out",)),
    )
    for after, directions in ways:
        seconds = case.timeline.quiet(*directions)
        if after == "our last frame" and case.timeline.last_frame["out"] is None:
            continue
        whose = _whose(IDLE, seconds)
        if whose:
            if all(moment is None for moment in case.timeline.last_frame.values()):
                after = "the handshake, without a frame"
            return f"{seconds:,.1f} s after {after}: looks like an idle timeout of a proxy or the server ({whose})"
    return ""


def _lifetime(case: Case) -> str:
    whose = "" if case.closed.code in _TIMELESS else _whose(LIFETIMES, case.timeline.uptime)
    return f"open for {case.timeline.uptime:,.1f} s: looks like the longest that is allowed ({whose})" if whose else ""


def _whose(limits: tuple[Limit, ...], seconds: float) -> str:
    return next((limit.whose for limit in limits if abs(seconds - limit.seconds) <= limit.tolerance), "")


_GUESSES: tuple[Callable[[Case], str], ...] = (
    _unanswered_ping,
    _refused,
    _too_big,
    _large,
    _faulty,
    _dropped,
    _idle,
    _lifetime,
)
