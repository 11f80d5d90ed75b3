"""Recordings written as captures: every field is what tshark sees, and what comes back is what went in."""

import io
import json
import shutil
import subprocess
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.common_events import HANDSHAKE, START, batches
from tests.golden.captures import exported, recording
from tests.peer_programs import program
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
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
    Step,
    TlsFacts,
    alone,
)
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.exports import packets, pcapng
from wsinspect.recordings.hiding import Hiding
from wsinspect.recordings.pcap import read
from wsinspect.recordings.reading import read as read_lines
from wsinspect.registry import EXPORTS
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson
from wsinspect.render.pieces import text_of

BEGINNING = alone(START, "in", (BEGINS, HANDSHAKE._replace(extensions="", response=[]), 0))
MESSAGES = frozenset({TEXT, BINARY, PING, PONG, CLOSE, CLOSING})


def session(*rows: tuple[Direction, Row], handshake: Handshake = BEGINNING.rows[0][1]) -> list[Batch]:
    """Return a recording of rows, a millisecond apart."""
    made = [alone(START, "in", (BEGINS, handshake, 0))]
    number, before = 0, -1
    for way, row in rows:
        # A frame and the message that it ends come at once.
        number += before != FRAME or row[0] == FRAME
        before = row[0]
        made.append(alone(Moment(START.wall + number / 1000, START.mono + number / 1000), way, row))
    return made


def back(capture: bytes) -> list[Batch]:
    return list(read(io.BytesIO(capture)))


def said(made: Iterable[Batch]) -> list[tuple[float, str, int, bytes]]:
    """Return the time in microseconds, direction, type and payload of each message."""
    return [
        (round(batch.at.wall * 1e6), batch.direction, type, payload)
        for batch in made
        for type, payload, _ in batch.rows
        if type in MESSAGES
    ]


def rows_of(made: Iterable[Batch], kind: int) -> list[Any]:
    return [payload for batch in made for type, payload, _ in batch.rows if type == kind]


# Others' eyes.


