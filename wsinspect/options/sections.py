"""Help in sections: an option belongs to one, and a command shows them in order, its own options last."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


class SectionedOption(click.Option):
    """An option that stands in a section of the help."""

    def __init__(self, *names: Any, section: str = "", **rest: Any) -> None:
        super().__init__(*names, **rest)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help shows options by section."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let mistakes know their command: of some, click tells it to none."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "") or "Options", []).append(record)
        others = sections.pop("Options", [])
        for title, records in [*sections.items(), ("Options", others)]:
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def option(section: str, *names: str, **rest: Any) -> Callable[[Command], Command]:
    """Return click's decorator for an option in ``section``."""
    return click.option(*names, cls=SectionedOption, section=section, **rest)


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several; the options stand in this order."""

    def decorate(command: Command) -> Command:
        for add in reversed(options):
            command = add(command)
        return command

    return decorate
