"""Recordings on the disk: opened, told apart by their first bytes, and read batch by batch. Knows no form in detail."""

import gzip
import io
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.events import Batch
from wsinspect.reading import STDIN, place_of, unread
from wsinspect.recordings.choosing import only
from wsinspect.recordings.hiding import Hiding
from wsinspect.registry import RECORDINGS

GZIP = b"\x1f\x8b"
LOOK_AT = 512
"""Bytes by which a form is known."""

SIGNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("har", re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"')),
    ("mitmproxy", re.compile(rb"\d{1,12}:\d{1,3}:[a-z_]+[;,]")),
    ("ndjson", re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\Z)")),
)
"""How the forms begin."""


def batches_of(
    path: str, noted: Callable[[str], None], *, show_secrets: bool = False, connection: int | None = None
) -> Iterator[Batch]:
    """Yield the batches of a recording, in any form that is known; ``-`` is standard input.

    ``noted`` is told in a sentence of what is passed over. Secrets are hidden, unless they are to be shown;
    ``connection`` asks for a single one.

    Raises:
        InspectError: it cannot be read (exit code 2), or is damaged (11); batches before the damage have been yielded.
    """
    hide = Hiding()
    with _opened(path) as stream:
        form = _form_of(path, stream)
        batches: Iterator[Batch] = RECORDINGS.load(form)(stream, noted)
        if connection is not None:
            batches = only(batches, connection)
        for batch in batches:
            yield batch if show_secrets else hide(batch)


def _form_of(path: str, stream: Any) -> str:
    head = stream.peek(LOOK_AT)
    for form, sign in SIGNS:
        if sign.match(head):
            return form
    known = ", ".join(RECORDINGS)
    raise InspectError(f"{shortened(place_of(path), 200)} is no recording that is known", hint=f"known are: {known}")


def _opened(path: str) -> Any:
    try:
        stream: Any = sys.stdin.buffer if path == STDIN else open(path, "rb")
        if stream.peek(2)[:2] == GZIP:
            stream = io.BufferedReader(gzip.GzipFile(fileobj=stream))
        return stream
    except (OSError, ValueError) as fault:
        raise InspectError(f"cannot read {shortened(place_of(path), 200)}: {unread(fault)}", exit=Exit.USAGE) from None
