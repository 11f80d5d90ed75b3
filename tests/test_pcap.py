"""Captures read: files of every kind, packets in every wrapping, TCP in every disorder, HTTP before, and damage."""

import contextlib
import gzip
import io
import random
import struct
import zlib
from itertools import pairwise
from pathlib import Path
from time import process_time

import dpkt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.captures import (
    ACK,
    ANSWERED,
    ASKED,
    CLIENT,
    CLIENT_6,
    FIN,
    PUSH,
    RST,
    SERVER,
    SERVER_6,
    START_NS,
    SYN,
    Made,
    Talk,
    agreeing,
    batches_in,
    block,
    classic,
    ends_in,
    enhanced,
    handshakes_in,
    interface,
    next_generation,
    option,
    rows_in,
    section,
    sent,
    simple,
    texts_in,
)
from wsinspect.errors import Exit, InspectError, Unreadable
from wsinspect.events import BINARY, CLOSE, CLOSED, CLOSING, ERROR, FRAME, HANDSHAKE, PING, TEXT, Batch, Closed, Moment
from wsinspect.recording_files import batches_of
from wsinspect.recordings import pcap
from wsinspect.recordings.captures import conversations, files, sockets, streams
from wsinspect.recordings.captures.exchanges import Exchange
from wsinspect.recordings.pcap import read
from wsinspect.wire.frames import write_frame

BYE = b"\x03\xe8bye"
SAID = [("in", b"Hello"), ("out", b"hi"), ("in", "Grüße".encode()), ("out", b"x" * 5000)]


def talk(**options: object) -> Talk:
    """Return a session with four messages and a clean close by the client."""
    made = Talk(**options).upgrade()  # type: ignore[arg-type]
    for way, text in SAID:
        made.say(way == "out", sent(text) if way == "out" else write_frame(text))
    return made.say(True, sent(BYE, 8)).say(False, write_frame(BYE, 8)).end()


PACKETS = talk().packets
CLEAN = Closed("us", True, 1000, "bye", 1000, "", 0)


def messages(capture: bytes) -> list[tuple[str, bytes]]:
    return texts_in(capture)


# The whole of a session.


def test_a_session_is_read_as_it_was() -> None:
    found, notes = batches_in(classic(PACKETS))
    assert notes == []
    rows = [(batch.direction, row[0]) for batch in found for row in batch.rows]
    way = {"in": "in", "out": "out"}
    assert [type for _, type in rows] == [
        HANDSHAKE,
        *[type for _ in SAID for type in (FRAME, TEXT)],
        FRAME,
        CLOSING,
        FRAME,
        CLOSE,
        CLOSED,
    ]
    assert [payload for batch in found for type, payload, _ in batch.rows if type == TEXT] == [text for _, text in SAID]
    assert [d for d, type in rows if type == TEXT] == [way[d] for d, _ in SAID]
    assert found[-1].rows[0][1] == CLEAN
    assert {batch.connection for batch in found} == {1}
    handshake = found[0].rows[0][1]
    assert handshake.url == "ws://example.test:8080/chat?room=1"
    assert handshake.address == "10.0.0.2:8080"
    assert (handshake.status, handshake.reason, handshake.resource) == (101, "Switching Protocols", "/chat?room=1")
    assert handshake.seconds == pytest.approx(0.001)
    assert handshake.request[0] == ("Host", "example.test:8080")
    assert ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") in handshake.response
    assert (handshake.subprotocol, handshake.extensions) == (None, "")


def test_times_are_those_of_the_packets() -> None:
    found, _ = batches_in(classic(PACKETS))
    first = PACKETS[0].at
    assert found[0].at == Moment(pytest.approx(PACKETS[4].at / 1e9), pytest.approx((PACKETS[4].at - first) / 1e9))
    assert found[1].at.mono == pytest.approx(0.005)
    assert all(earlier.at.mono <= later.at.mono for earlier, later in pairwise(found))


def test_bytes_on_the_wire_are_counted_once() -> None:
    found, _ = batches_in(classic(PACKETS))
    inbound = sum(batch.wire for batch in found if batch.direction == "in")
    assert inbound == 7 + 9 + 7
    assert sum(batch.messages for batch in found) == 4


# Files.

