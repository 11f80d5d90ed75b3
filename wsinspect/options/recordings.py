"""What every command takes that reads recordings: which connection, and whether secrets are shown."""

import click

from wsinspect.options.sections import option, together

READING = "Reading"

connection_option = option(
    READING, "--connection", type=click.IntRange(min=1), metavar="N",
    help="Of several connections take the Nth, in the order in which they begin.",
)  # fmt: skip

reading_options = together(
    connection_option,
    option(READING, "--show-secrets", is_flag=True, help="Show credentials that the recording holds instead of ***."),
)  # fmt: skip

follow_option = option(
    READING, "-F", "--follow", is_flag=True,
    help="Go on as the file grows, until Ctrl-C; also where it is not there yet, or is replaced, as tail -F.",
)  # fmt: skip
