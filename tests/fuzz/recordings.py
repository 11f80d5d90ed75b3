"""What is fuzzed of recordings: each form that is read back, whole and as it trickles in."""

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.captures import ACK, ANSWERED, FIN, PUSH, RST, SYN, Talk, agreeing, classic, next_generation
from tests.wire_peer import cut, same
from wsinspect.errors import InspectError, Unreadable
from wsinspect.events import DATA, FRAME, Batch
from wsinspect.recording_streams import GZIP, Stream, Unpacked, packing_of
from wsinspect.recordings import har as har_files
from wsinspect.recordings import pcap as captures
from wsinspect.recordings import reading
from wsinspect.recordings.json_stream import Broken, JsonStream
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson as lines_of

Read = Callable[[Any, Callable[[str], None]], Iterator[Batch]]


class Trickle(io.BytesIO):
    """A stream that gives at most so many bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._most if size is None or size < 0 else min(size, self._most))


def trickling(data: bytes) -> io.BufferedReader:
    """Return a stream as commands read it, to which little comes at a time."""
    return io.BufferedReader(Stream(Trickle(data, 1 + len(data) % 97).read), 1 << 16)


Found = tuple[list[tuple], list[str], str]
"""Rows with what is known of their batches, notes, and what is told in the end."""


def found(read: Read, stream: Any) -> Found:
    """Read a stream to its end; nothing but `InspectError` may come of it."""
    rows: list[tuple] = []
    notes: list[str] = []
    told = ""
    try:
        for batch in read(stream, notes.append):
            assert batch.rows
            data = [row for row in batch.rows if row[0] in DATA]
            assert (batch.messages, batch.payload) == (len(data), sum(len(row[1]) for row in data))
            rows += [(batch.at, batch.direction, batch.connection, *row) for row in batch.rows]
            for event in batch:
                repr(event)
    except InspectError as error:
        told = error.message
        assert told
    return rows, notes, told


ROUND_TRIP = re.compile(r',"rtt":[0-9.]+')
"""Made of two times, in nanoseconds in some files, in microseconds in a recording: its last digit may differ."""


def written_again(rows: list[tuple], read: Read = reading.read) -> None:
    """Write rows as a recording: it must be whole, printable, and read back as it was."""
    render = lines_of(Look(frames=True))
    first = "".join(_lines(render, rows))
    assert all(line.isprintable() for line in first.split("\n")), "a recording holds what is not printable"
    for line in first.splitlines():
        json.loads(line)
    again, notes, told = found(read, io.BytesIO(first.encode()))
    assert not notes
    assert not told, told
    render = lines_of(Look(frames=True))
    second = "".join(_lines(render, again))
    assert ROUND_TRIP.sub("", second) == ROUND_TRIP.sub("", first), "a recording is not read back as it was written"


def _lines(render: Callable[[Batch], Any], rows: list[tuple]) -> Iterator[str]:
    for at, direction, connection, *row in rows:
        yield render(Batch(at, direction, [tuple(row)], connection=connection))


def ndjson(data: bytes) -> None:
    """Read a recording."""
    whole = found(reading.read, io.BytesIO(data))
    pieces = found(reading.read, trickling(data))
    assert pieces == whole, "it depends on how it comes"
    written_again(whole[0])


def har(data: bytes) -> None:
    """Read a HAR file."""
    whole = found(har_files.read, io.BytesIO(data))
    pieces = found(har_files.read, trickling(data))
    assert pieces == whole, "it depends on how it comes"
    written_again(whole[0])


def pcap(data: bytes) -> None:
    """Read a capture."""
    whole = found(captures.read, io.BytesIO(data))
    pieces = found(captures.read, trickling(data))
    assert pieces == whole, "it depends on how it comes"
    assert all(row[2] > 0 for row in whole[0])
    written_again(whole[0])


def packed(data: bytes) -> None:
    """Unpack what looks like gzip or Zstandard: all that stands before damage comes, and no more than is asked for."""
    one, other = _unpacked(data, len(data) + 1), _unpacked(data, 1 + len(data) % 97)
    # What stands in a damaged block of Zstandard's depends on where it was cut.
    assert not data.startswith(GZIP) or one == other, "it depends on how it comes"


def _unpacked(data: bytes, most: int) -> tuple[bytes, list[str], str] | None:
    packing = packing_of(data[:8])
    if packing is None:
        return None
    notes: list[str] = []
    unpacked = Unpacked(Trickle(data, most).read, packing, notes.append)
    made = b""
    try:
        while piece := unpacked.read(4096):
            assert len(piece) <= 4096
            made += piece
    except Unreadable as error:
        return made, notes, error.message
    return made, notes, ""


PIECES = 12
FLAGS = (ACK, ACK | PUSH, ACK, FIN | ACK, RST, SYN, SYN | ACK, 0)


def tcp(data: bytes) -> None:
    """Have TCP carry bytes in pieces, in order and out of it: the same comes of them; and anything at all."""
    if len(data) < 1 + 3 * PIECES:
        return
    plan = [data[at : at + 3] for at in range(1, 1 + 3 * PIECES, 3)]
    sent = data[1 + 3 * PIECES :]
    if data[0] & 1:
        _anything(plan, sent)
        return
    answered = agreeing("permessage-deflate") if data[0] & 2 else ANSWERED
    talk = Talk().upgrade(answered).say(False, sent)
    in_order = [row for row in _rows(classic(talk.packets)) if row[0] == "in"]
    talk = Talk().upgrade(answered)
    start = talk.seq[False]
    at, packets = 0, []
    for piece in cut(sent, [int.from_bytes(one[:2], "big") for one in plan]):
        packets.append(talk.packet(False, ACK | PUSH, piece, seq=start + at))
        at += len(piece)
    for begin, size, _ in plan[:4]:
        # Some of it comes twice, in other pieces.
        packets.append(talk.packet(False, ACK | PUSH, sent[begin : begin + size], seq=start + begin))
    places = sorted(range(len(packets)), key=lambda place: (plan[place % PIECES][2], place))
    talk.packets += [packets[place] for place in places]
    shuffled = [row for row in _rows(classic(talk.packets)) if row[0] == "in"]
    left, right = ([row[1:] for row in rows] for rows in (in_order, shuffled))
    assert same(left, right, compressed=bool(data[0] & 2)), "the order of segments changes what is read"


def _anything(plan: list[bytes], sent: bytes) -> None:
    talk = Talk().upgrade() if plan[0][0] & 1 else Talk()
    at = 0
    for kind, size, jump in plan:
        flags, by_client, piece = FLAGS[kind & 7], bool(kind & 8), sent[at : at + size]
        at += size
        if kind & 16:
            talk.packets.append(talk.packet(by_client, flags, piece, seq=talk.seq[by_client] + jump - 128))
        else:
            talk.segment(by_client, flags, piece)
    one, other = _rows(classic(talk.packets)), _rows(next_generation(talk.packets))
    assert one == other, "the form of a capture changes what is read"


def _rows(capture: bytes) -> list[tuple]:
    rows, _, told = found(captures.read, io.BytesIO(capture))
    assert not told, told
    return [row[1:2] + row[3:] for row in rows if row[3] != FRAME and not hasattr(row[4], "at")]


def json_stream(data: bytes) -> None:
    """Read JSON in pieces, as a value, by its parts and passing over it; compared with Python's own reader."""
    size = 1 + len(data) % 7
    value = _read(JsonStream.value, data, len(data) + 1)
    assert _read(JsonStream.value, data, size) == value, "it depends on how it comes"
    parts = _read(_walked, data, size)
    skipped = _read(JsonStream.skip, data, size)
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
        json.loads(text, strict=False, parse_int=float)
    except (ValueError, RecursionError):
        return
    assert value[0] == "read", value
    assert skipped == ("read", None)
    if '"' not in text:
        # Of keys that stand twice, the last one counts in both; of deep nesting, one gives up before the other.
        assert parts in (value, ("deep", None))


def _read(how: Callable[[JsonStream], Any], data: bytes, most: int) -> tuple[str, Any]:
    stream = JsonStream(Trickle(data, most))
    try:
        made = how(stream)
        stream.end()
    except Broken as fault:
        assert 0 <= fault.offset <= len(data)
        return "broken", (str(fault), fault.offset)
    except RecursionError:
        return "deep", None
    # NaN is not itself.
    return "read", repr(made) if made is not None else None


def _walked(stream: JsonStream, depth: int = 0) -> Any:
    first = stream.peek()
    if depth > 200:
        raise RecursionError
    if first == "{":
        return {key: _walked(stream, depth + 1) for key in stream.members()}
    if first == "[":
        return [_walked(stream, depth + 1) for _ in stream.items()]
    return stream.value()
