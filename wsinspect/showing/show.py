"""Recordings shown one after the other, batch by batch, until they end or it is enough.

Where a file holds several connections side by side, a line tells when another one goes on, as between several files.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from wsinspect.close_codes import Tongue
from wsinspect.conversation.wishes import Wishes
from wsinspect.counting import gate_of
from wsinspect.errors import Exit, InspectError, Mistakes
from wsinspect.events import CLOSED, FRAME, GAP, HANDSHAKE, Batch
from wsinspect.reading import place_of
from wsinspect.recording_files import batches_of
from wsinspect.render.safe import clipped, neutral
from wsinspect.showing.connection import Connection, Stage
from wsinspect.term.screen import say
from wsinspect.term.writer import Unwritten, Writer

MARKED = ("pretty", "plain")
"""Formats in which a line tells what follows; the others are data."""

LONGEST = 200
"""Characters of a name in such a line."""

MOST_OPEN = 10_000
"""So many connections are open at a time at most, as far as this program remembers."""

APART = frozenset({HANDSHAKE, GAP, CLOSED})
"""Types of rows that are shown each by itself."""


class Reading(NamedTuple):
    """How recordings are read: with which connection, whether with the secrets in them, and as they grow."""

    connection: int | None = None
    show_secrets: bool = False
    follow: bool = False


class Showing:
    """Shows recordings on ``out``."""

    def __init__(self, wishes: Wishes, tongue_of: Callable[[str | None], Tongue], out: Writer) -> None:
        self._wishes = wishes
        self._out = out
        self._stage = Stage(wishes, tongue_of, out.write, self._say)
        self._gate = gate_of(wishes.looking)
        self._missing = self._gate.missing if self._gate is not None else 0
        """So many messages are still wanted."""

        self._is_enough = False
        self._connections: dict[int, Connection] = {}
        """Those that are open, the one shown last at the end."""

        self._current = 0
        self._begun = 0
        """So many connections that stand side by side have begun."""

        self._lacks_frames = False
        """Frames are wanted, and none were seen."""

    def run(self, paths: Sequence[str], reading: Reading) -> int:
        """Show all; raises `InspectError` for what could not be read, or was wanted and did not come."""
        errors: list[InspectError] = []
        for path in paths:
            if len(paths) > 1:
                self._mark(place_of(path))
            try:
                self._show_file(path, reading)
            except Unwritten:
                raise
            except InspectError as error:
                errors.append(error)
            if self._is_enough:
                break
        if errors:
            raise errors[0] if len(errors) == 1 else Mistakes(errors)
        if self._gate is not None and not self._is_enough:
            self._gate.missing = self._missing
            raise InspectError(self._gate.unmet(), exit=Exit.UNMET)
        return Exit.OK

    def _show_file(self, path: str, reading: Reading) -> None:
        self._connections.clear()
        self._current = self._begun = 0
        self._lacks_frames = self._wishes.look.frames
        try:
            for batch in batches_of(path, self._noted, **reading._asdict(), waits=self._wait):
                if self._show(batch):
                    self._is_enough = True
                    self._out.flush()
                    return
        except Unwritten:
            raise
        except InspectError:
            self._end()
            raise
        self._end()

    def _end(self) -> None:
        """A file is read."""
        some = bool(self._begun or self._connections)
        for number, connection in list(self._connections.items()):
            self._current = number
            connection.end()
        if self._lacks_frames and some:
            self._noted("no frames are recorded here: they are by connect --record-frames")
        self._out.flush()

    def _wait(self) -> None:
        """More is read, which may take its time: until then, all is shown."""
        self._out.flush()
        self._out.demand_reader()

    def _show(self, batch: Batch) -> bool:
        """Show a batch; tell whether it is enough."""
        number = batch.connection
        connection = self._connections.get(number)
        if connection is None:
            connection = self._connections[number] = Connection(self._stage, number)
        if number != self._current:
            self._change(batch, connection)
        gate = connection.gate
        if gate is not None:
            gate.missing = self._missing
            batch = gate.cut(batch)
            self._missing = gate.missing
        if self._lacks_frames and not batch.uniform:
            self._lacks_frames = not any(row[0] == FRAME for row in batch.rows)
        is_over = False
        for part in _parts(batch):
            connection.show(part)
            is_over = bool(part.rows) and part.rows[0][0] == CLOSED
        if is_over and number:
            del self._connections[number]
        return gate is not None and (gate.done or (gate.closed_as_wished and is_over))

    def _change(self, batch: Batch, connection: Connection) -> None:
        """Another connection goes on."""
        number = self._current = batch.connection
        self._connections[number] = self._connections.pop(number)
        if len(self._connections) > MOST_OPEN:
            # What is silent for longest is most likely closed, though nobody saw it.
            self._connections.pop(next(iter(self._connections))).end()
        self._begun = max(self._begun, number)
        if self._begun > 1:
            url = connection.url
            if batch.rows and batch.rows[0][0] == HANDSHAKE:
                url = batch.rows[0][1].url
            self._mark(f"connection {number}" + (f" · {url}" if url else ""))

    def _mark(self, name: str) -> None:
        """Tell on standard output what follows."""
        if self._wishes.format in MARKED:
            style = self._wishes.look.palette
            self._out.write(f"{style.bold}==> {clipped(name, LONGEST)} <=={style.reset}\n")

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
