"""``wsinspect show``: look at a recording as if its connection were open now."""

import sys
from typing import Any

import click

from wsinspect.errors import Exit, Signalled
from wsinspect.files import read_settings
from wsinspect.filters.topic import help_text
from wsinspect.options.config import config_option
from wsinspect.options.dialects import dialect_option, tongue_chooser
from wsinspect.options.display import display_of, display_options
from wsinspect.options.looking import looking_of, looking_options
from wsinspect.options.output import colour_option, saying_options
from wsinspect.options.recordings import follow_option, reading_options
from wsinspect.options.sections import SectionedCommand
from wsinspect.render.look import Look
from wsinspect.render.palette import palette
from wsinspect.term.screen import colour_of, is_terminal, say
from wsinspect.term.writer import Writer


@click.command(
    cls=SectionedCommand,
    epilog="Example:  wsinspect show session.ndjson --where \"op == 'error'\"\n\n\b\n"
    "From a browser, another machine, or a pipe:\n"
    "  wsinspect show browser.har --type text\n"
    "  ssh host cat session.ndjson.gz | wsinspect show - --format ndjson | jq .text\n\n" + help_text(),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True))
@reading_options
@follow_option
@looking_options
@display_options
@saying_options
@dialect_option
@config_option
@colour_option
def show(files: tuple[str, ...], **given: Any) -> int:
    """Show recordings as `connect` showed their connections: the same lines, filters, formats and summary.

    FILE is a recording in any form that is known, told by its content, compressed or not; - is standard input. Several
    are shown one after the other.

    Exit code 0, however the recorded connection ended; 1: --count or --until was not met; 2: a file cannot be read, or
    is no recording; 11: it is damaged, and what can be read of it was shown.
    """
    from wsinspect.conversation.wishes import Wishes
    from wsinspect.showing.show import Reading, Showing
    from wsinspect.term.interrupts import interruptible

    if given["follow"] and len(files) > 1:
        raise click.UsageError("--follow follows one file")
    looking = looking_of(given)
    given["frames"] = given["frames"] or looking.frames
    format, look = display_of(given)
    wishes = Wishes(
        format=format,
        look=look,
        talk=Look(palette=palette(colour_of(sys.stderr, given["colour"]))),
        quiet=given["quiet"],
        verbose=given["verbose"],
        json_summary=given["summary"] == "json",
        show_secrets=given["show_secrets"],
        looking=looking,
    )
    tongue_of = tongue_chooser(given["dialect"], read_settings(chosen=given["config"]))
    out = Writer(sys.stdout.fileno() if sys.stdout else -1)
    reading = Reading(given["connection"], given["show_secrets"], given["follow"])
    try:
        with interruptible():
            return Showing(wishes, tongue_of, out).run(files, reading)
    except Signalled as stop:
        if stop.exit == Exit.SIGINT and is_terminal(sys.stdin):
            # The terminal has shown ^C, perhaps in the middle of a line.
            say(f"{wishes.talk.palette.reset}\n")
        raise
