"""One typed line a message, without colour: for logs, CI consoles and pipes.

What is not printable is escaped, so that an event is never more than one line, but where JSON is to be folded out below
it. Payloads are shown in full up to 64 KiB of text and 1 KiB of binary, or as much as the look says, and up to
``look.width`` columns if that is given; what is left out is counted. CLOSED has a line only where the connection was
lost; else the close frame was it. Knows no terminal.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    FRAME,
    GAP,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    Batch,
    Event,
    Row,
    readable,
)
from wsinspect.render.cells import cells, clipped, fitting
from wsinspect.render.hexdump import ascii_column
from wsinspect.render.lines import (
    Layout,
    Sizes,
    close_meaning,
    control_words,
    frame_words,
    gap_words,
    head,
    is_lost,
    layout,
    lift,
    lost_words,
    more,
    round_trips,
    size_text,
    violation_words,
)
from wsinspect.render.look import EVERYTHING, Look, Renderer
from wsinspect.render.palette import NO_COLOUR
from wsinspect.render.pieces import LARGE, SLICE, in_pieces, neutral_texts
from wsinspect.render.safe import is_neutral, neutral, units

LONGEST_TEXT = 1 << 16
"""Bytes of a text that are shown."""
LONGEST_BINARY = 1 << 10
"""Bytes of a binary message that are shown."""
FOLDED_LINES = 1000
"""Lines of JSON that is folded out, before the rest is only counted."""
_LEGIBLE = 8
"""Columns of a payload, below which its beginning says more than the number of hidden bytes."""


def plain(look: Look, large: int = LARGE) -> Renderer:
    """Return the renderer of plain lines; beyond ``large`` bytes of payload it makes pieces."""
    places = layout(look)
    page = _Page(look, places)
    line = page.line

    def alone(batch: Batch, row: Row) -> Iterable[str] | None:
        return page.long(batch, row) if row[0] in DATA and len(row[1]) > large else None

    if not places.steady:
        return in_pieces(lift(line), alone, large)
    sizes = Sizes()
    longest = page.longest_text if page.room is None else min(page.room, page.longest_text)
    folds = look.json_indent is not None

    def render(batch: Batch) -> str:
        at, direction = batch.at, batch.direction
        start = head(NO_COLOUR, places.stamp(at), direction, TEXT)
        shown = []
        for type, payload, wire in batch.rows:
            if type == TEXT and len(payload) <= longest:
                text = payload.decode()
                # No character takes more columns than it has bytes.
                if text.isprintable() and (text.isascii() or is_neutral(text)) and not (folds and text[:1] in "{["):
                    shown.append(f"{start}{sizes[len(payload)]}{text}\n")
                    continue
            shown.append(line(Event(at, direction, readable(type, payload), wire)))
        return "".join(shown)

    return in_pieces(render, alone, large)


def plain_line(look: Look) -> Callable[[Event], str]:
    """Return the plain twin: one event's line."""
    return _Page(look, layout(look)).line


class _Page:
    """Writes one event at a time: a table says what stands in the column of the size, and what follows."""

    def __init__(self, look: Look, places: Layout) -> None:
        self.look = look
        self.room = places.room
        if look.longest == EVERYTHING:
            # Not even the width cuts what is to be seen whole.
            self.room = None
        self.longest_text = LONGEST_TEXT if look.longest is None else look.longest
        self.longest_binary = LONGEST_BINARY if look.longest is None else look.longest
        self._places = places
        self._round_trip = round_trips(look)
        self._sent: int | None = None
        """The code of our close frame on this connection, if one left."""

        self._fold: Callable[[bytes], str | None] = _no_fold
        if look.json_indent is not None:
            columns = None if look.width is None else max(look.width - places.indent, 1)
            lines = FOLDED_LINES if look.longest is None else None
            self._fold = _folding(look.json_indent, places.indent, columns, lines, self.longest_text)
        self._shows: dict[int, Callable[[Any], tuple[str, str] | None]] = {
            TEXT: self._text,
            BINARY: self._binary,
            PING: self._control,
            PONG: self._control,
            CLOSE: self._close,
            CLOSING: self._closing,
            CLOSED: self._closed,
            ERROR: self._error,
            FRAME: self._frame,
            HANDSHAKE: self._handshake,
            GAP: self._gap,
        }

    def line(self, event: Event) -> str:
        """Return the event's line."""
        type = event.message.type
        shown = self._shows[type](event)
        if shown is None:
            return ""
        middle, words = shown
        start = head(NO_COLOUR, self._places.stamp(event.at), event.direction, type)
        gap = "  " if words and not words.startswith("\n") else ""
        return f"{start}{middle:>8}{gap}{words}\n"

    def long(self, batch: Batch, row: Row) -> Iterator[str]:
        """Yield the line of a large message."""
        type, payload, _ = row
        yield f"{head(NO_COLOUR, self._places.stamp(batch.at), batch.direction, type)}{size_text(len(payload)):>8}"
        words = self._fold(payload) if type == TEXT else None
        if words is not None:
            yield words if words.startswith("\n") else f"  {words}"
        elif type == TEXT:
            yield "  "
            yield from long_text(payload, self.room, self.longest_text)
        else:
            yield "  "
            yield from long_binary(payload, self.room, self.longest_binary)
        yield "\n"

    def _text(self, event: Any) -> tuple[str, str]:
        payload = event.message.data.encode()
        words = self._fold(payload)
        return size_text(len(payload)), _text(payload, self.room, self.longest_text) if words is None else words

    def _binary(self, event: Any) -> tuple[str, str]:
        payload = event.message.data
        return size_text(len(payload)), _binary(payload, self.room, self.longest_binary)

    def _control(self, event: Any) -> tuple[str, str]:
        payload = event.message.data
        words = [control_words(payload), self._round_trip(event)]
        return size_text(len(payload)), self._fitted("  ".join(filter(None, words)))

    def _close(self, event: Any) -> tuple[str, str]:
        code = int(event.message.data)
        meaning = close_meaning(code, self._sent, self.look.tongue)
        return str(code), self._fitted(" · ".join(filter(None, [self._said(event), meaning])))

    def _closing(self, event: Any) -> tuple[str, str]:
        self._sent = int(event.message.data)
        return str(self._sent), self._fitted(self._said(event))

    def _handshake(self, event: Any) -> None:
        self._sent = None

    def _said(self, event: Any) -> str:
        """Return the code's name and the reason."""
        words = self.look.tongue.explain(int(event.message.data)).name or ""
        if event.message.extra:
            words += f'  "{neutral(event.message.extra)}"'
        return words.strip()

    def _closed(self, event: Any) -> tuple[str, str] | None:
        closed = event.message.data
        if not is_lost(closed):
            return None
        return str(closed.code), self._fitted(" · ".join(lost_words(closed, self.look.tongue)))

    def _error(self, event: Any) -> tuple[str, str]:
        violation = event.message.data
        return str(violation.code), self._fitted(" · ".join(violation_words(violation)))

    def _gap(self, event: Any) -> tuple[str, str]:
        return str(event.message.code), self._fitted(" · ".join(gap_words(event.message)))

    def _frame(self, event: Any) -> tuple[str, str] | None:
        frame = event.message
        if not self.look.frames:
            return None
        return size_text(len(frame.payload)), self._fitted(frame_words(frame, self.room))

    def _fitted(self, words: str) -> str:
        return words if self.room is None else clipped(words, self.room)


