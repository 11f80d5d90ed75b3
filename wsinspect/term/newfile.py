"""A file that was not there before, for its owner alone: what is written may hold secrets. Knows no format."""

import os
from collections.abc import Iterable

from wsinspect.errors import Exit, InspectError
from wsinspect.term.screen import reason_of

FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def new_file(path: str) -> int:
    """Make a file of mode 0600 and return its descriptor; raises `InspectError`, also where it is there already."""
    try:
        return os.open(os.path.expanduser(path), FRESH, 0o600)
    except FileExistsError:
        raise InspectError(f"`{path}` is there already, and nothing is overwritten", exit=Exit.OUTPUT) from None
    except (OSError, ValueError) as fault:
        raise InspectError(f"cannot write `{path}`: {reason_of(fault)}", exit=Exit.OUTPUT) from None


def write_all(descriptor: int, pieces: Iterable[bytes]) -> int:
    """Write the pieces, close the file, and return how many bytes it has; raises OSError."""
    with open(descriptor, "wb") as file:
        return sum([file.write(piece) for piece in pieces])
