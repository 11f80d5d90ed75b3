"""Frames as bytes: names of opcodes, masking and writing (RFC 6455 sections 5.2 and 5.3).

Writing also makes frames that the RFC forbids, for tests and for probing. Knows no connection and no randomness: a
masking key is passed in.
"""

from typing import Literal

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

OPCODE_NAMES: dict[int, str] = {
    CONTINUATION: "CONTINUATION",
    TEXT: "TEXT",
    BINARY: "BINARY",
    CLOSE: "CLOSE",
    PING: "PING",
    PONG: "PONG",
}
"""The opcodes that RFC 6455 section 5.2 defines."""

RSV_NAMES = {4: "RSV1", 2: "RSV2", 1: "RSV3"}
"""The reserved bits, the highest first."""

MASK_BLOCK = 64 * 1024


def apply_mask(data: bytes, key: bytes, phase: int = 0) -> bytes:
    """XOR ``data`` with the four bytes of ``key``, of which ``phase`` have been used before (section 5.3).

    Works in blocks: the XOR of one huge integer takes twice the memory and is no faster.
    """
    if phase % 4:
        key = key[phase % 4 :] + key[: phase % 4]
    size = len(data)
    if size <= MASK_BLOCK:
        return _xor(data, key * (size // 4 + 1))
    pad = key * (MASK_BLOCK // 4)
    return b"".join(_xor(data[start : start + MASK_BLOCK], pad) for start in range(0, size, MASK_BLOCK))


def _xor(data: bytes, pad: bytes) -> bytes:
    size = len(data)
    return (int.from_bytes(data, "little") ^ int.from_bytes(pad[:size], "little")).to_bytes(size, "little")


def plain_wire_size(size: int, *, masked: bool) -> int:
    """Return the bytes that a payload of ``size`` bytes takes in a single frame without compression (section 5.2)."""
    length = 0 if size < 126 else 2 if size < 1 << 16 else 8
    return 2 + length + (4 if masked else 0) + size


def write_frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = None,
    length_bits: Literal[7, 16, 64] | None = None,
    claimed: int | None = None,
) -> bytes:
    """Return a frame as bytes.

    ``rsv`` has RSV1 as its highest bit (4). A client gives four random bytes as ``mask``. ``length_bits`` forces a
    form of the length, minimal or not; ``claimed`` states another length than the payload's. Raises `OverflowError`
    where the form has no room for the length.
    """
    length = len(payload) if claimed is None else claimed
    bits = length_bits or (7 if length < 126 else 16 if length < 65536 else 64)
    if length >> bits:
        raise OverflowError(f"a length of {length} does not fit in {bits} bits")
    marker = length if bits == 7 else 126 if bits == 16 else 127
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode, (0x80 if mask is not None else 0) | marker])
    if bits != 7:
        head += length.to_bytes(bits // 8, "big")
    if mask is None:
        return head + payload
    return head + mask + apply_mask(payload, mask)
