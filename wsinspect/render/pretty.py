"""One line a message for a person at a terminal: type in colour, JSON highlighted, binary as hex.

What does not fit on its line goes into an indented block below, of at most `BLOCK_LINES` lines; what is left out is
counted. Escapes of ours are coloured, so that they cannot be taken for the sender's backslashes. CLOSED has a line only
where the connection was lost; else the close frame was it. Knows no terminal: width and colours are told.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from wsinspect.events import Batch, Closed, Event, Frame, Gap, Handshake, Violation, readable
from wsinspect.render import hexdump
from wsinspect.render.cells import cells, wrapped, wrapped_words
from wsinspect.render.json_highlight import highlight, is_json
from wsinspect.render.lines import (
    HEAD,
    INDENT,
    Sizes,
    clock,
    control_words,
    frame_words,
    gap_words,
    head,
    is_lost,
    lost_words,
    more,
    size_text,
    violation_words,
)
from wsinspect.render.look import Look, Renderer
from wsinspect.render.safe import is_neutral, neutral, units
from wsinspect.vocabulary import WSMessage, WSMsgType

BLOCK_LINES = 8
"""Lines of a block below a line, before the rest is only counted."""
LONGEST_LINE = 1 << 16
"""Bytes of a text that are shown where no width is given."""

_TEXT = int(WSMsgType.TEXT)
_PRINTABLE = bytes(range(0x20, 0x7F))
_NARROW = HEAD + 20
"""Below this width blocks are indented by two, and hold frames too."""


def pretty(look: Look) -> Renderer:
    """Return the renderer for terminals."""
    page = _Page(look)
    palette, room, line = look.palette, page.room, page.line
    sizes = Sizes()
    longest = LONGEST_LINE if room is None else room
    simple = max(longest, page.block_size)
    # What may be JSON is looked at closely, if there is colour for it.
    marks: tuple[bytes, ...] = (b"{", b"[") if palette.reset else ()
    printable = _PRINTABLE

    def render(batch: Batch) -> str:
        at, direction = batch.at, batch.direction
        start = head(palette, page.time_of_day(at.wall), direction, _TEXT)

        def other(type: int, payload: Any, wire: int) -> str:
            size = len(payload) if type == _TEXT else 0
            if 0 < size <= simple and not payload.translate(None, printable):
                json = payload.startswith(marks)
                if longest < size <= page.block_size and not json:
                    return f"{start}{size_text(size):>8}{page.block(payload.decode())}\n"
                if size <= longest and json and is_json(payload):
                    return f"{start}{sizes[size]}{highlight(payload.decode(), palette)}\n"
            return line(Event(at, direction, readable(type, payload), wire))

        return "".join(
            [
                f"{start}{sizes[len(payload)]}{payload.decode()}\n"
                if type == _TEXT
                and len(payload) <= longest
                and not payload.translate(None, printable)
                and not payload.startswith(marks)
                else other(type, payload, wire)
                for type, payload, wire in batch.rows
            ]
        )

    return render


def pretty_line(look: Look) -> Callable[[Event], str]:
    """Return the plain twin: one event's line, or lines."""
    return _Page(look).line


