"""URLs that were opened, kept for completion: a file of the user's own, without anything secret. Knows no terminal.

What goes wrong with the file is nobody's business: then there are no recent URLs.
"""

import contextlib
import os
import re
from collections.abc import Mapping
from urllib.parse import unquote

from wsinspect.files import make_state_folder, state_path
from wsinspect.redact import is_secret_name, redact_url, token_at

RECENT = "recent"
"""Its name among the files of our state."""
VARIABLE = "WSINSPECT_NO_RECENT"
KEPT = 50
LONGEST = 2000
"""Characters of a URL; a longer one is not remembered."""

LARGEST = 4 * KEPT * LONGEST
"""Bytes of the file that are read."""


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
    path = state_path(environment, RECENT)
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
    path = state_path(environment, RECENT)
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
    make_state_folder(path)
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
