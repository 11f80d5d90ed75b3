"""Recordings on the disk: opened, told apart by their first bytes, and read batch by batch. Knows no form in detail."""

import io
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.events import Batch
from wsinspect.reading import STDIN, place_of, unread
from wsinspect.recorder.place import identity, older_parts
from wsinspect.recording_streams import POLL_S, Read, Stream, Tail, Unpacked, packing_of, patient
from wsinspect.recordings.choosing import only
from wsinspect.recordings.hiding import Hiding
from wsinspect.recordings.repeats import without_repeats
from wsinspect.registry import RECORDINGS

AT_ONCE = 1 << 18
"""Bytes that are read at once, if they are there."""

LONGEST_NAME = 200

SIGNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    (
        "pcap",
        re.compile(
            rb"\x0a\x0d\x0d\x0a....(?:\x1a\x2b\x3c\x4d|\x4d\x3c\x2b\x1a)"
            rb"|\xa1\xb2(?:\xc3\xd4|\x3c\x4d|\xcd\x34)|(?:\xd4\xc3|\x4d\x3c|\x34\xcd)\xb2\xa1",
            re.DOTALL,
        ),
    ),
    ("har", re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"')),
    ("mitmproxy", re.compile(rb"\d{1,12}:\d{1,3}:[a-z_]+[;,]")),
    ("ndjson", re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\Z)")),
)
"""How the forms begin."""


def batches_of(
    path: str,
    noted: Callable[[str], None],
    *,
    show_secrets: bool = False,
    connection: int | None = None,
    follow: bool = False,
    waits: Callable[[], None] = lambda: None,
) -> Iterator[Batch]:
    """Yield the batches of a recording, in any form that is known; ``-`` is standard input.

    ``noted`` is told in a sentence of what is passed over. Secrets are hidden, unless they are to be shown;
    ``connection`` asks for a single one. With ``follow``, a file is read on as it grows, for ever: also where it is
    not there yet, or another one takes its place. ``waits`` is called before more is read, which may take its time.

    Raises:
        InspectError: it cannot be read (exit code 2), or is damaged (11); batches before the damage have been yielded.
    """
    source = _Source(path, noted, waits)
    # The file that takes the place of another may be the next part of the same recording.
    batches = without_repeats(_followed(source)) if follow and path != STDIN else _read(source, _opened(path))
    if connection is not None:
        batches = only(batches, connection)
    yield from batches if show_secrets else Hiding().every(batches)


class _Source(NamedTuple):
    path: str
    noted: Callable[[str], None]
    waits: Callable[[], None]

    @property
    def place(self) -> str:
        """What the user is told that it is."""
        return shortened(place_of(self.path), LONGEST_NAME)


def _read(source: _Source, file: Any) -> Iterator[Batch]:
    """Read a file to its end, and close it."""
    if file is None:
        stdin: Any = sys.stdin.buffer
        yield from _batches(source, patient(stdin.read1, source.waits))
        return
    with file:
        yield from _batches(source, patient(file.read, source.waits))


def _followed(source: _Source) -> Iterator[Batch]:
    """Read a file, and the next that has its name, for ever; where parts were moved aside meanwhile, those before."""
    told = False
    number = 0  # of the part that was read last, where it was one
    while True:
        try:
            file = _opened(source.path)
        except InspectError:
            # A folder, or a file of others, will not become a recording.
            if os.path.lexists(source.path):
                raise
            if not told:
                source.noted(f"waiting for {source.place}")
            told = True
            source.waits()
            time.sleep(POLL_S)
            continue
        told = True
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield from _read(source, file)
            return
        with file:
            own = identity(os.fstat(file.fileno()))
            missed = _next_part(source.path, number, own) if number else None
            if missed is None:
                tail = Tail(source.path, file, source.waits)
                yield from _batches(source, tail.read)
                # The parts of before may be many: they are looked through only where it is one of them now.
                parts = older_parts(source.path)
                number = next((at for at, (_, part) in parts.items() if part == own), 0)
        if missed is not None:
            number, name = missed
            yield from _read(source._replace(path=name), _opened(name))
        elif not number:
            source.noted(f"{source.place} {tail.why}: what it holds now is shown from its beginning")


def _next_part(path: str, number: int, own: tuple[int, int]) -> tuple[int, str] | None:
    """Return the part that follows the one of a number, and its name; None where the file that is ``own`` follows."""
    for at, (name, part) in older_parts(path).items():
        if at > number:
            return None if part == own else (at, name)
    return None


def _batches(source: _Source, read: Read) -> Iterator[Batch]:
    """Read a stream in the form that it has."""
    stream = Stream(read)
    packing = packing_of(stream.head())
    if packing is not None:
        stream = Stream(Unpacked(stream.take, packing, source.noted).read)
    form = _form_of(source, stream.head())
    batches: Iterator[Batch] = RECORDINGS.load(form)(io.BufferedReader(stream, AT_ONCE), source.noted)
    yield from batches


def _form_of(source: _Source, head: bytes) -> str:
    if not head.strip():
        source.noted(f"{source.place} is empty")
    for form, sign in SIGNS:
        if sign.match(head):
            return form
    known = ", ".join(RECORDINGS)
    raise InspectError(f"{source.place} is no recording that is known", hint=f"known are: {known}, packed or not")


def _opened(path: str) -> Any:
    """Open a file; None for standard input."""
    if path == STDIN:
        if sys.stdin is None:
            raise InspectError("cannot read standard input: it is closed")
        return None
    try:
        return open(path, "rb", buffering=0)
    except (OSError, ValueError) as fault:
        told = shortened(path, LONGEST_NAME)
        raise InspectError(f"cannot read {told}: {unread(fault)}", exit=Exit.USAGE) from None
