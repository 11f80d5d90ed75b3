"""Options on how anything is printed, that every command may take."""

import click

from wsinspect.options.sections import Command
from wsinspect.options.values import Listed


def colour_option(command: Command) -> Command:
    """Add ``--color``."""
    return click.option(
        "--color",
        "colour",
        type=Listed(
            {
                "auto": "as NO_COLOR, FORCE_COLOR and the terminal say",
                "always": "colour, in pipes and files too",
                "never": "no colour",
            }
        ),
        default="auto",
        show_default=True,
        help="Whether to colour the output; auto obeys NO_COLOR, FORCE_COLOR and the terminal.",
    )(command)
