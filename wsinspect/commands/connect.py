"""``wsinspect connect``: open a WebSocket, show every message, explain the close."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from wsinspect.clock import now
from wsinspect.close_codes import Tongue, dialect_of
from wsinspect.errors import InspectError
from wsinspect.files import read_settings
from wsinspect.options.dialects import dialect_option, tongue_of
from wsinspect.options.output import colour_option
from wsinspect.options.reaching import connecting_of, reaching_options
from wsinspect.options.urls import DEMO, complete_url
from wsinspect.options.values import Duration, Listed
from wsinspect.registry import FORMATS
from wsinspect.render.look import Look
from wsinspect.render.palette import palette
from wsinspect.target import Target, parse_target
from wsinspect.term.screen import colour_of, columns, is_terminal

if TYPE_CHECKING:
    from wsinspect.conversation.wishes import Wishes


@click.command(epilog="Example:  wsinspect connect wss://example.com/feed --format ndjson | jq .text")
@click.argument("url", shell_complete=complete_url)
@reaching_options
@click.option(
    "-f",
    "--format",
    "format",
    type=Listed({name: entry.help for name, entry in FORMATS.items()}),
    default=None,
    help="How to show messages: "
    + "; ".join(f"{name}: {entry.help}" for name, entry in FORMATS.items())
    + ". Default: pretty on a terminal, plain off it.",
)
@click.option("-r", "--raw", is_flag=True, help="Short for --format raw: for pipes.")
@click.option("-0", "--null", is_flag=True, help="With raw: end each payload with a NUL instead of a newline.")
@click.option("--no-newline", is_flag=True, help="With raw: put nothing between payloads.")
@click.option("--frames", is_flag=True, help="Show the frames themselves too: FIN, RSV, opcode, mask, lengths.")
@click.option("--send", "sends", multiple=True, metavar="TEXT", help="Send a text message once connected. Repeatable.")
@click.option("-n", "--no-stdin", is_flag=True, help="Do not send the lines of standard input.")
@click.option("--echo", is_flag=True, help="Send every received data message back at once.")
@click.option("-c", "--count", type=click.IntRange(min=1), metavar="N", help="Close after N messages; fewer is exit 1.")
@click.option("--for", "for_s", type=Duration(), metavar="TIME", help="Listen so long, then close: exit 0.")
@click.option("-m", "--max-time", "max_time_s", type=Duration(), metavar="TIME", help="Take no longer: exit 9.")
@click.option(
    "--linger",
    "linger_s",
    type=Duration(endless=True),
    default="1s",
    show_default=True,
    metavar="TIME",
    help="Once all is sent, close when no message came for so long; inf: stay.",
)
@dialect_option
@click.option("-q", "--quiet", is_flag=True, help="No handshake line, no summary.")
@click.option(
    "--summary",
    type=Listed({"text": "a sentence", "json": "a JSON object on one line"}),
    default="text",
    help="The form of the summary.",
)
@click.option("--show-secrets", is_flag=True, help="Show credentials in URLs and headers instead of ***.")
@colour_option
def connect(url: str, **given: Any) -> int:
    """Open a WebSocket and show every message and its close.

    URL is ws://, wss://, http:// or https:// (meaning ws and wss), or short: localhost:8080/path, :8080. `demo:` is
    an endpoint to try things on, demo:1012 closes with that code, demo:echo sends back.

    For pipes and scripts: --raw writes each payload and a newline, nothing else; --format ndjson writes an object a
    line. Lines of standard input are sent as text messages.
    """
    # What opens a connection is loaded when one is opened: help and completion do without.
    import asyncio

    wishes = _wishes(given)
    given["tongue_of"] = _tongue_chooser(given["dialect"])
    if url.startswith(DEMO):
        return asyncio.run(_with_demo(url.removeprefix(DEMO), wishes, given))
    return asyncio.run(_converse(parse_target(url), wishes, given))


async def _converse(target: Target, wishes: "Wishes", given: dict[str, Any]) -> int:
    from wsinspect.conversation.run import Conversation

    connecting = connecting_of(target, given)._replace(frames=given["frames"], echo=given["echo"])
    return await Conversation(wishes, connecting, now, given["tongue_of"]).run()


async def _with_demo(path: str, wishes: "Wishes", given: dict[str, Any]) -> int:
    """Start the embedded endpoint in this process, and connect to it over a real socket."""
    from wsinspect.net.demo import echoes, is_path, play
    from wsinspect.net.server import listening

    if not is_path(path):
        raise InspectError(f"there is no demo `{path}`", hint="try demo:, demo:echo or demo:1012 (any close code)")
    async with listening(play, now, echoes=echoes) as url:
        return await _converse(parse_target(url + path), wishes, given)


def _tongue_chooser(dialect: str | None) -> Callable[[str | None], Tongue]:
    """Return how a negotiated subprotocol chooses the way codes are read; a named dialect needs no choosing."""
    settings = read_settings()
    if dialect is not None:
        chosen = tongue_of(dialect, settings)
        return lambda subprotocol: chosen
    return lambda subprotocol: tongue_of(dialect_of(subprotocol, settings.close_codes), settings)


def _wishes(given: dict[str, Any]) -> "Wishes":
    from wsinspect.conversation.wishes import Sending, Wishes

    for text in given["sends"]:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise click.UsageError("a value of --send is not UTF-8, so it is no text") from None
    on_terminal = is_terminal(sys.stdout)
    format = given["format"] or ("raw" if given["raw"] else "pretty" if on_terminal else "plain")
    if given["raw"] and format != "raw":
        raise click.UsageError(f"--raw and --format {format} exclude each other")
    if (given["null"] or given["no_newline"]) and format != "raw":
        raise click.UsageError("--null and --no-newline belong to --raw")
    look = Look(
        palette=palette(colour_of(sys.stdout, given["colour"])),
        width=columns() if on_terminal else None,
        frames=given["frames"],
        separator=b"" if given["no_newline"] else b"\0" if given["null"] else b"\n",
        neutral=on_terminal,
    )
    return Wishes(
        format=format,
        look=look,
        talk=Look(palette=palette(colour_of(sys.stderr, given["colour"]))),
        quiet=given["quiet"],
        json_summary=given["summary"] == "json",
        show_secrets=given["show_secrets"],
        sending=Sending(given["sends"], not given["no_stdin"], given["linger_s"]),
        enough=given["count"],
        for_s=given["for_s"],
        max_time_s=given["max_time_s"],
    )
