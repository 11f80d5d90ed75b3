"""The packets of a capture, pcap or pcapng, one by one. Knows nothing of what stands in them.

The headers of files, sections and interfaces are dpkt's to read. Its readers are not used: they take a file of several
interfaces for one of the first, leave out simple packet blocks, read whatever length a damaged file claims, and do not
tell where it is damaged. Source: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
"""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

MAGIC_NG = b"\x0a\x0d\x0d\x0a"

CLASSIC: dict[bytes, tuple[str, int, int]] = {
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
}
"""How a pcap file begins, with the order of its bytes, its unit of time in nanoseconds, and the size of a packet's
header; the last two are those of an old patch."""

INTERFACE, OLD_PACKET, SIMPLE, ENHANCED = 1, 2, 3, 6
RESOLUTION, OFFSET = 9, 14
SECOND = 10**9

MOST_PACKET = 1 << 24
"""Bytes of a packet; more of them are no packet."""

MOST_BLOCK = MOST_PACKET + (1 << 16)
LAST = 253_402_300_799 * SECOND
"""The last second of the year 9999, in nanoseconds."""

MOST_INTERFACES = 4096
PIECE = 1 << 20
LINK = 0x0FFF_FFFF


class Packet(NamedTuple):
    """``at`` is in nanoseconds since the epoch; ``link`` its link type; ``lacks`` tells that bytes at its end do."""

    at: int
    link: int
    data: bytes
    lacks: bool


