"""The one list of telling events: every renderer and every exporter runs through it.

Rows stand as a reader would make them, each in a batch of its own, 37 ms apart from 2026-11-22T12:04:31.207123Z on.
"""

import json
from base64 import b64encode

from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    FRAME,
    GAP,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Frame,
    Gap,
    Handshake,
    Moment,
    Row,
    Tally,
    Violation,
)

START = Moment(1795349071.207123, 12.345678)

_SNAPSHOT = (
    b'{"op": "snapshot", "seq": 42, "ok": true, "next": null, "price": -1.25e3, "rows": ['
    + b", ".join(b'{"id": %d, "name": "row \\"%d\\""}' % (number, number) for number in range(40))
    + b"]}"
)
_BAD_UTF8 = Violation("utf8", "RFC 6455 §8.1", "a text message is not valid UTF-8", 1027, b"\xce\xba\xff\xfe", 1007)
_RESERVED = Violation("opcode", "RFC 6455 §5.2", "opcode 0x3 is reserved", 1024, b"\x83\x05Hello", 1002)
_LOST = Closed("nobody", False, 1006, "", None, "the connection was reset", 7)

_INNER = '{"text": "caf\u00e9 \u202e", "n": [1]}'

# What it is, the direction, and the row.
ROWS: list[tuple[str, Direction, Row]] = [
    ("json", "in", (TEXT, b'{"op": "hello", "seq": 1, "ok": true, "tags": ["a", null]}', 60)),
    ("sent", "out", (TEXT, b'{"op": "ping"}', 20)),
    ("text", "in", (TEXT, b"CONNECTED version:1.2", 23)),
    ("empty text", "in", (TEXT, b"", 2)),
    ("fragmented frame 1", "in", (FRAME, Frame(False, 0, 1, None, 2, b"Hel", None, 0), 5)),
    ("ping between", "in", (FRAME, Frame(True, 0, 9, None, 2, b"beat", None, 5), 6)),
    ("ping", "in", (PING, b"beat", 6)),
    ("pong", "out", (PONG, b"beat", 10)),
    ("binary ping", "in", (PING, b"\x37\xfa\x21\x3d", 6)),
    ("fragmented frame 2", "in", (FRAME, Frame(False, 0, 0, None, 2, b"l", None, 11), 3)),
    ("fragmented frame 3", "in", (FRAME, Frame(True, 0, 0, None, 2, b"o", None, 14), 3)),
    ("fragmented", "in", (TEXT, b"Hello", 11)),
    ("masked frame", "out", (FRAME, Frame(True, 0, 1, b"\x37\xfa\x21\x3d", 6, b"Hello", None, 1024), 11)),
    ("compressed frame", "in", (FRAME, Frame(True, 4, 1, None, 2, b"\xf2H\xcd\xc9\xc9\x07\x00", 5, 17), 9)),
    ("compressed", "in", (TEXT, b"Hello", 9)),
    ("control characters", "in", (TEXT, b"\x1b[2J\x1b]0;owned\x07a\tb\r\nc\x7f\xc2\x9b31m\x00", 29)),
    ("bidi and zero width", "in", (TEXT, "user\u202enimda\u2066 \u200bx\u2028y\u0085\ufeff\u3164\u00ad".encode(), 40)),
    ("multi-line", "in", (TEXT, b"CONNECTED\nversion:1.2\nheart-beat:0,0\nserver:RabbitMQ/3.12\n\n\x00", 62)),
    ("backslashes", "in", (TEXT, b"C:\\new\\x1b and {not json", 26)),
    ("emoji and CJK", "in", (TEXT, "日本語のメッセージ 🎉 ❤️ 👩\u200d💻 e\u0301 שלום 한국어".encode(), 80)),
    ("wide", "in", (TEXT, "漢字".encode() * 60, 364)),
    ("long JSON", "in", (TEXT, _SNAPSHOT, len(_SNAPSHOT) + 4)),
    ("JSON odd", "in", (TEXT, b'{"a": 1, "a": 2, "e": "\\u202e\xe2\x80\xae", "n": 1' + b"0" * 5000 + b"}\n", 5050)),
    ("1 MB", "in", (TEXT, b"0123456789abcdef" * 65536, 1048586)),
    ("empty binary", "in", (BINARY, b"", 2)),
    ("short binary", "in", (BINARY, b"\x82\xa1a\x01\xa1b\x02", 9)),
    ("binary", "in", (BINARY, bytes(range(128)), 132)),
    ("long binary", "out", (BINARY, bytes(range(256)) * 50, 12808)),
    ("bad UTF-8", "in", (ERROR, _BAD_UTF8, 0)),
    ("reserved opcode", "in", (ERROR, _RESERVED, 0)),
    ("close", "in", (CLOSE, b"\x03\xf4deploying", 13)),
    ("close, long reason", "in", (CLOSE, b"\x03\xf3" + b"database \x1b[31m gone; " * 5, 109)),
    ("close, empty", "in", (CLOSE, b"", 2)),
    ("close, private", "in", (CLOSE, b"\x0f\xa1token expired", 17)),
    ("closing", "out", (CLOSING, b"\x03\xe8bye", 11)),
    ("lost", "in", (CLOSED, _LOST, 0)),
    ("gap", "in", (GAP, Gap(12.3456, 3, 1006), 0)),
    ("ping of ours", "out", (PING, b"alive?", 12)),
    ("pong of another", "in", (PONG, b"unasked", 9)),
    ("its pong", "in", (PONG, b"alive?", 8)),
    ("ping of ours, empty", "out", (PING, b"", 6)),
    ("its pong, empty", "in", (PONG, b"", 2)),
    ("base64", "in", (TEXT, b64encode(b'{"user": "ada", "roles": ["admin"]}'), 50)),
    ("base64 of a file", "in", (TEXT, b64encode(b"\x89PNG\r\n\x1a\n" + bytes(90)), 134)),
    ("JSON in JSON", "in", (TEXT, json.dumps({"id": 7, "body": _INNER}).encode(), 70)),
    ("JSON in binary", "in", (BINARY, b'{"op": "hello", "seq": 1}', 27)),
    ("numbers", "in", (TEXT, b'[1e400, 0.10, 12345678901234567890123, -0.0, {"a": {}, "b": [ ]}]', 70)),
    ("deep", "in", (TEXT, b'{"a":[' * 60 + b"1" + b"]}" * 60, 490)),
]


