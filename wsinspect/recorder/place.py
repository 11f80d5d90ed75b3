"""The files of a recording: made new or written over, and moved aside under a number. Knows nothing of what they hold.

``session.ndjson.gz`` is the one that is written; older parts are called ``session.0001.ndjson.gz`` and so on, so that a
shell's ``session*.ndjson.gz`` lists all of them in their order.
"""

import contextlib
import os
import re
import stat
from typing import NamedTuple

from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.term.named_files import FRESH, move
from wsinspect.term.screen import reason_of

PACKED = (".gz", ".zst")
DIGITS = 4
"""Digits of a part's number, so that 9,999 parts stand in their order."""

MODE = 0o600


class Place(NamedTuple):
    """Where a recording goes; with ``force``, what is there is lost."""

    path: str
    force: bool = False

    def part(self, number: int) -> str:
        """Return the name of an older part, counted from 1."""
        folder, slash, name = self.path.rpartition("/")
        packed = next((ending for ending in PACKED if name.endswith(ending)), "")
        # A leading dot begins a name, and no ending.
        stem, ending = os.path.splitext(name.removesuffix(packed))
        return f"{folder}{slash}{stem}.{number:0{DIGITS}}{ending}{packed}"

    def opened(self, *, in_parts: bool = False) -> int:
        """Make the file, for the user alone, and return its descriptor. A device or pipe is written as it is.

        ``in_parts`` where it is to be moved aside: there must be room for the first part, and older ones are lost.

        Raises:
            InspectError: it is there already, or cannot be made.
        """
        try:
            descriptor = self._opened()
        except FileExistsError:
            raise self._taken(self.path) from None
        except BlockingIOError:
            raise InspectError(
                f"another wsinspect is recording in `{_named(self.path)}`", hint="name another file", exit=Exit.OUTPUT
            ) from None
        except (OSError, ValueError) as fault:
            raise InspectError(
                f"cannot write `{_named(self.path)}`: {reason_of(fault).lower()}", exit=Exit.OUTPUT
            ) from None
        if in_parts:
            try:
                self._clear(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        return descriptor

    def again(self) -> int:
        """Make the file once more, after it was moved aside; raises OSError."""
        return self._fresh(os.path.expanduser(self.path))

    def move_aside(self, number: int) -> int:
        """Give the file the name of a part, the first that is free from ``number`` on; raises OSError."""
        return move(os.path.expanduser(self.path), lambda at: os.path.expanduser(self.part(at)), number)[0]

    def _opened(self) -> int:
        path = os.path.expanduser(self.path)
        try:
            return self._fresh(path)
        except FileExistsError:
            is_file = stat.S_ISREG(os.stat(path).st_mode)
            if is_file and not self.force:
                raise
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        if is_file:
            try:
                _claim(descriptor)
                if hasattr(os, "fchmod"):
                    os.fchmod(descriptor, MODE)
                os.ftruncate(descriptor, 0)
            except OSError:
                os.close(descriptor)
                raise
        return descriptor

    def _fresh(self, path: str) -> int:
        descriptor = os.open(path, FRESH, MODE)
        # Nobody else knows of it yet.
        with contextlib.suppress(OSError):
            _claim(descriptor)
        return descriptor

    def _clear(self, descriptor: int) -> None:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InspectError(f"`{_named(self.path)}` is no file, and cannot be written in parts")
        number = 1
        while os.path.lexists(part := os.path.expanduser(self.part(number))):
            if not self.force:
                # Made by us a moment ago, and empty.
                os.unlink(os.path.expanduser(self.path))
                raise self._taken(self.part(number))
            try:
                os.unlink(part)
            except OSError as fault:
                message = f"cannot remove `{_named(self.part(number))}`: {reason_of(fault).lower()}"
                raise InspectError(message, exit=Exit.OUTPUT) from None
            number += 1

    def _taken(self, path: str) -> InspectError:
        return InspectError(
            f"`{_named(path)}` is there already, and nothing is overwritten",
            hint="--force overwrites it",
            exit=Exit.OUTPUT,
        )


def _claim(descriptor: int) -> None:
    """Keep others from writing the file over as long as it is open; raises BlockingIOError where it is another's."""
    try:
        import fcntl
    except ImportError:
        return  # Windows
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass  # its file system knows of no locks


def has_name(descriptor: int) -> bool:
    """Tell whether what is open can be found again: a removed file lives on for those alone who have it open."""
    status = os.fstat(descriptor)
    return not stat.S_ISREG(status.st_mode) or status.st_nlink > 0


def older_parts(path: str) -> dict[int, tuple[str, tuple[int, int]]]:
    """Return the older parts of a recording that are there, in their order: each number's name, and what file it is."""
    folder = "".join(path.rpartition("/")[:2])
    parts = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(folder or os.curdir):
            at = folder + name
            for digits in re.findall(rf"\.([0-9]{{{DIGITS},}})(?![0-9])", name):
                # Another program may have removed it meanwhile.
                with contextlib.suppress(OSError):
                    if Place(path).part(int(digits)) == at:
                        parts[int(digits)] = at, identity(os.stat(at))
    return dict(sorted(parts.items()))


def identity(file: os.stat_result) -> tuple[int, int]:
    """Return what a file keeps under whatever name."""
    return file.st_dev, file.st_ino


def _named(path: str) -> str:
    return shortened(path, 200)
