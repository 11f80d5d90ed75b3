"""What is legal, as rows: bytes, and what they bring, fed whole, byte by byte, and with bytes to spare behind."""

from typing import Any, NamedTuple

import pytest

from tests.wire_peer import AT, BINARY, CLOSE, ERROR, PING, PONG, TEXT, bytewise, feed, read, read_bytewise, rows_of
from wsinspect.events import FRAME, Event, Frame, Row, readable
from wsinspect.vocabulary import WSCloseCode, WSMessage, WSMsgType
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

K = "37fa213d"
CLIENT: dict[str, Any] = {"masked": True}
DEFLATE: dict[str, Any] = {"deflate": Deflate()}
NO_TAKEOVER: dict[str, Any] = {"deflate": Deflate(context_takeover=False)}
HELLO = (TEXT, b"Hello", 7)
SHORT_HELLO = (TEXT, b"Hello", 9)


class Case(NamedTuple):
    what: str
    options: dict[str, Any]
    sent: str
    rows: list[Row]


CASES = [
    # RFC 6455 section 5.7
    Case("6455 §5.7 unmasked text", {}, "81 05 48 65 6c 6c 6f", [HELLO]),
    Case("6455 §5.7 masked text", CLIENT, f"81 85 {K} 7f 9f 4d 51 58", [(TEXT, b"Hello", 11)]),
    Case("6455 §5.7 fragmented text", {}, "01 03 48 65 6c 80 02 6c 6f", [(TEXT, b"Hello", 9)]),
    Case("6455 §5.7 ping", {}, "89 05 48 65 6c 6c 6f", [(PING, b"Hello", 7)]),
    Case("6455 §5.7 masked pong", CLIENT, f"8a 85 {K} 7f 9f 4d 51 58", [(PONG, b"Hello", 11)]),
    Case("6455 §5.7 256 bytes", {}, "82 7e 01 00" + "ab" * 256, [(BINARY, b"\xab" * 256, 260)]),
    Case("6455 §5.7 64 KiB", {}, "82 7f 00 00 00 00 00 01 00 00" + "ab" * 65536, [(BINARY, b"\xab" * 65536, 65546)]),
    # RFC 7692 section 7.2.3
    Case("7692 §7.2.3.1 one block", DEFLATE, "c1 07 f2 48 cd c9 c9 07 00", [SHORT_HELLO]),
    Case("7692 §7.2.3.1 two fragments", DEFLATE, "41 03 f2 48 cd 80 04 c9 c9 07 00", [(TEXT, b"Hello", 11)]),
    Case("7692 §7.2.3.2 window goes on", DEFLATE, "c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00",
         [SHORT_HELLO, (TEXT, b"Hello", 7)]),
    Case("7692 §7.2.3.2 window dropped", NO_TAKEOVER, "c1 07 f2 48 cd c9 c9 07 00" * 2, [SHORT_HELLO] * 2),
    Case("7692 §7.2.3.3 block without compression", DEFLATE, "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00",
         [(TEXT, b"Hello", 13)]),
    Case("7692 §7.2.3.4 block with BFINAL", DEFLATE, "c1 08 f3 48 cd c9 c9 07 00 00", [(TEXT, b"Hello", 10)]),
    Case("7692 §7.2.3.5 two blocks", DEFLATE, "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00", [(TEXT, b"Hello", 15)]),
    Case("7692 §7.2.3.6 empty message", DEFLATE, "c1 01 00", [(TEXT, b"", 3)]),
    # Deflate, beyond the examples
    Case("empty message as no bytes, first", DEFLATE, "c2 00 c1 07 f2 48 cd c9 c9 07 00",
         [(BINARY, b"", 2), SHORT_HELLO]),
    Case("empty message as no bytes, between", DEFLATE, "c1 07 f2 48 cd c9 c9 07 00 c1 00 c1 05 f2 00 11 00 00",
         [SHORT_HELLO, (TEXT, b"", 2), (TEXT, b"Hello", 7)]),
    Case("BFINAL and nothing behind", DEFLATE, "c1 07 f3 48 cd c9 c9 07 00" * 2, [SHORT_HELLO] * 2),
    Case("BFINAL, then the window before it is used", DEFLATE, "c1 08 f3 48 cd c9 c9 07 00 00 c1 05 f2 00 11 00 00",
         [(TEXT, b"Hello", 10), (TEXT, b"Hello", 7)]),
    Case("BFINAL in the last header", DEFLATE, "c1 01 01 c1 07 f2 48 cd c9 c9 07 00", [(TEXT, b"", 3), SHORT_HELLO]),
    Case("BFINAL twice in a message", DEFLATE, "c1 0e f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00",
         [(TEXT, b"HelloHello", 16)]),
    Case("BFINAL at a fragment's end", DEFLATE, "41 07 f3 48 cd c9 c9 07 00 00 00 80 00", [(TEXT, b"Hello", 13)]),
    Case("empty fragments", DEFLATE, "41 00 00 00 00 03 f2 48 cd 00 00 00 04 c9 c9 07 00 80 00",
         [(TEXT, b"Hello", 19)]),
    Case("plain message between compressed ones", DEFLATE,
         "c1 07 f2 48 cd c9 c9 07 00 81 05 48 65 6c 6c 6f c1 05 f2 00 11 00 00",
         [SHORT_HELLO, HELLO, (TEXT, b"Hello", 7)]),
    Case("plain fragments, deflate agreed", DEFLATE, "01 03 48 65 6c 80 02 6c 6f", [(TEXT, b"Hello", 9)]),
    # Fragments and control frames
    Case("empty messages", {}, "81 00 82 00 81 00", [(TEXT, b"", 2), (BINARY, b"", 2), (TEXT, b"", 2)]),
    Case("empty fragments of an empty message", {}, "01 00 00 00 80 00", [(TEXT, b"", 6)]),
    Case("PING between fragments", {}, "01 03 48 65 6c 89 01 21 80 02 6c 6f", [(PING, b"!", 3), (TEXT, b"Hello", 9)]),
    Case("PING between fragments, masked", CLIENT,
         f"01 83 {K} 7f 9f 4d 89 81 {K} 16 80 82 {K} 5b 95", [(PING, b"!", 7), (TEXT, b"Hello", 17)]),
    Case("PING between compressed fragments", DEFLATE, "41 03 f2 48 cd 89 00 80 04 c9 c9 07 00",
         [(PING, b"", 2), (TEXT, b"Hello", 11)]),
    Case("CLOSE inside a fragmented message", {}, "01 03 48 65 6c 88 02 03 e8", [(CLOSE, b"\x03\xe8", 4)]),
    Case("character over two fragments", {}, "01 01 c3 89 00 80 01 a9", [(PING, b"", 2), (TEXT, b"\xc3\xa9", 6)]),
    Case("control frames of 125 bytes", {}, "89 7d" + "00" * 125 + "8a 7d" + "ff" * 125,
         [(PING, bytes(125), 127), (PONG, b"\xff" * 125, 127)]),
    Case("text of 125 and 126 bytes", {}, "81 7d" + "61" * 125 + "81 7e 00 7e" + "62" * 126,
         [(TEXT, b"a" * 125, 127), (TEXT, b"b" * 126, 130)]),
    Case("text beyond ASCII", {}, "81 02 c3 a9 81 04 f0 9f 98 80", [(TEXT, b"\xc3\xa9", 4), (TEXT, "😀".encode(), 6)]),
    Case("bytes that are no text", {}, "82 02 c3 28", [(BINARY, b"\xc3\x28", 4)]),
    # CLOSE
    Case("CLOSE without a body", {}, "88 00", [(CLOSE, b"", 2)]),
    Case("CLOSE with code and reason", CLIENT, f"88 85 {K} 34 13 43 44 52", [(CLOSE, b"\x03\xe9bye", 11)]),
    Case("CLOSE with 123 bytes of reason", {}, "88 7d 0f a0" + "61" * 123, [(CLOSE, b"\x0f\xa0" + b"a" * 123, 127)]),
]  # fmt: skip

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)


