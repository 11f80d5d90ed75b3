"""What the line formats have in common: the head of a line, sizes, durations, and the words of rare rows.

A line is ``time  arrow type  size  payload``. The column of the time may be another, or missing: where it is not
wished, and where it would leave a narrow terminal no room. Knows no layout of payloads; `plain` and `pretty` do.
"""

from collections.abc import Callable
from typing import NamedTuple

from wsinspect.close_codes import Tongue
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    FRAME,
    GAP,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Event,
    Frame,
    Gap,
    Violation,
)
from wsinspect.render.look import Look
from wsinspect.render.palette import Palette
from wsinspect.render.safe import is_neutral, neutral
from wsinspect.render.times import COLUMNS, Stamper
from wsinspect.roundtrips import RoundTrips
from wsinspect.vocabulary import WSMessage, WSMsgType
from wsinspect.wire.frames import CONTINUATION, OPCODE_NAMES, RSV_NAMES

BARE = 19
"""Columns before the payload where there is no time: arrow, 1, 7 of type, 8 of size or code, 2."""
LEAST_ROOM = 2
"""Columns that the payload has at least beside a time; where they are missing, the time is left out."""

ARROWS: dict[Direction, str] = {"in": "↓", "out": "↑"}

LOST = "✕"
"""Stands for the arrow where nothing went either way."""

_OPCODES = OPCODE_NAMES | {CONTINUATION: "CONT"}

_STYLES = {
    TEXT: "text",
    BINARY: "binary",
    PING: "ping",
    PONG: "pong",
    CLOSE: "close",
    CLOSING: "close",
    ERROR: "error",
    CLOSED: "error",
    FRAME: "frame",
    GAP: "warn",
}

_ASIDES = {FRAME: "frame", GAP: "GAP"}
_WITHOUT_WAY = (CLOSED, GAP)


class Layout(NamedTuple):
    """Where things stand: ``room`` is the number of columns behind the head, None for no end of them; ``indent`` that
    before what stands below a line, which lines up with the arrow.

    ``stamp`` writes the time; ``steady`` is true where it reads the same for every row of a batch.
    """

    stamp: Stamper
    steady: bool
    room: int | None
    indent: int


def layout(look: Look) -> Layout:
    """Return where things stand in this look."""
    width, column = look.width, COLUMNS[look.time]
    before = column.width + 2 if column.width else 0
    if width is None:
        return Layout(column.stamper(), column.steady, None, max(before, 2))
    if width < before + BARE + LEAST_ROOM:
        column, before = COLUMNS["none"], 0
    return Layout(column.stamper(), column.steady, max(width - before - BARE, 1), max(before, 2))


def lift(line: Callable[[Event], str]) -> Callable[[Batch], str]:
    """Make a renderer of batches of one of events."""

    def render(batch: Batch) -> str:
        return "".join([line(event) for event in batch])

    return render


def size_text(size: int, exact_below: int = 10_000) -> str:
    """Return a size to read: exact bytes below 10 kB, then decimal units with one digit behind the point."""
    if size < exact_below:
        return f"{size} B"
    if size < 999_950:
        return f"{size / 1e3:.1f} kB"
    if size < 999_950_000:
        return f"{size / 1e6:.1f} MB"
    return f"{size / 1e9:.1f} GB"


class Sizes(dict[int, str]):
    """The sizes of messages as a line's column, kept once made; nothing follows an empty message."""

    def __missing__(self, size: int) -> str:
        text = f"{size_text(size):>8}  " if size else "     0 B"
        if size < 10_000:
            self[size] = text
        return text


def style(palette: Palette, type: int) -> str:
    """Return the SGR sequence of a row's type."""
    return str(getattr(palette, _STYLES.get(type, "dim")))


def head(palette: Palette, time: str, direction: Direction, type: int) -> str:
    """Return the start of a line up to the size's column."""
    name = _ASIDES.get(type) or WSMsgType(type).name
    arrow = LOST if type in _WITHOUT_WAY else ARROWS[direction]
    before = f"{palette.dim}{time}{palette.reset}  " if time else ""
    return f"{before}{style(palette, type)}{arrow} {name:<7}{palette.reset}"


def more(hidden: int) -> str:
    """Say how many bytes are not shown."""
    return f"… {hidden:,} more byte{'' if hidden == 1 else 's'}"


