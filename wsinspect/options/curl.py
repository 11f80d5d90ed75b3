"""``--curl``: a pasted curl line, its settings put below what was typed."""

from typing import Any

import click

from wsinspect.curl import parse_curl
from wsinspect.options.merging import merged
from wsinspect.reading import STDIN, read_text

SOURCE = "--curl"


def pasted(ctx: click.Context, typed: str, url: str | None) -> tuple[str, dict[str, Any], str]:
    """Return the URL of a curl line, the parameters that it sets, and a notice on what it ignores, perhaps empty.

    ``typed`` is the line, ``@FILE``, or ``-`` for standard input; ``url`` is what was typed as an argument.

    Raises:
        InspectError: it cannot be read or understood, or an option does not take what it says.
    """
    if url is not None:
        raise click.UsageError("--curl brings its own URL: leave out the other, or --curl")
    if typed == STDIN or typed.startswith("@"):
        typed = read_text(typed.removeprefix("@"), "the curl line")
    line = parse_curl(typed)
    # A command need not have all that `connect` has.
    known = {name for parameter in ctx.command.params for name in parameter.opts}
    settings = {name: value for name, value in line.settings.items() if f"--{name}" in known}
    left_out = [*line.ignored, *(f"--{name}" for name in line.settings if name not in settings)]
    ignored = f"{SOURCE}: ignored {', '.join(left_out)}" if left_out else ""
    return line.url, merged(ctx, settings, SOURCE), ignored
