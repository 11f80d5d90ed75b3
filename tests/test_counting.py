"""``--count``: so many received data messages pass, and all else."""

import pytest

from wsinspect.counting import Countdown
from wsinspect.events import Batch, Direction, Moment, Row
from wsinspect.vocabulary import WSMsgType

AT = Moment(1.0, 2.0)
TEXT, BINARY, PING, CLOSE = (int(type) for type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.CLOSE))


def batch(types: list[int], direction: Direction = "in") -> Batch:
    rows: list[Row] = [(type, b"%d" % number, 3) for number, type in enumerate(types)]
    messages = sum(type in (TEXT, BINARY) for type in types)
    return Batch(AT, direction, rows, messages=messages, wire=3 * len(rows), uniform=messages == len(rows))


@pytest.mark.parametrize(
    ("wanted", "types", "kept", "missing"),
    [
        (3, [TEXT, BINARY], [0, 1], 1),
        (2, [TEXT, BINARY], [0, 1], 0),
        (1, [TEXT, BINARY], [0], 0),
        (1, [PING, TEXT, PING, BINARY, TEXT, CLOSE], [0, 1, 2, 5], 0),
        (1, [PING, CLOSE], [0, 1], 1),
        (1, [], [], 1),
        (2, [TEXT] * 5, [0, 1], 0),
    ],
)
def test_cut(wanted: int, types: list[int], kept: list[int], missing: int) -> None:
    countdown = Countdown(wanted)
    given = batch(types)
    got = countdown.cut(given)
    assert got.rows == [given.rows[index] for index in kept]
    assert (got.at, got.direction, got.uniform) == (given.at, given.direction, given.uniform)
    assert countdown.missing == missing


def test_over_many_batches() -> None:
    countdown = Countdown(5)
    got = [len(countdown.cut(batch([TEXT, TEXT])).rows) for _ in range(4)]
    assert (got, countdown.missing) == ([2, 2, 1, 0], 0)


def test_what_we_send_does_not_count() -> None:
    countdown = Countdown(1)
    sent = batch([TEXT, TEXT], "out")
    assert countdown.cut(sent) is sent
    assert countdown.missing == 1