def batches() -> list[tuple[str, Batch]]:
    """Return each row as a batch of its own, with its name."""
    made = []
    for number, (name, direction, row) in enumerate(ROWS):
        at = Moment(START.wall + number * 0.037, START.mono + number * 0.037)
        data = row[0] in (TEXT, BINARY)
        made.append(
            (
                name,
                Batch(
                    at,
                    direction,
                    [row],
                    messages=int(data),
                    payload=len(row[1]) if data else 0,
                    wire=0 if row[0] == FRAME else row[2],
                    uniform=data,
                ),
            )
        )
    return made


HANDSHAKE = Handshake(
    at=START,
    url="ws://127.0.0.1:40123/",
    address="127.0.0.1:40123",
    status=101,
    seconds=0.0031,
    subprotocol="chat.v2",
    extensions="permessage-deflate",
    request=[("Host", "127.0.0.1:40123"), ("Upgrade", "websocket"), ("Authorization", "«redacted»")],
    response=[("Upgrade", "websocket"), ("X-Odd", "a\x1b[31m\u202eb\udce9")],
)

# Ends of a connection, with what they are called.
ENDS: list[tuple[str, Closed]] = [
    ("peer, 1000", Closed("peer", True, 1000, "", 1000, "", 0)),
    ("peer, no code", Closed("peer", True, 1005, "", 1005, "", 0)),
    ("peer, 1001 with reason", Closed("peer", True, 1001, "bye \x1b[31m", 1001, "", 0)),
    ("peer, 1011", Closed("peer", True, 1011, "database gone", 1011, "", 6)),
    ("us", Closed("us", True, 1000, "", 1000, "", 0)),
    ("us, unanswered", Closed("us", False, 1006, "", 1000, "", 0)),
    ("violation", Closed("us", False, 1006, "", 1002, "opcode 0x3 is reserved (RFC 6455 §5.2)", 8)),
    ("too big", Closed("us", True, 1009, "", 1009, "a message is larger than the limit of 16 bytes", 10)),
    ("lost", Closed("nobody", False, 1006, "", None, "", 7)),
    ("reset", Closed("nobody", False, 1006, "", None, "the connection was reset", 7)),
]


def tally() -> Tally:
    """Return what went over a connection."""
    made = Tally()
    made.messages.update({"in": 41, "out": 7})
    made.payload.update({"in": 12000, "out": 300})
    made.wire.update({"in": 2700, "out": 400})
    return made