def seen_by_tshark(capture: bytes, folder: Path, *fields: str, only: str = "websocket") -> list[dict[str, list[str]]]:
    """Return the fields of each packet that tshark sees, checksums checked."""
    path = folder / "made.pcapng"
    path.write_bytes(capture)
    command = [program("tshark"), "-n", "-r", str(path), "-T", "json", "--no-duplicate-keys", "-Y", only]
    for wanted in ("tcp.check_checksum", "ip.check_checksum", "tcp.analyze_sequence_numbers"):
        command += ["-o", f"{wanted}:TRUE"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [packet["_source"]["layers"] for packet in json.loads(done.stdout)]


def none_seen(capture: bytes, folder: Path, only: str) -> bool:
    return not seen_by_tshark(capture, folder, "frame.number", only=only)


CLEAN = (
    "_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0 || tcp.analysis.flags"
    " && !(tcp.flags.reset == 1)"
)


def test_tshark_finds_no_fault(tmp_path: Path) -> None:
    capture, _ = exported(recording())
    assert none_seen(capture, tmp_path, "_ws.malformed")
    assert none_seen(capture, tmp_path, "tcp.checksum.status != 1 || ip.checksum.status != 1")
    assert none_seen(capture, tmp_path, "tcp.analysis.flags")
    assert none_seen(capture, tmp_path, "_ws.expert.severity >= 0x600000 && tcp.flags.reset == 0")
    count = len(seen_by_tshark(capture, tmp_path, "frame.number", only="frame"))
    assert count == sum(1 for _ in pcapng.pcapng(recording(), lambda sentence: None)) - 1
    assert len(seen_by_tshark(capture, tmp_path, "frame.number", only="tcp.checksum.status == 1")) == count


def test_tshark_would_find_faults(tmp_path: Path) -> None:
    capture = bytearray(exported(session(("in", (TEXT, b"Hello", 7))))[0])
    capture[capture.rindex(b"Hello")] ^= 1
    assert not none_seen(bytes(capture), tmp_path, "tcp.checksum.status == 0")


LENGTHS = ("payload_length", "payload_length_ext_16", "payload_length_ext_64")
PAYLOADS = ("payload.text", "payload.ping", "payload.pong")


def test_tshark_sees_every_message_of_the_common_events(tmp_path: Path) -> None:
    made = [alone(START, "in", (BEGINS, HANDSHAKE, 0)), *[batch for _, batch in batches()]]
    capture, _ = exported(made)
    fields = [f"websocket.{field}" for field in ("opcode", "fin", "rsv", "mask", "masking_key", *LENGTHS, *PAYLOADS)]
    close = ["websocket.payload.close.status_code", "websocket.payload.close.reason"]
    seen = seen_by_tshark(capture, tmp_path, "tcp.srcport", "data.data", *fields, *close)
    expected = [(way, row) for _, batch in batches() for way, row in ((batch.direction, row) for row in batch.rows)]
    frames = [frame for way, row in expected for frame in as_frames(way, row)]
    assert len(seen) == len(frames)
    for layers, (way, fin, rsv, opcode, payload) in zip(seen, frames, strict=True):
        one = {name.removeprefix("websocket."): values[0] for name, values in layers.items()}
        assert int(one["opcode"]) == opcode
        assert one["fin"] == str(int(fin))
        assert int(one["rsv"], 16) == rsv
        assert one["mask"] == str(int(way == "out"))
        assert ("masking_key" in one) is (way == "out")
        assert (one["tcp.srcport"] == "40123") is (way == "in")
        length = int(one["payload_length"])
        short = len(payload) < 126
        assert length == (len(payload) if short else 126 if len(payload) < 65536 else 127)
        if not short:
            assert int(one.get("payload_length_ext_16", one.get("payload_length_ext_64", "-1"))) == len(payload)
        if opcode == 8 and payload:
            assert int(one["payload.close.status_code"]) == int.from_bytes(payload[:2], "big")
            assert one.get("payload.close.reason", "").encode() == payload[2:] or b"\x1b" in payload
        elif opcode == 1 and fin and payload.isascii() and payload.decode().isprintable():
            assert one.get("payload.text", "").encode() == payload
        elif payload and opcode in (2, 9, 10):
            shown = one["data.data"] if opcode == 2 else one["payload.ping" if opcode == 9 else "payload.pong"]
            assert bytes.fromhex(shown.replace(":", "")) == payload


def as_frames(way: Direction, row: Row) -> list[tuple[Direction, bool, int, int, bytes]]:
    """Return what stands on the wire for a row: of the common events, most were recorded without frames."""
    type, payload, _ = row
    if type == FRAME and not payload.rsv and payload.opcode != 9:
        return [(way, payload.fin, payload.rsv, payload.opcode, payload.payload)]
    if type in MESSAGES and (type, payload) != (TEXT, b"Hello"):
        return [(way, True, 0, 8 if type == CLOSING else type, payload)]
    if type == FRAME and payload.rsv:
        # Frames before it are missing.
        return [(way, True, 0, 1, b"Hello")]
    return []


def test_tshark_sees_the_handshake(tmp_path: Path) -> None:
    capture, _ = exported(session(("in", (TEXT, b"Hello", 7)), handshake=HANDSHAKE))
    seen = seen_by_tshark(
        capture,
        tmp_path,
        *["http.host", "http.upgrade", "http.request.uri", "http.response.code", "http.sec_websocket_accept"],
        *["http.sec_websocket_key", "http.connection", "http.sec_websocket_protocol", "frame.time_epoch"],
        "http.sec_websocket_version",
        only="http",
    )
    asked, answered = seen
    assert asked["http.host"] == ["127.0.0.1:40123"]
    assert asked["http.upgrade"] == answered["http.upgrade"] == ["websocket"]
    assert asked["http.request.uri"] == ["/"]
    assert asked["http.sec_websocket_version"] == ["13"]
    assert answered["http.response.code"] == ["101"]
    assert answered["http.sec_websocket_protocol"] == ["chat.v2"]
    assert len(asked["http.sec_websocket_key"][0]) == 24
    assert float(answered["frame.time_epoch"][0]) - float(asked["frame.time_epoch"][0]) == pytest.approx(
        0.0031, abs=1e-6
    )


def test_tshark_inflates_what_was_recorded_as_frames(tmp_path: Path) -> None:
    compressed = Frame(True, 4, 1, None, 2, b"\xf2H\xcd\xc9\xc9\x07\x00", 5, 0)
    rows: list[tuple[Direction, Row]] = [("in", (FRAME, compressed, 9)), ("in", (TEXT, b"Hello", 9))]
    capture, told = exported(session(*rows, handshake=HANDSHAKE))
    seen = seen_by_tshark(capture, tmp_path, "websocket.rsv", "websocket.opcode", "text", "websocket.payload")
    assert [int(layers["websocket.rsv"][0], 16) for layers in seen] == [4]
    assert rows_of(back(capture), FRAME) == [compressed]
    assert rows_of(back(capture), TEXT) == [b"Hello"]
    assert not any("extensions" in sentence for sentence in told)
    extensions = seen_by_tshark(capture, tmp_path, "http.sec_websocket_extensions", only="http.response")
    assert extensions[0]["http.sec_websocket_extensions"] == ["permessage-deflate"]


def test_tshark_sees_ends(tmp_path: Path) -> None:
    for closed, flag, first in (
        (Closed("nobody", False, 1006, "", None, "the connection was reset", 7), "reset", "40123"),
        (Closed("peer", True, 1000, "", 1000, "", 0), "fin", "40123"),
        (Closed("us", False, 1006, "", None, "", 7), "fin", "49153"),
    ):
        capture, _ = exported(session(("in", (CLOSED, closed, 0))))
        seen = seen_by_tshark(capture, tmp_path, "tcp.srcport", only=f"tcp.flags.{flag} == 1")
        assert seen[0]["tcp.srcport"] == [first]


def test_the_section_tells_what_is_made_up(tmp_path: Path) -> None:
    path = tmp_path / "made.pcapng"
    path.write_bytes(exported(session())[0])
    done = subprocess.run([program("capinfos"), str(path)], capture_output=True, text=True, timeout=60)
    assert "Written by wsinspect from a recording of WebSockets." in done.stdout
    assert "wsinspect 0" in done.stdout
    assert "Raw IP" in done.stdout


@pytest.mark.parametrize("address", ["[::1]:8080", "[2001:db8::5]:80", "192.0.2.7:9000", "name.test:8080", "", "[x"])
def test_each_address_is_written(address: str, tmp_path: Path) -> None:
    made = session(("in", (TEXT, b"x" * 70_000, 70_010)), handshake=HANDSHAKE._replace(address=address))
    capture, _ = exported(made)
    assert said(back(capture)) == said(made)
    shown = rows_of(back(capture), BEGINS)[0].address
    assert shown == {"": "192.0.2.250:80", "[x": "192.0.2.250:80", "name.test:8080": "192.0.2.250:8080"}.get(
        address, address
    )
    if shutil.which("tshark"):
        assert none_seen(capture, tmp_path, "_ws.malformed || tcp.checksum.status != 1 || tcp.analysis.flags")


def test_dpkt_reads_it_too() -> None:
    capture, _ = exported(session(("in", (TEXT, b"Hello", 7)), ("out", (TEXT, b"hi", 8))))
    found = [(time, dpkt.ip.IP(data)) for time, data in dpkt.pcapng.Reader(io.BytesIO(capture))]
    assert [bytes(ip.data.data)[-5:] for _, ip in found if ip.data.data][2:] == [b"Hello", bytes(found[-1][1])[-5:]]
    assert found[-2][0] == pytest.approx(START.wall + 0.001, abs=1e-6)
    for _, ip in found:
        given = ip.sum, ip.data.sum
        ip.sum = ip.data.sum = 0
        again = dpkt.ip.IP(bytes(ip))
        assert given == (again.sum, again.data.sum)


# There and back.


def test_the_common_events_come_back() -> None:
    found, expected = said(back(exported(recording())[0])), said(recording())
    # A frame that stands alone is a message, and one that belongs to a message comes before it in this list.
    lone = next(index for index, one in enumerate(found) if one[1:] == ("out", TEXT, b"Hello"))
    del found[lone]
    assert [one[1:] for one in found] == [one[1:] for one in expected]
    assert sum(one != other for one, other in zip(found, expected, strict=True)) == 2


def test_a_recording_in_lines_goes_there_and_back() -> None:
    render = ndjson(Look(frames=True))
    shown = session(*[(b.direction, b.rows[0]) for _, b in batches()[:28]])
    lines = "".join([text_of(render(batch)) for batch in shown])
    made = [
        one
        for one in read_lines(lines.splitlines(keepends=True))
        if one.rows[0][0] != FRAME or one.rows[0][1].mask is None
    ]
    again = "".join([text_of(render(batch)) for batch in back(exported(made)[0])])
    assert said(read_lines(again.splitlines(keepends=True))) == said(made)


texts = st.text(max_size=40).map(str.encode)
bodies = st.one_of(
    st.just(b""),
    st.builds(
        lambda code, reason: code.to_bytes(2, "big") + reason.encode()[:123].decode("utf-8", "ignore").encode(),
        st.sampled_from([1000, 1001, 1011, 3000, 4999]),
        st.text(max_size=60),
    ),
)


@st.composite
def some_rows(draw: st.DrawFn) -> tuple[int, Direction, Row]:
    way: Direction = draw(st.sampled_from(["in", "out"]))
    kind = draw(st.sampled_from([TEXT, TEXT, BINARY, PING, PONG, CLOSE, ERROR, GAP, CLOSED, FRAME, BEGINS]))
    payload: object
    if kind == TEXT:
        payload = draw(texts)
    elif kind in (BINARY, PING, PONG):
        payload = draw(st.binary(max_size=125))
    elif kind == CLOSE:
        kind, payload = (CLOSE if way == "in" else CLOSING), draw(bodies)
    elif kind == ERROR:
        return draw(st.integers(0, 2)), way, (ERROR, None, 0)
    elif kind == GAP:
        payload = Gap(1.0, 1, 1006)
    elif kind == CLOSED:
        payload = Closed(
            draw(st.sampled_from(["peer", "us", "nobody"])),
            False,
            1006,
            "",
            None,
            draw(st.sampled_from(["", "reset"])),
            7,
        )
    elif kind == BEGINS:
        payload = HANDSHAKE._replace(status=draw(st.sampled_from([101, 101, 101, 403])))
    else:
        opcode = draw(st.sampled_from([0, 1, 2, 9]))
        fin = opcode == 9 or draw(st.booleans())
        payload = Frame(fin, 0, opcode, b"mask" if way == "out" else None, 2, draw(st.binary(max_size=20)), None, 0)
    return draw(st.integers(0, 2)), way, (kind, payload, draw(st.integers(2, 40)))


@settings(max_examples=300, deadline=None)
@given(st.lists(some_rows(), max_size=30))
def test_any_messages_come_back(found: list[tuple[int, Direction, Row]]) -> None:
    made = [
        alone(Moment(START.wall + number / 1000, number / 1000), way, row, connection)
        for number, (connection, way, row) in enumerate(found)
    ]
    # Frames here belong to no messages, so that they come back as messages of their own.
    without = [batch for batch in made if batch.rows[0][0] != FRAME]
    refused = {0: False, 1: False, 2: False}
    expected = []
    for batch in without:
        type, payload, _ = batch.rows[0]
        if type == BEGINS:
            refused[batch.connection] = payload.status != 101
        elif type in (GAP, CLOSED):
            refused[batch.connection] = False
        elif not refused[batch.connection]:
            expected += said([batch])
    assert said(back(exported(without)[0])) == expected
    for batch in back(exported(made)[0]):
        assert not [row for row in batch.rows if row[0] == ERROR and row[1].rule not in ("utf8",)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["in", "out"]), texts, st.integers(1, 4)), max_size=12))