@EVERY_CASE
def test_rows_fed_whole(case: Case) -> None:
    assert read(bytes.fromhex(case.sent), **case.options) == case.rows


@EVERY_CASE
def test_rows_fed_byte_by_byte(case: Case) -> None:
    assert read_bytewise(bytes.fromhex(case.sent), **case.options) == case.rows


@EVERY_CASE
def test_rows_with_bytes_to_spare(case: Case) -> None:
    reader = Reader(**case.options)
    spare = b"\x8a\x80" + bytes(4) if case.options.get("masked") else b"\x8a\x00"
    first = reader.feed(bytes.fromhex(case.sent) + spare[:1], AT)
    second = reader.feed(spare[1:], AT)
    if case.rows[-1][0] == CLOSE:
        assert first.rows[:-1] == case.rows
        assert first.rows[-1][:1] == (ERROR,)
        assert second.rows == []
    else:
        assert first.rows == case.rows
        assert second.rows == [(PONG, b"", len(spare))]
        assert reader.unfinished() == ""


@EVERY_CASE
def test_rows_with_frames(case: Case) -> None:
    """Frame rows stand before their message, cover every byte once, and change no other row."""
    sent = bytes.fromhex(case.sent)
    rows = read(sent, frames=True, **case.options)
    assert [row for row in rows if row[0] != FRAME] == case.rows
    assert read_bytewise(sent, frames=True, **case.options) == rows
    at = 0
    for _, frame, wire in (row for row in rows if row[0] == FRAME):
        assert frame.offset == at
        assert wire == frame.header_size + len(frame.payload)
        at += wire
    assert at == len(sent)