FILES = {
    "pcap, microseconds": classic(PACKETS, nano=False),
    "pcap, nanoseconds": classic(PACKETS),
    "pcap, big-endian": classic(PACKETS, order=">", nano=False),
    "pcap, big-endian, nanoseconds": classic(PACKETS, order=">"),
    "pcapng": next_generation(PACKETS),
    "pcapng, big-endian": next_generation(PACKETS, order=">"),
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_is_read(name: str) -> None:
    found, notes = batches_in(FILES[name])
    assert texts_in(FILES[name]) == SAID
    assert notes == []
    step = 1e-9 if "nano" in name else 1e-6
    assert found[0].at.mono == pytest.approx(0.004, abs=2 * step)
    assert found[0].at.wall == pytest.approx(PACKETS[4].at / 1e9, abs=2e-6)


def test_the_headers_of_an_old_patch_are_longer() -> None:
    made = bytearray(struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 1 << 18, 101))
    for at, ip in PACKETS:
        made += struct.pack("<IIIIIHBB", at // 10**9, at % 10**9 // 1000, len(ip), len(ip), 0, 0, 0, 0) + ip
    assert texts_in(bytes(made)) == SAID


@pytest.mark.parametrize(
    ("digits", "units"), [(6, 10**6), (9, 10**9), (3, 10**3), (0x80 | 20, 2**20), (0x80 | 30, 2**30)]
)
def test_an_interface_tells_its_unit_of_time(digits: int, units: int) -> None:
    described = interface(options=option(9, bytes([digits])) + option(0, b""))
    capture = section() + described + b"".join([enhanced(packet, units=units) for packet in PACKETS])
    found, _ = batches_in(capture)
    assert found[0].at.wall == pytest.approx(PACKETS[4].at / 1e9, abs=1.1 / units + 1e-6)
    assert texts_in(capture) == SAID


def test_times_may_be_shifted() -> None:
    described = interface(options=option(14, struct.pack("<q", 3600)))
    capture = section() + described + b"".join([enhanced(packet) for packet in PACKETS])
    found, _ = batches_in(capture)
    assert found[0].at.wall == pytest.approx(PACKETS[4].at / 1e9 + 3600, abs=2e-6)


def test_interfaces_differ_in_links_and_units() -> None:
    first = interface(101)
    second = interface(1, options=option(2, b"eth0") + option(9, b"\x09"))
    blocks = [
        enhanced(packet) if index % 2 else enhanced(wrapped(packet, 1), number=1, units=10**9)
        for index, packet in enumerate(PACKETS)
    ]
    assert texts_in(section() + first + second + b"".join(blocks)) == SAID


def test_sections_differ_in_the_order_of_bytes() -> None:
    half = len(PACKETS) // 2
    capture = next_generation(PACKETS[:half]) + next_generation(PACKETS[half:], order=">")
    assert texts_in(capture) == SAID


def test_blocks_of_other_kinds_are_passed_over() -> None:
    names = block(4, struct.pack("<HH", 0, 0))
    strange = block(0x0BAD0BAD, b"custom" * 400_000)
    secrets = block(10, b"TLSK" + struct.pack("<I", 0))
    statistics = block(5, bytes(12))
    old = [
        block(
            2, struct.pack("<HHIIII", 0, 0, p.at // 1000 >> 32, p.at // 1000 & 0xFFFFFFFF, len(p.ip), len(p.ip)) + p.ip
        )
        for p in PACKETS[:4]
    ]
    rest = b"".join([enhanced(packet) for packet in PACKETS[4:]])
    capture = section() + names + interface() + strange + secrets + b"".join(old) + statistics + rest
    assert texts_in(capture) == SAID


def test_simple_packets_have_no_time() -> None:
    capture = section() + interface() + b"".join([simple(packet) for packet in PACKETS])
    found, _ = batches_in(capture)
    assert texts_in(capture) == SAID
    assert {batch.at for batch in found} == {Moment(0.0, 0.0)}


def test_simple_packets_are_as_long_as_the_interface_lets_them() -> None:
    long = Made(0, PACKETS[0].ip + bytes(100))
    cut = block(3, struct.pack("<I", len(long.ip)) + long.ip[:64])
    found = list(files.packets_of(io.BytesIO(section() + interface(snaplen=64) + cut)))
    assert [(len(packet.data), packet.lacks) for packet in found] == [(64, True)]


def test_a_file_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    for name, capture in FILES.items():
        for packed in (capture, gzip.compress(capture)):
            path = f"{tmp_path}/capture"
            with open(path, "wb") as file:
                file.write(packed)
            said = [row[1] for batch in batches_of(path, print) for row in batch.rows if row[0] == TEXT]
            assert said == [text for _, text in SAID], name


# Links.


def wrapped(packet: Made, link: int) -> Made:
    """Put a packet of IP into a link's."""
    version = packet.ip[0] >> 4
    protocol = 0x0800 if version == 4 else 0x86DD
    family = {4: 2, 6: 30}[version]
    heads = {
        0: struct.pack("<I", family),
        1: bytes(12) + struct.pack("!H", protocol),
        12: b"",
        14: b"",
        101: b"",
        108: struct.pack(">I", family),
        113: bytes(14) + struct.pack("!H", protocol),
        228: b"",
        229: b"",
        276: struct.pack("!H", protocol) + bytes(18),
    }
    return Made(packet.at, heads[link] + packet.ip)


SIX = talk(client=CLIENT_6, server=SERVER_6).packets


@pytest.mark.parametrize("link", [0, 1, 12, 14, 101, 108, 113, 228, 276])
def test_each_link_is_known_with_ipv4(link: int) -> None:
    assert texts_in(classic([wrapped(packet, link) for packet in PACKETS], link)) == SAID


@pytest.mark.parametrize("link", [0, 1, 12, 14, 101, 108, 113, 229, 276])
def test_each_link_is_known_with_ipv6(link: int) -> None:
    capture = classic([wrapped(packet, link) for packet in SIX], link)
    assert texts_in(capture) == SAID
    assert handshakes_in(capture)[0].address == "[::2]:8080"  # type: ignore[attr-defined]


def test_the_order_of_a_loopback_header_is_that_of_the_machine() -> None:
    made = [Made(at, struct.pack(">I", 2) + ip) for at, ip in PACKETS]
    assert texts_in(classic(made, 0)) == SAID


@pytest.mark.parametrize("tags", [1, 2])
def test_tags_of_vlans_are_passed_over(tags: int) -> None:
    head = bytes(12) + b"\x88\xa8\x00\x01" * (tags - 1) + b"\x81\x00\x00\x2a\x08\x00"
    assert texts_in(classic([Made(at, head + ip) for at, ip in PACKETS], 1)) == SAID


def test_what_fills_up_an_ethernet_frame_is_no_payload() -> None:
    made = [Made(at, bytes(12) + b"\x08\x00" + ip + bytes(max(0, 46 - len(ip)))) for at, ip in PACKETS]
    assert texts_in(classic(made, 1)) == SAID


def test_a_size_of_zero_is_that_of_a_packet_cut_by_the_card() -> None:
    made = [Made(at, ip[:2] + b"\0\0" + ip[4:]) for at, ip in PACKETS]
    assert texts_in(classic(made)) == SAID
    assert texts_in(classic([Made(at, ip[:4] + b"\0\0" + ip[6:]) for at, ip in SIX])) == SAID


def extended(packet: Made, headers: list[tuple[int, bytes]]) -> Made:
    """Put extension headers between IPv6 and TCP."""
    ip = packet.ip
    kinds = [kind for kind, _ in headers] + [6]
    chain = b"".join([bytes([following]) + body for following, (_, body) in zip(kinds[1:], headers, strict=True)])
    size = struct.pack("!H", len(ip) - 40 + len(chain))
    return Made(packet.at, ip[:4] + size + bytes([kinds[0]]) + ip[7:40] + chain + ip[40:])


def test_extension_headers_of_ipv6_are_passed_over() -> None:
    headers = [
        (0, b"\x00" + bytes(6)),
        (60, b"\x01" + bytes(14)),
        (43, b"\x00" + bytes(6)),
        (51, b"\x04" + bytes(22)),
        (44, b"\x00\x00\x00" + bytes(4)),
    ]
    assert texts_in(classic([extended(packet, headers) for packet in SIX])) == SAID


def test_fragments_are_told() -> None:
    four = [Made(at, ip[:6] + b"\x20\x00" + ip[8:]) for at, ip in PACKETS[:3]]
    six = [extended(packet, [(44, b"\x00\x00\x01" + bytes(4))]) for packet in SIX[:2]]
    _, notes = batches_in(classic(four + six))
    assert "not read, since they are fragments of IP packets: 5 packets" in notes


def test_what_is_no_tcp_is_passed_over() -> None:
    udp = bytes(dpkt.ip.IP(src=CLIENT[0], dst=SERVER[0], p=17, data=dpkt.udp.UDP(data=b"x")))
    others = [udp, b"\x15" + udp[1:], SIX[0].ip[:6] + b"\x3a" + SIX[0].ip[7:], b"\x00" * 40, b"\x55" + SIX[0].ip[1:]]
    endless = extended(SIX[0], [(60, b"\x00" + bytes(6))] * 20).ip
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    made = [wrapped(Made(START_NS, one), 1) if one[0] >> 4 in (4, 6) else Made(START_NS, arp) for one in others]
    found, notes = batches_in(classic([*made, wrapped(Made(START_NS, endless), 1)], 1))
    assert not found
    assert notes == ["no WebSocket was found in 6 packets"]
    lying = [
        Made(START_NS, bytes(12) + b"\x08\x00" + SIX[0].ip),
        Made(START_NS, bytes(12) + b"\x86\xdd" + PACKETS[4].ip),
    ]
    assert batches_in(classic(lying, 1))[1] == ["no WebSocket was found in 2 packets"]
    assert batches_in(classic(lying[:1], 1))[1] == ["no WebSocket was found in 1 packet"]


def test_packets_cut_in_their_headers_and_strange_links_are_told() -> None:
    _, notes = batches_in(classic([Made(at, ip[:30]) for at, ip in PACKETS]))
    assert f"not read, since they are cut short in their headers: {len(PACKETS)} packets" in notes
    _, notes = batches_in(classic([Made(at, b"") for at, ip in PACKETS[:1]], 1))
    assert "not read, since they are cut short in their headers: 1 packet" in notes
    _, notes = batches_in(classic(PACKETS, 147))
    assert f"not read, since they are of link type 147: {len(PACKETS)} packets" in notes


# TCP.


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_segments_may_be_cut_anywhere(size: int) -> None:
    made = Talk().begin().say(True, ASKED, size).say(False, ANSWERED + write_frame(b"early"), size)
    for way, text in SAID:
        made.say(way == "out", sent(text) if way == "out" else write_frame(text), size)
    assert texts_in(made.packets) == [("in", b"early"), *SAID]


def test_what_comes_with_the_answer_is_read() -> None:
    made = Talk().begin().say(True, ASKED).say(False, ANSWERED + write_frame(b"a") + write_frame(b"b")[:1])
    made.say(False, write_frame(b"b")[1:])
    assert texts_in(made.packets) == [("in", b"a"), ("in", b"b")]


def test_what_the_client_sends_too_early_is_read_behind_the_answer() -> None:
    made = Talk().begin().say(True, ASKED + sent(b"early")).say(False, ANSWERED).say(True, sent(b"late"))
    assert texts_in(made.packets) == [("out", b"early"), ("out", b"late")]


@pytest.mark.parametrize("seq", [(0xFFFFFFFF, 0xFFFFFFF0), (0xFFFFFF80, 0x7FFFFFFF), (0xFFFFF000, 0xFFFFFFFF)])
def test_sequence_numbers_wrap_around(seq: tuple[int, int]) -> None:
    assert texts_in(talk(seq=seq).packets) == SAID
    shuffled = talk(seq=seq).packets
    shuffled[8], shuffled[9] = shuffled[9], shuffled[8]
    assert texts_in(shuffled) == SAID


def numbered(count: int = 60) -> Talk:
    """Return a session with many short messages of the server's, each in a segment of its own."""
    made = Talk().upgrade()
    for number in range(count):
        made.say(False, write_frame(b"message %d" % number))
    return made


def test_segments_out_of_order_are_put_in_order() -> None:
    expected = [("in", b"message %d" % number) for number in range(60)]
    for seed in range(20):
        made = numbered()
        dice = random.Random(seed)
        late = sorted(made.packets[5:], key=lambda packet, dice=dice: packet.at + dice.random() * 8e6)  # type: ignore[misc]
        assert texts_in(made.packets[:5] + late) == expected


def test_retransmissions_and_overlaps_come_once() -> None:
    made = numbered(10)
    data = b"".join([write_frame(b"message %d" % number) for number in range(10)])
    first = made.seq[False] - len(data)
    again = [
        made.packet(False, ACK, data[a:b], seq=first + a) for a, b in ((0, 30), (5, 90), (40, 41), (80, len(data)))
    ]
    expected = [("in", b"message %d" % number) for number in range(10)]
    assert texts_in(made.packets + again) == expected
    assert texts_in(made.packets[:5] + again + made.packets[5:]) == expected
    assert texts_in(made.packets[:5] + again[::-1] + made.packets[5:]) == expected
    assert texts_in([packet for packet in made.packets for _ in (1, 2)]) == expected


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 80)), max_size=40), st.integers(0, 2**32 - 1))
def test_any_pieces_in_any_order_make_the_stream(cuts: list[tuple[int, int]], seq: int) -> None:
    data = random.Random(1).randbytes(400)
    stream = streams.Stream(seq)
    pieces = [(start, data[start : start + size]) for start, size in cuts]
    pieces += [(start, data[start : start + 37]) for start in range(0, 400, 37)]
    came = b"".join([stream.push((seq + start) % 2**32, piece) for start, piece in pieces])
    assert came == data
    assert stream.held == 0
    assert not stream.lacks


