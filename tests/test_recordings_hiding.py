"""Secrets in recordings: what a handshake carried stands nowhere behind it, in no frame and no half of one."""

import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import ENDS, HANDSHAKE, START, batches
from wsinspect import masking
from wsinspect.errors import InspectError
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    ERROR,
    FRAME,
    PING,
    TEXT,
    Batch,
    Direction,
    Frame,
    Moment,
    Row,
    Violation,
    alone,
)
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.masking import Mask
from wsinspect.recordings import hiding
from wsinspect.recordings.hiding import MOST_HELD, Hiding, without_secret_reasons
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson
from wsinspect.wire.frames import write_frame
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

SECRET = "sesame-4711"
ASKED = HANDSHAKE._replace(request=[("Authorization", f"Bearer {SECRET}")], response=[("X-Token-Was", SECRET)])
RENDER = ndjson(Look(frames=True))
ENDED = ENDS[0][1]


def began() -> Hiding:
    hide = Hiding()
    begins = hide(alone(START, "in", (BEGINS, ASKED, 0)))
    assert SECRET not in str(RENDER(begins))
    return hide


def frame(payload: bytes, opcode: int = 1, *, fin: bool = True, rsv: int = 0, offset: int = 0) -> Row:
    return FRAME, Frame(fin, rsv, opcode, None, 2, payload, None, offset), len(payload) + 2


def hidden(hide: Hiding, *rows: Row, way: Direction = "in") -> list[Row]:
    return hide(Batch(START, way, list(rows))).rows


def test_where_nothing_is_known_every_batch_stays_what_it_is() -> None:
    hide = Hiding()
    assert all(hide(batch) is batch for _, batch in batches())


def test_where_nothing_is_to_be_hidden_a_batch_stays_what_it_is() -> None:
    hide = began()
    for _, batch in batches():
        if batch.uniform:
            assert hide(batch) is batch
    rows = [frame(b"Hello"), (TEXT, b"Hello", 7), frame(b"beat", 9), (PING, b"beat", 6)]
    batch = Batch(START, "in", rows)
    assert hide(batch) is batch


def test_whatever_was_asked_for_can_be_shown() -> None:
    hide = Hiding(shows_asked=True)
    batch = alone(START, "in", (BEGINS, ASKED, 0))
    assert hide(batch) is batch
    assert hidden(hide, (TEXT, SECRET.encode(), 20)) == [(TEXT, SECRET.encode(), 20)]


def test_a_frame_of_a_message_that_held_a_secret_holds_stars() -> None:
    text = f"<{SECRET}>".encode()
    rows = hidden(began(), frame(text), (TEXT, text, 15), frame(b"other"), (TEXT, b"other", 7))
    assert rows == [frame(b"*" * len(text)), (TEXT, b"<***>", 15), frame(b"other"), (TEXT, b"other", 7)]


def test_frames_wait_for_their_message_and_keep_their_order() -> None:
    hide = began()
    first, between, last = frame(b"ses", fin=False), frame(b"beat", 9), frame(b"ame-4711", 0)
    assert hidden(hide, first) == []
    assert hidden(hide, between, (PING, b"beat", 6)) == [(PING, b"beat", 6)]
    # The other direction does not wait.
    assert hidden(hide, frame(b"a"), (TEXT, b"a", 3), way="out") == [frame(b"a"), (TEXT, b"a", 3)]
    assert hidden(hide, last, (TEXT, SECRET.encode(), 15)) == [
        frame(b"***", fin=False), between, frame(b"********", 0), (TEXT, b"***", 15),
    ]  # fmt: skip


def test_frames_of_a_message_without_a_secret_come_as_they_were() -> None:
    hide = began()
    rows = [frame(b"a", fin=False), frame(b"b", 0), (TEXT, b"ab", 6)]
    assert [row for one in rows for row in hidden(hide, one)] == rows


@pytest.mark.parametrize("opcode", [8, 9])
def test_control_frames_are_looked_at_by_themselves(opcode: int) -> None:
    payload = b"\x03\xe8" + SECRET.encode()
    type = CLOSE if opcode == 8 else PING
    rows = hidden(began(), frame(payload, opcode), (type, payload, 15))
    assert rows[0] == frame(b"*" * 13, opcode)
    assert rows[1] == (type, b"\x03\xe8***", 15)


LASTS: list[Row] = [
    (ERROR, Violation("utf8", "", "", 0, SECRET.encode(), 1007), 0),
    (CLOSED, ENDED, 0),
    frame(b"x", 2, fin=False),
]


@pytest.mark.parametrize("last", LASTS, ids=["violation", "end", "another message"])
def test_of_a_message_without_an_end_nothing_leaks(last: Row) -> None:
    hide = began()
    assert hidden(hide, frame(b"sesame", fin=False), frame(b"-4711", 0, fin=False)) == []
    rows = hidden(hide, last)
    assert rows[:2] == [frame(b"******", fin=False), frame(b"*****", 0, fin=False)]
    assert SECRET not in repr(rows)

    hide = began()
    assert hidden(hide, frame(b"plain", fin=False)) == []
    assert hidden(hide, last)[:1] == [frame(b"plain", fin=False)]
    # Nobody knows what stands in it.
    assert hidden(hide, frame(b"packed", fin=False, rsv=4)) == ([] if last[0] != FRAME else [last])
    assert hidden(hide, last)[:1] == [frame(b"******", fin=False, rsv=4)]