def test_recorded_frames_come_back_byte_for_byte(messages: list[tuple[Direction, bytes, int]]) -> None:
    rows: list[tuple[Direction, Row]] = []
    offsets = {"in": 0, "out": 0}
    frames = []
    for way, text, parts in messages:
        size = 0
        mask = b"\x01\x02\x03\x04" if way == "out" else None
        head = 6 if mask else 2
        step = -(-len(text) // parts) or 1
        pieces = [text[at : at + step] for at in range(0, len(text), step)] or [b""]
        if max(map(len, pieces)) > 125:
            continue
        for index, piece in enumerate(pieces):
            fin, opcode = index == len(pieces) - 1, 0 if index else 1
            frame = Frame(fin, 0, opcode, mask, head, piece, None, offsets[way])
            offsets[way] += head + len(piece)
            size += head + len(piece)
            frames.append(frame)
            rows.append((way, (FRAME, frame, head + len(piece))))
        rows.append((way, (TEXT, text, size)))
    made = session(*rows)
    found = back(exported(made)[0])
    assert said(found) == said(made)
    assert rows_of(found, FRAME) == frames


# What it cannot hold, and what is made up.


def told_of(made: list[Batch]) -> list[str]:
    return exported(made)[1]


def test_what_is_left_out_is_told_once_with_its_count() -> None:
    violation = batches()[28][1].rows[0]
    rows: list[tuple[Direction, Row]] = [("in", violation)] * 2 + [("in", (GAP, Gap(1, 1, 1006), 0))]
    assert told_of(session(*rows)) == [
        "the recording holds no usable Sec-WebSocket-Key: 1 made up",
        "pcapng holds no violations, nor the bytes that broke the protocol: 2 left out",
        "pcapng holds no gaps, behind each of which a new connection begins: 1 left out",
    ]
    assert told_of(session(*rows)[1:]) == [
        "pcapng holds no violations, nor the bytes that broke the protocol: 2 left out",
        "pcapng holds no gaps, behind each of which a new connection begins: 1 left out",
    ]


def test_extensions_are_left_out_where_no_frames_were_recorded() -> None:
    steps = (Step("connect", 0.1),)
    seen = HANDSHAKE._replace(response=[("Sec-WebSocket-Extensions", "permessage-deflate"), ("X", "y")], steps=steps)
    capture, told = exported(session(("in", (TEXT, b"Hello", 7)), handshake=seen))
    assert "pcapng holds no steps of opening: 1 left out" in told
    assert "without the extensions agreed on: 1 left out" in "".join(told)
    handshake = rows_of(back(capture), BEGINS)[0]
    assert handshake.extensions == ""
    assert ("X", "y") in handshake.response
    assert rows_of(back(capture), TEXT) == [b"Hello"]


def test_a_handshake_without_frames_yet_keeps_nothing_back() -> None:
    assert rows_of(back(exported(session(handshake=HANDSHAKE))[0]), BEGINS)[0].status == 101


KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("key", "accept", "kept"), [(KEY, ACCEPT, True), (KEY, "wrong", True), (KEY, "***", False), ("***", ACCEPT, False)]
)
def test_keys_fit_one_another_unless_they_did_not(key: str, accept: str, kept: bool) -> None:
    seen = HANDSHAKE._replace(request=[("Sec-WebSocket-Key", key)], response=[("Sec-WebSocket-Accept", accept)])
    handshake = rows_of(back(exported(session(handshake=seen))[0]), BEGINS)[0]
    headers = dict(handshake.request) | dict(handshake.response)
    if kept:
        assert (headers["Sec-WebSocket-Key"], headers["Sec-WebSocket-Accept"]) == (key, accept)
    elif key == KEY:
        assert headers["Sec-WebSocket-Accept"] == ACCEPT
    else:
        assert headers["Sec-WebSocket-Key"] != "***"
        assert headers["Sec-WebSocket-Accept"] not in ("***", ACCEPT)