def test_keepalives_bring_nothing() -> None:
    made = numbered(3)
    made.packets.append(made.packet(False, ACK, b"\0", seq=made.seq[False] - 1))
    made.packets.append(made.packet(False, ACK, b"", seq=made.seq[False] - 1))
    made.say(False, write_frame(b"on")).packets.append(made.packet(True, ACK))
    assert len(texts_in(made.packets)) == 4


def test_what_is_far_ahead_is_not_of_the_connection() -> None:
    made = numbered(3)
    made.packets.append(made.packet(False, ACK, b"junk", seq=made.seq[False] + (1 << 30)))
    found, notes = batches_in(classic(made.say(False, write_frame(b"on")).packets))
    assert notes == ["still open where the capture ends: 1 WebSocket"]
    assert len(found) == 5


def test_connections_may_be_interleaved() -> None:
    talks = [talk(client=(CLIENT[0], 50_000 + number), at=START_NS + number) for number in range(5)]
    mixed = sorted([packet for made in talks for packet in made.packets])
    found = rows_in(mixed)
    assert {number for number, *_ in found} == {1, 2, 3, 4, 5}
    for wanted in range(1, 6):
        mine = [row for row in found if row[0] == wanted]
        assert [(way, payload) for _, way, type, payload in mine if type == TEXT] == SAID
        assert mine[-1][3] == CLEAN


