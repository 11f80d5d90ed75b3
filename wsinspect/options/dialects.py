"""``--dialect``: how private close codes are read."""

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from wsinspect.close_codes import Tongue, dialect_of
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.files import read_settings
from wsinspect.options.sections import Command
from wsinspect.settings import Settings


def complete_dialect(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the dialects, the user's own ones first."""
    from wsinspect.dialects import DIALECTS

    try:
        own = read_settings(chosen=ctx.params.get("config")).close_codes
    except InspectError:
        own = {}
    titles = dict.fromkeys(own, "from your configuration file")
    for name, dialect in DIALECTS.items():
        titles[name] = f"{dialect.title}; with codes of your own" if name in own else dialect.title
    typed = incomplete.casefold()
    return [CompletionItem(name, help=title) for name, title in titles.items() if name.casefold().startswith(typed)]


def dialect_option(command: Command) -> Command:
    """Add ``--dialect``; `tongue_of` takes its value."""
    return click.option(
        "--dialect",
        metavar="NAME",
        shell_complete=complete_dialect,
        help="Read private close codes as NAME does; connect takes the negotiated subprotocol's by itself.",
    )(command)


def tongue_of(dialect: str | None, settings: Settings) -> Tongue:
    """Return how codes are read in a dialect of ours or of the user's, named in any case.

    Raises:
        InspectError: the name is unknown.
    """
    if dialect is None:
        return Tongue(None, None)
    own = settings.close_codes
    from wsinspect.dialects import DIALECTS, SUBPROTOCOLS

    known = dict.fromkeys([*own, *DIALECTS])
    name = dialect_of(dialect, own) or dialect
    if name not in known:
        spelled = {other.casefold(): target for other, target in SUBPROTOCOLS.items()}
        spelled |= {other.casefold(): other for other in known}
        name = spelled.get(dialect.casefold(), "")
    if not name:
        near = nearest(dialect.lower(), known)
        hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(known)}"
        raise InspectError(f"no dialect is called `{shortened(dialect)}`", hint=hint)
    return Tongue(name, own.get(name))


def tongue_chooser(dialect: str | None, settings: Settings) -> Callable[[str | None], Tongue]:
    """Return how a negotiated subprotocol chooses the way codes are read; a named dialect needs no choosing."""
    if dialect is not None:
        chosen = tongue_of(dialect, settings)
        return lambda subprotocol: chosen
    return lambda subprotocol: tongue_of(dialect_of(subprotocol, settings.close_codes), settings)
