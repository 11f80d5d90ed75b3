"""The user's configuration file: where it is, and what it says. Knows no command line."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from wsinspect.errors import InspectError

VARIABLE = "WSINSPECT_CONFIG"
SECTIONS = ("close_codes",)
LARGEST = 1 << 20
LOWEST_CODE, HIGHEST_CODE = 1000, 4999


class Settings(NamedTuple):
    """What the file says; empty where there is none.

    ``close_codes`` holds the user's own tables: a dialect's name to its codes and their texts.
    """

    close_codes: dict[str, dict[int, str]]


def settings_path(environment: Mapping[str, str]) -> str:
    """Return where the file is, or would be."""
    chosen = environment.get(VARIABLE)
    if chosen:
        return os.path.expanduser(chosen)
    base = environment.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(base, "wsinspect", "config.toml")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the configuration file; a missing one is empty, unless WSINSPECT_CONFIG names it.

    Raises:
        InspectError: the file cannot be read, is not TOML, or says something that is not allowed.
    """
    path = settings_path(environment)
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError) as fault:
        if environment.get(VARIABLE):
            raise InspectError(
                f"cannot read the configuration file {path}: {fault.strerror}", hint=f"{VARIABLE} names it"
            ) from fault
        return Settings({})
    except OSError as fault:
        raise InspectError(f"cannot read the configuration file {path}: {fault.strerror}") from fault
    if len(data) > LARGEST:
        raise InspectError(f"the configuration file {path} is larger than {LARGEST >> 20} MiB")
    return parse_settings(data, path)


def parse_settings(data: bytes, path: str) -> Settings:
    """Make settings of the file's bytes; ``path`` is for messages alone."""
    # Few have a configuration file: the parser is loaded where there is one.
    import tomllib

    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise InspectError(f"{path}:{line}: the file is not UTF-8") from fault
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InspectError(_toml_fault(str(fault), text, path)) from fault
    except RecursionError:
        raise InspectError(f"{path}: not valid TOML: it is nested too deeply") from None
    for name in content:
        if name not in SECTIONS:
            raise InspectError(
                f"{_place(text, path, name)}: there is no setting `{name}`",
                hint=f"known are: {', '.join(f'[{known}]' for known in SECTIONS)}",
            )
    return Settings(_close_codes(content.get("close_codes", {}), text, path))


def _toml_fault(words: str, text: str, path: str) -> str:
    """Put tomllib's "Expected ... (at line 3, column 5)" in the form of other tools: path, line, fault."""
    fault, _, place = words.rpartition(" (at ")
    line = place.removeprefix("line ").partition(",")[0]
    if not line.isdigit():
        line = str(text.rstrip("\n").count("\n") + 1)
    return f"{path}:{line}: not valid TOML: {fault or words}"


_EXAMPLE = 'write, for instance:  [close_codes.myapp]  and below it  4001 = "session expired"'


def _close_codes(section: Any, text: str, path: str) -> dict[str, dict[int, str]]:
    if not isinstance(section, dict):
        place = _place(text, path, "close_codes")
        raise InspectError(f"{place}: `close_codes` must be a table of tables", hint=_EXAMPLE)
    return {name: _codes_of(name, table, text, path) for name, table in section.items()}


def _codes_of(name: str, table: Any, text: str, path: str) -> dict[int, str]:
    if not isinstance(table, dict):
        place = _place(text, path, "close_codes", name)
        raise InspectError(f"{place}: `close_codes.{name}` must be a table of codes", hint=_EXAMPLE)
    codes: dict[int, str] = {}
    for key, meaning in table.items():
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 6 else None
        if number is None or not LOWEST_CODE <= number <= HIGHEST_CODE:
            raise InspectError(
                f"{_place(text, path, name, key)}: [close_codes.{name}] has `{key}`, which no service can send",
                hint=f"keys are codes from {LOWEST_CODE} to {HIGHEST_CODE}; those of your own are 4000 to 4999",
            )
        if not isinstance(meaning, str) or not meaning.strip():
            raise InspectError(
                f"{_place(text, path, name, key)}: [close_codes.{name}] must give {key} a string that is not empty",
                hint=_EXAMPLE,
            )
        if not meaning.isprintable():
            raise InspectError(f"{_place(text, path, name, key)}: the text of {key} holds control characters")
        codes[number] = meaning.strip()
    return codes


def _place(text: str, path: str, *keys: str) -> str:
    """Return ``path:line`` of the last key, found below the others; the path alone where it cannot be found.

    The parser keeps no lines, so they are searched for: right for files as people write them.
    """
    lines = text.splitlines()
    line = 0
    for key in keys:
        line = next((index for index in range(line, len(lines)) if key in lines[index]), -1)
        if line < 0:
            return path
    return f"{path}:{line + 1}"
