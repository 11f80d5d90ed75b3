"""``wsinspect replay``: send the client's side of a recording again, and compare what comes back."""

import asyncio
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from wsinspect.clock import now
from wsinspect.connecting import Connecting
from wsinspect.errors import InspectError, shortened
from wsinspect.events import Batch, Handshake
from wsinspect.files import read_settings
from wsinspect.options.config import config_option
from wsinspect.options.output import TELLING, colour_option
from wsinspect.options.reaching import connecting_of, reaching_options
from wsinspect.options.recordings import READING, connection_option
from wsinspect.options.replaying import asked_again, playing_of, playing_options
from wsinspect.options.sections import SectionedCommand, option
from wsinspect.options.urls import complete_url
from wsinspect.reading import STDIN
from wsinspect.redact import HIDDEN, redact_url
from wsinspect.render.look import Look
from wsinspect.render.palette import palette
from wsinspect.render.safe import neutral
from wsinspect.settings import PROFILE_MARK
from wsinspect.target import DEMO, parse_target
from wsinspect.term.screen import colour_of, put

if TYPE_CHECKING:
    from wsinspect.conversation.voice import Voice
    from wsinspect.replaying.run import Played
    from wsinspect.replaying.wishes import Playing

PLACE_OF_DEMO = "ws://localhost/"
"""Stands for a demo's address until it runs."""


@click.command(
    cls=SectionedCommand,
    epilog="Example:  wsinspect replay session.ndjson ws://localhost:8080/feed --sync",
)
@click.argument("file", type=click.Path(allow_dash=True))
@click.argument("url", required=False, shell_complete=complete_url)
@playing_options
@connection_option
@option(READING, "--show-secrets", is_flag=True, help="Send and show credentials that the recording holds, not ***.")
@reaching_options
@option(TELLING, "-v", "--verbose", is_flag=True, help="Show every message as it goes, on standard error.")
@option(TELLING, "-q", "--quiet", is_flag=True, help="Print the first line of the outcome alone, and no notices.")
@config_option
@colour_option
@click.pass_context
def replay(ctx: click.Context, /, file: str, url: str | None, **given: Any) -> int:
    """Send the client's side of a recording again, and compare what comes back.

    FILE is a recording, - for standard input; URL a server, demo: or @PROFILE, as `connect` takes it. Messages are
    sent at their recorded times; with --sync as the replies come.

    What came is held against the recording: messages in their order, JSON part by part, the close. Times, ids, tokens
    and measurements are taken to change and are masked; pings and timing are no difference. Ids that the server makes
    and the client repeats are put in the place of the recorded ones. Of several connections the first is played.

    Exit code 0: no difference. 1: something differs. 3, 4, 5, 9: no connection came about. 7, 8, 10: it was lost, or
    the protocol broken, as it was not in the recording.
    """
    url = _url(ctx, url, given)
    playing = playing_of(given, drains=file != STDIN)
    notes: list[str] = []
    batches = _batches(file, notes, given)
    from wsinspect.replaying.feed import begun

    handshake, number, rest = begun(batches)
    if given["same_url"]:
        if HIDDEN in handshake.url:
            raise InspectError("the recorded URL holds what was hidden", hint="give the URL, with the secret in it")
        url = handshake.url
    elif url is None:
        raise InspectError(
            "URL is missing: where is the recording to be played?",
            hint=f"--same-url connects to where it was made: {shortened(redact_url(handshake.url), 200)}",
        )
    connecting, hidden = _connecting(url, handshake, given)
    if hidden:
        notes.append(
            f"not sent, since hidden in the recording: {', '.join(dict.fromkeys(hidden))}; "
            "give what is needed with -H, --bearer, -u or -b"
        )
    return asyncio.run(
        _replay(url, connecting, handshake, _of(number, rest, notes, given), playing, notes, file, given)
    )


def _url(ctx: click.Context, url: str | None, given: dict[str, Any]) -> str | None:
    """Return the URL that was typed, pasted, or called up with its options."""
    if given["curl"] is not None:
        from wsinspect.options.curl import pasted

        url, changed, _ = pasted(ctx, given["curl"], url)
        given |= changed
    if url is not None and given["same_url"]:
        raise click.UsageError("--same-url takes the recorded URL: leave out the other, or --same-url", ctx)
    if url is not None and url.startswith(PROFILE_MARK):
        from wsinspect.options.profiles import called_up, meant_for_others

        settings = read_settings(chosen=given["config"])
        url, changed = called_up(ctx, url, settings, left_out=meant_for_others(ctx.command))
        given |= changed
    return url


