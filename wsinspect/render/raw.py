"""Each received data payload and a separator, nothing else: for pipes, files and other programs.

Into a pipe or a file the bytes go untouched; where a terminal looks on, they are neutralised. Messages of ours, control
frames, faults and the end are not data and are not written. Knows no encoding but UTF-8.
"""

from collections.abc import Callable, Iterable
from itertools import chain

from wsinspect.events import DATA, Batch, Event, Row
from wsinspect.render.look import Look, Renderer
from wsinspect.render.pieces import LARGE, in_pieces, neutral_texts
from wsinspect.render.safe import neutral_bytes
from wsinspect.vocabulary import WSMessage, WSMsgType


def raw(look: Look, large: int = LARGE) -> Renderer:
    """Return the renderer of payloads: bytes, or text that is safe to show if ``look.neutral``, which is made in pieces
    beyond ``large`` bytes."""
    separator = look.separator
    shown_separator = separator.decode("utf-8", "backslashreplace")

    def untouched(batch: Batch) -> bytes:
        if batch.direction != "in":
            return b""
        rows = batch.rows
        payloads = [row[1] for row in rows] if batch.uniform else [row[1] for row in rows if row[0] in DATA]
        if not payloads:
            return b""
        payloads.append(b"")
        return separator.join(payloads)

    def safe(batch: Batch) -> str:
        if batch.direction != "in":
            return ""
        return "".join([neutral_bytes(row[1]) + shown_separator for row in batch.rows if row[0] in DATA])

    def alone(batch: Batch, row: Row) -> Iterable[str] | None:
        if batch.direction != "in" or row[0] not in DATA or len(row[1]) <= large:
            return None
        return chain(neutral_texts(row[1], "backslashreplace"), [shown_separator])

    return in_pieces(safe, alone, large) if look.neutral else untouched


def raw_line(look: Look) -> Callable[[Event], bytes]:
    """Return the plain twin of the untouched form: one event's bytes."""

    def line(event: Event) -> bytes:
        message = event.message
        if event.direction != "in" or not isinstance(message, WSMessage):
            return b""
        if message.type is WSMsgType.TEXT:
            return str(message.data).encode() + look.separator
        if message.type is WSMsgType.BINARY:
            return bytes(message.data) + look.separator
        return b""

    return line
