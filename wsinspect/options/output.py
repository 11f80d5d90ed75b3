"""Options on what is said beside the messages, and on colour, which every command may take."""

import click

from wsinspect.options.sections import Command, option, together
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


TELLING = "What is said"

saying_options = together(
    option(
        TELLING, "-v", "--verbose", is_flag=True,
        help="Show the whole handshake: request, answer, what was offered and agreed, TLS, and the time of each step.",
    ),
    option(TELLING, "-q", "--quiet", is_flag=True, help="No handshake line, no summary."),
    option(
        TELLING, "--summary", type=Listed({"text": "a sentence", "json": "a JSON object on one line"}), default="text",
        help="The form of the summary.",
    ),
)  # fmt: skip
"""Adds what is said beside the messages, live or from a recording."""

telling_options = together(
    saying_options,
    option(TELLING, "--show-secrets", is_flag=True, help="Show credentials in URLs and headers instead of ***."),
    option(
        TELLING, "--dry-run", is_flag=True,
        help="Print the request that would be sent, and where to; connect to nothing.",
    ),
)  # fmt: skip