def test_ports_may_be_used_again() -> None:
    first, second = talk(), talk(seq=(77_000, 88_000), at=START_NS + 10**9)
    found = rows_in(first.packets + second.packets)
    assert [number for number, _, type, _ in found if type == HANDSHAKE] == [1, 2]
    assert texts_in(first.packets + second.packets) == SAID * 2
    # The end of the first was not captured.
    found, notes = batches_in(classic(first.packets[:-5] + second.packets))
    ends = [row[1] for batch in found for row in batch.rows if row[0] == CLOSED]
    assert ends[0].cause == "what came before the end of the TCP connection is not in the capture"
    assert (ends[0].by, ends[0].exit, ends[1]) == ("nobody", Exit.LOST, CLEAN)
    assert "ended by another connection between the same ports: 1 WebSocket" in notes


def test_a_syn_that_comes_again_begins_nothing() -> None:
    again = [packet for packet in PACKETS[:2] for _ in range(3)]
    assert texts_in([*again, *PACKETS[2:]]) == SAID
    assert texts_in([*PACKETS[:6], PACKETS[0], *PACKETS[6:]]) == SAID


def test_the_answer_to_a_syn_may_come_first() -> None:
    assert texts_in([PACKETS[1], PACKETS[0], *PACKETS[2:]]) == SAID


def test_a_capture_may_begin_before_the_request() -> None:
    assert texts_in(PACKETS[2:]) == SAID
    assert texts_in(PACKETS[3:]) == SAID


# Ends.

FIN_OF_PEER = "the peer ended the TCP connection without a close frame"
FIN_OF_CLIENT = "the client ended the TCP connection without a close frame"
INSIDE = f"{FIN_OF_PEER}, inside a TEXT frame, 2 of 5 payload bytes had come"


def lost(cause: str, by: str = "nobody") -> Closed:
    return Closed(by, False, 1006, "", None, cause, Exit.LOST)  # type: ignore[arg-type]


ENDS = [
    ("nothing, FIN by the server", lambda made: made.end(), lost(FIN_OF_PEER)),
    ("nothing, FIN by the client", lambda made: made.end(True), lost(FIN_OF_CLIENT, "us")),
    ("RST by the server", lambda made: made.segment(False, RST | ACK), lost("the connection was reset")),
    ("RST by the client", lambda made: made.segment(True, RST), lost("the connection was reset by the client", "us")),
    ("a frame unfinished", lambda made: made.say(False, write_frame(b"Hello")[:4]).end(), lost(INSIDE)),
    (
        "close by the server",
        lambda made: made.say(False, write_frame(b"\x03\xf3gone", 8)).say(True, sent(b"\x03\xf3", 8)).end(),
        Closed("peer", True, 1011, "gone", 1011, "", 6),
    ),
    (
        "close by the server, unanswered",
        lambda made: made.say(False, write_frame(b"", 8)).end(),
        Closed("peer", False, 1005, "", None, "", 0),
    ),
    (
        "close by the client, unanswered, RST",
        lambda made: made.say(True, sent(BYE, 8)).segment(False, RST),
        Closed("us", False, 1006, "", 1000, "", 0),
    ),
    (
        "both closes, and the capture ends",
        lambda made: made.say(True, sent(BYE, 8)).say(False, write_frame(BYE, 8)),
        CLEAN,
    ),
    ("one FIN, and the capture ends", lambda made: made.segment(False, FIN | ACK), lost(FIN_OF_PEER)),
]


@pytest.mark.parametrize(("end", "closed"), [pytest.param(end, closed, id=name) for name, end, closed in ENDS])
def test_each_end_is_told(end: object, closed: Closed) -> None:
    assert ends_in(end(Talk().upgrade()).packets) == [closed]  # type: ignore[operator]


@pytest.mark.parametrize("more", [[], [(True, sent(BYE, 8))], [(False, write_frame(BYE, 8))]])
def test_of_what_is_still_open_no_end_is_told(more: list[tuple[bool, bytes]]) -> None:
    made = numbered(3)
    for by_client, data in more:
        made.say(by_client, data)
    found, notes = batches_in(classic(made.packets))
    assert [row[0] for batch in found for row in batch.rows].count(CLOSED) == 0
    assert notes == ["still open where the capture ends: 1 WebSocket"]


def test_breaches_are_told_where_they_stand() -> None:
    for way, data, rule in ((False, b"\x83\x00", "opcode"), (True, write_frame(b"plain"), "unmasked")):
        rows = rows_in(Talk().upgrade().say(way, data).say(way, data).end().packets)
        assert [(d, payload.rule) for _, d, type, payload in rows if type == ERROR] == [("out" if way else "in", rule)]  # type: ignore[attr-defined]
    server = rows_in(Talk().upgrade().say(False, b"\x83\x00").end().packets)[-1][3]
    assert (server.by, server.exit) == ("us", Exit.VIOLATION)  # type: ignore[attr-defined]


# Gaps.


def test_a_gap_of_one_byte_is_told_as_one() -> None:
    made = numbered(1).lose(False, b"x").say(False, write_frame(b"after")).end()
    assert "connection 1, in: 1 byte is not in the capture, from byte " in batches_in(classic(made.packets))[1][0]


def test_a_gap_between_frames_is_told_and_passed_over() -> None:
    made = numbered(3)
    gone = write_frame(b"lost")
    made.lose(False, gone)
    for number in range(50):
        made.say(False, write_frame(b"after %d" % number)).packets.append(made.packet(True, ACK))
    found, notes = batches_in(classic(made.packets))
    said = texts_in(made.packets)
    assert said == [("in", b"message %d" % n) for n in range(3)] + [("in", b"after %d" % n) for n in range(50)]
    offset = len(ANSWERED) + 3 * len(write_frame(b"message 0"))
    assert notes[0] == f"connection 1, in: 6 bytes are not in the capture, from byte {offset} of the TCP stream on"
    frames = [row[1].offset for batch in found for row in batch.rows if row[0] == FRAME]
    assert frames[3] == 3 * len(write_frame(b"message 0")) + 6


def test_a_gap_within_a_frame_is_passed_over_with_it() -> None:
    made = Talk().upgrade()
    frame = write_frame(b"0123456789" * 10)
    made.say(False, frame[:50]).lose(False, frame[50:80]).say(False, frame[80:]).say(False, write_frame(b"on"))
    assert texts_in(made.packets) == [("in", b"on")]


def test_a_gap_may_lie_where_no_frame_is_known_to_begin() -> None:
    made = Talk().upgrade()
    whole = b"".join([write_frame(b"%d" % number * 300) for number in range(40)])
    made.say(False, whole[:5000]).lose(False, whole[5000:6000]).say(False, whole[6000:])
    made.say(False, write_frame(b"first", fin=False) + write_frame(b"last", 0)).say(False, write_frame(b"on"))
    said = texts_in(made.packets)
    assert said[-2:] == [("in", b"firstlast"), ("in", b"on")]
    assert all(way == "in" and text in whole + b"firstlast on" for way, text in said)