def test_a_refusal_comes_back() -> None:
    refused = HANDSHAKE._replace(status=401, reason="Unauthorized", response=[("Content-Length", "99"), ("X", "y")])
    made = session(
        ("in", (TEXT, b"never", 7)),
        ("in", (CLOSED, Closed("peer", False, 1006, "", None, "no", 5), 0)),
        ("in", (TEXT, b"later", 7)),
        handshake=refused,
    )
    capture, told = exported(made)
    found = rows_of(back(capture), BEGINS)
    assert [(one.status, one.reason) for one in found] == [(401, "Unauthorized"), (101, "Switching Protocols")]
    assert found[0].response == [("X", "y"), ("Content-Length", "0")]
    assert rows_of(back(capture), TEXT) == [b"later"]
    assert "messages of connections that were refused: 1 left out" in told
    assert "a recording holds no body of a refusal: 1 written without" in told


def test_tls_is_written_in_the_clear() -> None:
    tls = TlsFacts("TLSv1.3", "x", None, True, "")
    for seen in (HANDSHAKE._replace(url="wss://a.test/", address="10.0.0.9:443"), HANDSHAKE._replace(tls=tls)):
        capture, told = exported(session(handshake=seen))
        assert any("only encrypted: 1 written in the clear" in sentence for sentence in told)
        assert rows_of(back(capture), BEGINS)[0].address.endswith(":80")


