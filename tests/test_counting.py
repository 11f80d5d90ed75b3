"""When it is enough: so many received messages pass the gate, or one that is waited for, and all else."""

import re

import pytest

from wsinspect.counting import Gate, gate_of
from wsinspect.errors import Exit
from wsinspect.events import BINARY, CLOSE, PING, PONG, TEXT, Batch, Closed, Direction, Moment, Row
from wsinspect.filters.expression import expression
from wsinspect.filters.looking import Looking

AT = Moment(1.0, 2.0)


def batch(types: list[int], direction: Direction = "in", payloads: list[bytes] | None = None) -> Batch:
    rows: list[Row] = [(type, payloads[number] if payloads else b"%d" % number, 3) for number, type in enumerate(types)]
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
    gate = Gate(wanted)
    given = batch(types)
    got = gate.cut(given)
    assert got.rows == [given.rows[index] for index in kept]
    assert (got.at, got.direction, got.uniform) == (given.at, given.direction, given.uniform)
    assert gate.missing == missing
    assert gate.done is gate.enough is not missing
    assert got.messages == sum(row[0] in (TEXT, BINARY) for row in got.rows)


def test_over_many_batches() -> None:
    gate = Gate(5)
    got = [len(gate.cut(batch([TEXT, TEXT])).rows) for _ in range(4)]
    assert (got, gate.missing) == ([2, 2, 1, 0], 0)


def test_what_we_send_does_not_count() -> None:
    gate = Gate(1, until=lambda type, payload, at: True)
    sent = batch([TEXT, TEXT], "out")
    assert gate.cut(sent) is sent
    assert (gate.missing, gate.done) == (1, False)


def test_what_is_not_enough_is_not_touched() -> None:
    for gate in (Gate(3), Gate(2, counts=lambda *_: False), Gate(until=lambda *_: False)):
        given = batch([TEXT, PING, BINARY])
        assert gate.cut(given) is given


NUMBERED = [b'{"n": 0}', b'{"n": 1}', b'{"n": 2}', b'{"n": 3}', b'{"n": 4}']


def looking(where: str = "", until: str = "", **rest: object) -> Looking:
    filters = Looking(where=(expression(where),) if where else (), until=expression(until) if until else None)
    return filters._replace(**rest)  # type: ignore[arg-type]


# What is wanted, of five numbered texts: those that pass, whether it is enough, and what is told.
WANTED: list[tuple[Looking, list[int], bool, str]] = [
    (looking(enough=2), [0, 1], True, ""),
    (looking("n > 1", enough=2), [0, 1, 2, 3], True, ""),
    (looking("n > 3", enough=2), [0, 1, 2, 3, 4], False, "2 messages that pass the filters were wanted, but 1 of them"),
    (looking("n > 9", enough=1), [0, 1, 2, 3, 4], False, "1 message that passes the filters was wanted, but it did"),
    (looking(enough=7), [0, 1, 2, 3, 4], False, "7 messages were wanted, but 2 of them did not come"),
    (looking(until="n == 2"), [0, 1, 2], True, ""),
    (looking("n == 1", until="n == 2"), [0, 1, 2], True, ""),
    (looking(until="n == 9"), [0, 1, 2, 3, 4], False, "no message matched `n == 9` before the end"),
    (looking(until="n == 3", enough=2), [0, 1], True, ""),
    (looking(until="n == 1", enough=3), [0, 1], True, ""),
    (looking(until="n == 9", enough=7), [0, 1, 2, 3, 4], False, "did not come, and no message matched `n == 9` before"),
    (looking(grep=(re.compile("[13]"),), enough=2), [0, 1, 2, 3], True, ""),
    (looking(select=expression("n > 2 && n || null"), enough=1), [0, 1, 2, 3], True, ""),
    (looking(types=frozenset({BINARY}), enough=1), [0, 1, 2, 3, 4], False, "1 message that passes"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "kept", "enough", "told"), WANTED)
def test_what_is_enough(wanted: Looking, kept: list[int], enough: bool, told: str) -> None:
    whole, pieces = gate_of(wanted), gate_of(wanted)
    assert whole is not None
    assert pieces is not None
    given = batch([TEXT] * 5, payloads=NUMBERED)
    assert whole.cut(given).rows == [given.rows[index] for index in kept]
    found = [row for row in given.rows for row in pieces.cut(Batch(AT, "in", [row], messages=1, uniform=True)).rows]
    assert found == [given.rows[index] for index in kept], "however they come"
    assert (whole.enough, pieces.enough) == (enough, enough)
    assert told in whole.unmet()
    assert bool(told) is bool(whole.unmet())
    assert not enough or whole.cut(given).rows == [], "and nothing more"


def test_nothing_is_ever_enough() -> None:
    assert gate_of(Looking()) is None
    assert gate_of(looking("a")) is None


def test_control_frames_count_where_they_are_asked_for() -> None:
    gate = gate_of(Looking(types=frozenset({PING}), enough=2))
    assert gate is not None
    assert [row[0] for row in gate.cut(batch([PING, PONG, TEXT, PING, PING, PONG, TEXT, CLOSE])).rows] == [
        PING, PONG, TEXT, PING, PONG, CLOSE,
    ]  # fmt: skip
    until = gate_of(looking(until=":type == 'pong'"))
    assert until is not None
    assert [row[0] for row in until.cut(batch([TEXT, PONG, TEXT, PING])).rows] == [TEXT, PONG, PING]
    assert until.done


def test_a_close_that_is_waited_for_is_as_wished() -> None:
    bodies = [b"x", (4001).to_bytes(2, "big")]
    bad = Closed("peer", True, 4001, "", 4001, "", Exit.CLOSED_BADLY)
    gate = gate_of(looking(until=":code == 4001", enough=5))
    assert gate is not None
    given = batch([TEXT, CLOSE], payloads=bodies)
    assert gate.cut(given) is given
    assert (gate.done, gate.enough) == (False, True), "there is nothing for us to close"
    assert gate.judged(bad).exit == Exit.OK
    other = gate_of(looking(until=":code == 4002"))
    assert other is not None
    assert other.cut(given) is given
    assert other.judged(bad) == bad, "the first cause wins"


def test_an_end_is_judged() -> None:
    gate = Gate(2)
    good = Closed("peer", True, 1000, "", 1000, "", Exit.OK)
    found = gate.judged(good)
    assert (found.exit, found.cause) == (Exit.UNMET, "2 messages were wanted, but 2 of them did not come")
    gate.cut(batch([TEXT, TEXT]))
    assert gate.judged(good) == good
