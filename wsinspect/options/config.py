"""``--config``: the configuration file that is read instead of the usual one."""

import click

from wsinspect.options.sections import Command


def config_option(command: Command) -> Command:
    """Add ``--config``; `files.read_settings` takes its value."""
    return click.option(
        "--config",
        type=click.Path(),
        metavar="FILE",
        help="Read this configuration file; $WSINSPECT_CONFIG names one, too.",
    )(command)
