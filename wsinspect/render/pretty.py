"""One line a message for a person at a terminal: type in colour, JSON highlighted or folded out, binary as hex.

What does not fit on its line goes into an indented block below, limited unless the look says how much is to be shown.
A text that is something else inside (base64, JSON in a string) has a dimmed remark below. CLOSED has a line only where
the connection was lost; else the close frame was it. Knows no terminal: width and colours are told.
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
from wsinspect.render import sniff
from wsinspect.render.block import LONGEST_LINE, Block
from wsinspect.render.cells import cells
from wsinspect.render.json_highlight import highlight, is_json
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
    round_trips,
    size_text,
    violation_words,
)
from wsinspect.render.look import Look, Renderer
from wsinspect.render.pieces import LARGE, in_pieces
from wsinspect.render.safe import is_neutral, units

NEWLINE = "\n"
_PRINTABLE = bytes(range(0x20, 0x7F))


def pretty(look: Look, large: int = LARGE) -> Renderer:
    """Return the renderer for terminals; beyond ``large`` bytes of payload it makes pieces."""
    places = layout(look)
    page = _Page(look, places)

    def alone(batch: Batch, row: Row) -> Iterable[str] | None:
        return page.long(batch, row) if row[0] in DATA and len(row[1]) > large else None

    if not places.steady:
        return in_pieces(lift(page.line), alone, large)
    palette, room, line, block = look.palette, places.room, page.line, page.block
    sizes = Sizes()
    longest = LONGEST_LINE if room is None else room
    if look.longest is not None:
        longest = min(longest, look.longest)
    simple = max(longest, block.sure_size)
    coloured, folds = bool(palette.reset), look.json_indent is not None
    printable, shortest, space, marks, may_hide = _PRINTABLE, sniff.SHORTEST, sniff.SPACE, sniff.MARKS, sniff.may_hide

    def render(batch: Batch) -> str:
        at, direction = batch.at, batch.direction
        start = head(palette, places.stamp(at), direction, TEXT)

        def other(type: int, payload: Any, wire: int) -> str:
            size = len(payload) if type == TEXT else 0
            if 0 < size <= simple and ((space in payload and payload[0] not in marks) or not may_hide(payload)):
                json = payload.startswith((b"{", b"["))
                ascii = not payload.translate(None, printable)
                text = payload.decode()
                if not (json and folds) and (ascii or is_neutral(text)):
                    # No character takes more columns than it has bytes.
                    if size <= longest or (not ascii and cells(text) <= longest):
                        if json and coloured and is_json(payload):
                            text = highlight(text, palette)
                        return f"{start}{sizes[size]}{text}\n"
                    if ascii and not (json and coloured):
                        return f"{start}{size_text(size):>8}{block.sure(text)}\n"
            return line(Event(at, direction, readable(type, payload), wire))

        return "".join(
            [
                f"{start}{sizes[len(payload)]}{payload.decode()}\n"
                if type == TEXT
                and len(payload) <= longest
                and (not payload or payload[0] not in marks)
                and (space in payload or len(payload) < shortest)
                and not payload.translate(None, printable)
                else other(type, payload, wire)
                for type, payload, wire in batch.rows
            ]
        )

    return in_pieces(render, alone, large)


def pretty_line(look: Look) -> Callable[[Event], str]:
    """Return the plain twin: one event's line, or lines."""
    return _Page(look, layout(look)).line


class _Page:
    """Writes one event at a time: a table says what stands in the column of the size, and what follows."""

    def __init__(self, look: Look, places: Layout) -> None:
        self.look = look
        self.block = Block(look, places)
        self._places = places
        self._round_trip = round_trips(look)
        self._sent: int | None = None
        """The code of our close frame on this connection, if one left."""

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
        """Return the event's line, and the block below it if there is one."""
        type = event.message.type
        shown = self._shows[type](event)
        if shown is None:
            return ""
        middle, words = shown
        start = head(self.look.palette, self._places.stamp(event.at), event.direction, type)
        gap = "  " if words and not words.startswith("\n") else ""
        return f"{start}{middle:>8}{gap}{words}\n"

    def long(self, batch: Batch, row: Row) -> Iterator[str]:
        """Yield the line, or lines, of a large message."""
        type, payload, _ = row
        yield head(self.look.palette, self._places.stamp(batch.at), batch.direction, type)
        yield f"{size_text(len(payload)):>8}"
        words = filter(None, (self.block.long_text if type == TEXT else self.block.long_binary)(payload))
        first = next(words, "")
        yield f"{'  ' if first and not first.startswith(NEWLINE) else ''}{first}"
        yield from words
        yield NEWLINE

    def _text(self, event: Any) -> tuple[str, str]:
        payload = event.message.data.encode()
        return size_text(len(payload)), self.block.text(payload)

    def _binary(self, event: Any) -> tuple[str, str]:
        payload = event.message.data
        return size_text(len(payload)), self.block.binary(payload)

    def _control(self, event: Any) -> tuple[str, str]:
        payload, block = event.message.data, self.block
        words = block.fitted("", list(control_words(payload)))
        round_trip = self._round_trip(event)
        if round_trip:
            dim, reset = self.look.palette.dim, self.look.palette.reset
            taken = len(control_words(payload)) + 2 if payload else 0
            if words.startswith("\n") or (block.room is not None and taken + len(round_trip) > block.room):
                words += block.below(round_trip)
            else:
                words += f"{'  ' if words else ''}{dim}{round_trip}{reset}"
        return size_text(len(payload)), words

    def _close(self, event: Any) -> tuple[str, str]:
        middle, words = self._said(event)
        return middle, words + self.block.below(close_meaning(int(middle), self._sent, self.look.tongue))

    def _closing(self, event: Any) -> tuple[str, str]:
        self._sent = int(event.message.data)
        return self._said(event)

    def _handshake(self, event: Any) -> None:
        self._sent = None

    def _said(self, event: Any) -> tuple[str, str]:
        code, reason = int(event.message.data), event.message.extra
        name = self.look.tongue.explain(code).name or ""
        return str(code), self.block.fitted(name, ['"', *units(reason), '"'] if reason else [])

    def _closed(self, event: Any) -> tuple[str, str] | None:
        closed = event.message.data
        return (str(closed.code), self.block.two(*lost_words(closed, self.look.tongue))) if is_lost(closed) else None

    def _error(self, event: Any) -> tuple[str, str]:
        violation = event.message.data
        return str(violation.code), self.block.two(*violation_words(violation))

    def _gap(self, event: Any) -> tuple[str, str]:
        return str(event.message.code), self.block.two(*gap_words(event.message))

    def _frame(self, event: Any) -> tuple[str, str] | None:
        """Show a frame in words, the offset and what follows it dimmed."""
        if not self.look.frames:
            return None
        frame, block, palette = event.message, self.block, self.look.palette
        words = block.joint + frame_words(frame, block.columns) if block.narrow else frame_words(frame, block.room)
        before, at, after = words.rpartition("  @")
        if at and palette.dim:
            words = f"{before}{palette.dim}{at}{after}{palette.reset}"
        return size_text(len(frame.payload)), words
