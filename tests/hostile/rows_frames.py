"""Servers whose frames break a rule of RFC 6455 or RFC 7692, one by one."""

from tests.hostile.kit import Case
from tests.servers import Peer, close, open_, text
from wsinspect.wire.frames import TEXT, write_frame

ROWS = [
    Case("reserved opcode", "frames", [open_, b"\x83\x00", Peer.until_close], says="opcode 0x3 is reserved", exit=8),
    Case(
        "masked",
        "frames",
        [open_, write_frame(b"hi", TEXT, mask=b"\1\2\3\4"), Peer.until_close],
        says="the server masked a frame",
        exit=8,
    ),
    Case(
        "escape in a text",
        "frames",
        [open_, text("\x1b]52;c;aGk=\x07\x1b[?1049h"), close(), Peer.until_close],
        says="\\x1b]52",
    ),
    Case("never closes", "frames", [open_, Peer.keep], ["-m", "300ms"], says="--max-time of 0.3 s is over", exit=9),
]