def _batches(file: str, notes: list[str], given: dict[str, Any]) -> Iterator[Batch]:
    from wsinspect.recording_files import batches_of

    return batches_of(file, notes.append, show_secrets=given["show_secrets"], connection=given["connection"])


def _of(number: int, batches: Iterator[Batch], notes: list[str], given: dict[str, Any]) -> Iterator[Batch]:
    """Yield the batches of the connection that began first."""
    told = given["connection"] is not None
    for batch in batches:
        if batch.connection == number:
            yield batch
        elif not told:
            told = True
            notes.append("the recording holds further connections; --connection N takes another")


def _connecting(url: str, handshake: Handshake, given: dict[str, Any]) -> tuple[Connecting, list[str]]:
    target = parse_target(PLACE_OF_DEMO if url.startswith(DEMO) else url)
    connecting = connecting_of(target, given)
    return (connecting, []) if given["plain_handshake"] else asked_again(connecting, handshake, given)


async def _replay(
    url: str,
    connecting: Connecting,
    handshake: Handshake,
    batches: Iterator[Batch],
    playing: "Playing",
    notes: list[str],
    file: str,
    given: dict[str, Any],
) -> int:
    from wsinspect.conversation.voice import Voice
    from wsinspect.conversation.wishes import Wishes

    look = Look(palette=palette(colour_of(sys.stderr, given["colour"])))
    voice = Voice(Wishes("plain", look, look, quiet=given["quiet"], show_secrets=given["show_secrets"]))
    try:
        if not url.startswith(DEMO):
            return await _play(connecting, handshake, batches, playing, voice, notes, file, given)
        from wsinspect.net.demo import echoes, is_path, play
        from wsinspect.net.server import listening

        path = url.removeprefix(DEMO)
        if not is_path(path):
            raise InspectError(f"there is no demo `{path}`", hint="try demo:, demo:echo or demo:1012 (any close code)")
        async with listening(play, now, echoes=echoes) as address:
            target = parse_target(address + path)
            connecting = connecting._replace(target=target)
            return await _play(connecting, handshake, batches, playing, voice, notes, file, given)
    finally:
        await voice.finish()


async def _play(
    connecting: Connecting,
    handshake: Handshake,
    batches: Iterator[Batch],
    playing: "Playing",
    voice: "Voice",
    notes: list[str],
    file: str,
    given: dict[str, Any],
) -> int:
    from wsinspect.replaying.feed import Feed
    from wsinspect.replaying.run import Replay
    from wsinspect.replaying.showing import Showing

    told = 0

    def tell_notes() -> None:
        nonlocal told
        for note in notes[told:]:
            voice.notice(neutral(note))
        told = len(notes)

    tell_notes()
    showing = Showing(voice, colour=colour_of(sys.stderr, given["colour"]), verbose=given["verbose"])
    replay = Replay(
        handshake,
        lambda: Feed(batches, eager=file == STDIN),
        connecting,
        playing,
        now,
        voice,
        showing.show,
        showing.connected,
    )
    played = await replay.run()
    tell_notes()
    return await _told(played, connecting, showing, voice, given)


async def _told(played: "Played", connecting: Connecting, showing: Any, voice: "Voice", given: dict[str, Any]) -> int:
    from wsinspect.comparing.telling import outcome_json, outcome_text
    from wsinspect.masking import Mask

    if played.outcome is None:
        voice.notice(played.told)
        return played.exit
    outcome = played.outcome
    if not given["show_secrets"]:
        outcome = Mask({*showing.secrets, *connecting.secrets}).everywhere(outcome)
        outcome = outcome._replace(url=redact_url(outcome.url))
    await voice.finish()
    if given["as_json"]:
        put(outcome_json(outcome, played.exit))
    else:
        put(outcome_text(outcome, palette(colour_of(sys.stdout, given["colour"])), quiet=given["quiet"]))
    return played.exit
