"""Recordings of checks that are not passed, as NDJSON: one file for each connection of each run. Knows no socket.

While a run goes on, its lines stand in hidden files of the folder; then they get a name made of the check's, or are
removed. All are made with mode 0600, none is ever overwritten. A disk that is full ends a recording, not the check.
"""

import contextlib
import os
import re
from collections.abc import Collection
from io import FileIO

from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.events import CLOSED, HANDSHAKE, Batch, Closed, Handshake, Moment
from wsinspect.files import make_private_folder
from wsinspect.masking import Mask
from wsinspect.recordings.hiding import Hiding
from wsinspect.recordings.writing import Lines
from wsinspect.render.pieces import bytes_of
from wsinspect.term.named_files import FRESH, move
from wsinspect.term.screen import reason_of

ENDING = ".ndjson"
LONGEST_NAME = 120
"""Bytes of a file's name before its number and ending; file systems take 255."""

UNSAFE = re.compile(r"[^\w.@=+-]+")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""


def make_folder(path: str) -> None:
    """Make the folder for recordings, for the user alone where it is new; raises `InspectError` where it cannot be."""
    try:
        make_private_folder(path)
    except OSError as fault:
        raise InspectError(
            f"cannot make the folder {shortened(path, 200)} for recordings: {reason_of(fault).lower()}",
            exit=Exit.OUTPUT,
        ) from fault


def safe_name(*parts: str) -> str:
    """Return a file's name made of others' words: no separators, no hidden file, not too long; empty parts left out."""
    kept = [UNSAFE.sub("-", part).strip("-.") for part in parts]
    name = ".".join([part for part in kept if part]) or "check"
    name = name.encode()[:LONGEST_NAME].decode("utf-8", "ignore").rstrip("-.")
    return f"_{name}" if RESERVED.fullmatch(name) else name


class Recording:
    """The recording of one connection; ``notes`` say what went wrong with it."""

    def __init__(self, folder: str, name: str, secrets: Collection[str], show_secrets: bool) -> None:
        self.notes: list[str] = []
        self._folder = folder
        self._name = name
        self._lines = Lines(Hiding(secrets, shows_asked=show_secrets))
        self._path: str | None = None
        self._file: FileIO | None = None

    def opened(self, handshake: Handshake) -> None:
        """Write the handshake; what it carries as a secret is hidden in all that follows, too."""
        self.write(Batch(handshake.at, "in", [(HANDSHAKE, handshake, 0)]))

    def unopened(self, cause: str, exit: int, at: Moment) -> None:
        """Write the end of a connection that did not come about."""
        self.write(Batch(at, "in", [(CLOSED, Closed("nobody", False, 1006, "", None, cause, exit), 0)]))

    def write(self, batch: Batch) -> None:
        """Write what happened."""
        if self.notes or not batch.rows:
            return
        shown = self._lines(batch)
        try:
            if self._file is None:
                self._file = self._made()
            for piece in bytes_of(shown):
                view = memoryview(piece)
                while view:
                    view = view[self._file.write(view) :]
        except OSError as fault:
            self._failed(fault)

    def keep(self) -> str | None:
        """Give the recording its name; return its path, or None where there is nothing to keep."""
        self._close()
        path, self._path = self._path, None
        if path is None:
            return None
        try:
            return move(path, self._kept_as)[1]
        except OSError as fault:
            self._failed(fault)
            return path if os.path.lexists(path) else None

    def drop(self) -> None:
        """Remove the recording."""
        self._close()
        path, self._path = self._path, None
        if path is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def _kept_as(self, number: int) -> str:
        name = self._name + (f"-{number}" if number > 1 else "") + ENDING
        return os.path.join(self._folder, name)

    def _made(self) -> FileIO:
        number = 1
        while True:
            path = os.path.join(self._folder, f".{self._name}.{os.getpid()}.{number}.unfinished")
            try:
                # Whatever becomes of the program, what happened is in it.
                file = open(os.open(path, FRESH, 0o600), "wb", buffering=0)
            except FileExistsError:
                number += 1
            else:
                self._path = path
                return file

    def _close(self) -> None:
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
        except OSError as fault:
            self._failed(fault)

    def _failed(self, fault: OSError) -> None:
        if not self.notes:
            self.notes.append(f"the recording `{self._name}{ENDING}` is not whole: {reason_of(fault)}")
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()


class Recorder:
    """Makes the recordings of one check."""

    def __init__(self, folder: str, check: str, secrets: Collection[str], show_secrets: bool) -> None:
        self._folder = folder
        self._name = Mask(secrets).text(check)
        self._secrets = secrets
        self._show_secrets = show_secrets

    def recording(self, on: str) -> Recording:
        """Return a new recording, of a connection with this name."""
        return Recording(self._folder, safe_name(self._name, on), self._secrets, self._show_secrets)
