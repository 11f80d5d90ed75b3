"""Captures of a network, pcap and pcapng, as recordings: the unencrypted WebSockets in them, on any port.

Each is seen from its client: what the client sent goes out. TCP is put in order, HTTP is read up to the upgrade, and
both directions are read by the reader that reads live connections, frames too. What cannot be read is told. No more is
held than connections that are under way, and of these the ones that were heard of last. Knows no file.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import BinaryIO

from wsinspect.errors import Exit, InspectError, Unreadable
from wsinspect.events import Batch, Moment
from wsinspect.recordings.captures.conversations import Conversation, End, Numbers
from wsinspect.recordings.captures.files import Broken, Packet, packets_of
from wsinspect.recordings.captures.notes import Notes, so_many
from wsinspect.recordings.captures.packets import ACK, SYN, Segment, Unread, segment_of

MOST_CONNECTIONS = 16_384
MOST_HELD = 384 << 20
"""Bytes of memory that all connections together may take; those that were heard of longest ago go first."""

LET_GO = "let go of, to bound memory, since too many are open at once: {}"
STILL_OPEN = "still open where the capture ends: {}"
CUT = "cut short when they were captured, so that messages are missing (`tcpdump -s 0` keeps them whole): {}"
UNREAD = "not read, since they are {what}: {{}}"
HINT = "it may still be written, or was cut off; `tcpdump -U` writes each packet as it comes"


def read(stream: BinaryIO, noted: Callable[[str], None] = lambda note: None) -> Iterator[Batch]:
    """Yield the batches of a capture; ``noted`` is told in a sentence of what is passed over.

    Raises:
        InspectError: the file is damaged, with the byte; what stands before it has been yielded.
    """
    capture = _Capture(Notes(noted))
    damage: InspectError | None = None
    try:
        for packet in packets_of(stream):
            yield from capture.take(packet)
    except Broken as fault:
        where = f"the capture is damaged at byte {fault.offset:,}"
        damage = InspectError(f"{where}: {fault.sentence}", hint=HINT, exit=Exit.OUTPUT)
    except Unreadable as fault:
        damage = fault
    yield from capture.end()
    if damage is not None:
        raise damage


class _Capture:
    """The connections of a capture, by their ends."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._numbers = Numbers()
        self._table: OrderedDict[tuple[End, End], Conversation] = OrderedDict()
        self._held = 0
        self._packets = 0
        self._first: int | None = None
        self._last = 0

    def take(self, packet: Packet) -> Iterator[Batch]:
        """Take a packet; yield what it brought."""
        self._packets += 1
        if packet.at:
            self._last = packet.at
            if self._first is None:
                self._first = packet.at
        try:
            segment = segment_of(packet.link, packet.data)
        except Unread as what:
            self._notes.count(UNREAD.format(what=what), "packet")
            return
        if segment is None:
            return
        if packet.lacks and segment.size > len(segment.data):
            self._notes.count(CUT, "packet")
        yield from self._taken(segment)

    def _taken(self, segment: Segment) -> Iterator[Batch]:
        source, target = segment.source, segment.target
        key = (source, target) if source < target else (target, source)
        conversation = self._table.get(key)
        begins = segment.flags & (SYN | ACK) == SYN
        if conversation is not None and begins and conversation.begins_anew(segment):
            yield from conversation.replace(self._now, self._last)
            self._held -= conversation.cost
            conversation = None
        if conversation is None:
            if not segment.data and not segment.flags & SYN:
                return
            conversation = self._table[key] = Conversation(self._numbers, self._notes)
            self._held += conversation.cost
        self._table.move_to_end(key)
        before = conversation.cost
        yield from conversation.take(segment, self._now, self._last)
        self._held += conversation.cost - before
        while len(self._table) > MOST_CONNECTIONS or (self._held > MOST_HELD and len(self._table) > 1):
            yield from self._let_go()

    def _let_go(self) -> Iterator[Batch]:
        _, oldest = self._table.popitem(last=False)
        self._held -= oldest.cost
        yield from oldest.stop(self._now, self._last, LET_GO)

    def end(self) -> Iterator[Batch]:
        """The capture ends."""
        while self._table:
            _, oldest = self._table.popitem(last=False)
            yield from oldest.stop(self._now, self._last, STILL_OPEN)
        if not self._numbers.last:
            self._notes.tell("capture", f"no WebSocket was found in {so_many(self._packets, 'packet')}")
        self._notes.finish()

    @property
    def _now(self) -> Moment:
        return Moment(self._last / 1e9, (self._last - (self._first or self._last)) / 1e9)
