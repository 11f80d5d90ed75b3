"""Whether bytes look like WebSocket frames, where no handshake says so. Knows no connection."""

from wsinspect.wire.frames import CONTINUATION, OPCODE_NAMES, TEXT, apply_mask

CONTROL = 8
LOOKED_AT = 64 * 1024


def frames_in(data: bytes, *, masked: bool) -> int:
    """Return how many whole messages and control frames a piece of a stream consists of; 0 if it looks like none.

    They must fill the piece, but for a last one that goes on in the next; a text must be UTF-8.
    """
    at, count, end = 0, 0, min(len(data), LOOKED_AT)
    inside = False  # a message of several frames
    while at < end:
        head = _head(data, at, masked)
        opcode, ends = data[at] & 0xF, data[at] >= 0x80
        if head is None or (opcode < CONTROL and inside is not (opcode == CONTINUATION)):
            return 0
        if opcode < CONTROL:
            inside = not ends
        start, size = head
        if start < 0 or start + size > len(data):
            return count
        payload = data[start : start + size]
        if data[at] == 0x80 | TEXT and not _is_text(payload, data[start - 4 : start] if masked else None):
            return 0
        at, count = start + size, count + ends
    return count


def _head(data: bytes, at: int, masked: bool) -> tuple[int, int] | None:
    """Return where the payload of a frame begins, and its size; -1 where that is not known yet, None if it is none."""
    first = data[at]
    opcode, rsv = first & 0xF, first >> 4 & 7
    if opcode not in OPCODE_NAMES or rsv & 3 or (opcode >= CONTROL and (rsv or first < 0x80)):
        return None
    if rsv and first < 0x80:
        # A first frame of several, compressed, is rare; letters are not.
        return None
    if at + 1 >= len(data):
        return -1, 0
    second = data[at + 1]
    size = second & 0x7F
    if (second >= 0x80) is not masked or (opcode >= CONTROL and size > 125):
        return None
    start, wide = at + 2, {126: 2, 127: 8}.get(size, 0)
    if wide:
        if start + wide > len(data):
            return -1, 0
        size = int.from_bytes(data[start : start + wide], "big")
        if size < (126 if wide == 2 else 65536) or size >> 40:
            return None
        start += wide
    return start + 4 * masked, size


def _is_text(payload: bytes, key: bytes | None) -> bool:
    try:
        (payload if key is None else apply_mask(payload, key)).decode()
    except UnicodeDecodeError:
        return False
    return True
