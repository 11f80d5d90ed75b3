"""Servers whose frames break a rule of RFC 6455 or RFC 7692, each rule in several ways.

Most rows are those of the reader in `tests.test_wire_breaches`: here they come over a socket, and what
is said, the exit and the terminal count. The forms of output take turns.
"""

import itertools
from collections.abc import Sequence

from tests.hostile.kit import Case, turns
from tests.servers import Peer, Step, binary, close, open_, opened, ping, text
from tests.test_wire_breaches import CASES
from tests.test_wire_breaches import Case as Breach
from tests.wire_peer import Compressor
from wsinspect.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, write_frame
from wsinspect.wire.inflate import Deflate

GROUP = "frames"
on_terminal = turns()
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"
FORMS = itertools.cycle([(), ("-r",), ("-f", "ndjson"), ("-q",), ("--record", "a.ndjson"), ("--frames",), ("-v",)])


def breach(
    name: str, *sent: bytes, says: str | Sequence[str], deflate: str = "", arguments: Sequence[str] = (), exit: int = 8
) -> Case:
    """Return a case of frames that come after a good message; ``deflate`` are compression's parameters."""
    step = opened(DEFLATE + deflate.removesuffix("-")) if deflate else open_
    script: list[Step] = [step, text("good") + b"".join(sent), Peer.until_close]
    return Case(name, GROUP, script, [*next(FORMS), *arguments], says, exit, terminal=on_terminal(name))


def over_the_wire(row: Breach) -> Case:
    """Return a row of the reader's, as a server sends it."""
    script: list[Step] = [opened(DEFLATE) if "deflate" in row.options else open_]
    script += [bytes.fromhex(row.sent), Peer.until_close]
    limit = ["--max-size", str(row.options["max_size"])] if "max_size" in row.options else []
    exit = 10 if row.rule == "too-big" else 8
    # A close of the peer's that is followed by more: the first cause counts.
    if row.rule == "after-close":
        exit = 0
    return Case(f"{row.rule}: {row.what}", GROUP, script, [*next(FORMS), *limit], row.sentence, exit, terminal=False)


def code(number: int) -> Case:
    return breach(
        f"close with {number}", close(number), says=f"carries code {number}, which must not stand on the wire"
    )


def opcode(number: int) -> Case:
    return breach(f"opcode {number:X}", write_frame(b"x", number), says=f"opcode 0x{number:X} is reserved")


SMALL = Compressor(Deflate())
LONG = SMALL.message(b"a message that is long enough to be compressed, and long enough to be cut " * 9)