def _no_fold(payload: bytes) -> str | None:
    return None


def _folding(
    step: int, indent: int, columns: int | None, lines: int | None, longest: int
) -> Callable[[bytes], str | None]:
    """Return how JSON is folded out, for those who asked for it: the others start without."""
    from wsinspect.render.json_block import Shape, json_block
    from wsinspect.render.json_highlight import is_json

    shape = Shape(step, indent, columns, lines, longest, NO_COLOUR)
    return lambda payload: json_block(payload, shape) if is_json(payload) else None


def _text(payload: bytes, room: int | None, longest: int) -> str:
    size = len(payload)
    bound = longest if room is None else min(4 * room + 4, longest)
    source = payload[:bound].decode("utf-8", "ignore")
    shown = neutral(source)
    if size <= bound and (room is None or cells(shown) <= room):
        return shown
    hidden = size - len(source.encode())
    if room is None or (hidden and cells(shown) + 1 + len(more(hidden)) <= room):
        return f"{shown} {more(hidden)}".lstrip(" ")
    pieces = units(source)
    # Bytes hidden are at most all of them: the note never gets longer than this.
    beside = room - len(more(size)) - 1
    if beside < _LEGIBLE:
        return clipped([*pieces, "…"], room)
    keep = fitting(pieces, beside)
    return f"{''.join(pieces[:keep])} {more(size - len(source[:keep].encode()))}"


def long_text(payload: bytes, room: int | None, longest: int, size: int = SLICE) -> Iterator[str]:
    """Yield a text in pieces where much of it is shown."""
    if room is not None or min(longest, len(payload)) <= size:
        yield _text(payload, room, longest)
        return
    source = payload[:longest]
    hidden = len(payload) - len(source)
    begins = bool(hidden)
    for text in neutral_texts(source, "ignore", size):
        shown = text.lstrip(" ") if begins else text
        begins = begins and not shown
        yield shown
    if hidden:
        hidden += len(source) - len(source.decode("utf-8", "ignore").encode())
        yield f"{'' if begins else ' '}{more(hidden)}"


def long_binary(payload: bytes, room: int | None, longest: int, size: int = SLICE) -> Iterator[str]:
    """Yield bytes in pieces where many of them are shown."""
    keep = min(longest, len(payload))
    if room is not None or keep <= size:
        yield _binary(payload, room, longest)
        return
    parts = [(start, min(start + size, keep)) for start in range(0, keep, size)]
    for start, end in parts:
        yield f"{' ' if start else ''}{payload[start:end].hex(' ')}"
    yield "  |"
    for start, end in parts:
        yield ascii_column(payload[start:end])
    yield f"| {more(len(payload) - keep)}" if keep < len(payload) else "|"


def _binary(payload: bytes, room: int | None, longest: int) -> str:
    size = len(payload)
    if not size:
        return ""
    keep = min(size, longest)
    if not keep:
        return more(size) if room is None else clipped(more(size), room)
    note = f" {more(size - keep)}" if keep < size else ""
    if room is not None and 4 * keep + 3 + len(note) > room:
        fits = (room - 4 - len(more(size))) // 4
        if fits < _LEGIBLE // 2:
            return payload.hex(" ") if 3 * size - 1 <= room else payload[: room // 3].hex(" ") + "…"
        keep = min(keep, fits)
        note = f" {more(size - keep)}"
    data = payload[:keep]
    return f"{data.hex(' ')}  |{ascii_column(data)}|{note}"