@EVERY_CASE
def test_batch_counts(case: Case) -> None:
    sent = bytes.fromhex(case.sent)
    data = [row for row in case.rows if row[0] in (TEXT, BINARY)]
    counts = len(data), sum(len(row[1]) for row in data), len(sent)
    whole = Reader(**case.options).feed(sent, AT)
    assert (whole.messages, whole.payload, whole.wire) == counts
    assert whole.uniform is (data == case.rows)
    pieces = feed(Reader(**case.options), bytewise(sent))
    assert tuple(sum(getattr(one, name) for one in pieces) for name in ("messages", "payload", "wire")) == counts
    assert all(one.uniform is all(row[0] in (TEXT, BINARY) for row in one.rows) for one in pieces)


def test_batch_counts_end_where_the_breach_begins() -> None:
    batch = Reader().feed(b"\x81\x01a\x81\x02bc\x81\x01\xff\x81\x01d", AT)
    assert (batch.messages, batch.payload, batch.wire, batch.uniform) == (2, 3, 13, False)


def test_batch_carries_moment_and_direction() -> None:
    batch = Reader("out", masked=True).feed(b"", AT)
    assert (batch.at, batch.direction, batch.rows, batch.wire) == (AT, "out", [], 0)


@pytest.mark.parametrize(
    ("options", "sent", "frames"),
    [
        ({}, "01 03 48 65 6c 89 00 80 02 6c 6f", [
            Frame(False, 0, TEXT, None, 2, b"Hel", None, 0),
            Frame(True, 0, PING, None, 2, b"", None, 5),
            Frame(True, 0, 0, None, 2, b"lo", None, 7),
        ]),
        (CLIENT, f"81 85 {K} 7f 9f 4d 51 58", [Frame(True, 0, TEXT, bytes.fromhex(K), 6, b"Hello", None, 0)]),
        (DEFLATE, "c1 07 f2 48 cd c9 c9 07 00 81 01 61", [
            Frame(True, 4, TEXT, None, 2, bytes.fromhex("f248cdc9c90700"), 5, 0),
            Frame(True, 0, TEXT, None, 2, b"a", None, 9),
        ]),
        (DEFLATE, "41 03 f2 48 cd 89 01 21 80 04 c9 c9 07 00", [
            Frame(False, 4, TEXT, None, 2, bytes.fromhex("f248cd"), 2, 0),
            Frame(True, 0, PING, None, 2, b"!", None, 5),
            Frame(True, 0, 0, None, 2, bytes.fromhex("c9c90700"), 3, 8),
        ]),
        ({}, "82 7e 00 7e" + "00" * 126, [Frame(True, 0, BINARY, None, 4, bytes(126), None, 0)]),
        ({}, "82 7f 00 00 00 00 00 01 00 00" + "00" * 65536, [Frame(True, 0, BINARY, None, 10, bytes(65536), None, 0)]),
        ({}, "88 02 03 e8", [Frame(True, 0, CLOSE, None, 2, b"\x03\xe8", None, 0)]),
        # What breaks a rule in its payload is a frame none the less.
        ({}, "88 02 03 ed", [Frame(True, 0, CLOSE, None, 2, b"\x03\xed", None, 0)]),
    ],
)  # fmt: skip
def test_frames_as_they_stood(options: dict[str, Any], sent: str, frames: list[Frame]) -> None:
    rows = read(bytes.fromhex(sent), frames=True, **options)
    assert [row[1] for row in rows if row[0] == FRAME] == frames
    assert not Reader(frames=True, **options).feed(bytes.fromhex(sent), AT).uniform


