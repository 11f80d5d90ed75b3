"""A recording read back: lines of NDJSON, as `render.ndjson` writes and documents them, become batches of one row each.

Line by line, so that a recording may be larger than memory, and one that still grows can be followed. What a later
version may have added is passed over with a note; so is a last line that was torn off. A handshake that is repeated,
because another part of the recording begins with it, is left out. Knows no file.
"""

from collections.abc import Callable, Iterable, Iterator

from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.events import CLOSED, GAP, HANDSHAKE, Batch, Row, alone
from wsinspect.recordings.fields import Damaged, Fields, fields_of
from wsinspect.recordings.repeats import Repeats
from wsinspect.recordings.rows import ROWS
from wsinspect.render.ndjson import VERSION

WITHOUT_WAY = frozenset({HANDSHAKE, GAP, CLOSED})
"""Types of rows that go neither in nor out."""

NOTED_TYPES = 10
"""So many unknown types are named; of more it is told that there are more."""

HINT = "a recording is what `wsinspect connect --record FILE` or `--format ndjson` writes"


def read(lines: Iterable[str | bytes], noted: Callable[[str], None] = lambda note: None) -> Iterator[Batch]:
    """Yield the batches of a recording; ``noted`` is told in a sentence of what is passed over.

    A line is damaged where it is no JSON object, or lacks a key, or has one of another kind. Empty lines do not count;
    secrets that were hidden (``***``) stay so.

    Raises:
        InspectError: a line is damaged, with its number; batches before it have been yielded.
    """
    unknown: set[str] = set()
    foreign = False
    repeats = Repeats()
    rest = iter(lines)
    for number, line in enumerate(rest, 1):
        try:
            text = line if isinstance(line, str) else _decoded(line)
            if not text.strip():
                continue
            fields = fields_of(text)
            kind = fields.text("type")
            if kind == "HANDSHAKE":
                foreign = _is_foreign(fields, number, noted)
            if foreign:
                continue
            if kind not in ROWS:
                _note_unknown(kind, number, unknown, noted)
                continue
            batch = _batch(fields, ROWS[kind](fields))
            if not repeats(batch):
                yield batch
        except Damaged as fault:
            # Only the last line of a file has no end; who splits lines at their ends gives none any.
            if line[-1:] not in ("\n", b"\n") and next(rest, None) is None:
                noted(f"line {number}, the last, was torn off and is left out")
                return
            where = f"line {number} of the recording is damaged"
            raise InspectError(f"{where}: {fault}", hint=HINT, exit=Exit.OUTPUT) from None


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Damaged("it is not UTF-8") from None


def _is_foreign(fields: Fields, number: int, noted: Callable[[str], None]) -> bool:
    """Tell whether a connection is written in a version that we do not know."""
    version = fields.whole("version")
    if version == VERSION:
        return False
    noted(f"line {number} begins a connection in version {version} of the format, unknown here: it is left out")
    return True


def _note_unknown(kind: str, number: int, unknown: set[str], noted: Callable[[str], None]) -> None:
    if kind in unknown or len(unknown) > NOTED_TYPES:
        return
    unknown.add(kind)
    if len(unknown) > NOTED_TYPES:
        noted(f"from line {number} on there are more unknown types; their lines are left out")
    else:
        noted(f"`{shortened(kind)}` on line {number} is no type known here; its lines are left out")


def _batch(fields: Fields, row: Row) -> Batch:
    type, payload, _ = row
    return alone(
        payload.at if type == HANDSHAKE else fields.at(),
        "in" if type in WITHOUT_WAY else fields.direction(),
        row,
        fields.whole("conn", 1) if fields.has("conn") else 0,
    )