class _Page:
    """Lays out one event at a time."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.palette = look.palette
        self.time_of_day = clock()
        width = look.width
        self.room = None if width is None else max(width - HEAD, 1)
        self.narrow = width is not None and width < _NARROW
        self.indent = 2 if self.narrow else INDENT
        self.columns = 80 if width is None else max(width - self.indent, 1)
        self.joint = "\n" + " " * self.indent
        # Up to this size a text of plain ASCII stands whole in a block, wherever its lines break.
        self.block_size = 0 if width is None else BLOCK_LINES * (self.columns - self.columns // 3)

    def line(self, event: Event) -> str:
        """Return the event's line, and the block below it if there is one."""
        message = event.message
        if isinstance(message, Frame):
            if not self.look.frames:
                return ""
            middle, words = size_text(len(message.payload)), self._frame(message)
        elif isinstance(message, Handshake):
            return ""
        elif isinstance(message, Gap):
            middle, words = "", gap_words(message)
        elif message.type is WSMsgType.CLOSED:
            if not is_lost(message.data):
                return ""
            middle, words = str(message.data.code), self._lost(message.data)
        elif message.type is WSMsgType.CLOSE or message.type is WSMsgType.CLOSING:
            middle, words = str(int(message.data)), self._close(message)
        elif message.type is WSMsgType.ERROR:
            middle, words = str(message.data.code), self._violation(message.data)
        elif message.type is WSMsgType.TEXT:
            payload = message.data.encode()
            middle, words = size_text(len(payload)), self._text(payload)
        elif message.type is WSMsgType.BINARY:
            middle, words = size_text(len(message.data)), self._binary(message.data)
        else:
            middle, words = size_text(len(message.data)), self._fitted("", list(control_words(message.data)))
        start = head(self.palette, self.time_of_day(event.at.wall), event.direction, message.type)
        gap = "  " if words and not words.startswith("\n") else ""
        return f"{start}{middle:>8}{gap}{words}\n"

    def block(self, text: str) -> str:
        """Return a short, plain ASCII text as the lines below."""
        joint = self.joint
        shown, start = "", 0
        for end in wrapped(text, self.columns, BLOCK_LINES):
            shown += joint + text[start:end]
            start = end
        return shown

    def _text(self, payload: bytes) -> str:
        room, size = self.room, len(payload)
        longest = LONGEST_LINE if room is None else 4 * (BLOCK_LINES + 1) * self.columns
        source = payload[:longest].decode("utf-8", "ignore")
        json = bool(self.palette.reset) and is_json(payload)
        easy = is_neutral(source)
        shown = source if easy else neutral(source)
        if size <= longest and (room is None or cells(shown) <= room):
            return self._painted(shown if easy else units(source), json)
        if room is None:
            words = self._painted(shown if easy else units(source), json)
            return f"{words} {self._more(size - len(source.encode()))}"

        pieces: Sequence[str] = source if easy and source.isascii() else units(source)
        ends = wrapped(pieces, self.columns, BLOCK_LINES + 1)
        whole = size <= longest and ends[-1] == len(pieces)
        if not whole and len(ends) > BLOCK_LINES:
            ends.pop()
        block = self._painted(pieces[: ends[-1]], json, [0, *ends[:-1]])
        if whole:
            return block
        return f"{block}{self.joint}{self._more(size - len(source[: ends[-1]].encode()))}"

    def _painted(self, pieces: Sequence[str], json: bool, starts: Sequence[int] = ()) -> str:
        """Join what is shown for each character, with the tokens of JSON or the escapes in colour.

        ``starts`` are the indices at which a new line begins.
        """
        if json:
            text = "".join(pieces)
            if isinstance(pieces, str):
                return highlight(text, self.palette, starts, self.joint)
            offsets = [0, *accumulate(map(len, pieces))]
            return highlight(text, self.palette, [offsets[start] for start in starts], self.joint)
        bounds = [*starts, len(pieces)]
        lines = [pieces[a:b] for a, b in pairwise(bounds)] if starts else [pieces]
        warn, reset = self.palette.warn, self.palette.reset
        if warn and not isinstance(pieces, str):
            # Neighbouring escapes share one pair of sequences.
            lines = [
                "".join([piece if len(piece) == 1 else f"{warn}{piece}{reset}" for piece in line]).replace(
                    reset + warn, ""
                )
                for line in lines
            ]
        joint = self.joint if starts else ""
        return "".join([joint + "".join(line) for line in lines])

    def _binary(self, payload: bytes) -> str:
        size = len(payload)
        if not size:
            return ""
        if size <= hexdump.BYTES_PER_LINE:
            words = hexdump.one_line(payload)
            if self.room is None or len(words) <= self.room:
                return self._hex(words)
        width, indent, per_line = self.look.width, self.indent, hexdump.BYTES_PER_LINE
        if width is not None:
            while hexdump.columns(per_line) > width and per_line > 4:
                per_line //= 2
            indent = max(min(indent, width - hexdump.columns(per_line)), 0)
        limit = BLOCK_LINES * per_line
        if size <= limit + per_line:
            limit = size
        joint = "\n" + " " * indent
        lines = [self._hex(line) for line in hexdump.dump(payload[:limit], per_line)]
        if limit < size:
            lines.append(self._more(size - limit))
        return "".join([joint + line for line in lines])

    def _hex(self, line: str) -> str:
        """Dim the offset and the ASCII column of a dump's line."""
        dim, reset = self.palette.dim, self.palette.reset
        if not dim:
            return line
        column = line.index("  |", 10)
        return f"{dim}{line[:8]}{reset}{line[8:column]}{dim}{line[column:]}{reset}"

    def _close(self, message: WSMessage) -> str:
        explanation = self.look.tongue.explain(int(message.data))
        words = self._fitted(explanation.name or "", ['"', *units(message.extra), '"'] if message.extra else [])
        if message.type is WSMsgType.CLOSE:
            words += self._below(explanation.summary)
        return words

    def _lost(self, closed: Closed) -> str:
        return self._two(*lost_words(closed, self.look.tongue))

    def _violation(self, violation: Violation) -> str:
        return self._two(*violation_words(violation))

    def _two(self, sentence: str, remark: str) -> str:
        """Put a sentence on the line if it fits, else below; the remark always below."""
        if self.room is None or cells(sentence) <= self.room:
            return sentence + self._below(remark)
        return self._below(sentence, "") + self._below(remark)

    def _fitted(self, name: str, pieces: list[str]) -> str:
        """Put a short name and a text behind the head, or the text below if it does not fit."""
        gap = "  " if name and pieces else ""
        if self.room is None or len(name) + len(gap) + sum(map(cells, pieces)) <= self.room:
            return f"{name}{gap}{self._painted(pieces, False)}"
        if len(name) > self.room:
            name, pieces = "", [*name, *gap, *pieces]
        return name + self._painted(pieces, False, [0, *wrapped(pieces, self.columns, BLOCK_LINES)[:-1]])

    def _below(self, sentence: str, style: str | None = None) -> str:
        """Return a sentence as lines below."""
        style = self.palette.dim if style is None else style
        reset = self.palette.reset if style else ""
        return "".join([f"{self.joint}{style}{line}{reset}" for line in wrapped_words(sentence, self.columns)])

    def _more(self, hidden: int) -> str:
        return f"{self.palette.dim}{more(hidden)}{self.palette.reset}"

    def _frame(self, frame: Frame) -> str:
        """Return a frame in words, the offset and what follows it dimmed."""
        words = self.joint + frame_words(frame, self.columns) if self.narrow else frame_words(frame, self.room)
        before, at, after = words.rpartition("  @")
        if not at or not self.palette.dim:
            return words
        return f"{before}{self.palette.dim}{at}{after}{self.palette.reset}"
