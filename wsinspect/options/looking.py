"""Options on which messages are shown and counted, and when it is enough. Makes a `Looking` of what was given."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from wsinspect.errors import nearest, shortened
from wsinspect.filters.looking import COUNTABLE, TYPES, Looking
from wsinspect.options.sections import option, together
from wsinspect.options.values import offered

LOOKING = "Looking"

HELPS = {
    "text": "text messages",
    "binary": "binary messages",
    "ping": "pings",
    "pong": "pongs",
    "close": "close frames, the peer's and ours",
    "error": "breaches of the protocol",
    "frame": "the frames themselves, as with --frames",
}

Compiled = TypeVar("Compiled")


class Types(click.ParamType[frozenset[int]]):
    """Names of kinds of messages, separated by commas. Gives the types of rows that they stand for."""

    name = "types"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[int]:
        if not isinstance(value, str):
            return frozenset(value)
        found: set[int] = set()
        for part in value.split(","):
            name = part.strip().lower()
            if name not in TYPES:
                near = nearest(name, TYPES)
                meant = f"did you mean `{near}`?" if near else f"known are: {', '.join(TYPES)}"
                self.fail(f"`{shortened(part.strip())}` is no type of message; {meant}", param, ctx)
            found.update(TYPES[name])
        return frozenset(found)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        before, comma, last = incomplete.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{item.value}", help=item.help)
            for item in offered(HELPS, last.lower())
            if item.value not in before.split(",")
        ]


filter_options = together(
    option(
        LOOKING, "--type", "types", type=Types(), multiple=True, metavar="LIST",
        help=f"Show these only, separated by commas: {', '.join(TYPES)}. Repeatable.",
    ),
    option(
        LOOKING, "--where", multiple=True, metavar="EXPR",
        help="Show messages for which EXPR is true; closes and errors stay. Repeatable: all must be.",
    ),
    option(
        LOOKING, "--grep", multiple=True, metavar="REGEX",
        help="Show messages in which REGEX (Python's; (?i) ignores case) is found; as --where else. Repeatable.",
    ),
)  # fmt: skip
"""Adds what says which messages are taken; `filters_of` takes the values."""

looking_options = together(
    filter_options,
    option(
        LOOKING, "--select", metavar="EXPR",
        help="Show this part of each data message: a string as it is, else JSON; nothing where it is null.",
    ),
    option(
        LOOKING, "--until", metavar="EXPR",
        help="End after the first message received, shown or not, for which EXPR is true; if none is: exit 1.",
    ),
    option(
        LOOKING, "-c", "--count", type=click.IntRange(min=1), metavar="N",
        help="End after N messages that are shown; fewer is exit 1.",
    ),
)  # fmt: skip
"""Adds what says which messages are shown; `looking_of` takes the values."""


def looking_of(given: dict[str, Any]) -> Looking:
    """Make the bundle of what the options gave; raises `InspectError` where an expression cannot be read."""
    looking = filters_of(given)
    if given["count"] is not None and looking.types is not None and not looking.types & COUNTABLE:
        raise click.UsageError("--count counts messages, and --type leaves none of them to count")
    return looking._replace(
        select=expression_of("--select", given["select"]),
        until=expression_of("--until", given["until"]),
        enough=given["count"],
    )


def filters_of(given: dict[str, Any]) -> Looking:
    """Make the bundle of the filters alone."""
    return Looking(
        types=frozenset().union(*given["types"]) if given["types"] else None,
        where=tuple(_expression("--where", text) for text in given["where"]),
        grep=tuple(_pattern("--grep", text) for text in given["grep"]),
    )


def expression_of(option: str, text: str | None) -> Any:
    """Compile what an option gave, if it gave something; raises `InspectError` where it cannot be read."""
    return None if text is None else _expression(option, text)


# What filters need is loaded when there are some.


def _expression(option: str, text: str) -> Any:
    from wsinspect.filters.expression import expression

    return _compiled(option, text, expression)


def _pattern(option: str, text: str) -> Any:
    from wsinspect.filters.pattern import pattern

    return _compiled(option, text, pattern)


def _compiled(option: str, text: str, compile: Callable[[str], Compiled]) -> Compiled:
    from wsinspect.filters.place import Misplaced

    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.UsageError(f"the value of {option} is not UTF-8, so it matches no text") from None
    try:
        return compile(text)
    except Misplaced as mistake:
        raise mistake.within(option) from None