@pytest.mark.parametrize("url", ["ws://ann:sesame@a.test:81/x", "ws://ann:sesame@a.test:81?y", "ws://a.test:81#z"])
def test_no_host_is_made_of_credentials(url: str) -> None:
    seen = HANDSHAKE._replace(url=url, request=[], tls=None)
    capture, told = exported(session(handshake=seen))
    assert b"sesame" not in capture
    assert b"\r\nHost: a.test:81\r\n" in capture
    assert ("pcapng holds no credentials of a URL, which no request names: 1 left out" in told) is ("@" in url)


def test_headers_stay_headers() -> None:
    odd = [("X", "a\r\nInjected: 1"), ("Y", "\udcff"), ("Z", "\ud800"), ("Host", "h")]
    seen = HANDSHAKE._replace(request=odd, resource="/a b\r\nX: y")
    handshake = rows_of(back(exported(session(handshake=seen))[0]), BEGINS)[0]
    assert handshake.request[:4] == [("X", "a  Injected: 1"), ("Y", "\udcff"), ("Z", "?"), ("Host", "h")]
    assert handshake.resource == "/abX:y"


def test_frames_that_were_recorded_from_the_middle_on_are_left_plain() -> None:
    packed = Frame(True, 4, 1, None, 2, b"\xf2H\xcd\xc9\xc9\x07\x00", 5, 0)
    middle = Frame(True, 0, 0, None, 2, b"lo", None, 0)
    first = Frame(False, 0, 1, None, 2, b"Hel", None, 0)
    rows: list[tuple[Direction, Row]] = [
        ("in", (TEXT, b"before", 8)),
        ("in", (FRAME, packed, 9)),
        ("in", (TEXT, b"Hello", 9)),
        ("in", (FRAME, middle, 4)),
        ("in", (TEXT, b"Hello", 9)),
        ("in", (FRAME, first, 5)),
        ("in", (TEXT, b"Hello", 9)),
        ("in", (FRAME, first, 5)),
        ("in", (FRAME, first, 5)),
        ("in", (FRAME, middle, 4)),
        ("in", (TEXT, b"Hello", 9)),
    ]
    capture, told = exported(session(*rows, handshake=HANDSHAKE))
    assert rows_of(back(capture), TEXT) == [b"before"] + [b"Hello"] * 4
    assert not rows_of(back(capture), ERROR)
    assert any(sentence.endswith("1 left plain") for sentence in told)
    assert any(sentence.endswith("begin new connections: 2 made up") for sentence in told)