def test_frames_are_readable_as_events() -> None:
    first, second = Reader(frames=True).feed(b"\x81\x01a", AT)
    assert first == Event(AT, "in", Frame(True, 0, TEXT, None, 2, b"a", None, 0), 3)
    assert first.message.type == FRAME
    assert second == Event(AT, "in", WSMessage(WSMsgType.TEXT, "a", ""), 3)


def test_rows_are_readable_as_messages() -> None:
    sent = "81 02 c3 a9 82 01 ff 89 00 8a 01 21 88 05 03 e8 62 79 65"
    rows = read(bytes.fromhex(sent))
    assert [readable(type, payload) for type, payload, _ in rows] == [
        WSMessage(WSMsgType.TEXT, "é", ""),
        WSMessage(WSMsgType.BINARY, b"\xff", ""),
        WSMessage(WSMsgType.PING, b"", ""),
        WSMessage(WSMsgType.PONG, b"!", ""),
        WSMessage(WSMsgType.CLOSE, WSCloseCode.OK, "bye"),
    ]


@pytest.mark.parametrize(
    ("options", "sent", "told"),
    [
        ({}, "", ""),
        ({}, "81 01 61", ""),
        ({}, "88 00", ""),
        ({}, "81", "inside the header of a frame"),
        ({}, "82 7f 00 00 00", "inside the header of a frame"),
        (CLIENT, "81 85 00", "inside the header of a frame"),
        (CLIENT, "89 85 00 00 00", "inside the header of a frame"),
        ({}, "81 05", "inside a TEXT frame, 0 of 5 payload bytes had come"),
        (CLIENT, f"82 85 {K} 00 00", "inside a BINARY frame, 2 of 5 payload bytes had come"),
        ({}, "82 7f 00 00 00 00 00 10 00 00" + "00" * 1000,
         "inside a BINARY frame, 1,000 of 1,048,576 payload bytes had come"),
        ({}, "01 00 00 02 61", "inside a CONTINUATION frame, 1 of 2 payload bytes had come"),
        ({}, "88 05 03 e8", "inside a CLOSE frame, 2 of 5 payload bytes had come"),
        (CLIENT, f"89 81 {K}", "inside a PING frame, 0 of 1 payload bytes had come"),
        ({}, "01 02 61 62", "inside a fragmented message, 2 payload bytes had come"),
        ({}, "01 00 89 00", "inside a fragmented message, 0 payload bytes had come"),
        ({}, "01 00 80", "inside the header of a frame"),
        ({}, "83 00", ""),
    ],
)  # fmt: skip
def test_unfinished(options: dict[str, Any], sent: str, told: str) -> None:
    for chunks in ([bytes.fromhex(sent)], bytewise(bytes.fromhex(sent))):
        reader = Reader(**options)
        rows_of(feed(reader, chunks))
        assert reader.unfinished() == told


@pytest.mark.parametrize("masked", [False, True])
def test_frames_are_shown_from_the_moment_they_are_wanted(masked: bool) -> None:
    hello = bytes.fromhex(f"81 85 {K} 7f 9f 4d 51 58" if masked else "81 05 48 65 6c 6c 6f")
    reader = Reader("in", masked=masked)
    kinds = []
    for wanted in (False, True, False):
        reader.show_frames(wanted)
        kinds.append([row[0] for row in reader.feed(hello, AT).rows])
    assert kinds == [[TEXT], [FRAME, TEXT], [TEXT]]
