"""The user's own files on the disk, after the XDG base directory rules: where they are, and the configuration's bytes.

What the configuration says is `settings`' affair.
"""

import os
from collections.abc import Mapping

from wsinspect.errors import InspectError
from wsinspect.settings import Origin, Settings, parse_settings

VARIABLE = "WSINSPECT_CONFIG"
OPTION = "--config"
LARGEST = 1 << 20


def settings_path(environment: Mapping[str, str], chosen: str | None = None) -> str:
    """Return where the file is, or would be; ``chosen`` is what ``--config`` names."""
    named = chosen or environment.get(VARIABLE)
    if named:
        return os.path.expanduser(named)
    base = environment.get("XDG_CONFIG_HOME", "")
    # What is not absolute is to be ignored (XDG Base Directory Specification).
    base = base if os.path.isabs(base) else os.path.expanduser("~/.config")
    return os.path.join(base, "wsinspect", "config.toml")


def state_path(environment: Mapping[str, str], name: str) -> str | None:
    """Return where a file is kept that we write ourselves; None where there is no place for it."""
    base = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.local/state")
    return os.path.join(base, "wsinspect", name) if os.path.isabs(base) else None


def make_state_folder(path: str) -> None:
    """Make the folder of such a file, for the user alone; raises OSError where it cannot be."""
    folder = os.path.dirname(path)
    make_private_folder(folder)
    # It may have been there already, and be open to others.
    os.chmod(folder, 0o700)


def make_private_folder(path: str) -> None:
    """Make a folder, and those above it that are missing, for the user alone; raises OSError where it cannot be.

    What others may write into leads where they wish, whatever the mode of the last one.
    """
    missing = [path]
    while (above := os.path.dirname(missing[-1])) and not os.path.isdir(above):
        missing.append(above)
    for folder in reversed(missing):
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            # Another program was faster.
            if not os.path.isdir(folder):
                raise


def read_settings(environment: Mapping[str, str] = os.environ, chosen: str | None = None) -> Settings:
    """Read the configuration file; a missing one is empty, unless it was named.

    Raises:
        InspectError: the file cannot be read, is not TOML, or says something that is not allowed.
    """
    path = settings_path(environment, chosen)
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError) as fault:
        namer = OPTION if chosen else VARIABLE if environment.get(VARIABLE) else ""
        if namer:
            raise InspectError(
                f"cannot read the configuration file {path}: {fault.strerror}", hint=f"{namer} names it"
            ) from fault
        return Settings(origin=Origin(path))
    except (OSError, ValueError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        raise InspectError(f"cannot read the configuration file {path}: {reason}") from fault
    if len(data) > LARGEST:
        raise InspectError(f"the configuration file {path} is larger than {LARGEST >> 20} MiB")
    return parse_settings(data, path)
