"""What is fuzzed at the wire: the reader of frames, and what makes words of close frames."""

import json

from tests.wire_peer import CLOSE, ERROR, cut, read, read_bytewise, same, without_frames
from wsinspect.close_codes import explain_close
from wsinspect.close_payload import LARGEST, parse_hex, parse_payload
from wsinspect.errors import InspectError
from wsinspect.events import FRAME, Batch, Moment
from wsinspect.render.close_card import as_dict, broken_card, broken_dict, card, to_json
from wsinspect.render.palette import NO_COLOUR
from wsinspect.wire.frames import write_frame
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

HEAD = 7
"""Bytes of an input that say how the rest is read."""

AGREEMENTS = (None, None, Deflate(), Deflate(context_takeover=False), Deflate(9), Deflate(8), Deflate(12, False), None)
LIMITS = (None, 1 << 16, 40, 0)
BYTEWISE = 300
"""So short must a stream be to be fed byte by byte, too."""


def head_of(*, masked: bool = False, agreed: int = 0, limit: int = 0, cuts: tuple[int, ...] = (3, 9)) -> bytes:
    """Return how an input begins that is read in this way; ``agreed`` and ``limit`` are places in the tables."""
    places = [*cuts, *range(HEAD)][: (HEAD - 1) // 2]
    return bytes([masked | agreed << 1 | limit << 4]) + b"".join(place.to_bytes(2, "big") for place in places)


def reader(data: bytes) -> None:
    """Read bytes whole, in pieces and byte by byte: it never raises, and brings the same."""
    if len(data) < HEAD:
        return
    masked, deflate, limit = bool(data[0] & 1), AGREEMENTS[data[0] >> 1 & 7], LIMITS[data[0] >> 4 & 3]
    cuts = [int.from_bytes(data[at : at + 2], "big") for at in range(1, HEAD, 2)]
    sent = data[HEAD:]
    options = {"masked": masked, "deflate": deflate, "max_size": limit}
    compressed = deflate is not None
    rows = read(sent, **options)
    assert same(rows, read(sent, cuts, **options), compressed=compressed), "another cut brings something else"
    if len(sent) <= BYTEWISE:
        assert same(rows, read_bytewise(sent, **options), compressed=compressed), "byte by byte it is something else"
    _check_frames(sent, cuts, rows, options)
    at, one = Moment(0.0, 0.0), Reader(**options)
    for chunk in cut(sent, cuts):
        _check_counts(one.feed(chunk, at), len(chunk))
    assert isinstance(one.unfinished(), str)
    assert one.left >= 0
    assert one.over is bool(rows and rows[-1][0] == ERROR)
    assert all(row[0] != ERROR for row in rows[:-1])
    if limit is not None:
        assert all(len(row[1]) <= limit for row in rows if row[0] in (1, 2)), "a message is larger than the limit"


def _check_frames(sent: bytes, cuts: list[int], rows: list[tuple], options: dict) -> None:
    """With frames asked for, the messages are the same, and the frames are the bytes again."""
    with_frames = read(sent, cuts, frames=True, **options)
    assert same(rows, without_frames(with_frames), compressed=options["deflate"] is not None), "frames change messages"
    frames = [row[1] for row in with_frames if row[0] == FRAME]
    again = [write_frame(one.payload, one.opcode, fin=one.fin, rsv=one.rsv, mask=one.mask) for one in frames]
    assert sent.startswith(b"".join(again)), "frames are not the bytes that came"


def _check_counts(batch: Batch, size: int) -> None:
    data = [row for row in batch.rows if row[0] in (1, 2)]
    assert (batch.messages, batch.payload, batch.wire) == (len(data), sum(len(row[1]) for row in data), size)
    assert batch.uniform is (len(data) == len(batch.rows))
    for event in batch:
        repr(event)


def close_payload(data: bytes) -> None:
    """Explain bytes as the payload of a close frame, and as hex that somebody typed."""
    _explained(data)
    text = data.decode("utf-8", "surrogateescape")
    try:
        body = parse_hex(text)
    except InspectError as error:
        assert error.message
    else:
        _explained(body)
    assert parse_hex(data.hex()) == data
    assert parse_hex(data.hex(":")) == data


def _explained(body: bytes) -> None:
    payload = parse_payload(body)
    assert payload.body == body
    if len(body) <= LARGEST:
        # Who reads frames must say the same.
        ((type, _, _),) = read(write_frame(body, CLOSE))
        assert (type == ERROR) is (payload.fault is not None), "the reader and the explanation disagree"
    if payload.code is None:
        shown, facts = broken_card(payload, NO_COLOUR, 60), broken_dict(payload)
    else:
        explanation = explain_close(payload.code)
        shown, facts = card(explanation, NO_COLOUR, 60, payload=payload), as_dict(explanation, payload)
    assert all(line.isprintable() for line in shown.split("\n")), "what is shown is not safe"
    told = to_json(facts)
    assert all(line.isprintable() for line in told.split("\n")), "JSON that is shown is not safe"
    json.loads(told)
