"""HAR files (HTTP Archive 1.2) read back: each WebSocket entry is a connection, in the file's order. Knows no file.

Chrome writes the messages of a WebSocket as ``_webSocketMessages``, and others followed: `har_messages` tells what they
write, `har_entries` what stands beside them. Entries that are no WebSockets are passed over. An entry is read as it
comes; only where its messages stand before what the handshake is made of (as older versions of Chrome write them) they
are put aside until it is known.

What HAR does not tell is not made up, with two exceptions that a row cannot do without: the clock that never jumps is
the other one, and the size of a message on the wire is that of a single frame without compression. In a file that
`exports.har` wrote both are told, as is what the form has no place for (``_wsinspect`` and ``_wsinspectEnd``).
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from wsinspect.ending import Ending
from wsinspect.errors import Exit, InspectError, Unreadable
from wsinspect.events import CLOSE, CLOSED, CLOSING, GAP, HANDSHAKE, Batch, Moment, Row, alone
from wsinspect.recordings.fields import Damaged, Fields
from wsinspect.recordings.har_entries import Entry
from wsinspect.recordings.har_messages import Messages
from wsinspect.recordings.json_stream import Broken, JsonStream, Source
from wsinspect.recordings.rows import ROWS
from wsinspect.spool import Spool

MESSAGES = "_webSocketMessages"
OWN, OWN_END = "_wsinspect", "_wsinspectEnd"
AHEAD = frozenset({"startedDateTime", "request", "response"})
"""What must be known of an entry before its messages are given."""


def read(stream: Source, noted: Callable[[str], None] = lambda note: None) -> Iterator[Batch]:
    """Yield the batches of a HAR file; ``noted`` is told in a sentence of what is passed over.

    Raises:
        InspectError: it is damaged, with the byte at which; batches before that have been yielded.
    """
    reader = _Har(JsonStream(stream))
    damage: InspectError | None = None
    try:
        try:
            yield from reader.batches()
        except Broken as fault:
            damage = InspectError(f"the HAR file is damaged at byte {fault.offset:,}: {fault}", exit=Exit.OUTPUT)
        except Unreadable as fault:
            damage = fault
        if damage is not None:
            yield from reader.rest()
    finally:
        reader.close()
    for sentence in reader.notes():
        noted(sentence)
    if damage is not None:
        raise damage
    if not reader.has_entries:
        raise InspectError("it is JSON, but no HAR file: `log.entries` is missing", exit=Exit.OUTPUT)


class _Har:
    """Reads one file, and counts what is passed over."""

    def __init__(self, stream: JsonStream) -> None:
        self.has_entries = False
        self._stream = stream
        self._spool = Spool()
        self._messages = Messages()
        self._others = self._silent = self._connections = 0
        self._connection: _Connection | None = None

    def batches(self) -> Iterator[Batch]:
        """Yield all there is."""
        stream = self._stream
        for key in self._members():
            if key != "log":
                stream.skip()
                continue
            for key in self._members():
                if key != "entries" or stream.peek() != "[":
                    stream.skip()
                    continue
                self.has_entries = True
                for _ in stream.items():
                    if stream.peek() == "{":
                        yield from self._entry()
                    else:
                        stream.skip()
        stream.end()

    def rest(self) -> Iterator[Batch]:
        """Yield what is known of the entry in which the file is damaged."""
        if self._connection is not None:
            yield from self._end(self._connection)

    def notes(self) -> Iterator[str]:
        """Yield a sentence on each kind of thing that was passed over."""
        if self._others:
            entries = "entry that is" if self._others == 1 else "entries that are"
            yield f"the HAR file holds {self._others:,} {entries} no WebSocket, passed over"
        if self._silent:
            yield (
                f"the HAR file holds no messages of {self._silent:,} WebSocket{'' if self._silent == 1 else 's'}: "
                "Firefox writes none, and Playwright may keep them in files beside it"
            )
        yield from self._messages.notes()

    def close(self) -> None:
        """Let go what was put aside."""
        self._spool.close()

    def _members(self) -> Iterator[str]:
        if self._stream.peek() == "{":
            yield from self._stream.members()
        else:
            self._stream.skip()

    def _entry(self) -> Iterator[Batch]:
        stream = self._stream
        connection = self._connection = _Connection(self._messages)
        keys: set[str] = set()
        for key in stream.members():
            if key == MESSAGES and stream.peek() == "[":
                connection.has_messages = True
                for _ in stream.items():
                    message = stream.value()
                    if keys >= AHEAD:
                        yield from self._begin(connection, message)
                        yield from connection.message(message)
                    else:
                        self._spool.add(MESSAGES, json.dumps(message).encode() + b"\n")
            elif key in (OWN, OWN_END) and stream.peek() == "{":
                connection.own[key] = stream.value()
            else:
                connection.entry.take(key, stream)
            keys.add(key)
        yield from self._end(connection)

    def _begin(self, connection: "_Connection", first: Any) -> Iterator[Batch]:
        if not connection.number:
            self._connections += 1
            yield from connection.begun(self._connections, first)

    def _end(self, connection: "_Connection") -> Iterator[Batch]:
        self._connection = None
        if not connection.has_messages and not connection.entry.is_websocket:
            self._others += 1
            return
        for line in self._spool.lines(MESSAGES):
            message = json.loads(line)
            yield from self._begin(connection, message)
            yield from connection.message(message)
        yield from self._begin(connection, None)
        self._silent += not connection.has_messages
        yield from connection.ended()


class _Connection:
    """An entry that is a WebSocket, as far as it has been read; its number is 0 until it has begun."""

    def __init__(self, messages: Messages) -> None:
        self.entry = Entry()
        self.own: dict[str, dict[str, Any]] = {}
        self.has_messages = False
        self.number = 0
        self._messages = messages
        self._last = Moment(0.0, 0.0)
        self._ending = Ending()
        self._closes: set[int] = set()
        self._failed = False

    def begun(self, number: int, first: Any) -> Iterator[Batch]:
        """Yield the handshake; ``first`` is the first message, or None."""
        self.number = number
        own = self.own.get(OWN, {})
        handshake = self.entry.handshake(self._messages.time(first))
        self._last = handshake.at
        if "handshake" in own:
            # None stands for a connection of which no handshake was recorded.
            row = _own_row(own["handshake"])
            if row is None:
                return
            handshake = row[1]
            self._last = handshake.at
        yield alone(handshake.at, "in", (HANDSHAKE, handshake, 0), number)

    def message(self, message: Any) -> Iterator[Batch]:
        """Yield a message."""
        told = self._messages.read(message, self._last)
        if told is None:
            return
        self._last = told.at
        if told.row is None:
            self._failed = True
            self._ending.lost(told.error)
            return
        type, payload, _ = told.row
        if type in (CLOSE, CLOSING):
            self._closes.add(type)
            (self._ending.close_received if type == CLOSE else self._ending.close_sent)(payload)
        yield alone(told.at, told.direction, told.row, self.number)

    def ended(self) -> Iterator[Batch]:
        """Yield the end, where it is known: as we wrote it, or because of both close frames, or an error."""
        if OWN in self.own:
            rows = self.own.get(OWN_END, {}).get("rows")
            for line in rows if isinstance(rows, list) else []:
                row = _own_row(line)
                if row is not None and row[0] in (CLOSED, GAP):
                    yield alone(Fields(line).at(), "in", row, self.number)
            return
        error = self.entry.error
        if error:
            self._failed = True
            self._ending.lost(error)
        if self._failed or len(self._closes) > 1:
            yield alone(self._last, "in", (CLOSED, self._ending.closed(), 0), self.number)


def _own_row(line: Any) -> Row | None:
    """Return the row of a line of NDJSON that stands in the file; None where it is none."""
    if not isinstance(line, dict):
        return None
    fields = Fields(line)
    try:
        fields.at()
        return ROWS[fields.one_of("type", "HANDSHAKE", "CLOSED", "GAP")](fields)
    except Damaged:
        return None
