"""A recording read back: lines of NDJSON, as `render.ndjson` writes and documents them, become batches.

Piece by piece, so that a recording may be larger than memory, and one that still grows can be followed: what has come
is yielded before more is asked for. Rows of one moment and direction are a batch again, as they came. What a later
version may have added is passed over with a note; so is a last line that was torn off. Behind a damaged line
reading goes on, and the damage is an error in the end. A handshake that is repeated, because another part of the
recording begins with it, is left out. Knows no file.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C one, as encode_basestring is
from typing import Any, NamedTuple, NoReturn

from wsinspect.errors import Exit, InspectError, Unreadable, shortened
from wsinspect.events import BINARY, CLOSED, DATA, FRAME, GAP, HANDSHAKE, TEXT, Batch, Direction, Moment, Row, alone
from wsinspect.recordings.fields import LATEST, Damaged, Fields, NoJson, fields_of
from wsinspect.recordings.large_lines import LARGE, LargeLine
from wsinspect.recordings.repeats import without_repeats
from wsinspect.recordings.rows import ROWS
from wsinspect.render.ndjson import VERSION

APART = frozenset({HANDSHAKE, GAP, CLOSED})
"""Types of rows that go neither in nor out, and are a batch each."""

NOTED_TYPES = 10
"""So many unknown types are named; of more it is told that there are more."""

NOTED_DAMAGE = 10
"""So many damaged lines are told as they come."""

MOST_DAMAGE = 100
"""Where more lines are damaged, and more than are whole, it is no recording that is worth reading on."""

PIECE = 1 << 18
"""Bytes that are asked for at a time."""

LONGEST = 400 << 20
"""Bytes of the longest line that is read: a message of 64 MiB comes to 384 MiB where each of its bytes is escaped."""

MOST_ROWS = 10_000
"""Rows of a batch that is joined."""

HINT = "a recording is what `wsinspect connect --record FILE` or `--format ndjson` writes"

# What nearly all lines of a long recording are, as we write them; whatever is written otherwise is read with more care.
QUICK = re.compile(
    r'\{"type":"(?:TEXT|BINARY)",'
    r'("time":"[0-9T:.Z+-]{20,32}","mono":(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?,'
    r'(?:"conn":[1-9][0-9]{0,14},)?"dir":"(?:in|out)"),'
    r'"size":(?:0|[1-9][0-9]{0,14}),"wire":(0|[1-9][0-9]{0,14}),"(text|base64)":"'
)
TAIL = "}\n"
STAMP = re.compile(r'"time":"([0-9T:-]{19})\.([0-9]{6})Z","mono":([0-9.]+),(?:"conn":([0-9]+),)?"dir":"(in|out)"')
MILLION = 1_000_000
BOM = "\ufeff"

Noted = Callable[[str], None]


class Block(NamedTuple):
    """Whole lines, and where they begin in the stream; the last may lack its end. ``is_last`` tells whether nothing
    follows; ``more`` that more can be had at once; ``payload`` is a key of a line that stands alone, and what its empty
    string stands for."""

    data: bytes
    offset: int
    is_last: Callable[[], bool]
    more: bool = False
    payload: tuple[str, bytes] | None = None


def read(stream: "Iterable[str | bytes] | Any", noted: Noted = lambda note: None) -> Iterator[Batch]:
    """Yield the batches of a recording; ``noted`` is told in a sentence of what is passed over.

    ``stream`` is a buffered binary stream, or lines. A line is damaged where it is no JSON object, or lacks a key, or
    has one of another kind. Empty lines do not count; secrets that were hidden (``***``) stay so.

    Raises:
        InspectError: lines are damaged, with the number and the place of the first; all others have been yielded.
    """
    return without_repeats(_Reading(noted).batches(_blocks(stream) if hasattr(stream, "read1") else _single(stream)))


def _blocks(stream: Any) -> Iterator[Block]:
    """Cut a stream into whole lines, as many as come at once."""
    pieces: list[bytes] = []
    large: LargeLine | None = None
    size = offset = 0
    while piece := stream.read1(PIECE):
        end = piece.rfind(b"\n") + 1
        if not end:
            size += len(piece)
            if size > LONGEST:
                pieces, large = [], None
            elif large is not None:
                large.add(piece)
            else:
                pieces.append(piece)
                if size > LARGE:
                    large, pieces = LargeLine(b"".join(pieces)), []
            continue
        if large is not None or size > LONGEST:
            # Its end is in this piece, and whole lines may be behind that.
            first = piece.index(b"\n") + 1
            line, large = _large(large, piece[:first], offset, _never), None
            yield line
            offset += size + first
            begun = piece[first:end]
        else:
            begun = b"".join([*pieces, piece[:end]])
        rest = piece[end:]
        pieces = [rest] if rest else []
        size = len(rest)
        if begun:
            yield Block(begun, offset, _never, len(piece) >= PIECE)
            offset += len(begun)
    if large is not None or size > LONGEST:
        yield _large(large, b"", offset, _always)
    elif pieces:
        yield Block(b"".join(pieces), offset, _always)


def _large(line: LargeLine | None, end: bytes, offset: int, is_last: Callable[[], bool]) -> Block:
    """Return a large line alone; None is one that is too long."""
    if line is None:
        return Block(TOO_LONG, offset, _never)
    data, payload = line.ended(end)
    return Block(data, offset, is_last, payload=payload)


TOO_LONG = b"\0"
"""Stands for a line that is longer than is read."""


def _never() -> bool:
    return False


def _always() -> bool:
    return True


def _single(lines: Iterable[str | bytes]) -> Iterator[Block]:
    """Take lines one by one; who splits lines at their ends gives none any."""
    rest, offset = iter(lines), 0
    for line in rest:
        data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
        yield Block(data, offset, lambda: next(rest, None) is None)
        offset += len(data)


class _Reading:
    """Makes batches of blocks. The batch at hand is held until a row of another moment, direction or connection comes,
    or until more must be waited for."""

    def __init__(self, noted: Noted) -> None:
        self._noted = noted
        self._number = 0
        """The line at hand."""

        self._rows: list[Row] = []
        self._at = Moment(0.0, 0.0)
        self._direction: Direction = "in"
        self._connection = 0
        self._stamp = ""
        """What a line says of the three, word for word; empty where it is not known."""

        self._second, self._epoch = "", 0
        """The second of the last quick line, as it is written, and in microseconds since 1970."""

        self._unknown: set[str] = set()
        self._foreign = False
        self._whole = self._damaged = 0
        self._first_damage: InspectError | None = None

    def batches(self, blocks: Iterator[Block]) -> Iterator[Batch]:
        failure: Unreadable | None = None
        try:
            yield from self._of_blocks(blocks)
        except Unreadable as fault:
            failure = fault
        if self._rows:
            yield self._flushed()
        if failure is not None:
            raise failure
        if self._first_damage is not None:
            self._fail(self._first_damage)

    def _of_blocks(self, blocks: Iterator[Block]) -> Iterator[Batch]:
        for block in blocks:
            try:
                text = block.data.decode()
            except UnicodeDecodeError:
                yield from self._line_by_line(block)
            else:
                yield from self._lines(text.removeprefix(BOM) if not block.offset else text, block)
            last = self._rows[-1] if self._rows else None
            # Behind a frame that ends a message, the message follows, and belongs to it.
            if last is not None and not (last[0] == FRAME and (block.more or last[1].fin)):
                yield self._flushed()

    def _line_by_line(self, block: Block) -> Iterator[Batch]:
        """Read lines of which some are no text."""
        offset = block.offset
        for line in block.data.split(b"\n"):
            ended = offset + len(line) < block.offset + len(block.data)
            data = line + b"\n" if ended else line
            try:
                text = data.decode()
            except UnicodeDecodeError:
                self._number += 1
                yield from self._damage("it is not UTF-8", offset, torn=not ended and block.is_last())
            else:
                yield from self._lines(text, block._replace(data=data, offset=offset))
            offset += len(data)

    def _lines(self, text: str, block: Block) -> Iterator[Batch]:
        """Read the lines of a text."""
        begin, end = 0, len(text)
        quick = QUICK.match
        payload = block.payload
        while begin < end:
            found = None if self._foreign or payload else quick(text, begin)
            if found is not None:
                stamp, wire, form = found.groups()
                start = found.end()
                try:
                    if form == "text":
                        words, after = scanstring(text, start, True)
                        row = (TEXT, words.encode(), int(wire))
                    else:
                        after = text.index('"', start) + 1
                        row = (BINARY, a2b_base64(text[start : after - 1], strict_mode=True), int(wire))
                    is_quick = text.startswith(TAIL, after) and text.startswith(_KINDS[form], begin)
                    if is_quick and stamp != self._stamp:
                        where = self._where(stamp)
                        if self._rows and where != (self._at, self._direction, self._connection):
                            yield self._flushed()
                        self._at, self._direction, self._connection = where
                        self._stamp = stamp
                except (ValueError, Damaged):
                    is_quick = False
                if is_quick:
                    self._rows.append(row)
                    self._number += 1
                    self._whole += 1
                    begin = after + len(TAIL)
                    if len(self._rows) >= MOST_ROWS:
                        yield self._flushed()
                    continue
            after = text.find("\n", begin) + 1 or end
            self._number += 1
            try:
                yield from self._line(text[begin:after], payload)
            except Damaged as fault:
                # What is whole JSON was not torn, whatever it lacks.
                torn = isinstance(fault, NoJson) and text[after - 1] != "\n" and block.is_last()
                yield from self._damage(str(fault), block.offset + len(text[:begin].encode()), torn=torn)
            begin = after

    def _line(self, line: str, payload: tuple[str, bytes] | None) -> Iterator[Batch]:
        """Read a line, whatever it is; ``payload`` was taken out of it."""
        if not line.strip():
            return
        if line == TOO_LONG.decode():
            raise Damaged(f"it is longer than {LONGEST >> 20} MiB")
        fields = fields_of(line)
        if payload is not None:
            fields.put(*payload)
        kind = fields.text("type")
        if kind == "HANDSHAKE":
            self._foreign = self._is_foreign(fields)
        if self._foreign:
            return
        if kind not in ROWS:
            self._note_unknown(kind)
            return
        row = ROWS[kind](fields)
        type = row[0]
        at: Moment = row[1].at if type == HANDSHAKE else fields.at()
        direction: Direction = "in" if type in APART else fields.direction()
        connection = fields.whole("conn", 1) if fields.has("conn") else 0
        self._whole += 1
        where = at, direction, connection
        if self._rows and (where != (self._at, self._direction, self._connection) or type in APART):
            yield self._flushed()
        self._at, self._direction, self._connection = where
        self._stamp = ""
        self._rows.append(row)
        if type in APART:
            yield self._flushed()

    def _where(self, stamp: str) -> tuple[Moment, Direction, int]:
        """Return what the keys say that every quick line has."""
        found = STAMP.fullmatch(stamp)
        if found is None:
            fields = fields_of(f"{{{stamp}}}")
            return fields.at(), fields.direction(), fields.whole("conn", 1) if fields.has("conn") else 0
        second, micro, mono, connection, way = found.groups()
        if second != self._second:
            # Most lines are of the second of the line before.
            epoch = int(datetime.fromisoformat(f"{second}+00:00").timestamp())
            if epoch >= LATEST:
                raise Damaged("it is too late")  # as who reads it with more care will tell
            self._second, self._epoch = second, epoch * MILLION
        direction: Direction = "in" if way == "in" else "out"
        return Moment((self._epoch + int(micro)) / MILLION, float(mono)), direction, int(connection or 0)

    def _flushed(self) -> Batch:
        """Return the batch at hand."""
        rows, self._rows = self._rows, []
        self._stamp = ""
        if len(rows) == 1:
            return alone(self._at, self._direction, rows[0], self._connection)
        sizes = [len(row[1]) for row in rows if row[0] in DATA]
        return Batch(
            self._at,
            self._direction,
            rows,
            messages=len(sizes),
            payload=sum(sizes),
            # The bytes of frames are counted with the messages they make.
            wire=sum([row[2] for row in rows if row[0] != FRAME]),
            uniform=len(sizes) == len(rows),
            connection=self._connection,
        )

    def _damage(self, fault: str, offset: int, *, torn: bool) -> Iterator[Batch]:
        """Tell of a damaged line, behind what came before it."""
        if self._rows:
            yield self._flushed()
        if torn:
            self._noted(f"line {self._number}, the last, was torn off and is left out")
            return
        self._damaged += 1
        if self._damaged <= NOTED_DAMAGE:
            self._noted(f"line {self._number} is damaged and left out: {fault}")
        if self._first_damage is None:
            where = f"line {self._number} of the recording is damaged"
            self._first_damage = InspectError(f"{where}: {fault} (at byte {offset:,})", hint=HINT, exit=Exit.OUTPUT)
        if self._damaged > max(MOST_DAMAGE, self._whole):
            self._fail(self._first_damage)

    def _fail(self, first: InspectError) -> NoReturn:
        others = self._damaged - 1
        more = f"; so {'is 1 more line' if others == 1 else f'are {others:,} more lines'}" if others else ""
        raise InspectError(first.message + more, hint=first.hint, exit=first.exit)

    def _is_foreign(self, fields: Fields) -> bool:
        """Tell whether a connection is written in a version that we do not know."""
        version = fields.whole("version")
        if version == VERSION:
            return False
        begins = f"line {self._number} begins a connection in version {version} of the format"
        self._noted(f"{begins}, unknown here: it is left out")
        return True

    def _note_unknown(self, kind: str) -> None:
        unknown = self._unknown
        if kind in unknown or len(unknown) > NOTED_TYPES:
            return
        unknown.add(kind)
        if len(unknown) > NOTED_TYPES:
            self._noted(f"from line {self._number} on there are more unknown types; their lines are left out")
        else:
            self._noted(f"`{shortened(kind)}` on line {self._number} is no type known here; its lines are left out")


_KINDS = {"text": '{"type":"TEXT"', "base64": '{"type":"BINARY"'}
"""How a line begins that holds its payload in this form."""
