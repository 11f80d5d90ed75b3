"""``wsinspect stats``: the figures of a recording."""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from wsinspect.errors import Exit, InspectError, Mistakes, Signalled, shortened
from wsinspect.events import Batch
from wsinspect.filters.topic import help_text
from wsinspect.options.looking import expression_of, filter_options, filters_of
from wsinspect.options.output import colour_option
from wsinspect.options.recordings import reading_options
from wsinspect.options.sections import SectionedCommand, option, together
from wsinspect.reading import STDIN
from wsinspect.recording_files import batches_of
from wsinspect.redact import redact_text
from wsinspect.render.palette import palette
from wsinspect.render.safe import neutral
from wsinspect.term.interrupts import interruptible
from wsinspect.term.screen import colour_of, columns, draws_blocks, is_terminal, put, say

if TYPE_CHECKING:
    from wsinspect.figures.account import Account

FIGURES = "Figures"

figure_options = together(
    option(
        FIGURES, "--key", metavar="EXPR",
        help="The key that a request and its answer have in common. Default: guessed, from JSON-RPC, GraphQL over "
        "WebSocket, and fields such as id, request_id or ref.",
    ),
    option(
        FIGURES, "--sequence", metavar="EXPR",
        help="Numbers that should count up by one, in each direction: tell what is missing, comes twice or goes back.",
    ),
    option(
        FIGURES, "--by", metavar="EXPR",
        help="With --sequence: each value of EXPR, such as a channel, counts for itself.",
    ),
    option(FIGURES, "--json", "as_json", is_flag=True, help="Print an object, or an array if there are several files."),
)  # fmt: skip


@click.command(
    cls=SectionedCommand,
    epilog="Example:  wsinspect stats session.ndjson --sequence seq --by channel\n\n" + help_text(),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True))
@figure_options
@filter_options
@reading_options
@colour_option
def stats(files: tuple[str, ...], **given: Any) -> None:
    """Show the figures of a recording: counts, bytes, rates, sizes, silences, pings, answers.

    FILE is what `connect --record` or `--format ndjson` writes, in any form that is known; - is standard input.
    Percentiles are within 0.4 %. Of several files, each has figures of its own.

    A damaged recording has its figures shown as far as it can be read, and exit code 11.
    """
    if given["by"] is not None and given["sequence"] is None:
        raise click.UsageError("--by belongs to --sequence")
    if files.count(STDIN) > 1:
        raise click.UsageError("standard input can be read only once")
    facts, faults = [], []
    for place, file in enumerate(files):
        account, fault = _account(file, given)
        if given["as_json"]:
            # What only JSON needs is loaded for it.
            from wsinspect.render.stats_json import stats_dict

            facts.append(stats_dict(account, redact_text(file), complete=fault is None))
        else:
            put("\n" * (place > 0) + _card(account, file, given))
        if isinstance(fault, InspectError):
            faults.append(fault.within(shortened(file, 200)) if len(files) > 1 else fault)
        elif fault is not None:
            _put_json(facts, len(files))
            raise fault
    _put_json(facts, len(files))
    if faults:
        raise Mistakes(faults)


def _put_json(facts: list[dict[str, Any]], files: int) -> None:
    if facts:
        from wsinspect.render.close_card import to_json

        put(to_json(facts[0] if files == 1 else facts))


def _account(file: str, given: dict[str, Any]) -> "tuple[Account, InspectError | KeyboardInterrupt | None]":
    """Return the figures of a file, and what ended the reading before its end."""
    from wsinspect.figures.account import Account
    from wsinspect.figures.keys import told

    key = expression_of("--key", given["key"])
    sequence, by = expression_of("--sequence", given["sequence"]), expression_of("--by", given["by"])
    account = Account(None if key is None else told(key), sequence, by)
    fault: InspectError | KeyboardInterrupt | None = None
    try:
        with interruptible():
            for batch in _batches(file, given):
                account.add(batch)
    except InspectError as damage:
        if damage.exit != Exit.OUTPUT:
            raise
        fault = damage
    except KeyboardInterrupt as interrupt:
        # Standard input may never end.
        if not account.rows:
            raise
        if is_terminal(sys.stdout) and not (isinstance(interrupt, Signalled) and interrupt.exit != Exit.SIGINT):
            # It has shown ^C.
            say("\n")
        fault = interrupt
    account.finish()
    return account, fault


def _batches(file: str, given: dict[str, Any]) -> Iterator[Batch]:
    from wsinspect.filters.sieve import sieve

    style = palette(colour_of(sys.stderr, given["colour"]))
    sifting = sieve(filters_of(given))

    def noted(sentence: str) -> None:
        say(f"{style.dim}● {neutral(redact_text(sentence))}{style.reset}\n")

    batches = batches_of(file, noted, show_secrets=given["show_secrets"], connection=given["connection"])
    for batch in batches:
        yield batch if sifting is None else sifting(batch)


def _card(account: "Account", file: str, given: dict[str, Any]) -> str:
    from wsinspect.render.charts import ASCII, BLOCKS
    from wsinspect.render.stats_card import stats_card

    glyphs = BLOCKS if draws_blocks(os.environ) else ASCII
    name = "standard input" if file == STDIN else redact_text(file)
    style = palette(colour_of(sys.stdout, given["colour"]))
    return stats_card(account, name, style, columns(), glyphs)
