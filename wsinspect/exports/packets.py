"""Made-up TCP packets around real bytes, in blocks of pcapng (RFC 791, RFC 8200, RFC 9293). Knows no WebSocket."""

import struct
from collections.abc import Iterator
from ipaddress import ip_address

LINKTYPE_RAW = 101
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16

MOST_DATA = 65_495
"""Bytes of payload in a packet: with the headers of IPv4 and TCP they are 65,535."""

WINDOW = 65_535
SYN_OPTIONS = struct.pack("!BBHBBBB", 2, 4, MOST_DATA, 1, 3, 3, 7)
"""Largest segment, and a window 128 times as large as its field says."""

ACK_AFTER = 1 << 18
"""So many bytes go without an answer before a packet acknowledges them."""

TCP = 6
HOPS = 64
FIRST_PORT, PORTS = 49_152, 16_000
CLIENT_4, CLIENT_6 = int(ip_address("192.0.2.1")), int(ip_address("2001:db8::1"))
LOOPBACK_4 = int(ip_address("127.0.0.1"))
HOSTS = 200
"""Of the addresses that are for documentation (RFC 5737), the first ones."""

SERVER = "192.0.2.250"


class Link:
    """One TCP connection. ``number`` makes the client's end; ``host`` and ``port`` are the server's.

    Every method yields blocks; ``micros`` is the time in microseconds since the epoch, and ``by_client`` tells who
    sends.
    """

    def __init__(self, number: int, host: str, port: int) -> None:
        server = ip_address(host)
        hosts = number // PORTS % HOSTS
        first = LOOPBACK_4 if server.is_loopback else CLIENT_4
        client = first + hosts if server.version == 4 else CLIENT_6 + hosts
        self._addresses = {True: client.to_bytes(len(server.packed), "big"), False: server.packed}
        self._ports = {True: FIRST_PORT + number % PORTS, False: port}
        self._seq = {True: 0, False: 0}
        self._unacked = {True: 0, False: 0}
        self._packets = 0

    def open(self, micros: int) -> Iterator[bytes]:
        """Shake hands."""
        yield self._packet(micros, True, SYN, options=SYN_OPTIONS)
        self._seq[True] += 1
        yield self._packet(micros, False, SYN | ACK, options=SYN_OPTIONS)
        self._seq[False] += 1
        yield self._packet(micros, True, ACK)

    def send(self, micros: int, by_client: bool, data: bytes) -> Iterator[bytes]:
        """Send bytes."""
        for start in range(0, len(data), MOST_DATA):
            piece = data[start : start + MOST_DATA]
            yield self._packet(micros, by_client, ACK | PUSH, piece)
            self._seq[by_client] = (self._seq[by_client] + len(piece)) & 0xFFFFFFFF
            self._unacked[by_client] += len(piece)
            self._unacked[not by_client] = 0
            if self._unacked[by_client] >= ACK_AFTER:
                yield self._packet(micros, not by_client, ACK)
                self._unacked[by_client] = 0

    def close(self, micros: int, by_client: bool) -> Iterator[bytes]:
        """End both directions, one side first."""
        for side in (by_client, not by_client):
            yield self._packet(micros, side, FIN | ACK)
            self._seq[side] = (self._seq[side] + 1) & 0xFFFFFFFF
        yield self._packet(micros, by_client, ACK)

    def reset(self, micros: int, by_client: bool) -> Iterator[bytes]:
        """Break off."""
        yield self._packet(micros, by_client, RST | ACK)

    def _packet(self, micros: int, by_client: bool, flags: int, data: bytes = b"", options: bytes = b"") -> bytes:
        source, target = self._addresses[by_client], self._addresses[not by_client]
        ack = self._seq[not by_client] if flags & ACK else 0
        size = 20 + len(options) + len(data)
        head = struct.pack(
            "!HHIIBBH",
            self._ports[by_client],
            self._ports[not by_client],
            self._seq[by_client],
            ack,
            (20 + len(options)) // 4 << 4,
            flags,
            WINDOW,
        )
        summed = checksum(source + target + struct.pack("!II", TCP, size) + head + b"\0\0\0\0" + options + data)
        segment = head + summed.to_bytes(2, "big") + b"\0\0" + options + data
        self._packets += 1
        if len(source) == 16:
            packet = struct.pack("!IHBB", 6 << 28, size, TCP, HOPS) + source + target + segment
        else:
            # Never fragmented.
            ip = struct.pack("!BBHHHBB", 0x45, 0, 20 + size, self._packets & 0xFFFF, 0x4000, HOPS, TCP)
            ends = source + target
            packet = ip + checksum(ip + b"\0\0" + ends).to_bytes(2, "big") + ends + segment
        return enhanced(micros, packet)


def enhanced(micros: int, packet: bytes) -> bytes:
    """Return an enhanced packet block."""
    size = len(packet)
    padding = bytes(-size % 4)
    whole = 32 + size + len(padding)
    micros = max(0, micros)
    head = struct.pack("<IIIIIII", 6, whole, 0, micros >> 32, micros & 0xFFFFFFFF, size, size)
    return b"".join((head, packet, padding, struct.pack("<I", whole)))


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071): the sum of 16-bit words with end-around carry is one modulo 65,535."""
    if len(data) % 2:
        data += b"\0"
    return -int.from_bytes(data, "big") % 65_535


def beginning(comment: str, program: str, resolution: int) -> bytes:
    """Return the header of a section, and its interface; times are in ``10 ** -resolution`` seconds."""
    from dpkt import pcapng

    option = pcapng.PcapngOptionLE
    end = option()
    section = pcapng.SectionHeaderBlockLE(
        opts=[
            option(code=pcapng.PCAPNG_OPT_COMMENT, data=comment.encode()),
            option(code=pcapng.PCAPNG_OPT_SHB_USERAPPL, data=program.encode()),
            end,
        ]
    )
    interface = pcapng.InterfaceDescriptionBlockLE(
        linktype=LINKTYPE_RAW,
        snaplen=0,
        opts=[
            option(code=pcapng.PCAPNG_OPT_IF_NAME, data=b"wsinspect"),
            option(code=pcapng.PCAPNG_OPT_IF_TSRESOL, data=bytes([resolution])),
            end,
        ],
    )
    return bytes(section) + bytes(interface)
