"""``wsinspect profiles``: what the configuration file holds for `connect @NAME`, and what is wrong with it."""

import os
import stat
import sys

import click

from wsinspect.errors import InspectError
from wsinspect.files import read_settings, settings_path
from wsinspect.options.config import config_option
from wsinspect.options.output import colour_option
from wsinspect.options.urls import complete_profile
from wsinspect.profiles import Profile, profile_called
from wsinspect.registry import COMMANDS
from wsinspect.render.close_card import to_json
from wsinspect.render.palette import palette
from wsinspect.render.profile_card import EXAMPLE, Known, as_dict, card, holds_secrets, listing
from wsinspect.render.safe import neutral
from wsinspect.settings import PROFILE_MARK, Settings
from wsinspect.term.screen import ColourMode, colour_of, columns, put, say


@click.command(epilog="Example:  wsinspect profiles staging")
@click.argument("name", required=False, shell_complete=complete_profile)
@click.option("--json", "as_json", is_flag=True, help="Print an object; with NAME, that of the profile.")
@config_option
@colour_option
def profiles(name: str | None, as_json: bool, config: str | None, colour: ColourMode) -> None:
    """List the profiles of the configuration file; with NAME, show what that one sets.

    A profile is a section [profiles.NAME] with a url and any option of `connect` by its long name. `connect @NAME`
    calls it up; what is typed there goes first. Secrets are never shown.

    Every profile is checked as far as this can be done without connecting: a mistake is exit code 2.
    """
    settings = read_settings(chosen=config)
    path = settings_path(os.environ, config)
    names = list(settings.profiles) if name is None else [_bare(name)]
    known = [_looked_for(one, settings) for one in names]
    mistakes = [one.found for one in known if isinstance(one.found, InspectError)]
    if name is not None and mistakes:
        raise mistakes[0]
    if as_json:
        rows = [as_dict(one) for one in known]
        put(to_json(rows[0] if name is not None else {"file": path, "exists": settings.exists, "profiles": rows}))
    elif not known:
        _say_how(path, settings)
    else:
        style = palette(colour_of(sys.stdout, colour))
        found = known[0].found
        if name is not None and isinstance(found, Profile):
            put(card(known[0], found, style, columns()))
        else:
            put(listing(known, style, columns()))
            count = f"{len(known)} profile{'s' if len(known) > 1 else ''}"
            say(f"● {count} in {neutral(path)}\n")
        _warn(known, path)
    if mistakes:
        raise mistakes[0]


def _bare(name: str) -> str:
    return name.removeprefix(PROFILE_MARK)


def _looked_for(name: str, settings: Settings) -> Known:
    """Return a profile, or what is wrong with it: with its form, or with what `connect` makes of it."""
    place = settings.origin.place("profiles", name)
    try:
        profile = profile_called(name, settings)
        # What options take is said by the command that has them.
        from wsinspect.options.profiles import check

        connect: click.Command = COMMANDS.load("connect")
        check(connect.make_context("connect", ["demo:"], resilient_parsing=True), profile, settings)
    except InspectError as error:
        return Known(name, place, error)
    return Known(name, place, profile)


def _say_how(path: str, settings: Settings) -> None:
    """Say where profiles are written, and how."""
    state = "holds no profiles" if settings.exists else "does not exist"
    text = "\n".join(f"  {line}".rstrip() for line in EXAMPLE.splitlines())
    say(f"● {neutral(path)} {state}. Write into it, for instance:\n\n{text}\n\nThen: wsinspect connect @staging\n")


def _warn(known: list[Known], path: str) -> None:
    """Say so where others can read a file that holds secrets."""
    if not any(isinstance(one.found, Profile) and holds_secrets(one.found) for one in known):
        return
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRGRP | stat.S_IROTH):
        say(f"● others can read the secrets in {neutral(path)}: chmod 600 it, or write {{ env = ... }} instead\n")
