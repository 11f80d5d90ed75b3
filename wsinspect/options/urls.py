"""What a URL argument may hold beside a URL, how it is completed, and what is remembered of it."""

import os
import sys
from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from wsinspect.errors import InspectError
from wsinspect.files import read_settings
from wsinspect.options.values import offered
from wsinspect.settings import PROFILE_MARK, Settings
from wsinspect.target import DEMO, parse_target
from wsinspect.term.screen import is_terminal


def complete_url(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the demos, those of the close codes once ``demo:`` is typed; the profiles; and URLs opened before."""
    urls = {DEMO: "an endpoint to try things on", f"{DEMO}echo": "sends back what it gets"}
    if incomplete.startswith(DEMO):
        from wsinspect.close_table import ROWS

        urls |= {f"{DEMO}{code}": f"closes with {row.name}: {row.summary}" for code, row in ROWS.items()}
        return offered(urls, incomplete)
    try:
        settings = read_settings(chosen=ctx.params.get("config"))
    except InspectError:
        settings = Settings(recent=False)  # it may say so, too
    return offered(urls | _profiles(settings) | (_recents() if settings.recent else {}), incomplete)


def complete_profile(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of the profiles, without a mark."""
    try:
        helps = _profiles(read_settings(chosen=ctx.params.get("config")))
    except InspectError:
        return []
    return offered({name.removeprefix(PROFILE_MARK): help for name, help in helps.items()}, incomplete)


def remembering(typed: str, url: str, settings: Settings) -> Callable[[], None]:
    """Return what is to be done once a connection is open: its URL is remembered, where a person looks on.

    ``typed`` is ``url``, or the profile that ``url`` came from: of that, what was typed behind its name is remembered.
    """
    watched = is_terminal(sys.stdout) or is_terminal(sys.stderr)
    is_profile = typed.startswith(PROFILE_MARK)
    is_bare = is_profile and typed[1:] in settings.profiles
    if not watched or not settings.recent or url.startswith(DEMO) or is_bare:
        return lambda: None

    def keep() -> None:
        from wsinspect.recents import remember

        remember(typed if is_profile else parse_target(url).url, os.environ)

    return keep


def _profiles(settings: Settings) -> dict[str, str]:
    """Return the profiles as they are typed, each with the URL it stands for."""
    if not settings.profiles:
        return {}
    from wsinspect.profiles import profile_called
    from wsinspect.redact import redact_url

    helps = {}
    for name in settings.profiles:
        try:
            url = profile_called(name, settings).url
            help = "a profile without a URL" if url is None else redact_url(url)
        except InspectError:
            help = "a profile with a mistake in it: see `wsinspect profiles`"
        helps[PROFILE_MARK + name] = help
    return helps


def _recents() -> dict[str, str]:
    from wsinspect.recents import recents

    return dict.fromkeys(recents(os.environ), "opened before")
