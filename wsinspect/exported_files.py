"""Exports on the disk: whole, or not there at all. Knows no form.

What is written stands under another name beside its place until it is whole. It is the user's alone (mode 0600), for it
may hold secrets, and replaces nothing unless that is asked for.
"""

import contextlib
import os
import stat
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.recorder.packing import Packing, packer_for
from wsinspect.render.safe import neutral
from wsinspect.term.interrupts import interruptible
from wsinspect.term.named_files import FRESH, is_written_through, made_beside
from wsinspect.term.screen import is_terminal, put_bytes, reason_of

STDOUT = "-"
BLOCK = 1 << 18
LEVEL = 6
"""Of gzip: nobody waits for a message here."""


def refuse_there(path: str) -> None:
    """Refuse to replace a file; raises `InspectError` where one is there. Devices and pipes may be written to."""
    if os.path.lexists(os.path.expanduser(path)) and not is_written_through(os.path.expanduser(path)):
        raise _there_already(path)


def is_shown(path: str) -> bool:
    """Tell whether what is written there goes to a terminal."""
    if path == STDOUT:
        return is_terminal(sys.stdout)
    place = os.path.expanduser(path)
    try:
        # A pipe would wait for its reader.
        if not stat.S_ISCHR(os.stat(place).st_mode):
            return False
        descriptor = os.open(place, os.O_WRONLY | os.O_NOCTTY)
    except (OSError, ValueError):
        return False
    try:
        return os.isatty(descriptor)
    finally:
        os.close(descriptor)


def put_pieces(pieces: Iterable[bytes]) -> None:
    """Write pieces to standard output as they come; what could do harm to a terminal is made harmless there."""
    with interruptible():
        _put(pieces)


def _put(pieces: Iterable[bytes]) -> None:
    if not is_terminal(sys.stdout):
        for piece in pieces:
            put_bytes(piece)
        return
    for piece in _harmless(pieces):
        put_bytes(piece)


def _harmless(pieces: Iterable[bytes]) -> Iterator[bytes]:
    decode = getincrementaldecoder("utf-8")("replace").decode
    for piece in pieces:
        lines = [neutral(line) for line in decode(piece).replace("\r\n", "\n").split("\n")]
        yield "\n".join(lines).encode("utf-8", "backslashreplace")


def write_pieces(path: str, pieces: Iterable[bytes], *, force: bool = False) -> None:
    """Write a file of the pieces, compressed where its name ends in .gz or .zst.

    Raises:
        InspectError: it cannot be written (exit code 11), or is there already. Nothing of it is left then; nor is
            anything where making the pieces raises.
    """
    place = os.path.expanduser(path)
    packer = packer_for(place, LEVEL)
    if packer is not None:
        pieces = _packed(pieces, packer())
    if is_written_through(place):
        with _faults_told(path):
            through = os.open(place, os.O_WRONLY | os.O_APPEND)
        try:
            _write_through(path, through, _harmless(pieces) if os.isatty(through) else pieces)
        finally:
            os.close(through)
        return
    if force:
        # What a symbolic link leads to is replaced, not the link.
        place = os.path.realpath(place)
    # Nothing unfinished is left behind.
    with interruptible():
        _write_beside(path, place, pieces, force)


def _write_beside(path: str, place: str, pieces: Iterable[bytes], force: bool) -> None:
    with _faults_told(path):
        descriptor, beside = made_beside(place)
        stream: BinaryIO = open(descriptor, "wb", buffering=BLOCK)
    try:
        _write(path, stream, pieces)
        with _faults_told(path):
            stream.close()
            if not force:
                # The name is taken before the file moves there: nobody else's is ever replaced.
                os.close(os.open(place, FRESH, 0o600))
            os.replace(beside, place)
    except BaseException:
        with contextlib.suppress(OSError):
            stream.close()
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _write(path: str, stream: BinaryIO, pieces: Iterable[bytes]) -> None:
    # A fault of who makes the pieces is not one of this file.
    for piece in pieces:
        with _faults_told(path):
            stream.write(piece)


def _write_through(path: str, descriptor: int, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        rest = memoryview(piece)
        with _faults_told(path):
            while rest:
                rest = rest[os.write(descriptor, rest) :]


def _packed(pieces: Iterable[bytes], packing: Packing) -> Iterator[bytes]:
    for piece in pieces:
        yield packing.pack(piece)
    yield packing.end()


@contextlib.contextmanager
def _faults_told(path: str) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise InspectError(
            f"{shortened(path, 200)} is there already", hint="--force replaces it", exit=Exit.OUTPUT
        ) from None
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as fault:
        told = f"cannot write {shortened(path, 200)}: {reason_of(fault).lower()}"
        raise InspectError(told, exit=Exit.OUTPUT) from None


def _there_already(path: str) -> InspectError:
    return InspectError(f"{shortened(path, 200)} is there already", hint="--force replaces it", exit=Exit.OUTPUT)
