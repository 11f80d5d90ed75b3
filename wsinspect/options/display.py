"""Options on how messages look: format, times, columns, how much of a payload. Makes a `Look` of what was given."""

import sys
from typing import Any

import click

from wsinspect.options.sections import option, together
from wsinspect.options.values import Listed, Size
from wsinspect.registry import FORMATS
from wsinspect.render.look import EVERYTHING, Look
from wsinspect.render.palette import palette
from wsinspect.term.screen import colour_of, columns, is_terminal

DISPLAY = "Display"

NARROWEST, WIDEST = 20, 1000
DEEPEST_STEP = 16

TIMES = {
    "clock": "the local time of day",
    "utc": "the time of day in UTC",
    "epoch": "seconds since 1970",
    "delta": "seconds since the line before",
    "none": "no time",
}


class Shown(Size):
    """A size as `Size` takes it; ``none`` gives everything."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        size = super().convert(value, param, ctx)
        return EVERYTHING if size is None else size


display_options = together(
    option(
        DISPLAY, "-f", "--format", "format", type=Listed({name: entry.help for name, entry in FORMATS.items()}),
        default=None,
        help="How to show messages: " + "; ".join(f"{name}: {entry.help}" for name, entry in FORMATS.items())
        + ". Default: pretty on a terminal, plain off it.",
    ),
    option(DISPLAY, "-r", "--raw", is_flag=True, help="Short for --format raw: for pipes."),
    option(DISPLAY, "-0", "--null", is_flag=True, help="With raw: end each payload with a NUL instead of a newline."),
    option(DISPLAY, "--no-newline", is_flag=True, help="With raw: put nothing between payloads."),
    option(
        DISPLAY, "--json-indent", type=click.IntRange(0, DEEPEST_STEP), metavar="N",
        help="Fold JSON out below its line, N columns a level; numbers and keys stay as they were sent; with "
        "--full up to 1 MiB.",
    ),
    option(
        DISPLAY, "--max-payload", type=Shown(), metavar="SIZE",
        help="Show so much of each payload in pretty and plain; ndjson and raw always show all.",
    ),
    option(DISPLAY, "--full", is_flag=True, help="Show payloads whole, however long; short for --max-payload none."),
    option(
        DISPLAY, "--time", "time", type=Listed(TIMES), default="clock", show_default=True,
        help="The time before each line: " + "; ".join(f"{name}: {help}" for name, help in TIMES.items()) + ".",
    ),
    option(
        DISPLAY, "--width", type=click.IntRange(NARROWEST, WIDEST), metavar="N",
        help="Columns of a line, off a terminal too; default: the terminal's, none off it.",
    ),
    option(DISPLAY, "--frames", is_flag=True, help="Show the frames themselves too: FIN, RSV, opcode, mask, lengths."),
)  # fmt: skip
"""Adds what says how messages look; `display_of` takes the values."""


def display_of(given: dict[str, Any]) -> tuple[str, Look]:
    """Make the name of a format and the look of standard output of what the options gave."""
    on_terminal = is_terminal(sys.stdout)
    format = given["format"] or ("raw" if given["raw"] else "pretty" if on_terminal else "plain")
    if given["raw"] and format != "raw":
        raise click.UsageError(f"--raw and --format {format} exclude each other")
    if (given["null"] or given["no_newline"]) and format != "raw":
        raise click.UsageError("--null and --no-newline belong to --raw")
    if given["full"] and given["max_payload"] is not None:
        raise click.UsageError("--full and --max-payload exclude each other")
    return format, Look(
        palette=palette(colour_of(sys.stdout, given["colour"])),
        width=given["width"] or (columns() if on_terminal else None),
        frames=given["frames"],
        separator=b"" if given["no_newline"] else b"\0" if given["null"] else b"\n",
        neutral=on_terminal,
        time=given["time"],
        longest=EVERYTHING if given["full"] else given["max_payload"],
        json_indent=given["json_indent"],
    )
