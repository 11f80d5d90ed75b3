"""Captures made for tests, with dpkt's packets, so that what reads them is not what wrote them."""

import io
import struct
from collections.abc import Iterable
from typing import NamedTuple

import dpkt

from wsinspect.events import CLOSED, DATA, FRAME, HANDSHAKE, Batch
from wsinspect.recordings.pcap import read
from wsinspect.wire.frames import write_frame

CLIENT, SERVER = (b"\x0a\x00\x00\x01", 50_000), (b"\x0a\x00\x00\x02", 8080)
CLIENT_6, SERVER_6 = (bytes(15) + b"\x01", 50_000), (bytes(15) + b"\x02", 8080)
START_NS = 1_795_349_071_207_123_456
KEY = bytes.fromhex("37fa213d")

ASKED = (
    b"GET /chat?room=1 HTTP/1.1\r\nHost: example.test:8080\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ANSWERED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16


def agreeing(extensions: str) -> bytes:
    """Return an answer that agrees on extensions."""
    return ANSWERED.removesuffix(b"\r\n") + f"Sec-WebSocket-Extensions: {extensions}\r\n\r\n".encode()


def sent(payload: bytes, opcode: int = 1, **options: object) -> bytes:
    """Return a client's frame."""
    return write_frame(payload, opcode, mask=KEY, **options)  # type: ignore[arg-type]


class Made(NamedTuple):
    """A packet: nanoseconds, and IP."""

    at: int
    ip: bytes


class Talk:
    """A TCP connection in the making; ``packets`` grow as it goes on, a millisecond apart."""

    def __init__(
        self,
        client: tuple[bytes, int] = CLIENT,
        server: tuple[bytes, int] = SERVER,
        *,
        seq: tuple[int, int] = (1000, 5000),
        at: int = START_NS,
    ) -> None:
        self.ends = {True: client, False: server}
        self.seq = {True: seq[0], False: seq[1]}
        self.packets: list[Made] = []
        self.at = at

    def packet(self, by_client: bool, flags: int, data: bytes = b"", *, seq: int | None = None) -> Made:
        """Make a packet without sending it."""
        source, target = self.ends[by_client], self.ends[not by_client]
        tcp = dpkt.tcp.TCP(
            sport=source[1],
            dport=target[1],
            seq=(self.seq[by_client] if seq is None else seq) % 2**32,
            ack=self.seq[not by_client] % 2**32 if flags & ACK else 0,
            flags=flags,
            data=data,
        )
        self.at += 1_000_000
        if len(source[0]) == 16:
            ip = dpkt.ip6.IP6(src=source[0], dst=target[0], nxt=6, plen=len(tcp), data=tcp)
            ip.extension_hdrs = {}
        else:
            ip = dpkt.ip.IP(src=source[0], dst=target[0], p=6, data=tcp)
            ip.len = len(ip)
        return Made(self.at, bytes(ip))

    def segment(self, by_client: bool, flags: int, data: bytes = b"") -> "Talk":
        """Send a segment."""
        self.packets.append(self.packet(by_client, flags, data))
        self.seq[by_client] += len(data) + bool(flags & (SYN | FIN))
        return self

    def begin(self) -> "Talk":
        """Shake hands."""
        return self.segment(True, SYN).segment(False, SYN | ACK).segment(True, ACK)

    def say(self, by_client: bool, data: bytes, size: int = 1400) -> "Talk":
        """Send bytes, so many at a time."""
        for start in range(0, len(data), size):
            self.segment(by_client, ACK | PUSH, data[start : start + size])
        return self

    def upgrade(self, answered: bytes = ANSWERED) -> "Talk":
        """Become a WebSocket."""
        return self.begin().say(True, ASKED).say(False, answered)

    def lose(self, by_client: bool, data: bytes) -> "Talk":
        """Send bytes that the capture does not hold."""
        self.seq[by_client] += len(data)
        return self

    def end(self, by_client: bool = False) -> "Talk":
        """End both directions."""
        return self.segment(by_client, FIN | ACK).segment(not by_client, FIN | ACK).segment(by_client, ACK)


def classic(
    packets: Iterable[Made], link: int = 101, *, order: str = "<", nano: bool = True, cut: int = 1 << 18
) -> bytes:
    """Return a pcap file."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    found = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 1 << 18, link)]
    for at, ip in packets:
        second, part = divmod(at, 10**9)
        data = ip[:cut]
        found.append(struct.pack(order + "IIII", second, part if nano else part // 1000, len(data), len(ip)) + data)
    return b"".join(found)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Return a block of pcapng."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def option(code: int, data: bytes, order: str = "<") -> bytes:
    """Return an option of a block."""
    return struct.pack(order + "HH", code, len(data)) + data + bytes(-len(data) % 4)


def section(order: str = "<") -> bytes:
    """Return the header of a section."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 101, order: str = "<", options: bytes = b"", snaplen: int = 0) -> bytes:
    """Return the description of an interface."""
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def enhanced(packet: Made, order: str = "<", *, number: int = 0, units: int = 10**6) -> bytes:
    """Return an enhanced packet block."""
    time = packet.at * units // 10**9
    size = len(packet.ip)
    head = struct.pack(order + "IIIII", number, time >> 32, time & 0xFFFFFFFF, size, size)
    return block(6, head + packet.ip, order)


def simple(packet: Made, order: str = "<") -> bytes:
    """Return a simple packet block."""
    return block(3, struct.pack(order + "I", len(packet.ip)) + packet.ip, order)


def next_generation(packets: Iterable[Made], link: int = 101, order: str = "<") -> bytes:
    """Return a pcapng file."""
    return section(order) + interface(link, order) + b"".join([enhanced(packet, order) for packet in packets])


def batches_in(capture: bytes) -> tuple[list[Batch], list[str]]:
    """Return what a capture holds, and the notes on it."""
    notes: list[str] = []
    return list(read(io.BytesIO(capture), notes.append)), notes


def rows_in(capture: bytes | Iterable[Made]) -> list[tuple[int, str, int, object]]:
    """Return connection, direction, type and payload of each row that is no frame."""
    found, _ = batches_in(capture if isinstance(capture, bytes) else classic(capture))
    return [
        (batch.connection, batch.direction, row[0], row[1]) for batch in found for row in batch.rows if row[0] != FRAME
    ]


def texts_in(capture: bytes | Iterable[Made]) -> list[tuple[str, bytes]]:
    """Return direction and payload of each data message."""
    return [(way, payload) for _, way, type, payload in rows_in(capture) if type in DATA]  # type: ignore[misc]


def ends_in(capture: bytes | Iterable[Made]) -> list[object]:
    """Return the ends."""
    return [payload for _, _, type, payload in rows_in(capture) if type == CLOSED]


def handshakes_in(capture: bytes | Iterable[Made]) -> list[object]:
    """Return the handshakes."""
    return [payload for _, _, type, payload in rows_in(capture) if type == HANDSHAKE]
