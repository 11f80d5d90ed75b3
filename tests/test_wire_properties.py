"""What holds for any messages, any fragments and any cut, and for any bytes at all."""

import zlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire_peer import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Compressor,
    feed,
    fragments,
    read,
    read_bytewise,
    rows_of,
    same,
    without_frames,
)
from wsinspect.events import FRAME, Event, Row
from wsinspect.wire.frames import write_frame
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

FLUSHES = (zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_FINISH)
KEYS = st.binary(min_size=4, max_size=4)
CUTS = st.lists(st.integers(0, 1 << 20), max_size=8)
# Text that repeats itself, also over messages, so that windows matter; and lengths about the limits of each form.
words = st.sampled_from(
    ["", "é", "ping ", '{"seq": 1}', "😀" * 9, "x" * 125, "z" * 126, "ab" * 300, "lorem ipsum " * 80]
)
texts = st.one_of(words, st.text(max_size=20), st.lists(words, max_size=4).map("".join)).map(str.encode)
messages = st.tuples(st.just(TEXT), texts) | st.tuples(st.just(BINARY), texts | st.binary(max_size=200))
agreements = st.builds(Deflate, st.integers(9, 15), st.booleans())


@st.composite
def conversations(draw: st.DrawFn) -> tuple[dict[str, Any], bytes, list[Row]]:
    """Draw what one side sends: the options of its reader, the bytes, and the rows they must bring."""
    masked = draw(st.booleans())
    deflate = draw(st.none() | agreements)
    compressor = Compressor(deflate or Deflate())
    sent, rows = b"", []
    for opcode, payload in draw(st.lists(messages, max_size=5)):
        plain, rsv = payload, 0
        if deflate and draw(st.integers(0, 3)):
            payload = compressor.message(plain, draw(st.sampled_from(FLUSHES)), draw(st.integers(1, 3)))
            rsv = 4
        wire = 0
        for frame in fragments(
            payload,
            opcode,
            draw(st.lists(st.integers(0, 150), max_size=4)),
            rsv=rsv,
            mask=draw(KEYS) if masked else None,
        ):
            if wire and draw(st.booleans()):
                control, body = draw(st.sampled_from([PING, PONG])), draw(st.binary(max_size=5))
                ping = write_frame(body, control, mask=draw(KEYS) if masked else None)
                sent += ping
                rows.append((control, body, len(ping)))
            sent += frame
            wire += len(frame)
        rows.append((opcode, plain, wire))
    if draw(st.booleans()):
        close = write_frame(b"\x03\xe8bye", CLOSE, mask=draw(KEYS) if masked else None)
        sent += close
        rows.append((CLOSE, b"\x03\xe8bye", len(close)))
    return {"masked": masked, "deflate": deflate}, sent, rows


@given(said=conversations(), cuts=CUTS)
@settings(max_examples=300, deadline=None)
def test_what_was_said_is_read_at_any_cut(said: tuple[dict[str, Any], bytes, list[Row]], cuts: list[int]) -> None:
    options, sent, rows = said
    assert read(sent, **options) == rows
    assert read(sent, cuts, **options) == rows
    assert read_bytewise(sent, **options) == rows


@given(said=conversations(), cuts=CUTS)
@settings(max_examples=150, deadline=None)
def test_frame_rows_are_the_bytes_again(said: tuple[dict[str, Any], bytes, list[Row]], cuts: list[int]) -> None:
    options, sent, rows = said
    with_frames = read(sent, cuts, frames=True, **options)
    assert without_frames(with_frames) == rows
    frames = [row[1] for row in with_frames if row[0] == FRAME]
    again = [write_frame(one.payload, one.opcode, fin=one.fin, rsv=one.rsv, mask=one.mask) for one in frames]
    assert b"".join(again) == sent
    assert with_frames == read(sent, frames=True, **options)
    # The sizes of compressed frames, once inflated, add up to those of their messages.
    plain = sum(len(one.payload) if one.plain_size is None else one.plain_size for one in frames if one.opcode < CLOSE)
    assert plain == sum(len(payload) for type, payload, _ in rows if type < CLOSE)


