"""What fuzzing begins with: the rows and golden files of the tests, as inputs of each target.

Loads the tests, and so what is fuzzed: not for the process in which that is instrumented.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests import (
    captures,
    test_answer,
    test_certificate,
    test_curl,
    test_filters_expression,
    test_pcap,
    test_recordings_har,
    test_render_safe,
    test_wire_breaches,
    test_wire_rows,
)
from tests.common_events import ENDS, HANDSHAKE, START, batches
from tests.fuzz.recordings import PIECES
from tests.fuzz.wire import AGREEMENTS, LIMITS, head_of
from tests.wire_peer import Compressor, fragments
from wsinspect.events import CLOSED, Batch, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.exports.har import har
from wsinspect.exports.pcapng import pcapng
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson
from wsinspect.wire.frames import write_frame
from wsinspect.wire.inflate import Deflate

TESTS = Path(__file__).parents[1]
LARGEST = 64 * 1024


def seeds(name: str) -> Iterator[bytes]:
    """Yield the inputs that a target begins with, none of them large."""
    for data in SEEDS[name]():
        if len(data) <= LARGEST:
            yield data


def _rows_of(test: Any) -> list[Any]:
    """Return the rows that a test is run with."""
    return list(next(mark.args[1] for mark in test.pytestmark if mark.name == "parametrize"))


def _reader() -> Iterator[bytes]:
    for case in [*test_wire_rows.CASES, *test_wire_breaches.CASES]:
        deflate = case.options.get("deflate")
        agreed = AGREEMENTS.index(deflate) if deflate in AGREEMENTS else 2
        limit = case.options.get("max_size")
        head = head_of(masked=bool(case.options.get("masked")), agreed=agreed, limit=0 if limit is None else 2)
        yield head + bytes.fromhex(case.sent)
    compressor = Compressor(Deflate())
    flushes = (zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_FINISH)
    for limit in range(len(LIMITS)):
        frames = [
            frame
            for text, flush in zip((b"lorem ipsum " * 8, "é😀".encode() * 9, b""), flushes, strict=True)
            for frame in fragments(compressor.message(text, flush), 1, [3, 0, 20], rsv=4)
        ]
        yield head_of(agreed=2, limit=limit, cuts=(7, 30)) + b"".join(frames)


def _close() -> Iterator[bytes]:
    for file in (TESTS / "golden/decode_close").glob("*.txt"):
        yield file.read_bytes()[:60]
    for text in ("0x03f3 6465 706c 6f79", "03:e8", "\\x03\\xe9", "8802 03e8", "8882 00000000 03e8", "0"):
        yield text.encode()
    yield from (
        b"\x03\xe8bye",
        b"\x03\xed",
        b"\x0f\xa1" + "é".encode(),
        b"\xe7\xff",
        b"\x03\xe8\xff",
        b"\x88\x02\x03\xe8",
    )


def _recording() -> list[Batch]:
    made = [alone(START, "in", (BEGINS, HANDSHAKE, 0)), *[batch for _, batch in batches()]]
    return [batch for batch in made if batch.payload < 2000]


def _ndjson() -> Iterator[bytes]:
    render = ndjson(Look(frames=True))
    lines = [str(render(batch)) for batch in _recording()]
    lines += [str(render(alone(START, "in", (CLOSED, closed, 0)))) for _, closed in ENDS]
    yield from (line.encode() for line in lines)
    yield "".join(line for line in lines if len(line) < 300).encode()
    yield "".join(line.replace('"dir"', '"conn":2,"dir"') for line in lines[1:6]).encode()


def _shown() -> Iterator[bytes]:
    yield from _ndjson()
    render = ndjson(Look(frames=True))
    pair = "".join(
        str(render(alone(START, way, (1, b'{"id": 1, "seq": %d, "op": "a"}' % at, 40))))
        for at, way in enumerate(("out", "in"))
    )
    yield pair.encode()
    yield from (data for data in _pcap() if len(data) < 2048)


def _har() -> Iterator[bytes]:
    yield b"".join(har(_recording(), lambda told: None))
    file, entry, message = test_recordings_har.file_of, test_recordings_har.entry, test_recordings_har.message
    small = {"response": {"status": 101, "headers": {"Upgrade": "websocket"}}}
    kinds = [
        message("send"),
        message(data="AAE=", opcode=2),
        message(data="A-_=", opcode=9.0),
        message("error", data="net::ERR", opcode=-1),
        message(opcode=8, data="", code=1001, reason="bye"),
        message("send", opcode=8, data="A+g="),
        message(time=1_795_349_071_204, data={"a": 1}),
    ]
    yield file(entry(kinds, **small))
    yield file(entry([], response={"status": 0, "_error": "net::ERR_FAILED"}))
    turned = dict(reversed(entry(kinds, **small).items()))
    yield json.dumps({"log": {"entries": [turned, 1, {}]}}, indent=1).encode()
    for one in kinds:
        yield file({"_webSocketMessages": [one], "request": {}, "response": {}, "startedDateTime": "2026-11-22"})


def _pcap() -> Iterator[bytes]:
    yield from (base for base in test_pcap.BASES if len(base) < 8192)
    yield b"".join(pcapng(_recording()[:9], lambda told: None))
    talk = captures.Talk().upgrade().say(True, captures.sent(b"hi")).say(False, write_frame(b"Hello")).end()
    for order in "<>":
        yield captures.classic(talk.packets, order=order, nano=False)
        yield (
            captures.section(order)
            + captures.interface(order=order, snaplen=60)
            + b"".join(captures.simple(packet, order) for packet in talk.packets)
        )
        options = captures.option(9, b"\x09", order) + captures.option(14, struct.pack(order + "q", 5), order)
        yield (
            captures.section(order)
            + captures.interface(order=order, options=options)
            + b"".join(captures.enhanced(packet, order) for packet in talk.packets)
        )
    six = captures.Talk(captures.CLIENT_6, captures.SERVER_6).upgrade().say(False, write_frame(b"Hello") * 3)
    yield captures.classic(six.packets)
    yield captures.classic(six.packets[4:])


def _tcp() -> Iterator[bytes]:
    plan = bytes(range(3 * PIECES))
    stream = b"".join(write_frame(b"%d" % number) for number in range(20)) + write_frame(b"\x03\xe8", 8)
    for kind in range(4):
        yield bytes([kind]) + plan + stream
        yield bytes([kind]) + bytes(reversed(plan)) + stream
        yield bytes([kind]) + plan + captures.ASKED + captures.ANSWERED + stream
    compressor = Compressor(Deflate())
    yield (
        b"\x02"
        + plan
        + b"".join(
            frame for text in (b"a" * 50, b"lorem") for frame in fragments(compressor.message(text), 1, [9], rsv=4)
        )
    )


def _check() -> Iterator[bytes]:
    for file in (TESTS / "examples").glob("*/*.toml"):
        yield file.read_bytes()


def _json() -> Iterator[bytes]:
    yield from _har()
    for text in (
        '{"a": [1, -0.5e3, "x\\u00e9\\ud83d", null, {"b": true}], "a": {}}',
        "[]",
        "NaN",
        "1" * 40,
        '"\\',
        "[[[[",
    ):
        yield text.encode()


def _where() -> Iterator[bytes]:
    for text in test_filters_expression.WORDS + test_filters_expression.MARKS + test_filters_expression.CALLS:
        yield text.encode("utf-8", "surrogateescape")
    for row in [*test_filters_expression.VALUES, *test_filters_expression.MISTAKES]:
        yield row[0].encode("utf-8", "surrogateescape")


def _curl() -> Iterator[bytes]:
    for name in ("CMD", "OLD_CMD", "FIREFOX", "SAFARI", "POSTMAN", "CHROME"):
        yield getattr(test_curl, name, "curl ws://h/").encode()
    for test in (test_curl.test_lines, test_curl.test_what_is_none, test_curl.test_words_of_bash):
        for row in _rows_of(test):
            yield row[0].encode("utf-8", "surrogateescape")


def _answer() -> Iterator[bytes]:
    for _, sent, _ in test_answer.ANSWERS:
        yield sent
    body = zlib.compress(b"not here " * 9)
    yield b"HTTP/1.1 503 No\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _safe() -> Iterator[bytes]:
    for row in test_render_safe.ROWS:
        yield row[0].encode("utf-8", "surrogatepass")
    yield "❤️1️⃣🏳️‍🌈\ufe0f\u2028".encode()


def _certificate() -> Iterator[bytes]:
    for parts, _ in test_certificate.ROWS:
        yield test_certificate.made_up(**parts)


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "reader": _reader,
    "close": _close,
    "ndjson": _ndjson,
    "har": _har,
    "pcap": _pcap,
    "tcp": _tcp,
    "check": _check,
    "json": _json,
    "where": _where,
    "curl": _curl,
    "answer": _answer,
    "safe": _safe,
    "shown": _shown,
    "exported": _shown,
    "certificate": _certificate,
}
