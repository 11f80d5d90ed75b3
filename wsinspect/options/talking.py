"""Talking: what is sent, in which pieces and how fast, and keepalive. Makes a `Sending` and a `Pinging` of it."""

import re
from typing import TYPE_CHECKING, Any

import click

from wsinspect.errors import InspectError
from wsinspect.options.sections import option, together
from wsinspect.options.values import Duration

if TYPE_CHECKING:
    from wsinspect.conversation.wishes import Pinging, Sending
    from wsinspect.outgoing import Outgoing

TALKING = "Talking"

WHOLE = "none"
ESCAPES = {"0": b"\0", "n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\"}
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.?))", re.DOTALL)


class Delimiter(click.ParamType[bytes]):
    r"""What separates messages: text with the escapes \0 \n \r \t \\ \xHH. Gives bytes, none for no delimiter."""

    name = "delimiter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        if not isinstance(value, str):
            return bytes(value)
        if value in ("", WHOLE):
            return b""
        delimiter = b""
        end = 0
        try:
            for escape in ESCAPE.finditer(value):
                delimiter += value[end : escape.start()].encode()
                delimiter += bytes.fromhex(escape[1]) if escape[1] else ESCAPES[escape[2]]
                end = escape.end()
            return delimiter + value[end:].encode()
        except KeyError:
            self.fail(r"of escapes there are \0 \n \r \t \\ and \xHH", param, ctx)
        except UnicodeEncodeError:
            self.fail(r"it is not UTF-8; write \xHH", param, ctx)


talking_options = together(
    option(
        TALKING, "--send", "sends", multiple=True, metavar="VALUE",
        help="Send a message once connected: text, text:..., @FILE (binary where it is not UTF-8), hex:0a0b, "
        "base64:..., or a command: /text, /binary, /ping, /pong, /close [CODE] [REASON], /wait EXPR [TIMEOUT], "
        "/sleep TIME; // for a text that begins with a slash. Repeatable, in order.",
    ),
    option(
        TALKING, "--on-connect", "greetings", multiple=True, metavar="VALUE",
        help="The same, sent first, and again on each new connection: to log in, to subscribe. Repeatable.",
    ),
    option(TALKING, "-n", "--no-stdin", is_flag=True, help="Do not send the lines of standard input."),
    option(
        TALKING, "--input-delimiter", "delimiter", type=Delimiter(), metavar="TEXT",
        help=r"What separates messages on standard input: \0, \r\n, ...; none: all of it is one. "
        r"Default: \n, and none with --binary.",
    ),
    option(TALKING, "--binary", is_flag=True, help="Send standard input as a binary message, byte by byte as it is."),
    option(TALKING, "--json", is_flag=True, help="Send no text that is not JSON: exit 2, and the place is told."),
    option(
        TALKING, "--interval", "interval_s", type=Duration(), default="0s", metavar="TIME",
        help="Send a message every TIME, not all at once.",
    ),
    option(
        TALKING, "--linger", "linger_s", type=Duration(endless=True), default="1s", show_default=True, metavar="TIME",
        help="Once all is sent, close when no message came for so long; inf: stay.",
    ),
    option(
        TALKING, "--ping-interval", "ping_interval_s", type=Duration(), metavar="TIME",
        help="Send a ping every TIME. Without it we send none.",
    ),
    option(
        TALKING, "--ping-timeout", "ping_timeout_s", type=Duration(endless=True), metavar="TIME",
        help="Close when a pong is missing for so long: exit 9. Default with --ping-interval: 20s; inf: never.",
    ),
    option(TALKING, "--echo", is_flag=True, help="Send every received data message back at once."),
    option(TALKING, "--no-pong", is_flag=True, help="Do not answer pings, to see how the server takes it."),
)  # fmt: skip
"""Adds what says what is sent; `sending_of` and `pinging_of` take the values, but for ``no_pong``."""


def sending_of(given: dict[str, Any]) -> "Sending":
    """Make the bundle of what the options gave; raises `InspectError` on a mistake in a message, with its place."""
    from wsinspect.conversation.wishes import Sending

    if given["binary"] and given["json"]:
        raise click.UsageError("--binary and --json exclude each other")
    return Sending(
        greetings=_composed("--on-connect", given["greetings"], given),
        sends=_composed("--send", given["sends"], given),
        reads_stdin=not given["no_stdin"],
        delimiter=(b"" if given["binary"] else b"\n") if given["delimiter"] is None else given["delimiter"],
        binary=given["binary"],
        json=given["json"],
        interval_s=given["interval_s"],
        linger_s=given["linger_s"],
    )


def pinging_of(given: dict[str, Any]) -> "Pinging | None":
    """Make the bundle of what the options gave; None where we send no pings."""
    from wsinspect.conversation.wishes import Pinging

    interval_s, timeout_s = given["ping_interval_s"], given["ping_timeout_s"]
    if interval_s is None:
        if timeout_s is not None:
            raise click.UsageError("--ping-timeout needs --ping-interval: without pings there are no pongs")
        return None
    for name, seconds in (("--ping-interval", interval_s), ("--ping-timeout", timeout_s)):
        if seconds == 0:
            raise click.UsageError(f"{name} must be more than 0")
    return Pinging(interval_s) if timeout_s is None else Pinging(interval_s, timeout_s)


def _composed(name: str, texts: tuple[str, ...], given: dict[str, Any]) -> "tuple[Outgoing, ...]":
    """Return what each value says; all of them are checked before anything is sent."""
    if not texts:
        return ()
    # Most people send lines only.
    from wsinspect.compose import compose
    from wsinspect.payload_files import read_payload

    composed = []
    for number, text in enumerate(texts, 1):
        where = name if len(texts) == 1 else f"{name} {number}"
        try:
            step = compose(text, reads=read_payload, dialect=given["dialect"])
            _check(step, json=given["json"])
        except InspectError as fault:
            raise fault.within(where) from None
        composed.append(step)
    return tuple(composed)


def _check(step: "Outgoing", *, json: bool) -> None:
    """Check what only shows when it is used: the condition of a wait, and JSON where all text must be."""
    from wsinspect.outgoing import Message, Wait
    from wsinspect.vocabulary import WSMsgType

    if isinstance(step, Wait):
        from wsinspect.filters.expression import expression

        expression(step.condition)
    elif json and isinstance(step, Message) and step.type == WSMsgType.TEXT:
        from wsinspect.json_faults import json_fault

        fault = json_fault(step.payload.decode())
        if fault is not None:
            raise InspectError(f"it is not JSON: {fault}", hint="without --json it is sent as it is")