def test_what_only_seemed_to_be_a_frame_is_no_breach() -> None:
    made = Talk().upgrade()
    made.say(False, write_frame(b"one")).lose(False, bytes(100))
    made.say(False, b"\x89\x00\x83\x00").say(False, b"\x89\x00\x00\x01a").say(False, write_frame(b"on"))
    rows = rows_in(made.packets)
    assert not [row for row in rows if row[2] == ERROR]
    assert texts_in(made.packets) == [("in", b"one"), ("in", b"on")]


def test_gaps_may_follow_one_another_in_a_frame() -> None:
    made = Talk().upgrade()
    frame = write_frame(bytes(3000), 2)
    made.say(False, frame[:500]).lose(False, frame[500:600]).say(False, frame[600:700]).lose(False, frame[700:900])
    made.say(False, frame[900:], 1000).say(False, write_frame(b"on"))
    assert texts_in(made.packets) == [("in", b"on")]


def test_a_gap_that_was_not_acknowledged_is_waited_for() -> None:
    made = numbered(2)
    late = made.packet(False, ACK, write_frame(b"late"))
    made.lose(False, write_frame(b"late"))
    for number in range(100):
        made.packets.append(made.packet(False, ACK, write_frame(b"%d" % number)))
        made.seq[False] += len(write_frame(b"%d" % number))
    assert texts_in([*made.packets, late])[:3] == [("in", b"message 0"), ("in", b"message 1"), ("in", b"late")]


def test_what_waits_behind_a_gap_is_bounded() -> None:
    made = Talk().upgrade().lose(False, b"lost")
    payload = bytes(60_000)
    for _ in range(200):
        made.say(False, write_frame(payload, 2), 65_000)
    stream = streams.Stream(0)
    for number in range(200):
        stream.push(10 + 60_000 * number, payload)
        if stream.hopeless():
            break
    assert stream.held <= streams.MOST_HELD + len(payload) + streams.COST
    assert len(texts_in(made.packets)) == 200
    stream = streams.Stream(0)
    pushed = 0
    while not stream.hopeless():
        pushed += 1
        stream.push(2 * pushed, b"x")
    assert pushed == streams.MOST_PIECES + 1


DEFLATE = "permessage-deflate"


def compressed(texts: list[bytes], *, fresh: bool = False) -> list[bytes]:
    """Return frames of texts, compressed."""
    found = []
    packer = zlib.compressobj(wbits=-15)
    for text in texts:
        if fresh:
            packer = zlib.compressobj(wbits=-15)
        data = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
        found.append(write_frame(data[:-4], rsv=4))
    return found


@pytest.mark.parametrize("fresh", [False, True])
def test_compression_is_undone_as_agreed(fresh: bool) -> None:
    texts = [b"again and again %d" % number for number in range(20)]
    agreed = DEFLATE + ("; server_no_context_takeover" if fresh else "")
    made = Talk().upgrade(agreeing(agreed))
    for frame in compressed(texts, fresh=fresh):
        made.say(False, frame, 5)
    assert texts_in(made.packets) == [("in", text) for text in texts]
    assert handshakes_in(made.packets)[0].extensions == agreed  # type: ignore[attr-defined]


def test_behind_a_gap_what_is_compressed_anew_is_read_and_what_is_not_is_told() -> None:
    texts = [b"again and again %d" % number for number in range(20)]
    for fresh in (True, False):
        made = Talk().upgrade(agreeing(DEFLATE + ("; server_no_context_takeover" if fresh else "")))
        for index, frame in enumerate(compressed(texts, fresh=fresh)):
            if index == 7:
                made.lose(False, frame)
            else:
                made.say(False, frame)
        _, notes = batches_in(classic(made.end().packets))
        left = texts[:7] + texts[8:] if fresh else texts[:7]
        assert texts_in(made.packets) == [("in", text) for text in left]
        assert ("compressed with what is missing in mind" in notes[0]) is not fresh
        assert "what came before the end" in ends_in(made.packets)[0].cause  # type: ignore[attr-defined]


def test_a_gap_before_the_end_is_told() -> None:
    made = numbered(2).lose(False, write_frame(b"\x03\xe8", 8)).end()
    found, notes = batches_in(classic(made.packets))
    assert "connection 1, in: 4 bytes are not in the capture" in notes[0]
    closed = found[-1].rows[0][1]
    assert (closed.by, closed.code, closed.exit) == ("nobody", 1006, Exit.LOST)
    assert closed.cause == "what came before the end of the TCP connection is not in the capture"


def test_packets_cut_when_captured_are_told() -> None:
    made = Talk().upgrade().say(False, write_frame(b"x" * 1000))
    made.say(False, write_frame(b"short")).end()
    _, notes = batches_in(classic(made.packets, cut=300))
    assert any(note.startswith("cut short when they were captured") and note.endswith(": 1 packet") for note in notes)
    assert any("connection 1, in: " in note and "are not in the capture" in note for note in notes)
    assert texts_in(classic(made.packets, cut=300)) == [("in", b"short")]


def test_of_many_gaps_a_few_are_told() -> None:
    made = Talk().upgrade()
    for _ in range(20):
        made.lose(False, b"lost").say(False, write_frame(b"on"))
        made.packets += [made.packet(True, ACK) for _ in range(2)]
    _, notes = batches_in(classic(made.end().packets))
    assert sum("are not in the capture" in note for note in notes) == 5
    assert "and 15 more gaps" in notes


# HTTP.

GET = b"GET /other HTTP/1.1\r\nHost: example.test\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: %d\r\n\r\n%b"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nHello\r\n3\r\nyes\r\n0\r\nTrailer: 1\r\n\r\n"

