"""What the line formats have in common: the head of a line, sizes, clock times, and the words of rare rows.

A line is ``time  arrow type  size  payload``; what follows the head starts in column `HEAD`. Knows no layout of
payloads; `plain` and `pretty` do.
"""

from collections.abc import Callable
from time import localtime, strftime

from wsinspect.close_codes import Tongue
from wsinspect.events import FRAME, GAP, Batch, Closed, Direction, Event, Frame, Gap, Violation
from wsinspect.render.look import Renderer
from wsinspect.render.palette import Palette
from wsinspect.render.safe import is_neutral, neutral
from wsinspect.vocabulary import WSMsgType

HEAD = 33
"""Columns before the payload: 12 of time, 2, arrow, 1, 7 of type, 8 of size or code, 2."""
INDENT = 14
"""Columns before what stands below a line; it lines up with the arrow."""

ARROWS: dict[Direction, str] = {"in": "↓", "out": "↑"}

LOST = "✕"
"""Stands for the arrow where nothing went either way."""

OPCODES = {0x0: "CONT", 0x1: "TEXT", 0x2: "BINARY", 0x8: "CLOSE", 0x9: "PING", 0xA: "PONG"}
"""Names of the opcodes that RFC 6455 section 5.2 defines."""

_STYLES = {
    int(WSMsgType.TEXT): "text",
    int(WSMsgType.BINARY): "binary",
    int(WSMsgType.PING): "ping",
    int(WSMsgType.PONG): "pong",
    int(WSMsgType.CLOSE): "close",
    int(WSMsgType.CLOSING): "close",
    int(WSMsgType.ERROR): "error",
    int(WSMsgType.CLOSED): "error",
    FRAME: "frame",
    GAP: "warn",
}


_ASIDES = {FRAME: "frame", GAP: "GAP"}
_WITHOUT_WAY = (int(WSMsgType.CLOSED), GAP)


def lift(line: Callable[[Event], str]) -> Renderer:
    """Make a renderer of batches of one of events."""

    def render(batch: Batch) -> str:
        return "".join([line(event) for event in batch])

    return render


def clock() -> Callable[[float], str]:
    """Return a function from seconds since the epoch to local ``HH:MM:SS.mmm``; the last second is remembered."""
    last_second = None
    last_text = ""

    def time_of_day(wall: float) -> str:
        nonlocal last_second, last_text
        second = int(wall // 1)
        if second != last_second:
            last_text = strftime("%H:%M:%S", localtime(second))
            last_second = second
        return f"{last_text}.{int((wall - second) * 1000):03d}"

    return time_of_day


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
    return f"{palette.dim}{time}{palette.reset}  {style(palette, type)}{arrow} {name:<7}{palette.reset}"


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


def gap_words(gap: Gap) -> str:
    """Return how long there was no connection, and what that means for the stream."""
    attempts = "1 attempt" if gap.attempts == 1 else f"{gap.attempts} attempts"
    return f"{duration_text(gap.seconds)} without a connection, {attempts}; what was sent meanwhile is missing"


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
    """Return a frame's header in words, within ``room`` columns; fragments of one message hang together by a rail.

    ``→`` stands before the size that the payload is inflated to, ``@`` before the offset in this direction.
    """
    opcode = frame.opcode
    name = OPCODES.get(opcode, "reserved")
    if room is None or room > 60:
        name = f"0x{opcode:X} {name:<6}"
    elif opcode not in OPCODES:
        name = f"0x{opcode:X}"
    rail = " "
    if opcode < 0x8:
        rail = (" " if opcode else "└") if frame.fin else ("┌" if opcode else "├")
    text = f"{rail} {name:<6}  {'FIN' if frame.fin else '   '}  {f'header {frame.header_size} B':<10}"
    for part in _frame_details(frame):
        for form in part:
            if room is None or len(text) + 2 + len(form) <= room:
                text += f"  {form}"
                break
    return text.rstrip()


def _frame_details(frame: Frame) -> list[list[str]]:
    details = []
    rsv = " ".join(f"RSV{number}" for number, bit in ((1, 4), (2, 2), (3, 1)) if frame.rsv & bit)
    if frame.plain_size is not None:
        inflated = f"→ {size_text(frame.plain_size)}"
        details.append([f"{rsv} {size_text(len(frame.payload))} {inflated}".strip(), f"{rsv} {inflated}".strip()])
    elif rsv:
        details.append([rsv])
    details.append([f"@{frame.offset}"])
    if frame.mask is not None:
        details.append([f"mask {frame.mask.hex()}", "masked"])
    return details
