"""``--dialect``: how private close codes are read."""

import click
from click.shell_completion import CompletionItem

from wsinspect.close_codes import Tongue, dialect_of
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.files import Settings, read_settings
from wsinspect.options.sections import Command


def complete_dialect(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the dialects, the user's own ones first."""
    from wsinspect.dialects import DIALECTS

    try:
        own = dict.fromkeys(read_settings().close_codes, "from your configuration file")
    except InspectError:
        own = {}
    titles = own | {name: dialect.title for name, dialect in DIALECTS.items()}
    return [CompletionItem(name, help=title) for name, title in titles.items() if name.startswith(incomplete)]


def dialect_option(command: Command) -> Command:
    """Add ``--dialect``; `tongue_of` takes its value."""
    return click.option(
        "--dialect",
        metavar="NAME",
        shell_complete=complete_dialect,
        help="Read private close codes as NAME does; connect takes the negotiated subprotocol's by itself.",
    )(command)


def tongue_of(dialect: str | None, settings: Settings) -> Tongue:
    """Return how codes are read in a dialect of ours or of the user's; raises `InspectError` on an unknown one."""
    if dialect is None:
        return Tongue(None, None)
    own = settings.close_codes
    from wsinspect.dialects import DIALECTS

    name = dialect_of(dialect, own) or dialect
    if name not in own and name not in DIALECTS:
        known = [*own, *DIALECTS]
        near = nearest(name.lower(), known)
        hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(known)}"
        raise InspectError(f"no dialect is called `{shortened(dialect)}`", hint=hint)
    return Tongue(name, own.get(name))
