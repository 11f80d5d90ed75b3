"""Recording a session: where, what, and how large a file may become."""

from typing import TYPE_CHECKING, Any

import click

from wsinspect.options.sections import option, together
from wsinspect.options.values import Size
from wsinspect.reading import STDIN

if TYPE_CHECKING:
    from wsinspect.conversation.wishes import Recorded

RECORDING = "Recording"
SMALLEST = 1000
"""Bytes of a part, at least: a handshake alone has as many."""

recording_options = together(
    option(
        RECORDING, "--record", "record", type=click.Path(), metavar="FILE",
        help="Record all that comes and leaves in a new file, as NDJSON, whatever is shown; .gz and .zst by its name.",
    ),
    option(RECORDING, "--record-frames", is_flag=True, help="Record the frames too, byte for byte."),
    option(
        RECORDING, "--rotate", type=Size(), metavar="SIZE",
        help="Begin FILE anew when it has SIZE bytes; what was in it becomes FILE.0001, FILE.0002 and so on, with the "
        "number before the ending.",
    ),
    option(RECORDING, "--force", is_flag=True, help="Overwrite FILE, and its older parts."),
)  # fmt: skip
"""Adds what is recorded where; `recorded_of` takes the values."""


def recorded_of(given: dict[str, Any]) -> "Recorded | None":
    """Make the bundle of what the options gave; None where nothing is recorded."""
    path, largest = given["record"], given["rotate"]
    if path is None:
        for name in ("record_frames", "rotate", "force"):
            if given[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} belongs to --record")
        return None
    if path == STDIN:
        raise click.UsageError("--record takes a file: --format ndjson writes the same to standard output")
    if not path or path.endswith("/"):
        raise click.UsageError("--record takes the name of a file")
    if largest is not None and largest < SMALLEST:
        raise click.UsageError(f"--rotate takes at least {SMALLEST} bytes")
    from wsinspect.conversation.wishes import Recorded

    return Recorded(path, given["record_frames"], largest, given["force"])