BEFORE = {
    "a request": [(True, GET), (False, OK)],
    "two at once": [(True, GET + GET), (False, OK + OK)],
    "chunks": [(True, GET), (False, CHUNKED)],
    "no body": [(True, GET), (False, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")],
    "HEAD": [(True, GET.replace(b"GET", b"HEAD")), (False, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")],
    "a body that looks like an upgrade": [(True, POST % (len(ASKED), ASKED)), (False, OK)],
    "a body in chunks": [(True, GET[:-2] + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), (False, OK)],
    "an interim answer": [(True, GET), (False, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK)],
    "bare line ends": [(True, b"GET / HTTP/1.0\nHost: a\n\n\r\n"), (False, b"HTTP/1.0 200\nContent-Length: 0\n\n")],
    "a proxy's tunnel": [
        (True, b"CONNECT example.test:80 HTTP/1.1\r\nHost: example.test:80\r\n\r\n"),
        (False, b"HTTP/1.1 200 Connection established\r\n\r\n"),
    ],
    "a proxy that asks who we are": [
        (True, b"CONNECT example.test:80 HTTP/1.1\r\n\r\n"),
        (False, b"HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno"),
        (True, b"CONNECT example.test:80 HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\n\r\n"),
        (False, b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    "folded headers": [(True, GET[:-2] + b"X: a\r\n b\r\nodd line\r\n\r\n"), (False, OK)],
}


@pytest.mark.parametrize("size", [1, 1400])
@pytest.mark.parametrize("before", BEFORE)
def test_other_requests_may_come_before(before: str, size: int) -> None:
    made = Talk().begin()
    for by_client, data in BEFORE[before]:
        made.say(by_client, data, size)
    made.say(True, ASKED, size).say(False, ANSWERED, size).say(False, write_frame(b"Hello"), size)
    assert texts_in(made.packets) == [("in", b"Hello")]
    assert len(handshakes_in(made.packets)) == 1
    assert handshakes_in(made.packets)[0].address == "10.0.0.2:8080"  # type: ignore[attr-defined]


def test_a_refusal_is_told_and_the_next_try_too() -> None:
    no = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno"
    made = Talk().begin().say(True, ASKED).say(False, no).say(True, ASKED).say(False, ANSWERED)
    rows = rows_in(made.say(False, write_frame(b"Hello")).end().packets)
    assert [(number, type) for number, _, type, _ in rows] == [
        (1, HANDSHAKE),
        (1, CLOSED),
        (2, HANDSHAKE),
        (2, TEXT),
        (2, CLOSED),
    ]
    assert (rows[0][3].status, rows[0][3].reason) == (401, "Unauthorized")  # type: ignore[attr-defined]
    assert rows[1][3] == Closed("peer", False, 1006, "", None, "the server answered 401 Unauthorized", Exit.REFUSED)


def test_a_refusal_may_last_to_the_end() -> None:
    made = Talk().begin().say(True, ASKED).say(False, b"HTTP/1.1 503\r\n\r\nsorry").say(False, b"more").end()
    rows = rows_in(made.packets)
    assert [type for _, _, type, _ in rows] == [HANDSHAKE, CLOSED]
    assert rows[1][3].cause == "the server answered 503"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "cause"),
    [(b"403 interdit\xe9", r"403 interdit\xe9"), ("403 défendu".encode(), "403 défendu"), (b"011 odd", "011 odd")],
)
def test_a_refusal_of_bytes_that_are_no_text_is_told_in_text(line: bytes, cause: str) -> None:
    made = Talk().begin().say(True, ASKED).say(False, b"HTTP/1.1 " + line + b"\r\n\r\n").end()
    assert rows_in(made.packets)[1][3].cause == f"the server answered {cause}"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        (b"http://inner.test/a?b", "ws://inner.test/a?b"),
        (b"http://inner.test", "ws://inner.test/"),
        (b"http://[broken/", "ws://example.test:8080/"),
        (b"odd", "ws://example.test:8080odd"),
    ],
)
def test_a_request_may_name_the_whole_address(resource: bytes, url: str) -> None:
    made = Talk().begin().say(True, ASKED.replace(b"/chat?room=1", resource)).say(False, ANSWERED)
    assert handshakes_in(made.packets)[0].url == url  # type: ignore[attr-defined]


def test_without_a_host_the_address_stands_for_it() -> None:
    made = Talk().begin().say(True, ASKED.replace(b"Host", b"Toast")).say(False, ANSWERED)
    assert handshakes_in(made.packets)[0].url == "ws://10.0.0.2:8080/chat?room=1"  # type: ignore[attr-defined]


def test_many_headers_of_one_name_are_one_list() -> None:
    answer = agreeing("x-one").removesuffix(b"\r\n") + b"sec-websocket-extensions: permessage-deflate\r\n"
    answer += b"Sec-WebSocket-Protocol: chat\r\nX-Odd: \xff\r\n\r\n"
    made = Talk().upgrade(answer).say(False, compressed([b"Hello"])[0])
    seen = handshakes_in(made.packets)[0]
    assert (seen.extensions, seen.subprotocol) == ("x-one, permessage-deflate", "chat")  # type: ignore[attr-defined]
    assert seen.response[-1] == ("X-Odd", "\udcff")  # type: ignore[attr-defined]
    assert texts_in(made.packets) == [("in", b"Hello")]


FOREIGN = {
    "TLS": (
        b"\x16\x03\x01\x02\x00\x01" + bytes(100),
        b"\x16\x03\x03" + bytes(50),
        "encrypted by TLS, and left out: 1 connection",
    ),
    "HTTP/2": (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        bytes(30),
        "HTTP/2, whose WebSockets (RFC 8441) are not read: 1 connection",
    ),
    "SSH": (b"SSH-2.0-OpenSSH\r\n", b"SSH-2.0-x\r\n", ""),
    "an endless head": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000, b"", ""),
    "a request that is none": (b"GET / GOPHER/1\r\n\r\n", b"", ""),
    "an answer that is none": (GET, b"HTTP/1.1 many\r\n\r\n", ""),
    "an upgrade to something else": (GET, b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n", ""),
    "a chunk that is none": (GET, CHUNKED.replace(b"5;a=b", b"none"), ""),
    "an endless chunk": (GET, CHUNKED.replace(b"5;a=b\r\n", b"5;" + b"a" * 70_000), ""),
    "answers without requests": (b"", OK * 3000, ""),
    "a body that ends nowhere": (GET, b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n" + bytes(200_000), ""),
    "many requests without answers": (GET * 1200, b"", ""),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_websocket_is_left_out(name: str) -> None:
    client, server, note = FOREIGN[name]
    found, notes = batches_in(
        classic(Talk().begin().say(True, client).say(False, server).say(True, b"more").end().packets)
    )
    assert not found
    assert notes[0].startswith("no WebSocket was found in ")
    assert [line[: len(note)] for line in notes[1:]] == ([note] if note else [])


def test_tls_in_a_proxys_tunnel_is_told() -> None:
    made = Talk().begin().say(True, b"CONNECT a:443 HTTP/1.1\r\n\r\n").say(False, b"HTTP/1.1 200 OK\r\n\r\n")
    _, notes = batches_in(classic(made.say(True, b"\x16\x03\x01\x02\x00").packets))
    assert any("SSLKEYLOGFILE" in note and "10.0.0.1:50000 → 10.0.0.2:8080" in note for note in notes)


def test_after_bytes_that_are_not_understood_an_upgrade_is_found() -> None:
    made = Talk().begin().say(True, b"nonsense\r\n\r\n").say(False, b"?").say(True, ASKED).say(False, ANSWERED)
    assert texts_in(made.say(False, write_frame(b"Hello")).packets) == [("in", b"Hello")]


# Without a handshake.


def test_a_websocket_that_was_opened_before_the_capture_is_read_all_the_same() -> None:
    found, notes = batches_in(classic(PACKETS[5:]))
    assert texts_in(PACKETS[5:]) == SAID
    assert notes == [
        "10.0.0.1:50000 → 10.0.0.2:8080: its handshake is not in the capture; it looks like a WebSocket, "
        "and is read as connection 1"
    ]
    assert found[-1].rows[0][1] == CLEAN


def test_two_frames_of_a_server_are_enough_and_one_is_not() -> None:
    made = numbered(3)
    assert texts_in(made.packets[5:]) == [("in", b"message %d" % number) for number in range(3)]
    assert texts_in(made.packets[5:6]) == []


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x05Hell",
        b"\x81\x05Hel\xff\xff\x81\x00",
        b"\x83\x00\x81\x00",
        b"\xa1\x00\x81\x00",
        b"\x09\x00\x81\x00",
        b"\xc9\x00\x81\x00",
        b"\x81\x00\x81",
        b"\x81\x7e\x00\x01a\x81\x00",
        b"\x81\x7e\x00",
        b"\x82\x7f" + b"\x01" * 8,
        b"\x89\x7e\x00\x7e" + bytes(126),
        b"\x00\x01\x02\x03",
        b"A: b\r\n" * 200,
        bytes(1400),
        b"\x01\x01a\x81\x00\x81\x00",
    ],
)
def test_what_does_not_look_like_frames_is_not_taken_for_them(data: bytes) -> None:
    made = Talk()
    made.segment(False, ACK, data).segment(False, ACK, b"\xff\xff").segment(False, ACK, data)
    assert rows_in(made.packets) == []


def test_of_one_that_is_compressed_it_is_told_that_the_rest_is_left_out() -> None:
    made = Talk().say(True, sent(b"hello")).say(False, write_frame(b"plain")).say(False, compressed([b"Hello"])[0])
    found, notes = batches_in(classic(made.say(True, sent(b"on")).end().packets))
    assert texts_in(made.packets) == [("out", b"hello"), ("in", b"plain"), ("out", b"on")]
    assert not [row for batch in found for row in batch.rows if row[0] == ERROR]
    assert any(note.startswith("without a handshake, and compressed") for note in notes)
    assert ends_in(made.packets)[0].exit == Exit.LOST  # type: ignore[attr-defined]


# Damage.


@pytest.mark.parametrize("name", ["pcap, microseconds", "pcapng"])
def test_a_file_cut_anywhere_gives_what_stands_before(name: str) -> None:
    whole = FILES[name]
    complete = [repr(batch) for batch in batches_in(whole)[0]]
    for size in range(4, len(whole), 97):
        found = []
        with contextlib.suppress(InspectError):
            found.extend(read(io.BytesIO(whole[:size])))
        seen = [repr(batch) for batch in found]
        ended = bool(seen) and "CLOSED" in seen[-1].replace("Closed", "CLOSED") and seen[-1] not in complete
        assert complete[: len(seen) - ended] == seen[: len(seen) - ended]


def test_the_place_of_damage_is_told() -> None:
    whole = classic(PACKETS)
    seen = []
    with pytest.raises(InspectError) as raised:
        seen.extend(read(io.BytesIO(whole[:-3])))
    assert raised.value.message == f"the capture is damaged at byte {len(whole) - 3:,}: the file ends inside a packet"
    assert raised.value.exit == Exit.OUTPUT
    assert seen[-1].rows[0][1] == CLEAN


HEAD_CLASSIC = classic([])
NG = section() + interface()
CUT_SHORT = "a packet is cut short, or of an interface that is not described"
DAMAGED = [
    (b"\x0a\x0d", 2, "the file ends inside its first four bytes"),
    (b"nonsense", 0, "no capture begins so"),
    (HEAD_CLASSIC[:20], 20, "the file ends inside the header of the file"),
    (HEAD_CLASSIC + bytes(7), 24, "the file ends inside the header of a packet"),
    (HEAD_CLASSIC + struct.pack("<IIII", 0, 0, 1 << 25, 1 << 25), 24, "a packet of 33,554,432 bytes is none"),
    (NG[:6], 6, "the file ends inside its first block"),
    (NG[:10], 10, "the file ends inside the header of a section"),
    (NG[:8] + b"\0\0\0\0", 0, "a section does not tell the order of its bytes"),
    (NG[:4] + b"\x08\0\0\0" + NG[8:], 0, "the header of a section claims to have 8 bytes"),
    (NG[:12] + b"\x02" + NG[13:], 0, "version 2.0 of pcapng is unknown here"),
    (NG[:24] + b"\x20" + NG[25:], 0, "a block has two lengths"),
    (NG + b"\x06\0\0\0\x20", 48, "the file ends inside the header of a block"),
    (NG + struct.pack("<II", 6, 3), 48, "a block of 3 bytes is none"),
    (NG + struct.pack("<II", 6, 1 << 30), 48, "a block of 1,073,741,824 bytes is none"),
    (NG + struct.pack("<II", 99, 1 << 30), 56, "the file ends inside a block"),
    (NG + block(6, bytes(8)), 48, CUT_SHORT),
    (NG + enhanced(PACKETS[0], number=1), 48, CUT_SHORT),
    (NG + block(6, struct.pack("<IIIII", 0, 0, 0, 99, 99)), 48, CUT_SHORT),
    (section() + simple(PACKETS[0]), 28, CUT_SHORT),
    (NG + block(3, struct.pack("<I", 99)), 48, CUT_SHORT),
    (section() + block(1, bytes(4)), 28, CUT_SHORT),
    (section() + interface(options=option(1, b"\xff")), 28, CUT_SHORT),
    (section() + interface() * 4097, 28 + 20 * 4096, "there are more than 4,096 interfaces"),
]


@pytest.mark.parametrize(("capture", "offset", "sentence"), DAMAGED)
def test_each_kind_of_damage_is_told(capture: bytes, offset: int, sentence: str) -> None:
    with pytest.raises(InspectError) as raised:
        batches_in(capture)
    assert raised.value.message == f"the capture is damaged at byte {offset:,}: {sentence}"
    assert raised.value.exit == Exit.OUTPUT


class Failing(io.BytesIO):
    """A stream that fails where it would end."""

    def __init__(self, data: bytes, fault: Exception) -> None:
        super().__init__(data)
        self.fault = fault

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if not data:
            raise self.fault
        return data


def test_where_the_stream_fails_what_came_before_is_read_to_its_end() -> None:
    talk = Talk().upgrade()
    talk.say(False, b"\x81\x02hi")
    notes: list[str] = []
    found: list[Batch] = []
    with pytest.raises(Unreadable, match="the disk fails"):
        found.extend(read(Failing(classic(talk.packets), Unreadable("the disk fails")), notes.append))
    assert [row[0] for batch in found for row in batch.rows if row[0] != FRAME] == [HANDSHAKE, TEXT]
    assert notes == ["still open where the capture ends: 1 WebSocket"]


@pytest.mark.parametrize("fault", [BrokenPipeError(), ValueError("ours")])
def test_what_others_raise_while_it_is_read_is_no_damage(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised:
        list(read(Failing(classic(PACKETS), fault)))
    assert raised.value is fault


def test_times_that_no_calendar_holds_are_passed_over() -> None:
    far = section() + interface(options=option(14, struct.pack("<q", 2**62))) + enhanced(PACKETS[0])
    assert [packet.at for packet in files.packets_of(io.BytesIO(far))] == [0]


def test_the_last_second_of_a_calendar_is_no_time_either() -> None:
    last = PACKETS[0]._replace(at=253_402_300_799 * 10**9)
    made = section() + interface(options=option(9, b"\x03")) + enhanced(last, units=10**3)
    assert [packet.at for packet in files.packets_of(io.BytesIO(made))] == [0]


# Bounds.


def test_a_long_head_that_comes_byte_by_byte_is_looked_through_once() -> None:
    exchange = Exchange()
    begun = process_time()
    for byte in b"GET / HTTP/1.1\r\nX: " + b"a" * 60_000:
        exchange.feed(True, bytes([byte]), START_NS)
    # It took 15 s where each byte had all before it looked through again.
    assert process_time() - begun < 5


def test_many_connections_without_an_end_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcap, "MOST_CONNECTIONS", 20)
    made = [
        packet
        for number in range(100)
        for packet in Talk((CLIENT[0], 1000 + number), at=START_NS + number * 10**7).upgrade().packets
    ]
    found, notes = batches_in(classic(made))
    assert len(found) == 100
    assert notes == [
        "let go of, to bound memory, since too many are open at once: 80 WebSockets",
        "still open where the capture ends: 20 WebSockets",
    ]


def test_all_that_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcap, "MOST_HELD", 1 << 20)
    talks = [Talk((CLIENT[0], 1000 + number)).upgrade() for number in range(10)]
    made = [packet for one in talks for packet in one.packets]
    for one in talks:
        made += Talk.say(one, False, write_frame(bytes(400_000), 2)[:300_000]).packets[5:]
    _, notes = batches_in(classic(made))
    assert any(note.startswith("let go of") for note in notes)
    capture = pcap._Capture(pcap.Notes(print))
    for packet in files.packets_of(io.BytesIO(classic(made))):
        list(capture.take(packet))
        assert capture._held <= 1 << 20
        assert capture._held == sum(one.cost for one in capture._table.values())


def test_connections_that_are_over_cost_little() -> None:
    capture = pcap._Capture(pcap.Notes(print))
    for packet in files.packets_of(io.BytesIO(classic(PACKETS))):
        list(capture.take(packet))
    assert capture._held < conversations.COST


def test_a_message_larger_than_the_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MAX_SIZE", 1000)
    rows = rows_in(Talk().upgrade().say(False, write_frame(bytes(2000), 2)).packets)
    assert [payload.rule for _, _, type, payload in rows if type == ERROR] == ["too-big"]  # type: ignore[attr-defined]


# Whatever stands there.

BASES = [
    classic(PACKETS),
    next_generation(PACKETS),
    next_generation(SIX, order=">"),
    classic([wrapped(packet, 1) for packet in PACKETS], 1),
    classic(numbered(40).packets, nano=False),
    classic(PACKETS[5:]),
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(BASES),
    st.lists(st.tuples(st.integers(0, 9000), st.binary(max_size=6), st.integers(0, 40)), max_size=12),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_whatever_a_capture_holds_is_read_or_told(
    base: bytes, changes: list[tuple[int, bytes, int]], dice: random.Random, flips: bool
) -> None:
    made = bytearray(base)
    for at, data, gone in changes:
        at %= len(made) + 1
        made[at : at + (len(data) if flips else gone)] = data
    with contextlib.suppress(InspectError):
        for batch in read(io.BytesIO(bytes(made)), lambda note: None):
            assert isinstance(batch.at, Moment)
            assert batch.connection > 0
            assert batch.rows


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from([0, SYN, SYN | ACK, ACK, ACK, ACK, PUSH | ACK, FIN | ACK, RST, SYN | FIN]),
            st.one_of(
                st.sampled_from(
                    [b"", ASKED, ANSWERED, ASKED[:50], ASKED[50:], GET, OK, write_frame(b"Hi"), sent(b"hi")]
                ),
                st.binary(max_size=30),
            ),
            st.integers(-40, 40),
        ),
        max_size=40,
    )
)
def test_whatever_tcp_does_is_read(segments: list[tuple[bool, int, bytes, int]]) -> None:
    made = Talk()
    for by_client, flags, data, jump in segments:
        if jump % 3 == 0:
            made.packets.append(made.packet(by_client, flags, data, seq=made.seq[by_client] + jump))
        else:
            made.segment(by_client, flags, data)
    for batch in batches_in(classic(made.packets))[0]:
        assert batch.rows


def test_pings_of_both_sides_are_read() -> None:
    made = Talk().upgrade().say(False, write_frame(b"a", PING)).say(True, sent(b"b", PING))
    assert [(way, payload) for _, way, type, payload in rows_in(made.packets) if type == PING] == [
        ("in", b"a"),
        ("out", b"b"),
    ]


def test_secrets_that_are_no_text_are_hidden_too(tmp_path: Path) -> None:
    made = Talk().begin().say(True, ASKED[:-2] + b"Authorization: Bearer caf\xe9-s3cr3t-x\r\n\r\n").say(False, ANSWERED)
    made.say(True, sent(b"caf\xe9-s3cr3t-x", 2)).say(False, write_frame(b"\xe9caf\xe9-s3cr3t-x!", 2))
    path = tmp_path / "capture"
    path.write_bytes(classic(made.packets))
    rows = [row for batch in batches_of(str(path), print) for row in batch.rows]
    assert ("Authorization", "Bearer ***") in rows[0][1].request
    assert [payload for type, payload, _ in rows if type == BINARY] == [b"***", b"\xe9***!"]
    assert b"s3cr3t" not in repr(rows).encode()
