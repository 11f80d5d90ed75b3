"""URLs that were opened, kept for completion: a file of the user's own, without anything secret. Knows no terminal.

What goes wrong with the file is nobody's business: then there are no recent URLs.
"""

import contextlib
import os
import re
from collections.abc import Mapping
from urllib.parse import unquote

from wsinspect.redact import is_secret_name, redact_url, token_at

VARIABLE = "WSINSPECT_NO_RECENT"
KEPT = 50
LONGEST = 2000
"""Characters of a URL; a longer one is not remembered."""

LARGEST = 4 * KEPT * LONGEST
"""Bytes of the file that are read."""


def recent_path(environment: Mapping[str, str]) -> str | None:
    """Return where they are kept, after the XDG base directory rules; None where there is no place for it."""
    base = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.local/state")
    return os.path.join(base, "wsinspect", "recent") if os.path.isabs(base) else None


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether the environment lets URLs be remembered: not in CI, nor where it was switched off."""
    return not environment.get(VARIABLE) and environment.get("CI", "").lower() in ("", "0", "false")


def without_secrets(url: str) -> str | None:
    """Return a URL without its userinfo and the parameters that are secret; None where its path looks like one."""
    url = re.sub(r"(?<=//)[^/?#]*@", "", url)
    base, _, query = url.partition("?")
    path = unquote(base.partition("//")[2].partition("/")[2] or base.partition("/")[2])
    named = [part.partition("=") for part in re.split("[/;&]", path)]
    if redact_url(base) != base or token_at(path) is not None or any(eq and is_secret_name(n) for n, eq, _ in named):
        return None
    kept = [part for part in re.split("[&;]", query) if part and redact_url(f"?{part}") == f"?{part}"]
    return base + ("?" + "&".join(kept) if kept else "")


def recents(environment: Mapping[str, str]) -> list[str]:
    """Return the remembered URLs, the newest first."""
    path = recent_path(environment)
    if path is None:
        return []
    try:
        with open(path, "rb") as file:
            text = file.read(LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return []
    lines = [line for line in text.split("\n") if line and line.isprintable() and " " not in line]
    return list(dict.fromkeys(line for line in lines if len(line) <= LONGEST))[:KEPT]


def remember(url: str, environment: Mapping[str, str]) -> None:
    """Put a URL, without its secrets, in front of the others; never raises for the file's sake."""
    path = recent_path(environment)
    clean = without_secrets(url)
    if path is None or clean is None or len(clean) > LONGEST or not is_wanted(environment):
        return
    known = recents(environment)
    if known[:1] == [clean]:
        return
    lines = [clean, *(other for other in known if other != clean)][:KEPT]
    with contextlib.suppress(OSError, ValueError):
        _replace(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))


def _replace(path: str, data: bytes) -> None:
    """Write a file that its owner alone may read, so that nobody ever sees half of it."""
    folder = os.path.dirname(path)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    unfinished = f"{path}.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(unfinished)
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.replace(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise
