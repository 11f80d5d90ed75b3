"""One typed line a message, without colour: for logs, CI consoles and pipes.

What is not printable is escaped, so that an event is never more than one line. Payloads are shown in full up to 64 KiB
of text and 1 KiB of binary, or up to ``look.width`` columns if that is given; what is left out is counted. CLOSED has
a line only where the connection was lost; else the close frame was it. Knows no terminal.
"""

from collections.abc import Callable

from wsinspect.close_codes import Tongue
from wsinspect.events import Batch, Event, Frame, Gap, Handshake, readable
from wsinspect.render.cells import cells, fitting
from wsinspect.render.hexdump import ascii_column
from wsinspect.render.lines import (
    HEAD,
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
from wsinspect.render.palette import NO_COLOUR
from wsinspect.render.safe import neutral, units
from wsinspect.vocabulary import WSMessage, WSMsgType

LONGEST_TEXT = 1 << 16
"""Bytes of a text that are shown."""
LONGEST_BINARY = 1 << 10
"""Bytes of a binary message that are shown."""

_TEXT = int(WSMsgType.TEXT)


def plain(look: Look) -> Renderer:
    """Return the renderer of plain lines."""
    time_of_day = clock()
    line = _line_with(look, time_of_day)
    sizes = Sizes()
    longest = LONGEST_TEXT if look.width is None else max(look.width - HEAD, 1)

    def render(batch: Batch) -> str:
        at, direction = batch.at, batch.direction
        start = head(NO_COLOUR, time_of_day(at.wall), direction, _TEXT)
        shown = []
        for type, payload, wire in batch.rows:
            if type == _TEXT and len(payload) <= longest:
                text = payload.decode()
                if text.isascii() and text.isprintable():
                    shown.append(f"{start}{sizes[len(payload)]}{text}\n")
                    continue
            shown.append(line(Event(at, direction, readable(type, payload), wire)))
        return "".join(shown)

    return render


def plain_line(look: Look) -> Callable[[Event], str]:
    """Return the plain twin: one event's line."""
    return _line_with(look, clock())


def _line_with(look: Look, time_of_day: Callable[[float], str]) -> Callable[[Event], str]:
    room = None if look.width is None else max(look.width - HEAD, 1)

    def line(event: Event) -> str:
        message = event.message
        if isinstance(message, Frame):
            if not look.frames:
                return ""
            middle, words = size_text(len(message.payload)), frame_words(message, room)
        elif isinstance(message, Handshake):
            return ""
        elif isinstance(message, Gap):
            middle, words = "", gap_words(message)
        elif message.type is WSMsgType.CLOSED:
            if not is_lost(message.data):
                return ""
            middle = str(message.data.code)
            words = " · ".join(lost_words(message.data, look.tongue))
        elif message.type is WSMsgType.CLOSE or message.type is WSMsgType.CLOSING:
            middle = str(int(message.data))
            words = _close(event, look.tongue)
        elif message.type is WSMsgType.ERROR:
            middle, words = str(message.data.code), " · ".join(violation_words(message.data))
        else:
            payload = message.data.encode() if message.type is WSMsgType.TEXT else message.data
            middle, words = size_text(len(payload)), _payload(message.type, payload, room)
        if room is not None and message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            words = _fitted(words, room)
        start = head(NO_COLOUR, time_of_day(event.at.wall), event.direction, message.type)
        return f"{start}{middle:>8}  {words}\n" if words else f"{start}{middle:>8}\n"

    return line


def _close(event: Event, tongue: Tongue) -> str:
    message = event.message
    assert isinstance(message, WSMessage)
    explanation = tongue.explain(int(message.data))
    words = explanation.name or ""
    if message.extra:
        words += f'  "{neutral(message.extra)}"'
    if message.type is WSMsgType.CLOSE:
        words += f" · {explanation.summary}"
    return words.strip()


def _payload(type: WSMsgType, payload: bytes, room: int | None) -> str:
    if type is WSMsgType.TEXT:
        return _text(payload, room)
    if type is WSMsgType.BINARY:
        return _binary(payload, room)
    return control_words(payload)


def _text(payload: bytes, room: int | None) -> str:
    longest = LONGEST_TEXT if room is None else min(4 * room + 4, LONGEST_TEXT)
    source = payload[:longest].decode("utf-8", "ignore")
    shown = neutral(source)
    whole = len(payload) <= longest
    if whole and (room is None or cells(shown) <= room):
        return shown
    if room is None:
        return f"{shown} {more(len(payload) - len(source.encode()))}"
    # Bytes hidden are at most all of them: the note never gets longer than this.
    pieces = units(source)
    keep = fitting(pieces, max(room - len(more(len(payload))) - 1, 1))
    return f"{''.join(pieces[:keep])} {more(len(payload) - len(source[:keep].encode()))}"


def _binary(payload: bytes, room: int | None) -> str:
    if not payload:
        return ""
    size = len(payload)
    keep = min(size, LONGEST_BINARY)
    if room is not None and 4 * keep + 3 > room:
        keep = min(keep, max((room - 4 - len(more(size))) // 4, 1))
    data = payload[:keep]
    note = f" {more(size - keep)}" if keep < size else ""
    return f"{data.hex(' ')}  |{ascii_column(data)}|{note}"


def _fitted(words: str, room: int) -> str:
    if cells(words) <= room:
        return words
    return words[: fitting(words, max(room - 1, 1))] + "…"
