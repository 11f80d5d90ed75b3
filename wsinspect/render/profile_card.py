"""Profiles as a person may see them: what they set, and nothing that is secret. Knows no file and no option's type."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from wsinspect.errors import InspectError
from wsinspect.profiles import FILES_BEHIND_AT, PATHS, Later, Profile, Source
from wsinspect.redact import (
    HIDDEN,
    is_secret_name,
    redact_headers,
    redact_subprotocols,
    redact_text,
    redact_typed,
    redact_url,
)
from wsinspect.render.cells import cells, wrapped_words
from wsinspect.render.palette import Palette
from wsinspect.render.safe import neutral
from wsinspect.settings import PROFILE_MARK

WIDEST_NAME = 24
NOT_SHOWN = ("send", "on-connect")
"""Options whose values are messages, which may hold anything."""

EXAMPLE = """\
[profiles.staging]
url = "wss://staging.example.com/feed"
subprotocol = "chat.v2"
headers = { X-Tenant = "acme" }
linger = "5s"

[profiles.staging.auth]
bearer = { env = "STAGING_TOKEN" }            # or { command = ["pass", "show", "staging"] }

[profiles.staging.tls]
cacert = "staging-ca.pem"
"""


class Known(NamedTuple):
    """A profile that was looked for, and the profile or the mistake that was found; ``line`` is its own."""

    name: str
    place: str
    found: Profile | InspectError


class Setting(NamedTuple):
    """A row: a long name, and what may be shown of its values; ``base`` is the profile it comes from, if another."""

    option: str
    shown: list[str]
    base: str = ""


def settings_of(profile: Profile) -> list[Setting]:
    """Return what a profile sets, and what those it extends add to it, without secrets."""
    rows = []
    for layer in profile.layers:
        base = "" if layer is profile.layers[0] else layer.name
        rows += [Setting(option, _shown(option, value), base) for option, value in layer.options.items()]
    if profile.decoders:
        rows.append(Setting("decoders", list(profile.decoders)))
    return rows


def listing(known: list[Known], style: Palette, width: int) -> str:
    """Return all profiles: name and URL, and below the names of what they set."""
    column = min(max(cells(neutral(one.name)) for one in known), WIDEST_NAME) + 2
    lines = []
    for one in known:
        name = neutral(one.name)
        pad = " " * max(column - cells(name), 2)
        if isinstance(one.found, InspectError):
            first, style_of_first, rest = "a mistake", style.error, neutral(redact_text(one.found.message))
        else:
            first, style_of_first, rest = _url(one.found), "", ", ".join(map(neutral, _names(one.found)))
        lines.append(
            f"{style.bold}{name}{style.reset}{pad}{style_of_first}{first}{style.reset if style_of_first else ''}"
        )
        below = wrapped_words(rest, max(width - column, 20))
        lines += [f"{' ' * column}{style.dim}{line}{style.reset}" for line in below]
    return "\n".join(lines) + "\n"


def card(one: Known, profile: Profile, style: Palette, width: int) -> str:
    """Return one profile with all that may be shown of its settings."""
    rows = [("url", _url(profile), "")]
    rows += [("extends", neutral(layer.name), "") for layer in profile.layers[1:]]
    rows += [(row.option, neutral(text), row.base) for row in settings_of(profile) for text in row.shown]
    column = max(cells(neutral(option)) for option, _, _ in rows) + 4
    lines = [
        f"{style.bold}{PROFILE_MARK}{neutral(one.name)}{style.reset}  {style.dim}{neutral(one.place)}{style.reset}"
    ]
    for option, text, base in rows:
        told = f"{text}  (of {neutral(base)})" if base else text
        head = "  " + neutral(option)
        for part in wrapped_words(told, max(width - column, 20)) or [""]:
            lines.append(f"{style.dim}{head}{style.reset}{' ' * (column - cells(head))}{part}".rstrip())
            head = ""
    return "\n".join(lines) + "\n"


def as_dict(one: Known) -> dict[str, object]:
    """Return what may be shown of a profile, for JSON; ``mistake`` is null where there is none."""
    facts: dict[str, object] = {"name": one.name, "place": one.place}
    if isinstance(one.found, InspectError):
        return facts | {"mistake": redact_text(one.found.message), "hint": one.found.hint}
    sets: dict[str, list[str]] = {}
    for row in settings_of(one.found):
        sets.setdefault(row.option, []).extend(row.shown)
    return facts | {
        "mistake": None,
        "url": None if one.found.url is None else redact_url(one.found.url),
        "extends": [layer.name for layer in one.found.layers[1:]],
        "sets": sets,
    }


def holds_secrets(profile: Profile) -> bool:
    """Tell whether a secret itself stands in a profile's own section, not only where to find it."""
    layer = profile.layers[0]
    if layer.url is not None and redact_url(layer.url) != layer.url:
        return True
    for option, value in layer.options.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and option not in NOT_SHOWN and HIDDEN in _one(option, one):
                return True
    return False


def _url(profile: Profile) -> str:
    return "(no url)" if profile.url is None else neutral(redact_url(profile.url))


def _names(profile: Profile) -> Iterator[str]:
    """Return the names of what a profile sets, headers by their own; each once."""
    names = [f"extends {layer.name}" for layer in profile.layers[1:2]]
    for row in settings_of(profile):
        if row.option == "header":
            names += [f"header {text.partition(':')[0].rstrip(';')}" for text in row.shown]
        else:
            names.append(row.option)
    yield from dict.fromkeys(names)


def _shown(option: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if option in NOT_SHOWN:
        return [f"{len(values)} message{'s' if len(values) > 1 else ''}, not shown"]
    return [_one(option, one) for one in values]


def _one(option: str, value: Any) -> str:
    """Return what may be shown of one value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Later):
        text = "".join(part if isinstance(part, str) else HIDDEN for part in value.parts)
        origins = " and ".join(_origin(part) for part in value.parts if isinstance(part, Source))
        return f"{_redacted(option, text)} ({origins})"
    return _redacted(option, str(value))


def _origin(source: Source) -> str:
    if source.kind == "env":
        return f"from ${source.words[0]}"
    # The other words may be secret.
    return f"from the command {source.words[0]}"


def _redacted(option: str, text: str) -> str:
    if option in FILES_BEHIND_AT and text.startswith("@"):
        return text
    if option in ("bearer", "pass"):
        return text if text.startswith("env:") else HIDDEN
    if option == "user":
        name, colon, _ = text.partition(":")
        return name + (colon and f":{HIDDEN}")
    if option == "header":
        name, colon, value = text.partition(":")
        ((_, shown),) = redact_headers([(name.strip(), value.strip())])
        return f"{name}{colon} {shown}".rstrip() if value.strip() else text
    if option == "cookie":
        return redact_headers([("Cookie", text)])[0][1] if "=" in text else text
    if option == "subprotocol":
        return redact_subprotocols(text)
    if option in ("proxy", "origin"):
        return redact_typed(text)
    if option not in PATHS and is_secret_name(option):
        return HIDDEN
    return redact_text(text)
