"""``wsinspect connect``: open a WebSocket, show every message, explain the close."""

import sys
from math import inf
from typing import TYPE_CHECKING, Any

import click

from wsinspect.clock import now
from wsinspect.connecting import Connecting
from wsinspect.errors import InspectError
from wsinspect.files import read_settings
from wsinspect.filters.topic import help_text
from wsinspect.options.config import config_option
from wsinspect.options.dialects import dialect_option, tongue_chooser
from wsinspect.options.display import display_of, display_options
from wsinspect.options.looking import looking_of, looking_options
from wsinspect.options.output import colour_option, telling_options
from wsinspect.options.reaching import connecting_of, reaching_options
from wsinspect.options.recording import recorded_of, recording_options
from wsinspect.options.sections import SectionedCommand
from wsinspect.options.staying import lasting_options, staying_of, staying_options
from wsinspect.options.talking import pinging_of, sending_of, talking_options
from wsinspect.options.urls import complete_url, remembering
from wsinspect.render.look import Look
from wsinspect.render.palette import palette
from wsinspect.render.safe import neutral
from wsinspect.settings import PROFILE_MARK
from wsinspect.target import DEMO, parse_target
from wsinspect.term.screen import colour_of, say, takes_prompt

if TYPE_CHECKING:
    from wsinspect.conversation.recording import Recorder
    from wsinspect.conversation.wishes import Wishes

PLACE_OF_DEMO = "ws://localhost/"
"""Stands for a demo's address until it runs."""


@click.command(
    cls=SectionedCommand,
    epilog="Example:  wsinspect connect wss://example.com/feed --raw | jq .text\n\n" + help_text(),
)
@click.argument("url", required=False, shell_complete=complete_url)
@reaching_options
@talking_options
@looking_options
@display_options
@lasting_options
@staying_options
@recording_options
@telling_options
@dialect_option
@config_option
@colour_option
@click.pass_context
def connect(ctx: click.Context, /, url: str | None, **given: Any) -> int:
    """Open a WebSocket and show every message and its close.

    URL is ws://, wss://, http:// or https:// (meaning ws and wss), or short: localhost:8080/path, :8080. `demo:` is
    an endpoint to try things on, demo:1012 closes with that code, demo:echo sends back. @NAME is a profile of the
    configuration file, see `wsinspect profiles`; @NAME/path?query puts something behind its URL.

    For pipes and scripts: --raw writes each payload and a newline, nothing else; --format ndjson writes an object a
    line. Lines of standard input are sent as text messages.
    """
    # What opens a connection is loaded when one is opened: help and completion do without.
    import asyncio

    ignored = ""
    if given["curl"] is not None:
        # What few use is loaded where it is used.
        from wsinspect.options.curl import pasted

        url, changed, ignored = pasted(ctx, given["curl"], url)
        given |= changed
    elif url is None:
        raise click.MissingParameter(ctx=ctx, param_hint="'URL'", param_type="argument")
    typed, settings = url, read_settings(chosen=given["config"])
    if typed.startswith(PROFILE_MARK):
        # What profiles need is loaded where one is called up.
        from wsinspect.options.profiles import called_up

        url, changed = called_up(ctx, typed, settings)
        given |= changed
    wishes = _wishes(given)
    given["tongue_of"] = tongue_chooser(given["dialect"], settings)
    given["opened"] = remembering(typed, url, settings)
    if ignored and not wishes.quiet:
        style = wishes.talk.palette
        say(f"{style.dim}● {neutral(ignored)}{style.reset}\n")
    # Before there is a loop: a password may be asked for, and Ctrl-C must end that.
    connecting = connecting_of(parse_target(PLACE_OF_DEMO if url.startswith(DEMO) else url), given)
    frames = given["frames"] or given["record_frames"]
    connecting = connecting._replace(frames=frames, echo=given["echo"], pongs=not given["no_pong"])
    if given["dry_run"]:
        if url.startswith(DEMO):
            raise click.UsageError("a demo has no address before it runs: --dry-run wants a URL")
        from wsinspect.conversation.dry_run import dry_run

        return dry_run(wishes, connecting, now)
    if url.startswith(DEMO):
        from wsinspect.net.demo import is_path

        if not is_path(url.removeprefix(DEMO)):
            message = f"there is no demo `{url.removeprefix(DEMO)}`"
            raise InspectError(message, hint="try demo:, demo:echo or demo:1012 (any close code)")
    # Before there is a loop, too: a named pipe waits for its reader.
    given["recorder"] = _recorder(wishes, connecting)
    if url.startswith(DEMO):
        return asyncio.run(_with_demo(url.removeprefix(DEMO), connecting, wishes, given))
    return asyncio.run(_converse(connecting, wishes, given))


def _recorder(wishes: "Wishes", connecting: Connecting) -> "Recorder | None":
    if wishes.recorded is None:
        return None
    # What writes recordings is loaded where one is written.
    from wsinspect.conversation.recording import Recorder
    from wsinspect.term.interrupts import interruptible

    with interruptible():
        return Recorder(wishes.recorded, now, connecting.secrets, show_secrets=wishes.show_secrets)


async def _converse(connecting: Connecting, wishes: "Wishes", given: dict[str, Any]) -> int:
    from wsinspect.conversation.run import Conversation

    tongue_of, opened, recorder = given["tongue_of"], given["opened"], given["recorder"]
    return await Conversation(wishes, connecting, now, tongue_of, opened, recorder).run()


async def _with_demo(path: str, connecting: Connecting, wishes: "Wishes", given: dict[str, Any]) -> int:
    """Start the embedded endpoint in this process, and connect to it over a real socket."""
    from wsinspect.net.demo import echoes, play
    from wsinspect.net.server import listening

    async with listening(play, now, echoes=echoes) as url:
        target = parse_target(url + path)._replace(userinfo=connecting.target.userinfo)
        return await _converse(connecting._replace(target=target), wishes, given)


def _wishes(given: dict[str, Any]) -> "Wishes":
    from wsinspect.conversation.wishes import Wishes

    looking = looking_of(given)
    given["frames"] = given["frames"] or looking.frames
    sending = sending_of(given)
    prompt = sending.reads_stdin and takes_prompt(sys.stdin, sys.stdout)
    if prompt:
        # What is typed comes from the prompt, and ends when the user says so.
        sending = sending._replace(reads_stdin=False, linger_s=inf)
    format, look = display_of(given)
    return Wishes(
        format=format,
        look=look,
        talk=Look(palette=palette(colour_of(sys.stderr, given["colour"]))),
        quiet=given["quiet"],
        verbose=given["verbose"],
        json_summary=given["summary"] == "json",
        show_secrets=given["show_secrets"],
        sending=sending,
        pinging=pinging_of(given),
        staying=staying_of(given),
        looking=looking,
        prompt=prompt,
        for_s=given["for_s"],
        max_time_s=given["max_time_s"],
        recorded=recorded_of(given),
    )