def control_words(payload: bytes) -> str:
    """Return the payload of a PING or PONG: quoted if it is text that can be shown, else in hex."""
    if not payload:
        return ""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return payload.hex(" ")
    return f'"{text}"' if is_neutral(text) else payload.hex(" ")


def round_trips(look: Look) -> Callable[[Event], str]:
    """Return a function from PING and PONG events, in order, to the words of a round trip; empty if none."""
    seconds_of = round_trip_seconds(look)

    def words(event: Event) -> str:
        seconds = seconds_of(event)
        return "" if seconds is None else f"rtt {duration_text(seconds)}"

    return words


def round_trip_seconds(look: Look) -> Callable[[Event], float | None]:
    """Return a function from PING and PONG events, in order, to the seconds that a pong took, or None."""
    if look.rtt is not None:
        return look.rtt
    trips = RoundTrips()

    def seconds(event: Event) -> float | None:
        message = event.message
        assert isinstance(message, WSMessage)
        return trips.seen(event.direction, int(message.type), message.data, event.at.mono)

    return seconds


def close_meaning(code: int, sent: int | None, tongue: Tongue) -> str:
    """Return what the peer's close code means; where it is the echo of ours, that it answers."""
    return "It answers our close." if code == sent else tongue.explain(code).summary


def is_lost(closed: Closed) -> bool:
    """Tell whether an end has a line of its own: where a close frame came, or we closed, that was its line."""
    return closed.by == "nobody"


def lost_words(closed: Closed, tongue: Tongue) -> tuple[str, str]:
    """Return the name of a lost connection's code with what happened, and what that usually means."""
    explanation = tongue.explain(closed.code)
    return neutral(f"{explanation.name or ''}  {closed.cause}".strip()), explanation.summary


def violation_words(violation: Violation) -> tuple[str, str]:
    """Return what the peer did, and the section it goes against with the place and the offending bytes."""
    place = f"{violation.section} · at byte {violation.offset:,}"
    if violation.data:
        place += f": {violation.data.hex(' ')}"
    return neutral(violation.sentence), neutral(place)


def gap_words(gap: Gap) -> tuple[str, str]:
    """Return how long there was no connection, and what that means for the stream."""
    attempts = "1 attempt" if gap.attempts == 1 else f"{gap.attempts:,} attempts"
    return (
        f"{duration_text(gap.seconds)} without a connection, {attempts}",
        "What was sent meanwhile is missing here.",
    )


def duration_text(seconds: float) -> str:
    """Return a duration to read: ``3.1 ms``, ``62.0 s``, ``12 min 5 s``, ``3 h 20 min``."""
    if seconds < 0.9995:
        return f"{seconds * 1e3:.1f} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
    if seconds < 119.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def frame_words(frame: Frame, room: int | None) -> str:
    """Return a frame's header in words, within ``room`` columns if those are 12 or more; fragments of one message hang
    together by a rail.

    ``→`` stands before the size that the payload is inflated to, ``@`` before the offset in this direction.
    """
    opcode = frame.opcode
    name = _OPCODES.get(opcode, "reserved")
    if room is None or room > 60:
        name = f"0x{opcode:X} {name:<6}"
    elif opcode not in _OPCODES:
        name = f"0x{opcode:X}"
    rail = " "
    if opcode < 0x8:
        rail = (" " if opcode else "└") if frame.fin else ("┌" if opcode else "├")
    text = f"{rail} {name:<6}  {'FIN' if frame.fin else '   '}  {f'header {frame.header_size} B':<10}"
    if room is not None and len(text.rstrip()) > room:
        return f"{rail} {name} {'FIN' if frame.fin else ''}".rstrip()
    for part in _frame_details(frame):
        for form in part:
            if room is None or len(text) + 2 + len(form) <= room:
                text += f"  {form}"
                break
    return text.rstrip()


def _frame_details(frame: Frame) -> list[list[str]]:
    details = []
    rsv = " ".join([name for bit, name in RSV_NAMES.items() if frame.rsv & bit])
    if frame.plain_size is not None:
        inflated = f"→ {size_text(frame.plain_size)}"
        details.append([f"{rsv} {size_text(len(frame.payload))} {inflated}".strip(), f"{rsv} {inflated}".strip()])
    elif rsv:
        details.append([rsv])
    details.append([f"@{frame.offset}"])
    if frame.mask is not None:
        details.append([f"mask {frame.mask.hex()}", "masked"])
    return details
