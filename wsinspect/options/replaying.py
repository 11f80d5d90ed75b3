"""How a recording is played and compared. Makes a `Playing` of what was given, and a request like the recorded one."""

from math import inf
from typing import TYPE_CHECKING, Any

import click

from wsinspect.connecting import Connecting
from wsinspect.events import Handshake
from wsinspect.options.sections import option, together
from wsinspect.options.values import Duration
from wsinspect.redact import HIDDEN

if TYPE_CHECKING:
    from wsinspect.replaying.wishes import Playing

PLAYING = "Playing"
COMPARING = "Comparing"
FASTEST = "max"


class Speed(click.ParamType[float]):
    """A factor such as ``2x`` or ``0.5``; ``max`` for no waiting at all. Gives a number, infinite for ``max``."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        if value.strip().lower() == FASTEST:
            return inf
        try:
            speed = float(value.strip().lower().removesuffix("x"))
        except ValueError:
            speed = 0.0
        if not 0 < speed < inf:
            self.fail(f"`{value}` is no speed; write 2x, 0.5 or max", param, ctx)
        return speed


speed_option = option(
    PLAYING, "--speed", type=Speed(), metavar="FACTOR",
    help="How fast time passes against the recording: 2x, 0.5; max: no pauses. Default: 1x, and max with --sync.",
)  # fmt: skip

playing_options = together(
    speed_option,
    option(
        PLAYING, "--sync", "in_step", is_flag=True,
        help="Send each message once what had come before it has come again; with --speed, after "
        "its recorded pause.",
    ),
    option(
        PLAYING, "--within", "within_s", type=Duration(), default="10s", show_default=True, metavar="TIME",
        help="Wait so much longer than it took in the recording for what is to come.",
    ),
    option(
        PLAYING, "--no-substitute", "keeps_values", is_flag=True,
        help="Send ids and tokens as they were recorded, not as the server sends them now.",
    ),
    option(
        PLAYING, "--plain-handshake", is_flag=True,
        help="Do not ask with the headers and subprotocols of the recorded handshake.",
    ),
    option(PLAYING, "--same-url", is_flag=True, help="Connect to the URL of the recording; leave out URL then."),
    option(
        COMPARING, "-i", "--ignore", multiple=True, metavar="EXPR",
        help="Do not compare this: a name (anywhere), a path such as data.ts or items[*].id, or messages for which a "
        "condition is true. Repeatable.",
    ),
    option(
        COMPARING, "--no-guess", is_flag=True,
        help="Compare times, ids, tokens and measurements too, which are masked by default.",
    ),
    option(COMPARING, "--any-order", is_flag=True, help="A message that came at another place is no difference."),
    option(
        COMPARING, "--most", "shown", type=click.IntRange(min=0), default=20, show_default=True, metavar="N",
        help="Show so many differences; the rest is counted.",
    ),
    option(COMPARING, "--json", "as_json", is_flag=True, help="Print the outcome as one JSON object on a line."),
)  # fmt: skip
"""Adds what says how a part is played and compared; `playing_of` takes the values."""


def playing_of(given: dict[str, Any], *, drains: bool) -> "Playing":
    """Make the bundle of what the options gave; raises `InspectError` where an expression cannot be read."""
    from wsinspect.comparing.ignoring import ignored
    from wsinspect.replaying.wishes import Playing

    speed = given["speed"]
    if speed is None:
        speed = inf if given["in_step"] else 1.0
    return Playing(
        speed=speed,
        in_step=given["in_step"],
        within_s=given["within_s"],
        substitutes=not given["keeps_values"],
        ignored=ignored(given["ignore"]),
        guesses=not given["no_guess"],
        shown=given["shown"],
        any_order=given["any_order"],
        same_subprotocol=not given["subprotocols"] and not given["plain_handshake"],
        same_extensions=given["deflate"] is None and not given["no_compression"],
        drains=drains,
    )


def asked_again(connecting: Connecting, seen: Handshake, given: dict[str, Any]) -> tuple[Connecting, list[str]]:
    """Ask as the recorded handshake did, where nothing else was typed; return it with the names of what was hidden in
    the recording, and is not sent."""
    from wsinspect.checks.written.handshake import offered_subprotocols, own_headers

    typed = {name.lower() for name, _ in connecting.headers} | connecting.without
    if connecting.target.userinfo or connecting.logins:
        typed.add("authorization")
    hidden: list[str] = []
    headers = []
    for name, value in own_headers(seen):
        if name.lower() in typed:
            continue
        if HIDDEN in value:
            hidden.append(name)
        else:
            headers.append((name, value))
    offered = offered_subprotocols(seen)
    if any(HIDDEN in one for one in offered) and not connecting.subprotocols:
        hidden.append("Sec-WebSocket-Protocol")
    subprotocols = connecting.subprotocols or tuple(one for one in offered if one and HIDDEN not in one)
    asked = {name.lower() for name, _ in seen.request}
    if asked and "sec-websocket-extensions" not in asked and given["deflate"] is None:
        connecting = connecting._replace(deflate=None)
    return connecting._replace(headers=(*headers, *connecting.headers), subprotocols=subprotocols), hidden