ROWS = [
    *(
        over_the_wire(row)
        for row in CASES
        if not row.options.get("masked") and row.what != "no limit but that of memory"
    ),
    *(opcode(number) for number in (3, 7, 0xB, 0xF)),
    *(code(number) for number in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)),
    breach("masked ping", write_frame(b"hi", PING, mask=b"\1\2\3\4"), says="the server masked a frame"),
    breach("masked close", write_frame(b"", CLOSE, mask=b"\1\2\3\4"), says="the server masked a frame"),
    breach("RSV1", write_frame(b"x", TEXT, rsv=4), says="RSV1 set, which no agreed extension"),
    breach("RSV2", write_frame(b"x", TEXT, rsv=2), says="RSV2 set, which no agreed extension"),
    breach("RSV3 on a close", write_frame(b"", CLOSE, rsv=1), says="RSV3 set, which no agreed extension"),
    breach("RSV1 on a close", write_frame(b"", CLOSE, rsv=4), says="RSV1 is set on a CLOSE frame", deflate="-"),
    breach("RSV1 on a pong", write_frame(b"", PONG, rsv=4), says="RSV1 is set on a PONG frame", deflate="-"),
    breach("ping of 126 bytes", write_frame(bytes(126), PING), says="a PING frame is longer than"),
    breach("pong of 64 KiB", write_frame(bytes(65536), PONG), says="a PONG frame is longer than"),
    breach("close of 126 bytes", write_frame(b"\x03\xe8" + b"x" * 124, CLOSE), says="a CLOSE frame is longer than"),
    breach("ping in parts", write_frame(b"", PING, fin=False), says="a PING frame is fragmented"),
    breach("continuation behind a ping", ping() + write_frame(b"", CONTINUATION), says="no message to continue"),
    breach("text within a binary", write_frame(b"", BINARY, fin=False) + text("x"), says="a TEXT frame came inside"),
    breach(
        "binary within a text, after parts",
        write_frame(b"", TEXT, fin=False) + write_frame(b"", 0, fin=False) + binary(b"x"),
        says="a BINARY frame came inside an unfinished message",
    ),
    breach(
        "a length of 5 in 64 bits", write_frame(b"hello", TEXT, length_bits=64), says="stands in 64 bits, more than"
    ),
    breach("a ping's length in 16 bits", write_frame(b"hello", PING, length_bits=16), says="PING frame is longer than"),
    breach("UTF-8: overlong", text(b"\xc0\xaf"), says="a text message is not valid UTF-8"),
    breach("UTF-8: above the last", text(b"\xf4\x90\x80\x80"), says="a text message is not valid UTF-8"),
    breach("UTF-8: five bytes", text(b"\xf8\x88\x80\x80\x80"), says="a text message is not valid UTF-8"),
    breach("UTF-8: in a frame that never ends", write_frame(b"\xff", TEXT, claimed=1000), says="is not valid UTF-8"),
    breach(
        "UTF-8: cut by the message's end",
        write_frame(b"\xe2\x82", TEXT, fin=False) + write_frame(b"", 0),
        says="a text message is not valid UTF-8",
    ),
    breach(
        "UTF-8: a reason's surrogate", write_frame(b"\x03\xe8\xed\xa0\x80", CLOSE), says="the reason in a CLOSE frame"
    ),
    breach("a length of 2^63", b"\x82\xff" + bytes([0x80]) + bytes(7), says="the server masked a frame"),
    breach("a length of 2^63, unmasked", b"\x82\x7f\x80" + bytes(7), says="the top bit of a 64-bit length is set"),
    breach("a length of 2^62", b"\x82\x7f\x40" + bytes(7), says="larger than the limit of 16777216 bytes", exit=10),
    # Compression.
    breach("deflate: garbage", write_frame(b"\xff\xff\xff\xff", TEXT, rsv=4), says="cannot be inflated", deflate="-"),
    breach("deflate: cut", write_frame(LONG[:20], TEXT, rsv=4), says="it ends inside a block", deflate="-"),
    breach(
        "deflate: a window that is too small",
        write_frame(SMALL.message(bytes(range(256)) * 9), BINARY, rsv=4)
        + write_frame(SMALL.message(bytes(range(256)) * 9), BINARY, rsv=4),
        says="cannot be inflated",
        deflate="; server_no_context_takeover",
    ),
    breach(
        "deflate: bad UTF-8",
        write_frame(Compressor(Deflate()).message(b"\xff\xfe"), TEXT, rsv=4),
        says="a text message is not valid UTF-8",
        deflate="-",
    ),
    # In the other commands.
    *(
        Case(
            f"behind a close, {' '.join(form) or 'as it is'}",
            GROUP,
            [open_, close(1000) + text("too late"), Peer.until_close],
            form,
            "more frames came after the CLOSE frame",
            unsaid="too late",
        )
        for form in ((), ("-r",), ("-f", "ndjson"))
    ),
    Case(
        "check: behind a close",
        GROUP,
        [open_, close(1000) + text("too late"), Peer.until_close],
        ["{url}", "--expect-close", "1000"],
        "more frames came after the CLOSE frame",
        8,
        command="check",
    ),
    Case(
        "check: reserved opcode",
        GROUP,
        [open_, b"\x83\x00", Peer.until_close],
        ["{url}", "--expect-text", "x"],
        "opcode 0x3 is reserved",
        8,
        command="check",
    ),
    Case(
        "check: bad UTF-8",
        GROUP,
        [open_, text(b"\xff"), Peer.until_close],
        ["{url}", "--expect-text", "x"],
        "not valid UTF-8",
        8,
        command="check",
    ),
    Case(
        "check: masked, but allowed",
        GROUP,
        [open_, text("x") + write_frame(b"x", TEXT, mask=bytes(4)), Peer.until_close],
        ["{url}", "--expect-text", "x", "--allow-violations"],
        "",
        0,
        command="check",
    ),
    Case(
        "check: too big",
        GROUP,
        [open_, b"\x82\x7f\x40" + bytes(7), Peer.until_close],
        ["{url}", "--expect-text", "x"],
        "larger than the limit",
        10,
        command="check",
    ),
    Case(
        "recorded and shown: a breach",
        GROUP,
        [open_, text("\x1b[2J") + b"\x83\x00", Peer.until_close],
        ["--record", "a.ndjson", "--record-frames", "--frames"],
        "opcode 0x3 is reserved",
        8,
    ),
]
