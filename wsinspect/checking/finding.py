"""Where checks are: a target on the command line made a URL or files, a folder looked through, a file's text read.

Of a folder all ``*.toml`` are taken, in the order of their names, below it too. Left out are hidden files and folders,
folders of installed packages, and files that are known to be something else's, see `OTHERS`: whatever else is there is
meant to be a check, so that no mistyped one goes unnoticed. Knows nothing of what a check says.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from wsinspect.errors import InspectError, shortened
from wsinspect.reading import LARGEST, STDIN, place_of, read_text, unread
from wsinspect.settings import PROFILE_MARK
from wsinspect.target import DEMO, is_address

SUFFIX = ".toml"
OWN_SUFFIX = ".ws.toml"
"""What is a check's for certain."""

OTHERS = frozenset(
    {"pyproject.toml", "poetry.toml", "uv.toml", "ruff.toml", "pdm.toml", "pixi.toml", "pylock.toml", "tox.toml"}
    | {"cargo.toml", "clippy.toml", "rustfmt.toml", "rust-toolchain.toml", "taplo.toml", "typos.toml", "mise.toml"}
    | {"netlify.toml", "wrangler.toml", "bunfig.toml"}
)
"""TOML files of other tools, in small letters; named on the command line, they are taken like any other."""

PACKED = (".gz", ".zst")
"""Endings of a recording that is packed."""

HERE = os.path.join(os.curdir, "")
PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages"})
VENV = "pyvenv.cfg"

PORT = re.compile(r"[^/?#]*:\d+(?:[/?#].*)?", re.DOTALL)

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*:?=")
"""A variable that stands alone, whose value may be secret."""

NOT_A_CHECK = f"a check is a file *{SUFFIX}, or a folder of them; a URL begins with wss:// or ws://"


class Source(NamedTuple):
    """A file that holds checks: the path as a user is told it, and its text."""

    path: str
    text: str


def is_url(typed: str) -> bool:
    """Tell whether a target is meant as a URL: long or short, a demo or a profile; what is there as a file is none.

    A word alone is none either, though `connect` takes one for a host: here it is more likely a folder's name.
    """
    if "://" in typed or typed.startswith((DEMO, PROFILE_MARK, ":")):
        return True
    if typed == STDIN or typed.endswith(SUFFIX) or os.path.lexists(typed):
        return False
    if PORT.fullmatch(typed):
        return True
    host = re.split("[/?#]", typed, maxsplit=1)[0]
    if is_address(host.strip("[]")) or host == "localhost":
        return True
    return not host.startswith(".") and "." in host.strip(".") and "\\" not in host


def found(targets: Iterable[str], left_out: Collection[str] = ()) -> list[str]:
    """Return the files that targets name, folders looked through, each file once; ``left_out`` are never taken there.

    Raises:
        InspectError: one of them is not there, or a folder holds no check.
    """
    files: dict[str, str] = {}
    others = {os.path.realpath(path) for path in left_out}
    for target in targets:
        if target == STDIN:
            files.setdefault(STDIN, STDIN)
        elif os.path.isdir(target):
            inner = [path for path in _within(target) if os.path.realpath(path) not in others]
            if not inner:
                raise InspectError(
                    f"there is no check in {shortened(target, 200)}",
                    hint=f"looked for *{SUFFIX}, without hidden files and those of other tools",
                )
            for path in inner:
                files.setdefault(os.path.realpath(path), path)
        elif os.path.lexists(target):
            files.setdefault(os.path.realpath(target), target)
        else:
            raise _missing(target)
    return list(files.values())


def read(path: str) -> Source:
    """Read a file of checks, or standard input where the path is ``-``; raises `InspectError`."""
    return Source(place_of(path), read_text(path, "the check"))


def read_bytes(path: str) -> bytes:
    """Return what a file holds that a check names; raises `InspectError`."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as fault:
        raise InspectError(f"cannot read {shortened(path, 200)}: {unread(fault)}") from None
    if len(data) > LARGEST:
        raise InspectError(f"{shortened(path, 200)} is larger than {LARGEST >> 20} MiB")
    return data


def name_of(path: str) -> str:
    """Return what a check is called whose file has this path."""
    name = os.path.basename(path)
    for packed in PACKED:
        name = name.removesuffix(packed)
    stem = name.removesuffix(SUFFIX).removesuffix(OWN_SUFFIX.removesuffix(SUFFIX))
    return (stem if name.endswith(SUFFIX) else os.path.splitext(name)[0]).strip("-") or "recorded"


def _within(folder: str) -> Iterator[str]:
    """Yield the files in a folder that are meant to be checks, and those of the folders in it, in order of names."""

    def refuse(fault: OSError) -> None:
        raise InspectError(f"cannot read {shortened(str(fault.filename), 200)}: {unread(fault)}")

    # Files of a folder stand before those of the folders in it.
    for here, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not _is_passed_over(here, name))
        for name in sorted(names):
            if name.endswith(SUFFIX) and not name.startswith(".") and name.lower() not in OTHERS:
                yield os.path.join(here, name).removeprefix(HERE)


def _is_passed_over(here: str, name: str) -> bool:
    return name.startswith(".") or name in PASSED_OVER or os.path.exists(os.path.join(here, name, VENV))


def _missing(target: str) -> InspectError:
    hint = NOT_A_CHECK
    if not target.strip():
        return InspectError("the name of a file or folder is empty", hint="is a variable of the shell not set?")
    if ASSIGNMENT.match(target):
        return InspectError("there is no file or folder of that name", hint="--var takes NAME=VALUE")
    if "*" in target or "?" in target:
        hint = "no file is there for the shell to put in its place"
    elif not target.endswith(SUFFIX):
        hint = f"a URL begins with wss:// or ws://, as in ws://{shortened(target.strip('/'))}/"
    return InspectError(f"there is no file or folder {shortened(target, 200)}", hint=hint)
