"""What the user's configuration file says, made values; mistakes are told with file and line.

Of profiles only the frame is looked at: what stands in one is `profiles`' affair, once it is asked for. So a mistake in
one profile is in nobody's way who uses another. Knows no file system and no command line.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from wsinspect.errors import InspectError, nearest, shortened

PROFILE_MARK = "@"
"""What the name of a profile starts with where a URL may stand."""

SECTIONS = {"profiles": "[profiles.NAME]", "close_codes": "[close_codes.NAME]", "recent": "recent = false"}
"""What stands at the top, and how it is written."""

LOWEST_CODE, HIGHEST_CODE = 1000, 4999


class Origin(NamedTuple):
    """The file that settings come from: its path, as messages have it, and its text."""

    path: str = ""
    text: str = ""

    def place(self, *keys: str | int) -> str:
        """Return ``path:line`` of the last key below the others; the path alone where it cannot be found."""
        # Lines are looked for only where a mistake is told.
        from wsinspect.toml_places import key_lines

        line = key_lines(self.text).get(keys)
        return self.path if line is None else f"{self.path}:{line}"


class Settings(NamedTuple):
    """What the file says; empty where there is none.

    ``close_codes`` holds the user's own tables: a dialect's name to its codes and their texts. ``profiles`` holds the
    tables of profiles as they stand there; ``recent`` is whether URLs are remembered for completion; ``origin`` tells
    where the file would be, too, and ``exists`` whether there is one.
    """

    close_codes: Mapping[str, dict[int, str]] = {}
    profiles: Mapping[str, Mapping[str, Any]] = {}
    recent: bool = True
    origin: Origin = Origin()
    exists: bool = False


def parse_settings(data: bytes, path: str) -> Settings:
    """Make settings of the file's bytes; ``path`` is for messages alone.

    Raises:
        InspectError: the file is not TOML, or says something that is not allowed.
    """
    # Few have a configuration file: the parser is loaded where there is one.
    from wsinspect.toml_content import toml_content, toml_text

    text = toml_text(data, path)
    content = toml_content(text, path)
    origin = Origin(path, text)
    for name in content:
        if name not in SECTIONS:
            near = nearest(name, SECTIONS)
            hint = f"did you mean `{SECTIONS[near]}`?" if near else f"known are: {', '.join(SECTIONS.values())}"
            raise InspectError(f"{origin.place(name)}: there is no setting `{shortened(name)}`", hint=hint)
    recent = content.get("recent", True)
    if not isinstance(recent, bool):
        raise InspectError(f"{origin.place('recent')}: `recent` must be true or false")
    return Settings(
        _close_codes(content.get("close_codes", {}), origin),
        _profiles(content.get("profiles", {}), origin),
        recent,
        origin,
        True,
    )


_PROFILE_EXAMPLE = 'write, for instance:  [profiles.staging]  and below it  url = "wss://staging.example.com/feed"'


def _profiles(section: Any, origin: Origin) -> dict[str, dict[str, Any]]:
    if not isinstance(section, dict):
        raise InspectError(f"{origin.place('profiles')}: `profiles` must be a table of tables", hint=_PROFILE_EXAMPLE)
    for name, table in section.items():
        place = ("profiles", name)
        if not isinstance(table, dict):
            raise InspectError(
                f"{origin.place(*place)}: `profiles.{shortened(name)}` must be a table", hint=_PROFILE_EXAMPLE
            )
        if not name or not name.isprintable() or any(character in " /?#@\\" for character in name):
            raise InspectError(
                f"{origin.place(*place)}: `{shortened(name)}` cannot be the name of a profile",
                hint="`connect @NAME/path` must be understood: write a name without spaces and / ? # @ \\",
            )
    return section


_CODES_EXAMPLE = 'write, for instance:  [close_codes.myapp]  and below it  4001 = "session expired"'


def _close_codes(section: Any, origin: Origin) -> dict[str, dict[int, str]]:
    if not isinstance(section, dict):
        place = origin.place("close_codes")
        raise InspectError(f"{place}: `close_codes` must be a table of tables", hint=_CODES_EXAMPLE)
    if not section:
        return {}
    from wsinspect.dialects import DIALECTS

    spelled = {name.casefold(): name for name in DIALECTS}
    tables: dict[str, dict[int, str]] = {}
    for name, table in section.items():
        codes = _codes_of(name, table, origin)
        # Names are compared without their case: a table may be called Pusher, and adds to `pusher` then.
        known = spelled.setdefault(name.casefold(), name)
        if known in tables:
            raise InspectError(
                f"{origin.place('close_codes', name)}: `{shortened(name)}` is here twice, in capitals and not",
                hint="names of dialects are the same in any case; put the codes into one table",
            )
        tables[known] = codes
    return tables


def _codes_of(name: str, table: Any, origin: Origin) -> dict[int, str]:
    def wrong(words: str, *keys: str, hint: str = "") -> InspectError:
        return InspectError(f"{origin.place('close_codes', name, *keys)}: {words}", hint=hint)

    where = f"[close_codes.{shortened(name)}]"
    if not isinstance(table, dict):
        raise wrong(f"`close_codes.{shortened(name)}` must be a table of codes", hint=_CODES_EXAMPLE)
    codes: dict[int, str] = {}
    for key, meaning in table.items():
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 6 else None
        if number is None or not LOWEST_CODE <= number <= HIGHEST_CODE:
            hint = f"keys are codes from {LOWEST_CODE} to {HIGHEST_CODE}; those of your own are 4000 to 4999"
            raise wrong(f"{where} has `{shortened(key)}`, which no service can send", key, hint=hint)
        if not isinstance(meaning, str) or not meaning.strip():
            raise wrong(f"{where} must give {key} a string that is not empty", key, hint=_CODES_EXAMPLE)
        if not meaning.isprintable():
            raise wrong(f"the text of {key} holds control characters", key)
        codes[number] = meaning.strip()
    return codes
