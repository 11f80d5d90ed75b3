"""Files that a user names: offered for completion, read, made new, and moved. Knows no format."""

import contextlib
import glob
import os
import re
import stat
from collections.abc import Callable, Iterable
from itertools import count

from wsinspect.errors import Exit, InspectError
from wsinspect.payload_files import read_payload
from wsinspect.term.screen import reason_of

OFFERED = 200
"""Names of files that are offered, at most."""

MOST_BESIDE = 100
"""Names that are tried for a file beside another one."""

FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


STREAMS = re.compile(r"/dev/(?:std(?:out|err)|fd/\d+)|/proc/(?:self|\d+)/fd/\d+")
"""Names of what is open already."""


def is_written_through(path: str) -> bool:
    """Tell what has to be written as it is: pipes, devices, and what is open already, behind which may be a file."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode) or STREAMS.fullmatch(path) is not None
    except (OSError, ValueError):
        return False


def files_like(typed: str) -> list[str]:
    """Return the names of files that begin as typed; those of folders end in a slash."""
    folder, slash, name = typed.rpartition("/")
    base = os.path.expanduser(folder + slash)
    found = []
    with contextlib.suppress(OSError, ValueError):
        for path in sorted(glob.glob(f"{glob.escape(base + name)}*"))[:OFFERED]:
            shown = folder + slash + path[len(base) :] + ("/" if os.path.isdir(path) else "")
            if shown.isprintable():
                found.append(shown)
    return found


def read_whole(path: str) -> bytes:
    """Return what a file holds; one that might never end is not waited for. Raises `InspectError`."""
    place = os.path.expanduser(path)
    if os.path.exists(place) and not os.path.isfile(place):
        raise InspectError(f"cannot read `{path}`: it is no file", hint="@ names a file; @@ sends an @")
    return read_payload(path)


def new_file(path: str) -> int:
    """Make a file of mode 0600 and return its descriptor; raises `InspectError`, also where it is there already."""
    try:
        return os.open(os.path.expanduser(path), FRESH, 0o600)
    except FileExistsError:
        raise InspectError(f"`{path}` is there already, and nothing is overwritten", exit=Exit.OUTPUT) from None
    except (OSError, ValueError) as fault:
        raise InspectError(f"cannot write `{path}`: {reason_of(fault)}", exit=Exit.OUTPUT) from None


def made_beside(place: str, mode: int = 0o600) -> tuple[int, str]:
    """Make a file beside another one, for what is to take its place once it is whole; return its descriptor and name.

    It is always a new one: whoever guesses its name, and leaves a file or a link there, changes nothing.
    Raises OSError.
    """
    folder, name = os.path.split(place)
    for number in count(1):
        beside = os.path.join(folder, f".{name[:100]}.{os.getpid()}{f'.{number}' if number > 1 else ''}.part")
        try:
            return os.open(beside, FRESH, mode), beside
        except FileExistsError:
            if number == MOST_BESIDE:
                raise
    raise AssertionError("there is a last number")


def move(path: str, named: Callable[[int], str], first: int = 1) -> tuple[int, str]:
    """Give a file another name, the first that is free of those that ``named`` makes of numbers, from ``first`` on.

    Returns the number and the name; raises OSError.
    """
    for number in count(first):
        name = named(number)
        try:
            # The name is taken before the file moves there: nobody else's is ever replaced.
            os.close(os.open(name, FRESH, 0o600))
        except FileExistsError:
            continue
        try:
            os.replace(path, name)
        except OSError:
            os.unlink(name)
            raise
        return number, name
    raise AssertionError("there is always a number")


def write_all(descriptor: int, pieces: Iterable[bytes]) -> int:
    """Write the pieces, close the file, and return how many bytes it has; raises OSError."""
    with open(descriptor, "wb") as file:
        return sum([file.write(piece) for piece in pieces])
