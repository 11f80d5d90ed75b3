"""Texts that a command line only points to: ``@FILE``, ``-`` for standard input, ``env:NAME``. Knows no option.

An error names the file, never what stands in it.
"""

import os
import re
import sys
from collections.abc import Mapping

from wsinspect.errors import InspectError, shortened
from wsinspect.redact import token_at

STDIN = "-"
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*|[a-z_][a-z0-9]*(?:_[a-z0-9]+)+", re.ASCII)
"""What names of environment variables look like; `env:hunter` is hardly one."""

LARGEST = 8 << 20
"""Bytes; jars of cookies are the largest that people have."""


def read_text(path: str, what: str, *, may_be_it: bool = False) -> str:
    """Read a file as UTF-8, or standard input where the path is ``-``; ``what`` tells in errors what it holds.

    ``may_be_it`` where by mistake a secret may stand in the place of the path: then an error does not repeat it.

    Raises:
        InspectError: it cannot be read, is too large, or is no text.
    """
    data = _standard_input(what) if path == STDIN else _file(os.path.expanduser(path), what, may_be_it)
    if len(data) > LARGEST:
        raise InspectError(f"{what} in {place_of(path)} is larger than {LARGEST >> 20} MiB")
    try:
        # Some editors put a mark in front (U+FEFF) that is no part of the text.
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise InspectError(f"{place_of(path)}:{line}: {what} is not UTF-8") from None


def place_of(path: str) -> str:
    """Return what errors call a path."""
    return "standard input" if path == STDIN else path


def unread(fault: OSError | ValueError) -> str:
    """Return why a file could not be read."""
    return (fault.strerror or "").lower() if isinstance(fault, OSError) else "its name cannot be one"


def text_of(typed: str, what: str, environment: Mapping[str, str]) -> str:
    """Return a value that is typed as it is, or as ``@FILE``, ``@-`` or ``env:NAME``."""
    if typed.startswith("@"):
        return read_text(typed[1:], what, may_be_it=True)
    if typed.startswith("env:"):
        name = typed.removeprefix("env:")
        if name not in environment:
            # `env:$TOKEN`, typed by mistake, has the shell put the secret there.
            if not VARIABLE.fullmatch(name) or token_at(name) is not None:
                hint = f"{what} is meant; behind env: stands the variable's name, without $"
                raise InspectError("the environment variable that is named is not set", hint=hint)
            raise InspectError(f"the environment variable `{shortened(name)}` is not set", hint=f"{what} is meant")
        return environment[name]
    return typed


def netrc_path(environment: Mapping[str, str]) -> str:
    """Return where a user's netrc file is: as NETRC says, or in the home folder."""
    return environment.get("NETRC") or os.path.expanduser("~/.netrc")


def _file(path: str, what: str, may_be_it: bool) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as fault:
        if may_be_it and not os.path.lexists(path) and ("/" not in path or token_at(path) is not None):
            hint = "what is typed there is taken for the name of a file"
            raise InspectError(f"cannot read {what}: {unread(fault)}", hint=hint) from None
        raise InspectError(f"cannot read {what} {path}: {unread(fault)}") from None


def _standard_input(what: str) -> bytes:
    stream = sys.stdin
    try:
        data = stream.buffer.read(LARGEST + 1) if stream is not None else b""
    except (OSError, ValueError):
        data = b""
    if not data.strip():
        raise InspectError(f"{what} is to come from standard input, where nothing is", hint="only one can read it")
    return data