def test_what_is_held_is_bounded_and_what_goes_beyond_leaks_nothing() -> None:
    """A message that never ends is not kept for ever; of its rest, half a secret would be seen."""
    hide, half = began(), SECRET.encode()[:5]
    shown = hidden(hide, frame(b"x" * MOST_HELD + half, fin=False))
    assert set(shown[0][1].payload) == {ord("*")}
    shown = hidden(hide, frame(SECRET.encode()[5:], 0, fin=False), (CLOSED, ENDED, 0))
    assert (shown[0][1].payload, shown[1][0]) == (b"*" * 6, CLOSED)
    # The next message is looked at as every other.
    rows = [frame(b"harmless"), (TEXT, b"harmless", 10)]
    assert hidden(hide, *rows) == rows


def test_at_the_end_of_a_connection_neither_direction_is_left() -> None:
    hide = began()
    assert hidden(hide, frame(b"mine", fin=False), way="out") == []
    assert hidden(hide, (CLOSED, ENDED, 0)) == [frame(b"mine", fin=False), (CLOSED, ENDED, 0)]


@pytest.mark.parametrize("damaged", [False, True])
def test_where_nothing_follows_nothing_is_left(damaged: bool) -> None:
    def batches() -> Iterator[Batch]:
        yield alone(START, "in", (BEGINS, ASKED, 0))
        yield Batch(START, "out", [frame(b"plain", fin=False)])
        yield Batch(Moment(9, 9), "in", [frame(b"packed", fin=False, rsv=4), frame(b"beat", 9)])
        if damaged:
            raise InspectError("it is damaged")

    found: list[Batch] = []
    with pytest.raises(InspectError) if damaged else nullcontext():
        for batch in Hiding().every(batches()):
            found.append(batch)
    rows = [(batch.at, batch.direction, row) for batch in found for row in batch.rows][1:]
    assert rows == [
        (START, "out", frame(b"plain", fin=False)),
        (Moment(9, 9), "in", frame(b"******", fin=False, rsv=4)),
        (Moment(9, 9), "in", frame(b"beat", 9)),
    ]


def test_connections_side_by_side_do_not_mix() -> None:
    hide = Hiding()
    hide(alone(START, "in", (BEGINS, ASKED, 0), 1))
    other = alone(START, "in", (TEXT, SECRET.encode(), 20), 2)
    assert hide(other) is other
    assert hide(alone(START, "in", (TEXT, SECRET.encode(), 20), 1)).rows == [(TEXT, b"***", 20)]


@given(
    before=st.text("ab", max_size=30),
    behind=st.text("ab", max_size=30),
    cuts=st.lists(st.integers(0, 70), max_size=4),
    packed=st.booleans(),
    beats=st.booleans(),
    chunk=st.integers(1, 200),
    whole=st.booleans(),
)
def test_wherever_it_stands_and_however_it_is_cut(
    before: str, behind: str, cuts: list[int], packed: bool, beats: bool, chunk: int, whole: bool
) -> None:
    """Through the real reader: whole rows come out, and the secret, or what inflates to it, is in none of them."""
    message = (before + SECRET + behind).encode()
    sent, rsv = message, 0
    if packed:
        packer = zlib.compressobj(wbits=-15)
        sent, rsv = (packer.compress(message) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4], 4
    ends = sorted({min(cut, len(sent)) for cut in cuts} | {0, len(sent)})
    wire = b""
    for start, end in pairwise(ends):
        wire += write_frame(
            sent[start:end], 1 if not start else 0, fin=end == len(sent) and whole, rsv=0 if start else rsv
        )
        if beats and not (end == len(sent) and whole):
            wire += write_frame(b"beat", 9)
    reader = Reader(frames=True, deflate=Deflate() if packed else None)
    hide = began()
    rows = []
    for at in range(0, len(wire), chunk):
        rows += hide(reader.feed(wire[at : at + chunk], Moment(0.0, 0.0))).rows
    rows += hide(alone(START, "in", (CLOSED, ENDED, 0))).rows
    frames = [row[1] for row in rows if row[0] == FRAME]
    payload = b"".join([one.payload for one in frames if not one.opcode & 8])
    assert len(payload) == len(sent)
    assert set(payload) <= {ord("*")}
    assert [one.offset for one in frames] == sorted(one.offset for one in frames)
    assert [row[1] for row in rows if row[0] in (TEXT, BINARY)] == ([message.replace(SECRET.encode(), b"***")] * whole)


def test_a_secret_a_hundred_thousand_times_over_is_hidden_each_time() -> None:
    mask = Mask(["s3cretTOKEN9"])
    payload = b"at s3cretTOKEN9, " * 100_000 + b"end"
    assert len(payload) > masking.LARGE
    assert mask.data(payload) == b"at ***, " * 100_000 + b"end"
    other = b"nothing " * 100_000
    assert mask.data(other) is other


def test_of_many_connections_that_never_end_each_keeps_its_secret() -> None:
    many = 2 * hiding.MOST_MASKS
    hide = Hiding()
    for number in range(1, many + 1):
        asked = HANDSHAKE._replace(request=[("Authorization", f"Bearer token-{number:08}")])
        hide(alone(START, "in", (BEGINS, asked, 0), number))
    for number in (1, many):
        told = hide(alone(START, "in", (TEXT, b"token-%08d" % number, 9), number))
        assert told.rows[0][1] == b"***"
    assert hide._mask_of.cache_info().currsize <= hiding.MOST_MASKS


def test_a_close_that_is_shown_as_it_comes_and_its_frame() -> None:
    reason = b"\x0f\xa1no " + SECRET.encode()
    message = TEXT, SECRET.encode(), 13
    rows = [frame(SECRET.encode()), message, frame(reason, 8), (CLOSE, reason, len(reason) + 2)]
    shown = without_secret_reasons(Batch(START, "in", rows), Mask([SECRET])).rows
    assert shown[:2] == rows[:2]
    assert shown[2][1].payload == b"*" * len(reason)
    assert shown[3][1] == b"\x0f\xa1no ***"
