"""Servers that say nothing wrong and behave badly: too much, too slowly, too late, or not at all."""

import json
import threading
import time
from collections.abc import Sequence

from tests.hostile.kit import Case, Outcome
from tests.servers import Peer, Step, binary, close, forever, open_, opened, ping, text
from tests.wire_peer import Compressor
from wsinspect.wire.frames import BINARY, CONTINUATION, PONG, TEXT, write_frame
from wsinspect.wire.inflate import Deflate

GROUP = "behaviour"
MAX_TIME = ["-m", "500ms"]
ENOUGH = "--max-time of 0.5 s is over"
FLOOD_S = 0.6
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


def behaves(
    name: str,
    *script: Step,
    says: str | Sequence[str] = (),
    arguments: Sequence[str] = (),
    exit: int = 0,
    **rest: object,
) -> Case:
    return Case(name, GROUP, script, arguments, says, exit, **rest)  # type: ignore[arg-type]


def limited(name: str, *script: Step, arguments: Sequence[str] = (), **rest: object) -> Case:
    """Return a case that only our limit ends; on a terminal, too, where something is shown."""
    rest = {"terminal": "shown" in name or script == (Peer.keep,)} | rest
    return behaves(name, open_, *script, says=ENOUGH, arguments=[*MAX_TIME, *arguments], exit=9, **rest)


def check(name: str, *script: Step, says: str | Sequence[str], exit: int, arguments: Sequence[str] = ()) -> Case:
    return Case(f"check: {name}", GROUP, script, ["{url}", *arguments], says, exit, command="check", terminal=False)


MANY = 100_000
TINY = b"".join(text(str(number)) for number in range(MANY))
NUMBERS = "".join(f"{number}\n" for number in range(MANY)).encode()


def all_numbers(outcome: Outcome) -> str | None:
    lines = outcome.out.count(b"\n")
    return None if outcome.out == NUMBERS else f"{lines} lines, wanted {MANY}, or they are others"


def all_numbers_in_json(outcome: Outcome) -> str | None:
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    got = [row["text"] for row in rows if row["type"] == "TEXT"]
    return None if got == [str(number) for number in range(MANY)] else f"{len(got)} messages, wanted {MANY}"


def all_numbers_in_lines(outcome: Outcome) -> str | None:
    count = sum(1 for line in outcome.out.splitlines() if b"TEXT" in line)
    return None if count == MANY else f"{count} lines, wanted {MANY}"


def recorded(outcome: Outcome) -> str | None:
    assert outcome.folder is not None
    rows = [json.loads(line) for line in outcome.folder["a.ndjson"].splitlines()]
    got = [row["text"] for row in rows if row["type"] == "TEXT"]
    return None if got == [str(number) for number in range(MANY)] else f"{len(got)} messages recorded, wanted {MANY}"


def rows_of_max_size(outcome: Outcome) -> str | None:
    return None if len(outcome.out) == (16 << 20) + 1 else f"{len(outcome.out)} bytes came out"


def both_ways(data: bytes) -> Step:
    """Return a step that sends, and reads meanwhile to the end."""

    def send(peer: Peer) -> None:
        reading = threading.Thread(target=peer.absorb, daemon=True)
        reading.start()
        peer.send(data)
        reading.join()

    return send


def sends_slowly(data: bytes, pause_s: float) -> Step:
    def drip(peer: Peer) -> None:
        for byte in data:
            peer.send(bytes([byte]))
            time.sleep(pause_s)

    return drip


def flood(data: bytes) -> Step:
    """Return a step that sends the same for a while, and keeps the connection: the flood lasts longer than we want."""

    def pour(peer: Peer) -> None:
        deadline = time.monotonic() + FLOOD_S
        while time.monotonic() < deadline:
            peer.send(data)
        peer.keep()

    return pour


def close_in_pieces(peer: Peer) -> None:
    for byte in close(4001, "bit by bit"):
        peer.send(bytes([byte]))
        time.sleep(0.01)
    peer.until_close()


def fragments(size: int, *, last: bool) -> bytes:
    """Return a message in fragments of a size, or the middle of one that has no end."""
    return write_frame(bytes(size), CONTINUATION, fin=False) * 5000 + (write_frame(b"", CONTINUATION) if last else b"")


BEGUN = write_frame(b"", BINARY, fin=False)
EMPTY = write_frame(Compressor(Deflate()).message(b""), TEXT, rsv=4)
KEPT = "kept the TCP connection open for 2 s after the close"

