"""``wsinspect export``: write a recording in a form that other programs read."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import click

from wsinspect.errors import Exit, InspectError
from wsinspect.events import FRAME, HANDSHAKE, Batch
from wsinspect.exports import BINARY, OF_CLIENT
from wsinspect.filters.looking import TYPES
from wsinspect.options.exporting import STDOUT, Export, export_of, exporting_options
from wsinspect.options.looking import filter_options, filters_of
from wsinspect.options.output import colour_option
from wsinspect.options.recordings import reading_options
from wsinspect.options.sections import SectionedCommand
from wsinspect.registry import EXPORTS
from wsinspect.render.safe import neutral
from wsinspect.term.screen import say

ALL_BUT_FRAMES = frozenset().union(*TYPES.values()) - {FRAME}


@click.command(
    cls=SectionedCommand,
    epilog="Example:  wsinspect export session.ndjson -o session.har\n\n\b\n"
    "Into a pipe, and out of one:\n"
    "  wsinspect export session.har --to ndjson --type text | jq .text\n"
    "  ssh host cat session.ndjson.gz | wsinspect export - -o session.csv\n",
)
@click.argument("files", nargs=-1, metavar="FILE", type=click.Path())
@exporting_options
@reading_options
@filter_options
@colour_option
@click.pass_context
def export(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> int:
    """Write a recording in a form that other programs read.

    FILE is a recording in any form that `wsinspect show` reads; - is standard input. What the form cannot hold is told
    on standard error, with how often it was there.

    A file is written whole or not at all, for you alone (mode 0600), and replaces none unless --force is given. Of a
    recording that is damaged, what can be read is written; exit code 11.

    sh and python hold the client's side only, with its pauses; secrets stand in them as ***. CSV leaves texts as they
    are, also those that a spreadsheet takes for a formula (= + - @); it tells how many there are.
    """
    if not files:
        raise click.MissingParameter(ctx=ctx, param_hint="'FILE'", param_type="argument")
    if len(files) > 1:
        raise click.UsageError("one recording is exported at a time; the name of the output stands behind -o", ctx)
    wanted = export_of(given)
    looking = filters_of(given)
    from wsinspect.exported_files import is_shown, put_pieces, refuse_there, write_pieces

    if wanted.path != STDOUT and not wanted.force:
        refuse_there(wanted.path)
    if wanted.form in BINARY and is_shown(wanted.path):
        raise InspectError(f"{wanted.form} is not for a terminal", hint="-o FILE writes it into a file")
    notes = (lambda sentence: None) if given["quiet"] else _note
    reading = _Reading(files[0], given, looking, notes, counts=("out",) if wanted.form in OF_CLIENT else ("in", "out"))
    pieces = EXPORTS.load(wanted.form)(reading, notes)
    if wanted.path == STDOUT:
        put_pieces(pieces)
    else:
        write_pieces(wanted.path, pieces, force=wanted.force)
        notes(reading.written(wanted))
    if reading.damage is not None:
        raise reading.damage
    return Exit.OK


class _Reading:
    """The batches of a recording that are wanted. Its damage is kept until what stood before it is written.

    Messages of the directions ``counts`` are told as written.
    """

    def __init__(self, path: str, given: dict[str, Any], looking: Any, notes: Any, *, counts: tuple[str, ...]) -> None:
        from wsinspect.recording_files import batches_of

        self.damage: InspectError | None = None
        self._counts = counts
        self._messages = self._connections = 0
        if (looking.where or looking.grep) and looking.types is None:
            # Frames stand apart from their messages here, and cannot be judged with them.
            looking = looking._replace(types=ALL_BUT_FRAMES)
        self._sieve = None
        if looking.filters:
            # What filters need is loaded when there are some.
            from wsinspect.filters.sieve import sieve

            self._sieve = sieve(looking)
        batches = batches_of(path, notes, show_secrets=given["show_secrets"], connection=given["connection"])
        # What cannot be read at all is told before anything is written.
        first = next(batches, None)
        self._batches: Iterator[Batch] = batches if first is None else chain((first,), batches)

    def __iter__(self) -> Iterator[Batch]:
        try:
            for batch in self._batches:
                if self._sieve is not None:
                    batch = self._sieve(batch)
                    if not batch.rows:
                        continue
                if batch.direction in self._counts:
                    self._messages += batch.messages
                if not batch.uniform:
                    self._connections += sum([row[0] == HANDSHAKE for row in batch.rows])
                yield batch
        except InspectError as error:
            if error.exit != Exit.OUTPUT:
                raise
            self.damage = error

    def written(self, wanted: Export) -> str:
        """Return a sentence on what was written."""
        of = f" of {self._connections:,} connections" if self._connections > 1 else ""
        return f"wrote {wanted.path}: {self._messages:,} message{'' if self._messages == 1 else 's'}{of}"


def _note(sentence: str) -> None:
    say(f"● {neutral(sentence)}\n")