def test_frames_that_hide_secrets_are_written_as_their_messages() -> None:
    secret = "s3cr3t-of-mine"
    seen = HANDSHAKE._replace(request=[("Authorization", f"Bearer {secret}")])
    packer = zlib.compressobj(wbits=-15)
    rows: list[tuple[Direction, Row]] = []
    for text in (b"before", f"token {secret}".encode(), b"behind"):
        packed = (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
        wire = 2 + len(packed)
        rows += [("in", (FRAME, Frame(True, 4, 1, None, 2, packed, len(text), 0), wire)), ("in", (TEXT, text, wire))]
    ping = secret.encode()
    rows += [("out", (FRAME, Frame(True, 0, 9, b"mask", 6, ping, None, 0), 20)), ("out", (PING, ping, 20))]
    hide = Hiding()
    made = [batch for one in session(*rows, handshake=seen) for batch in [hide(one)] if batch.rows]
    capture, told = exported(made)
    found = back(capture)
    assert rows_of(found, TEXT) == [b"before", b"token ***", b"behind"]
    assert rows_of(found, PING) == [b"***"]
    assert not rows_of(found, ERROR)
    assert [frame.rsv for frame in rows_of(found, FRAME)] == [4, 0, 0, 0]
    assert secret.encode() not in capture
    assert any("secrets are hidden: 2 left out" in sentence for sentence in told)


def test_many_open_connections_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapng, "MOST_OPEN", 5)
    made = [alone(START, "in", (BEGINS, HANDSHAKE, 0), number) for number in range(1, 21)]
    _, told = exported(made)
    assert any("15 let go of" in sentence for sentence in told)
    closed = CLOSED, Closed("us", True, 1000, "", 1000, "", 0), 0
    ended = [(begun, alone(START, "in", closed, begun.connection)) for begun in made]
    _, told = exported([batch for pair in ended for batch in pair])
    assert not any("let go of" in sentence for sentence in told)


def test_the_look_ahead_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def endless() -> Iterable[Batch]:
        for number in range(10_000):
            taken.append(number)
            yield alone(START, "in", (TEXT, b"x" * 100_000, 100_010))

    writing = pcapng.pcapng(endless(), lambda sentence: None)
    for _ in range(3):
        next(writing)
    assert len(taken) < 100


def test_what_a_peer_has_is_acknowledged() -> None:
    link = packets.Link(1, "127.0.0.1", 80)
    blocks = list(link.send(0, False, bytes(3_000_000)))
    assert len(blocks) == -(-3_000_000 // packets.MOST_DATA) + 3_000_000 // (5 * packets.MOST_DATA) - 0


@given(st.binary(max_size=400))
def test_checksums_are_those_of_others(data: bytes) -> None:
    assert packets.checksum(data) == dpkt.dpkt.in_cksum(data) or not any(data)


def test_it_is_found_by_its_name() -> None:
    assert EXPORTS.load("pcapng") is pcapng.pcapng
    assert {TEXT, BINARY} == DATA