ROWS = [
    # Nothing comes.
    limited("says nothing", Peer.keep),
    limited("reads, and says nothing", Peer.drain),
    behaves(
        "never answers a ping",
        open_,
        Peer.keep,
        arguments=["--ping-interval", "200ms", "--ping-timeout", "500ms"],
        says="ping",
        exit=9,
    ),
    behaves(
        "answers other pings",
        open_,
        forever(write_frame(b"other", PONG) * 9),
        arguments=["--ping-interval", "200ms", "--ping-timeout", "500ms", "-r"],
        says="ping",
        exit=9,
    ),
    behaves(
        "never answers our close",
        open_,
        Peer.keep,
        arguments=["--for", "200ms"],
        says="did not answer our close within 2 s",
    ),
    behaves(
        "answers our close, and stays",
        open_,
        lambda peer: (peer.until_close(), peer.send(close()), peer.keep()),
        arguments=["--for", "200ms"],
        says=KEPT,
    ),
    behaves("closes, and stays", open_, close(), Peer.keep, says=KEPT),
    behaves("closes with an error, and stays", open_, close(1011), Peer.keep, says=KEPT, exit=6),
    behaves(
        "never answers our close, Ctrl-C twice",
        open_,
        Peer.keep,
        typed=[(b"\xe2\x97\x8f open", b"\x03"), (b"closing", b"\x03")],
        says="closed by us",
        exit=130,
        pipes=False,
        limit_s=4.0,
    ),
    behaves(
        "messages without end, Ctrl-C twice",
        open_,
        forever(text("x" * 100) * 99),
        typed=[(b"\xe2\x97\x8f open", b"\x03"), (b"closing", b"\x03")],
        says="closed by us",
        exit=130,
        pipes=False,
    ),
    # Ends.
    behaves("half-closes", open_, text("hi"), Peer.half_close, Peer.keep, says="without a close frame", exit=7),
    behaves(
        "half-closes in a frame",
        open_,
        text("hello")[:4],
        Peer.half_close,
        Peer.keep,
        says="inside a TEXT frame, 2 of 5 payload bytes",
        exit=7,
    ),
    behaves("ends in a header", open_, b"\x81", says="inside the header of a frame", exit=7),
    behaves("ends in a close", open_, close(1000, "bye")[:5], says="CLOSE", exit=7),
    behaves("ends in a fragmented message", open_, BEGUN, says="inside a fragmented message", exit=7),
    behaves("resets", open_, text("hi"), 0.2, Peer.reset, says="the connection was reset", exit=7),
    behaves(
        "resets in a frame",
        open_,
        text("hello")[:4],
        0.2,
        Peer.reset,
        says=["was reset", "inside a TEXT frame"],
        exit=7,
    ),
    behaves("resets behind its close", open_, close(1011), 0.2, Peer.reset, says="1011", exit=6),
    behaves(
        "resets when we close", open_, Peer.until_close, Peer.reset, arguments=["--for", "200ms"], says="closed by us"
    ),
    behaves("closes bit by bit", open_, close_in_pieces, says="bit by bit", exit=6),
    behaves(
        "opens bit by bit, and a message",
        open_,
        sends_slowly(text("slow") + close(), 0.02),
        Peer.until_close,
        says="slow",
    ),
    # All at once.
    behaves(
        "closes in the handshake's packet", opened(glued=close(1013, "later")), Peer.until_close, says="later", exit=6
    ),
    behaves(
        "a message in the handshake's packet", opened(glued=text("glued") + close()), Peer.until_close, says="glued"
    ),
    behaves(
        "half a message in the handshake's packet",
        opened(glued=text("glued")[:3]),
        0.2,
        text("glued")[3:] + close(),
        Peer.until_close,
        says="glued",
    ),
    behaves(
        "all of it in the handshake's packet",
        opened(glued=TINY + close()),
        Peer.until_close,
        arguments=["-r"],
        judge=all_numbers,
        terminal=False,
    ),
    behaves(
        "100,000 tiny messages, raw",
        open_,
        TINY + close(),
        Peer.until_close,
        arguments=["-r"],
        judge=all_numbers,
        terminal=False,
    ),
    behaves(
        "100,000 tiny messages, ndjson",
        open_,
        TINY + close(),
        Peer.until_close,
        arguments=["-f", "ndjson"],
        judge=all_numbers_in_json,
        terminal=False,
    ),
    behaves(
        "100,000 tiny messages, plain",
        open_,
        TINY + close(),
        Peer.until_close,
        judge=all_numbers_in_lines,
        terminal=False,
    ),
    behaves(
        "100,000 tiny messages, pretty",
        open_,
        TINY + close(),
        Peer.until_close,
        arguments=["-f", "pretty"],
        judge=all_numbers_in_lines,
        terminal=False,
    ),
    behaves(
        "20,000 tiny messages, with frames",
        open_,
        text("x") * 20_000 + close(),
        Peer.until_close,
        arguments=["--frames"],
        says="20,000 received",
        terminal=False,
    ),
    behaves(
        "100,000 tiny messages, recorded",
        open_,
        TINY + close(),
        Peer.until_close,
        arguments=["-r", "--record", "a.ndjson"],
        judge=recorded,
        terminal=False,
    ),
    behaves(
        "100,000 tiny messages, on a terminal",
        open_,
        TINY + close(),
        Peer.until_close,
        says="100,000 received",
        pipes=False,
        limit_s=20.0,
    ),
    behaves(
        "20,000 tiny messages, echoed",
        open_,
        both_ways(text("x") * 20_000 + close()),
        arguments=["--echo", "-r"],
        says="20,000 received, 20,000 sent",
        terminal=False,
    ),
    behaves(
        "100,000 empty messages",
        open_,
        text("") * MANY + close(),
        Peer.until_close,
        arguments=["-r"],
        says="100,000 received",
        terminal=False,
    ),
    behaves(
        "10,000 empty messages, compressed",
        opened(DEFLATE),
        EMPTY * 10_000 + close(),
        Peer.until_close,
        arguments=["-r"],
        says="10,000 received",
        terminal=False,
    ),
    behaves("10,000 messages, one is wanted", open_, TINY, Peer.drain, arguments=["-c", "1"]),
    behaves("messages without end, one is wanted", open_, forever(text("x") * 9999), arguments=["-c", "1", "-r"]),
    # Floods.
    behaves(
        "pings at once",
        open_,
        ping(b"x") * 60_000,
        Peer.keep,
        arguments=["-r", "--for", "200ms"],
        says="did not answer",
    ),
    limited("pings without end", flood(ping(b"x" * 125) * 999), arguments=["-r"]),
    limited("pings without end, shown", flood(ping(b"x" * 125) * 99)),
    limited(
        "pings without end, recorded",
        flood(ping(b"x" * 125) * 99),
        arguments=["-r", "--record", "a.ndjson"],
        terminal=False,
    ),
    limited("pongs without end", flood(write_frame(b"x" * 125, PONG) * 999), arguments=["-r"]),
    limited("messages without end", flood(text("x" * 100) * 999), arguments=["-r"], terminal=False),
    limited("messages without end, shown", flood(text("x" * 100) * 99)),
    limited(
        "messages without end, in JSON",
        flood(text('{"a": [1, 2, {"b": null}]}') * 99),
        arguments=["-f", "ndjson"],
        terminal=False,
    ),
    limited(
        "messages without end, echoed and not read",
        flood(text("x" * 9999)),
        arguments=["-r", "--echo"],
        terminal=False,
    ),
    limited("messages without end, none wanted", flood(text("x" * 100) * 99), arguments=["--where", "false"]),
    behaves(
        "messages without end behind its close",
        open_,
        close(1001),
        forever(text("x" * 100) * 99),
        says="after the CLOSE",
    ),
    behaves(
        "messages without end behind a breach",
        open_,
        b"\x83\x00",
        forever(text("x" * 100) * 99),
        says="opcode 0x3 is reserved",
        exit=8,
    ),
    behaves(
        "messages without end behind our close",
        open_,
        forever(text("x" * 100) * 99),
        arguments=["-r", "--for", "200ms"],
        says="did not answer our close",
        terminal=False,
        limit_s=30.0,
    ),
    # Fragments and sizes.
    limited("fragments of 0 bytes without end", BEGUN, flood(fragments(0, last=False)), limit_mib=100.0, limit_s=30.0),
    limited(
        "fragments of 0 bytes without end, shown",
        BEGUN,
        flood(fragments(0, last=False)),
        limit_s=30.0,
        arguments=["--frames"],
    ),
    behaves(
        "fragments of 1 byte without end",
        open_,
        BEGUN,
        forever(fragments(1, last=False)),
        arguments=["--max-size", "100000"],
        says="larger than the limit of 100000 bytes",
        exit=10,
    ),
    behaves(
        "fragments of 1 KiB without end",
        open_,
        BEGUN,
        forever(fragments(1024, last=False)),
        says="larger than the limit of 16777216 bytes",
        exit=10,
    ),
    behaves(
        "50,000 fragments",
        open_,
        BEGUN,
        fragments(1, last=False) * 10 + write_frame(b"", CONTINUATION) + close(),
        Peer.until_close,
        says="50.0 kB",
    ),
    behaves(
        "pings between fragments",
        open_,
        BEGUN,
        (write_frame(b"x", CONTINUATION, fin=False) + ping()) * 5000 + write_frame(b"", CONTINUATION) + close(),
        Peer.drain,
        says="1 received",
    ),
    behaves(
        "a message of the greatest size",
        open_,
        binary(bytes(16 << 20)) + close(),
        Peer.until_close,
        arguments=["-r"],
        judge=rows_of_max_size,
        terminal=False,
    ),
    behaves("a message of the greatest size, shown", open_, binary(bytes(16 << 20)) + close(), Peer.until_close),
    behaves(
        "a message of a byte more",
        open_,
        binary(bytes((16 << 20) + 1)),
        Peer.until_close,
        exit=10,
        says="larger than the limit of 16777216 bytes",
    ),
    behaves(
        "a header that claims 2^62 bytes",
        open_,
        write_frame(b"", BINARY, claimed=1 << 62),
        Peer.keep,
        exit=10,
        says="larger than the limit",
    ),
    limited("a header that claims 16 MiB", write_frame(b"", BINARY, claimed=16 << 20), Peer.keep),
    limited("a message that drips", sends_slowly(binary(bytes(99)), 0.1)),
    # It does not read.
    limited("reads nothing, and we send", Peer.keep, given=b"x" * 20_000_000, arguments=["-r"]),
    limited("reads nothing, and we send lines", Peer.keep, given=b"some line\n" * 1_000_000, arguments=["-r"]),
    behaves("closes while we send", open_, 0.2, close(1009), Peer.absorb, given=b"x" * 20_000_000, says="1009", exit=6),
    behaves("resets while we send", open_, 0.2, Peer.reset, given=b"some line\n" * 1_000_000, says="reset", exit=7),
    # Again and again.
    behaves(
        "is gone each time",
        open_,
        arguments=["--reconnect", "--retries", "3", "--retry-max-delay", "50ms"],
        exit=7,
        says="without a close frame",
    ),
    behaves(
        "resets each time, and we stay",
        open_,
        Peer.reset,
        arguments=["--reconnect", "--retry-max-delay", "50ms", *MAX_TIME],
        says="0.5 s",
        exit=9,
    ),
    # Checks.
    check("says nothing", open_, Peer.keep, arguments=["--expect-text", "x", "--within", "300ms"], says="x", exit=1),
    check(
        "says the wrong thing without end",
        open_,
        forever(text("y") * 999),
        says="x",
        exit=1,
        arguments=["--expect-text", "x", "--within", "500ms"],
    ),
    check(
        "takes its time",
        open_,
        sends_slowly(text("x") * 99, 0.1),
        says="1 s of the check were over",
        exit=1,
        arguments=["--expect-text", "y", "--timeout", "1s", "--within", "9s"],
    ),
    check(
        "100,000 tiny messages",
        open_,
        TINY + close(),
        Peer.until_close,
        says="",
        exit=0,
        arguments=["--expect-text", str(MANY - 1), "--expect-close", "1000"],
    ),
    check(
        "pings without end",
        open_,
        forever(ping(b"x" * 125) * 999),
        says="x",
        exit=1,
        arguments=["--expect-text", "x", "--within", "500ms"],
    ),
    check("resets", open_, 0.2, Peer.reset, says="reset", exit=1, arguments=["--expect-text", "x"]),
    check("never answers our close", open_, text("x"), Peer.keep, says="", exit=0, arguments=["--expect-text", "x"]),
    check(
        "twenty of them, reset",
        open_,
        Peer.reset,
        says="reset",
        exit=1,
        arguments=["--expect-text", "x", "--connections", "20"],
    ),
]