class Broken(Exception):
    """The file is damaged at a byte, counted from 0; told in a sentence."""

    def __init__(self, sentence: str, offset: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.offset = offset


class _Interface(NamedTuple):
    link: int
    snaplen: int
    units: int  # of time in a second
    offset: int  # in seconds


class _Source:
    """A stream that knows where it is, and that ends where it must not by being `Broken`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.offset = 0

    def read(self, size: int) -> bytes:
        """Return so many bytes, or fewer at the end."""
        data = self._stream.read(size)
        self.offset += len(data)
        return data

    def take(self, size: int, inside: str) -> bytes:
        """Return so many bytes."""
        data = self.read(size)
        if len(data) < size:
            raise Broken(f"the file ends inside {inside}", self.offset)
        return data

    def skip(self, size: int, inside: str) -> None:
        """Pass over so many bytes."""
        while size:
            size -= len(self.take(min(size, PIECE), inside))


def packets_of(stream: BinaryIO) -> Iterator[Packet]:
    """Yield the packets of a capture; raises `Broken` where it is damaged."""
    source = _Source(stream)
    magic = source.take(4, "its first four bytes")
    if magic == MAGIC_NG:
        return _blocks(source)
    if magic in CLASSIC:
        return _classic(source, magic)
    raise Broken("no capture begins so", 0)


def _classic(source: _Source, magic: bytes) -> Iterator[Packet]:
    from dpkt import pcap

    order, unit, header_size = CLASSIC[magic]
    head = magic + source.take(20, "the header of the file")
    link = (pcap.FileHdr(head) if order == ">" else pcap.LEFileHdr(head)).linktype & LINK
    header = struct.Struct(f"{order}IIII{header_size - 16}x")
    while True:
        start = source.offset
        head = source.read(header_size)
        if not head:
            return
        if len(head) < header_size:
            raise Broken("the file ends inside the header of a packet", start)
        second, part, size, full = header.unpack(head)
        if size > MOST_PACKET:
            raise Broken(f"a packet of {size:,} bytes is none", start)
        yield Packet(second * SECOND + part * unit, link, source.take(size, "a packet"), size < full)


def _blocks(source: _Source) -> Iterator[Packet]:
    """Read block after block; a section begins anew."""
    order = "<"
    interfaces: list[_Interface] = []
    start = 0
    head = MAGIC_NG + source.take(4, "its first block")
    while head:
        if len(head) < 8:
            raise Broken("the file ends inside the header of a block", start)
        if head[:4] == MAGIC_NG:
            order, interfaces = _section(source, head, start), []
        else:
            kind, size = struct.unpack(order + "II", head)
            if size < 12 or size % 4 or (kind in KNOWN and size > MOST_BLOCK):
                raise Broken(f"a block of {size:,} bytes is none", start)
            if kind in KNOWN:
                body = source.take(size - 12, "a block")
                _end(source, order, size, start)
                try:
                    if kind == INTERFACE:
                        interfaces.append(_interface(order, head + body + head[4:]))
                    else:
                        yield KNOWN[kind](order, body, interfaces)
                except (struct.error, IndexError):
                    raise Broken("a packet is cut short, or of an interface that is not described", start) from None
                if len(interfaces) > MOST_INTERFACES:
                    raise Broken(f"there are more than {MOST_INTERFACES:,} interfaces", start)
            else:
                source.skip(size - 12, "a block")
                _end(source, order, size, start)
        start = source.offset
        head = source.read(8)


def _section(source: _Source, head: bytes, start: int) -> str:
    """Read the header of a section; return the order of its bytes."""
    mark = source.take(4, "the header of a section")
    order = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(mark)
    if order is None:
        raise Broken("a section does not tell the order of its bytes", start)
    size = struct.unpack(order + "I", head[4:])[0]
    if size < 28 or size % 4:
        raise Broken(f"the header of a section claims to have {size:,} bytes", start)
    version = struct.unpack(order + "HH", source.take(4, "the header of a section"))
    if version[0] != 1:
        raise Broken(f"version {version[0]}.{version[1]} of pcapng is unknown here", start)
    source.skip(size - 20, "the header of a section")
    _end(source, order, size, start)
    return order


def _end(source: _Source, order: str, size: int, start: int) -> None:
    """Hold the length behind a block against that before it."""
    if struct.unpack(order + "I", source.take(4, "a block"))[0] != size:
        raise Broken("a block has two lengths", start)


def _interface(order: str, block: bytes) -> _Interface:
    from dpkt import Error, pcapng

    kind = pcapng.InterfaceDescriptionBlock if order == ">" else pcapng.InterfaceDescriptionBlockLE
    try:
        described = kind(block)
    except (Error, UnicodeError) as fault:
        raise struct.error from fault
    units, offset = 10**6, 0
    for option in described.opts:
        if option.code == RESOLUTION and option.data:
            digits = option.data[0]
            units = 2 ** (digits & 0x7F) if digits & 0x80 else 10 ** min(digits, 18)
        elif option.code == OFFSET and len(option.data) == 8:
            offset = struct.unpack(order + "q", option.data)[0]
    return _Interface(described.linktype, described.snaplen, units, offset)


def _enhanced(order: str, body: bytes, interfaces: list[_Interface]) -> Packet:
    number, high, low, size, full = struct.unpack_from(order + "IIIII", body)
    return _packet(interfaces[number], high << 32 | low, body, size, full)


def _old(order: str, body: bytes, interfaces: list[_Interface]) -> Packet:
    number, _, high, low, size, full = struct.unpack_from(order + "HHIIII", body)
    return _packet(interfaces[number], high << 32 | low, body, size, full)


def _simple(order: str, body: bytes, interfaces: list[_Interface]) -> Packet:
    """Read a packet without a time, and without a size of its own: the interface's limit tells it."""
    full = struct.unpack_from(order + "I", body)[0]
    size = min(full, interfaces[0].snaplen or full)
    if size > len(body) - 4:
        raise IndexError
    return Packet(0, interfaces[0].link, body[4 : 4 + size], size < full)


def _packet(interface: _Interface, time: int, body: bytes, size: int, full: int) -> Packet:
    if size > len(body) - 20:
        raise IndexError
    at = time * SECOND // interface.units + interface.offset * SECOND
    # Times that no calendar holds are damage of another kind, and nothing to compute with.
    at = at if 0 <= at < LAST else 0
    return Packet(at, interface.link, body[20 : 20 + size], size < full)


KNOWN: dict[int, Callable[[str, bytes, list[_Interface]], Packet]] = {
    INTERFACE: _simple,  # its own branch
    OLD_PACKET: _old,
    SIMPLE: _simple,
    ENHANCED: _enhanced,
}
"""Blocks that are read; the others (names, statistics, secrets, and those of later versions) are passed over."""
