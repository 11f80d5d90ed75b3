"""Frames written: masking, lengths, and frames that the RFC forbids."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire_peer import BINARY, PING, PONG, TEXT, read, violation_in
from wsinspect.events import FRAME, Frame
from wsinspect.wire.frames import MASK_BLOCK, apply_mask, write_frame

KEYS = st.binary(min_size=4, max_size=4)


def naive_mask(data: bytes, key: bytes, phase: int = 0) -> bytes:
    return bytes(byte ^ key[(index + phase) % 4] for index, byte in enumerate(data))


@given(data=st.binary(max_size=300), key=KEYS, phase=st.integers(0, 1000))
@settings(max_examples=200, deadline=None)
def test_masking_is_xor_with_the_key(data: bytes, key: bytes, phase: int) -> None:
    assert apply_mask(data, key, phase) == naive_mask(data, key, phase)
    assert apply_mask(apply_mask(data, key, phase), key, phase) == data


@pytest.mark.parametrize("size", [MASK_BLOCK - 1, MASK_BLOCK, MASK_BLOCK + 1, 2 * MASK_BLOCK, 2 * MASK_BLOCK + 3])
@pytest.mark.parametrize("phase", range(4))
def test_masking_goes_on_across_blocks(size: int, phase: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    assert apply_mask(data[:size], b"\x01\x80\xff\x00", phase) == naive_mask(data[:size], b"\x01\x80\xff\x00", phase)


SIZES = st.integers(0, 300) | st.sampled_from([125, 126, 65535, 65536])
DATA = st.tuples(st.sampled_from([TEXT, BINARY]), SIZES.map(lambda size: b"x" * size))
CONTROL = st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125))


@given(frame=DATA | CONTROL, key=st.none() | KEYS)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read(frame: tuple[int, bytes], key: bytes | None) -> None:
    opcode, payload = frame
    sent = write_frame(payload, opcode, mask=key)
    header_size = len(sent) - len(payload)
    stood = Frame(True, 0, opcode, key, header_size, payload, None, 0)
    assert read(sent, masked=key is not None, frames=True) == [(FRAME, stood, len(sent)), (opcode, payload, len(sent))]


@pytest.mark.parametrize(
    ("size", "header"),
    [(0, "8200"), (125, "827d"), (126, "827e007e"), (65535, "827effff"), (65536, "827f0000000000010000")],
)
def test_lengths_are_minimal(size: int, header: str) -> None:
    assert write_frame(b"x" * size, 2) == bytes.fromhex(header) + b"x" * size


@pytest.mark.parametrize(
    ("frame", "sent"),
    [
        (write_frame(b"Hello"), "810548656c6c6f"),
        (write_frame(b"Hello", mask=bytes.fromhex("37fa213d")), "818537fa213d7f9f4d5158"),
        (write_frame(b"", mask=bytes(4)), "818000000000"),
        (write_frame(b"a", 0, fin=False), "000161"),
        (write_frame(b"", 8, rsv=7), "f800"),
        (write_frame(b"", 0xF, rsv=1, fin=False), "1f00"),
        (write_frame(b"a", length_bits=16), "817e000161"),
        (write_frame(b"a", length_bits=64, mask=bytes(4)), "81ff00000000000000010000000061"),
        (write_frame(b"a", claimed=5), "810561"),
        (write_frame(b"", claimed=1 << 62), "817f4000000000000000"),
        (write_frame(b"", claimed=(1 << 64) - 1), "817fffffffffffffffff"),
        (write_frame(b"x" * 126, 9)[:4], "897e007e"),
    ],
)
def test_frames_as_bytes(frame: bytes, sent: str) -> None:
    assert frame == bytes.fromhex(sent)


@pytest.mark.parametrize(
    ("frame", "rule"),
    [
        (write_frame(b"", rsv=4), "rsv"),
        (write_frame(b"", 0xB), "opcode"),
        (write_frame(b"", 9, fin=False), "control-fragmented"),
        (write_frame(b"x" * 126, 9), "control-length"),
        (write_frame(b"", length_bits=16), "length-minimal"),
        (write_frame(b"", length_bits=64), "length-minimal"),
        (write_frame(b"", claimed=1 << 63), "length-top-bit"),
        (write_frame(b"", mask=bytes(4)), "masked"),
    ],
)
def test_forbidden_frames_are_refused_when_read(frame: bytes, rule: str) -> None:
    assert violation_in(read(frame)).rule == rule


@pytest.mark.parametrize(("claimed", "bits"), [(128, 7), (1 << 16, 16), (1 << 64, 64)])
def test_length_that_its_form_cannot_hold_is_our_own_mistake(claimed: int, bits: int) -> None:
    with pytest.raises(OverflowError, match=f"does not fit in {bits} bits"):
        write_frame(b"", claimed=claimed, length_bits=bits)  # type: ignore[arg-type]
