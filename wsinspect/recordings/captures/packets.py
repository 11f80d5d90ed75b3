"""A packet's TCP segment, found behind the headers of its link and of IP. Knows no file and no connection.

Link types are those of https://www.tcpdump.org/linktypes.html. Checksums are not looked at: network cards compute them
behind the capture's back.
"""

import struct
from ipaddress import ip_address
from typing import NamedTuple

FIN, SYN, RST, ACK = 1, 2, 4, 16

IP4, IP6 = 0x0800, 0x86DD
VLANS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
FAMILIES = {2: IP4, 10: IP6, 24: IP6, 28: IP6, 30: IP6}
"""What stands before a packet of a loopback device: an address family, which each system numbers for itself."""

TCP = 6
HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY = 0, 43, 44, 51, 60, 135
EXTENSIONS = frozenset({HOP, ROUTING, DESTINATION, MOBILITY})
MOST_EXTENSIONS = 16


class Segment(NamedTuple):
    """A TCP segment. An end is the packed address and the port; ``size`` is that of its payload as it was sent, of
    which ``data`` may be only the beginning."""

    source: tuple[bytes, int]
    target: tuple[bytes, int]
    seq: int
    ack: int
    flags: int
    data: bytes
    size: int


class Unread(Exception):
    """A packet that is not looked into; told in a word or two."""


_IP4 = struct.Struct("!BxHxxHxBxx4s4s")
_IP6 = struct.Struct("!4xHBx16s16s")
_TCP = struct.Struct("!HHIIBB")


def segment_of(link: int, data: bytes) -> Segment | None:
    """Return the TCP segment of a packet, or None where it holds none; raises `Unread`."""
    try:
        kind, start = LINKS[link](data)
    except KeyError:
        raise Unread(f"of link type {link}") from None
    except IndexError:
        raise Unread("cut short in their headers") from None
    try:
        while kind in VLANS:
            kind, start = data[start + 2] << 8 | data[start + 3], start + 4
        if kind == IP4:
            return _ip4(data, start)
        if kind == IP6:
            return _ip6(data, start)
    except (struct.error, IndexError):
        raise Unread("cut short in their headers") from None
    return None


def named(end: tuple[bytes, int]) -> str:
    """Return an end as ``host:port``."""
    host = str(ip_address(end[0]))
    return f"[{host}]:{end[1]}" if ":" in host else f"{host}:{end[1]}"


def _ip4(data: bytes, start: int) -> Segment | None:
    first, total, fragment, protocol, source, target = _IP4.unpack_from(data, start)
    if protocol != TCP or first >> 4 != 4:
        return None
    if fragment & 0x3FFF:
        raise Unread("fragments of IP packets")
    # Zero where the network card cuts what the system sends into packets.
    stop = start + total if total else len(data)
    return _tcp(data, start + (first & 0xF) * 4, stop, source, target)


def _ip6(data: bytes, start: int) -> Segment | None:
    size, following, source, target = _IP6.unpack_from(data, start)
    if data[start] >> 4 != 6:
        return None
    start += 40
    stop = start + size if size else len(data)
    for _ in range(MOST_EXTENSIONS):
        if following == TCP:
            return _tcp(data, start, stop, source, target)
        if following in EXTENSIONS:
            following, start = data[start], start + 8 + 8 * data[start + 1]
        elif following == AUTHENTICATION:
            following, start = data[start], start + 8 + 4 * data[start + 1]
        elif following == FRAGMENT:
            if (data[start + 2] << 8 | data[start + 3]) & 0xFFF9:
                raise Unread("fragments of IP packets")
            following, start = data[start], start + 8
        else:
            return None
    return None


def _tcp(data: bytes, start: int, stop: int, source: bytes, target: bytes) -> Segment:
    port, to, seq, ack, offset, flags = _TCP.unpack_from(data, start)
    start += (offset >> 4) * 4
    # What stands behind the IP packet fills up an Ethernet frame.
    return Segment((source, port), (target, to), seq, ack, flags, data[start:stop], max(0, stop - start))


def _ethernet(data: bytes) -> tuple[int, int]:
    return data[12] << 8 | data[13], 14


def _raw(data: bytes) -> tuple[int, int]:
    return {4: IP4, 6: IP6}.get(data[0] >> 4, 0), 0


def _cooked(data: bytes) -> tuple[int, int]:
    return data[14] << 8 | data[15], 16


def _cooked_2(data: bytes) -> tuple[int, int]:
    return data[0] << 8 | data[1], 20


def _loopback(data: bytes) -> tuple[int, int]:
    # In the order of the bytes of the machine that captured.
    family = data[0] or data[3]
    return FAMILIES.get(family, 0), 4


LINKS = {
    0: _loopback,
    1: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _loopback,
    113: _cooked,
    228: lambda data: (IP4, 0),
    229: lambda data: (IP6, 0),
    276: _cooked_2,
}
"""Link types that are read: each tells a packet's protocol, as Ethernet numbers it, and where it begins."""
