"""The terminal and the two plain streams: is there colour, how wide is it, and writing a finished text.

Commands that print one report use `put` for data and `say` for talk; the stream of a connection goes through
`term.sink`. Nothing else in the package writes.
"""

import os
import sys
from collections.abc import Mapping
from typing import BinaryIO, Literal, TextIO, TypeAlias

from wsinspect.errors import Exit, InspectError

ColourMode: TypeAlias = Literal["auto", "always", "never"]
NO_CURSOR = ("dumb", "unknown")
"""Values of TERM for terminals that can do little but write line after line."""

COLOUR_MODES: tuple[ColourMode, ...] = ("auto", "always", "never")


def wants_colour(mode: ColourMode, *, is_terminal: bool, environment: Mapping[str, str]) -> bool:
    """Decide on colour: the option first, then NO_COLOR, then FORCE_COLOR, then whether a terminal looks on."""
    if mode != "auto":
        return mode == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def colour_of(stream: TextIO | None, mode: ColourMode = "auto") -> bool:
    """Decide on colour for ``stream`` in this process's environment."""
    return wants_colour(mode, is_terminal=is_terminal(stream), environment=os.environ)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person looks on; a closed or missing stream is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def on_one_terminal(stdout: TextIO | None, stderr: TextIO | None) -> bool:
    """Tell whether both streams are shown on the same terminal."""
    if not is_terminal(stdout) or not is_terminal(stderr):
        return False
    assert stdout is not None
    assert stderr is not None
    return os.fstat(stdout.fileno()).st_rdev == os.fstat(stderr.fileno()).st_rdev


def takes_prompt(stdin: TextIO | None, stdout: TextIO | None) -> bool:
    """Tell whether somebody can type at a prompt: a terminal on both ends, which can move its cursor."""
    return is_terminal(stdin) and is_terminal(stdout) and os.environ.get("TERM", "") not in NO_CURSOR


def draws_blocks(environment: Mapping[str, str]) -> bool:
    """Tell whether block characters can be drawn: not on a terminal that can do little, nor where the locale says C."""
    if environment.get("TERM", "") in NO_CURSOR:
        return False
    # The first of these that is set tells the locale (POSIX, section 8.2); where none is, we write UTF-8 as ever.
    locale = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "UTF-8")
    return locale.lower().replace("-", "").endswith(("utf8", "utf8@euro"))


def columns() -> int:
    """Return the terminal's width as COLUMNS or the terminal tells it; 80 where there is none."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and 0 < len(told) < 6 and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


def put(text: str) -> None:
    """Write data to standard output."""
    _write(sys.stdout, _encoded(text))


def put_bytes(data: bytes) -> None:
    """Write data to standard output as it is."""
    _write(sys.stdout, data)


def say(text: str) -> None:
    """Write talk to standard error; where nobody listens there, that is no error."""
    try:
        _write(sys.stderr, _encoded(text))
    except (InspectError, BrokenPipeError):
        pass


def _encoded(text: str) -> bytes:
    # Bytes, not the stream's own encoding: under LC_ALL=C an arrow would raise.
    return text.encode("utf-8", "backslashreplace")


def _write(stream: TextIO | None, data: bytes) -> None:
    if stream is None:
        raise InspectError("cannot write the output: it is closed", exit=Exit.OUTPUT)
    try:
        stream.flush()
        _write_all(stream.buffer, data)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as fault:
        raise InspectError(f"cannot write the output: {reason_of(fault)}", exit=Exit.OUTPUT) from fault


def _write_all(buffer: BinaryIO, data: bytes) -> None:
    """Write and flush, also where another program that shares the terminal or pipe has set it not to block."""
    while True:
        try:
            buffer.write(data)
            data = b""
            buffer.flush()
            return
        except BlockingIOError as full:
            import select

            data = data[full.characters_written :]
            select.select([], [buffer], [])


def reason_of(fault: Exception) -> str:
    """Return the system's words for a fault, without its number."""
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