@given(said=conversations(), cuts=CUTS)
@settings(max_examples=100, deadline=None)
def test_batches_count_what_they_hold(said: tuple[dict[str, Any], bytes, list[Row]], cuts: list[int]) -> None:
    options, sent, _ = said
    for chunks in ([sent], [sent[: len(sent) // 2], sent[len(sent) // 2 :]]):
        reader = Reader("out", **options)
        for chunk, batch in zip(chunks, feed(reader, chunks), strict=True):
            data = [row for row in batch.rows if row[0] in (TEXT, BINARY)]
            assert batch.messages == len(data)
            assert batch.payload == sum(len(row[1]) for row in data)
            assert batch.wire == len(chunk)
            assert batch.uniform is (len(data) == len(batch.rows))
            assert all(isinstance(event, Event) and event.direction == "out" for event in batch)
        assert reader.unfinished() == ""


# Bytes that look like frames for a while: headers made of telling bytes, and payloads that may be too short or long.
near_frames = st.builds(
    lambda first, second, rest: bytes([first, second]) + rest,
    st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8A, 0xC1, 0xC2, 0x41]) | st.integers(0, 255),
    st.sampled_from([0, 1, 2, 3, 5, 0x7D, 0x7E, 0x7F, 0x80, 0x82, 0x85, 0xFE, 0xFF]) | st.integers(0, 255),
    st.binary(max_size=14)
    | st.sampled_from([bytes(8), b"\x00\x7e" + bytes(126), b"\x03\xe8", b"\xf2\x48\xcd\xc9\xc9\x07\x00"]),
)
whole_frames = st.builds(
    lambda payload, opcode, fin, rsv, mask: write_frame(payload, opcode, fin=fin, rsv=rsv, mask=mask),
    st.binary(max_size=10),
    st.sampled_from([0, 0, 1, 1, 2, 8, 9, 10]),
    st.booleans(),
    st.sampled_from([0, 0, 0, 4]),
    st.none() | KEYS,
)
anything = st.lists(near_frames | whole_frames | st.binary(max_size=20), max_size=8).map(b"".join) | st.binary(
    max_size=300
)


@given(
    data=anything,
    cuts=CUTS,
    masked=st.booleans(),
    deflate=st.none() | st.builds(Deflate, st.integers(8, 15), st.booleans()),
    max_size=st.none() | st.integers(0, 40),
)
@settings(max_examples=500, deadline=None)
def test_any_bytes_give_rows_and_never_an_exception(
    data: bytes, cuts: list[int], masked: bool, deflate: Deflate | None, max_size: int | None
) -> None:
    options: dict[str, Any] = {"masked": masked, "deflate": deflate, "max_size": max_size}
    reader = Reader(**options)
    whole = feed(reader, [data])
    rows = rows_of(whole)
    compressed = deflate is not None
    assert isinstance(reader.unfinished(), str)
    assert all(isinstance(event, Event) for batch in whole for event in batch)
    assert same(rows, read(data, cuts, **options), compressed=compressed)
    assert same(rows, read_bytewise(data, **options), compressed=compressed)
    assert without_frames(read(data, frames=True, **options)) == rows
    assert max_size is None or all(len(row[1]) <= max_size for row in rows if row[0] in (TEXT, BINARY))


@given(said=conversations(), at=st.integers(0, 1 << 20), byte=st.integers(0, 255), cuts=CUTS)
@settings(max_examples=300, deadline=None)
def test_one_wrong_byte_is_read_the_same_at_any_cut(
    said: tuple[dict[str, Any], bytes, list[Row]], at: int, byte: int, cuts: list[int]
) -> None:
    options, sent, _ = said
    at %= len(sent) + 1
    sent = sent[:at] + bytes([byte]) + sent[at + 1 :]
    compressed = options["deflate"] is not None
    rows = read(sent, **options)
    assert same(rows, read(sent, cuts, **options), compressed=compressed)
    assert same(rows, read_bytewise(sent, **options), compressed=compressed)
    assert same(rows, without_frames(read(sent, cuts, frames=True, **options)), compressed=compressed)
