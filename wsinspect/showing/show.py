"""Recordings shown one after the other, batch by batch, until they end or it is enough.

Where a file holds several connections side by side, a line tells when another one goes on, as between several files.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from wsinspect.close_codes import Tongue
from wsinspect.conversation.wishes import Wishes
from wsinspect.counting import gate_of
from wsinspect.errors import Exit, InspectError, Mistakes, shortened
from wsinspect.events import CLOSED, GAP, HANDSHAKE, Batch
from wsinspect.reading import place_of
from wsinspect.recording_files import batches_of
from wsinspect.render.safe import neutral
from wsinspect.showing.connection import Connection, Stage
from wsinspect.term.screen import say
from wsinspect.term.writer import Writer

MARKED = ("pretty", "plain")
"""Formats in which a line tells what follows; the others are data."""

LONGEST = 200

APART = frozenset({HANDSHAKE, GAP, CLOSED})
"""Types of rows that are shown each by itself."""


class Reading(NamedTuple):
    """How recordings are read: with which connection, and whether with the secrets in them."""

    connection: int | None = None
    show_secrets: bool = False


class Showing:
    """Shows recordings on ``out``."""

    def __init__(self, wishes: Wishes, tongue_of: Callable[[str | None], Tongue], out: Writer) -> None:
        self._wishes = wishes
        self._out = out
        self._stage = Stage(wishes, tongue_of, out.write, self._say)
        self._gate = gate_of(wishes.looking)
        self._connections: dict[int, Connection] = {}
        self._current = 0
        self._begun = 0
        """So many connections that stand side by side have begun."""

    def run(self, paths: Sequence[str], reading: Reading) -> int:
        """Show all; raises `InspectError` for what could not be read, or was wanted and did not come."""
        errors: list[InspectError] = []
        for path in paths:
            if len(paths) > 1:
                self._mark(place_of(path))
            try:
                self._show_file(path, reading)
            except InspectError as error:
                if error.exit == Exit.OUTPUT and error.message.startswith("cannot write"):
                    raise
                errors.append(error)
            if self._is_enough:
                break
        self._out.flush()
        if errors:
            raise errors[0] if len(errors) == 1 else Mistakes(errors)
        unmet = self._gate.unmet() if self._gate is not None else ""
        if unmet:
            raise InspectError(unmet, exit=Exit.UNMET)
        return Exit.OK

    @property
    def _is_enough(self) -> bool:
        return self._gate is not None and self._gate.enough

    def _show_file(self, path: str, reading: Reading) -> None:
        self._connections.clear()
        self._current = self._begun = 0
        batches = batches_of(path, self._noted, show_secrets=reading.show_secrets, connection=reading.connection)
        try:
            for batch in batches:
                if self._show(batch):
                    return
        finally:
            self._out.flush()
        for connection in self._connections.values():
            connection.end()
        self._connections.clear()

    def _show(self, batch: Batch) -> bool:
        """Show a batch; tell whether it is enough."""
        if self._gate is not None:
            batch = self._gate.cut(batch)
        connection = self._connections.get(batch.connection)
        if connection is None:
            connection = self._connections[batch.connection] = Connection(self._stage, batch.connection)
        if batch.connection != self._current:
            self._change(batch, connection)
        for part in _parts(batch):
            connection.show(part)
            if part.rows and part.rows[0][0] == CLOSED and batch.connection:
                del self._connections[batch.connection]
        if self._gate is None:
            return False
        return self._gate.done or (self._gate.closed_as_wished and any(row[0] == CLOSED for row in batch.rows))

    def _change(self, batch: Batch, connection: Connection) -> None:
        self._current = batch.connection
        self._begun = max(self._begun, batch.connection)
        if self._begun > 1:
            url = connection.url
            if batch.rows and batch.rows[0][0] == HANDSHAKE:
                url = batch.rows[0][1].url
            self._mark(f"connection {batch.connection}" + (f" · {url}" if url else ""))

    def _mark(self, name: str) -> None:
        """Tell on standard output what follows."""
        if self._wishes.format in MARKED:
            style = self._wishes.look.palette
            self._out.write(f"{style.bold}==> {neutral(shortened(name, LONGEST))} <=={style.reset}\n")

    def _noted(self, sentence: str) -> None:
        if not self._wishes.quiet:
            style = self._wishes.talk.palette
            self._say(f"{style.dim}● {neutral(sentence)}{style.reset}\n")

    def _say(self, text: str) -> None:
        self._out.flush()
        tag = f"#{self._current} " if self._begun > 1 and not self._wishes.json_summary else ""
        say(tag + text)


def _parts(batch: Batch) -> Iterable[Batch]:
    """Return a batch, or its parts where rows that are shown by themselves stand beside others."""
    if batch.uniform or len(batch.rows) < 2 or not any(row[0] in APART for row in batch.rows):
        return (batch,)
    return _split(batch)


def _split(batch: Batch) -> Iterator[Batch]:
    rows = []
    for row in batch.rows:
        if row[0] not in APART:
            rows.append(row)
            continue
        if rows:
            yield batch.holding(rows)
        rows = []
        yield batch.holding([row])
    if rows:
        yield batch.holding(rows)
