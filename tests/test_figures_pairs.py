"""Pairs of messages: whose key is what, which answers which, and what stays without a partner."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import HANDSHAKE
from wsinspect.events import BINARY, CLOSED, GAP, TEXT, Batch, Closed, Direction, Gap, Moment, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.figures import keys, pairs
from wsinspect.figures.keys import FIELDS, REPLY_FIELDS, Guess, key_of, told
from wsinspect.figures.pairs import Pair, Pairing, Stray
from wsinspect.filters.expression import expression

OUT: Direction = "out"
IN: Direction = "in"


def said(way: Direction, value: Any, at: float = 0.0, connection: int = 0) -> Batch:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    return alone(Moment(1000 + at, at), way, (TEXT, payload, len(payload) + 2), connection)


def opened(connection: int = 0, subprotocol: str | None = None, at: float = 0.0) -> Batch:
    return alone(Moment(1000 + at, at), IN, (BEGINS, HANDSHAKE._replace(subprotocol=subprotocol), 0), connection)


def matched(batches: Iterable[Batch], key: str | None = None) -> tuple[list[Pair], list[Stray]]:
    strays: list[Stray] = []
    pairing = Pairing(None if key is None else told(expression(key)), strays.append)
    found = [pair for batch in batches for pair in pairing.add(batch)]
    pairing.finish()
    return found, strays


def shown(batches: Iterable[Batch], key: str | None = None) -> list[tuple[Any, ...]]:
    """Pairs as (scheme, key, direction, number asked, number answered), strays as (fault, key, direction)."""
    found, strays = matched(batches, key)
    rows: list[tuple[Any, ...]] = [
        (pair.scheme, pair.key, pair.direction, pair.asked.number, pair.answered.number) for pair in found
    ]
    return rows + [(stray.fault, stray.key, stray.direction) for stray in strays]


CALL = {"jsonrpc": "2.0", "id": 1, "method": "add"}
DONE = {"jsonrpc": "2.0", "id": 1, "result": 3}
SUBSCRIBE = {"id": "a", "type": "subscribe", "payload": {"query": "{ n }", "operationName": "Numbers"}}
NEXT = {"id": "a", "type": "next", "payload": {}}
COMPLETE = {"id": "a", "type": "complete"}

ROWS: list[tuple[str, list[Batch], list[tuple[Any, ...]]]] = [
    ("nothing", [], []),
    ("no keys", [said(OUT, {"a": 1}), said(IN, b"text"), said(IN, b"[1"), said(IN, [])], []),
    ("JSON-RPC", [said(OUT, CALL), said(IN, DONE)], [("JSON-RPC", 1, OUT, 0, 1)]),
    ("the server calls", [said(IN, CALL), said(OUT, DONE)], [("JSON-RPC", 1, IN, 0, 1)]),
    (
        "both call with the same id",
        [said(OUT, CALL), said(IN, CALL), said(OUT, DONE), said(IN, DONE)],
        [("JSON-RPC", 1, IN, 1, 2), ("JSON-RPC", 1, OUT, 0, 3)],
    ),
    ("what has a method asks", [said(OUT, CALL), said(IN, {**CALL, "error": {}})], [
        ("no answer", 1, IN),
        ("no answer", 1, OUT),
    ]),
    ("JSON-RPC's error", [said(OUT, CALL), said(IN, {"jsonrpc": "2.0", "id": 1, "error": {}})], [
        ("JSON-RPC", 1, OUT, 0, 1)
    ]),
    ("notifications ask for nothing", [said(OUT, {"jsonrpc": "2.0", "method": "log"})], []),
    ("JSON-RPC that is neither", [said(OUT, {"jsonrpc": "2.0", "id": 1})], []),
    ("a batch", [said(OUT, [CALL, {**CALL, "id": 2}, 7]), said(IN, [{**DONE, "id": 2}, DONE])], [
        ("JSON-RPC", 2, OUT, 0, 1),
        ("JSON-RPC", 1, OUT, 0, 1),
    ]),
    ("asked again", [said(OUT, CALL), said(OUT, CALL), said(IN, DONE)], [
        ("JSON-RPC", 1, OUT, 0, 2),
        ("asked again", 1, OUT),
    ]),
    ("answered again", [said(OUT, CALL), said(IN, DONE), said(IN, DONE)], [
        ("JSON-RPC", 1, OUT, 0, 1),
        ("answered again", 1, IN),
    ]),
    ("asked anew", [said(OUT, CALL), said(IN, DONE), said(OUT, CALL), said(IN, DONE)], [
        ("JSON-RPC", 1, OUT, 0, 1),
        ("JSON-RPC", 1, OUT, 2, 3),
    ]),
    ("an answer to nothing", [said(IN, DONE)], [("no request", 1, IN)]),
    ("a request without answer", [said(OUT, CALL)], [("no answer", 1, OUT)]),
    ("a string is no number", [said(OUT, CALL), said(IN, {**DONE, "id": "1"})], [
        ("no request", '"1"', IN),
        ("no answer", 1, OUT),
    ]),
    ("GraphQL", [said(OUT, SUBSCRIBE), said(IN, NEXT), said(IN, NEXT), said(IN, COMPLETE)], [
        ("GraphQL", '"a"', OUT, 0, 1)
    ]),
    ("GraphQL, after the end", [said(OUT, SUBSCRIBE), said(IN, NEXT), said(IN, COMPLETE), said(IN, NEXT)], [
        ("GraphQL", '"a"', OUT, 0, 1),
        ("answered again", '"a"', IN),
    ]),
    ("GraphQL, ended at once", [said(OUT, SUBSCRIBE), said(IN, COMPLETE)], [("GraphQL", '"a"', OUT, 0, 1)]),
    ("GraphQL, the older", [said(OUT, {**SUBSCRIBE, "type": "start"}), said(IN, {**NEXT, "type": "data"})], [
        ("GraphQL", '"a"', OUT, 0, 1)
    ]),
    ("GraphQL, given up", [said(OUT, SUBSCRIBE), said(OUT, COMPLETE), said(IN, NEXT)], []),
    ("GraphQL, given up later", [said(OUT, SUBSCRIBE), said(IN, NEXT), said(OUT, COMPLETE), said(IN, NEXT)], [
        ("GraphQL", '"a"', OUT, 0, 1)
    ]),
    ("GraphQL by its subprotocol", [opened(subprotocol="graphql-ws"), said(IN, NEXT)], [("no request", '"a"', IN)]),
    ("as GraphQL, but none", [said(OUT, {"id": 1, "type": "get"}), said(IN, {"id": 1, "type": "data"})], [
        ("id", 1, OUT, 0, 1)
    ]),
    ("plain ids", [said(OUT, {"id": 1}), said(OUT, {"id": 2}), said(IN, {"id": 2}), said(IN, {"id": 1})], [
        ("id", 2, OUT, 1, 2),
        ("id", 1, OUT, 0, 3),
    ]),
    ("the more telling field", [said(OUT, {"id": "m1", "request_id": 7}), said(IN, {"id": "m2", "request_id": 7})], [
        ("request_id", 7, OUT, 0, 1)
    ]),
    ("reply_to", [said(OUT, {"id": 7}), said(IN, {"reply_to": 7, "id": 1})], [("id", 7, OUT, 0, 1)]),
    ("reply_to nothing", [said(OUT, {"id": 7, "reply_to": None}), said(IN, {"id": 7})], [("id", 7, OUT, 0, 1)]),
    ("null, true, and an empty id", [said(OUT, {"id": None}), said(OUT, {"id": True}), said(IN, {"id": ""})], [
        ("no partner", '""', IN)
    ]),
    ("each connection for itself", [
        said(OUT, CALL, connection=1), said(OUT, CALL, connection=2), said(IN, DONE, connection=2)
    ], [("JSON-RPC", 1, OUT, 1, 2), ("no answer", 1, OUT)]),
    ("a connection after the other", [opened(), said(OUT, CALL), opened(), said(IN, DONE)], [
        ("no answer", 1, OUT), ("no request", 1, IN)
    ]),
    ("a gap", [said(OUT, CALL), alone(Moment(1, 1), IN, (GAP, Gap(1.0, 1, 1006), 0)), said(IN, DONE)], [
        ("no answer", 1, OUT), ("no request", 1, IN)
    ]),
    ("its end", [said(OUT, CALL, connection=3), alone(
        Moment(1, 1), IN, (CLOSED, Closed("us", True, 1000, "", 1000, "", 0), 0), 3
    )], [("no answer", 1, OUT)]),
]  # fmt: skip


@pytest.mark.parametrize(("batches", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_pairs(batches: list[Batch], expected: list[tuple[Any, ...]]) -> None:
    assert shown(batches) == expected


def test_an_expression_tells_the_key() -> None:
    stream = [said(OUT, {"head": {"n": [1, 2]}}), said(IN, {"head": {"n": [1, 2]}}), said(IN, {"head": 1})]
    assert shown(stream, "head.n") == [("head.n", "[1, 2]", OUT, 0, 1)]
    (pair,), _ = matched([said(OUT, {"a": 1, "op": "buy"}), said(IN, {"a": 1})], "a")
    assert pair.name == "buy"
    assert shown([said(OUT, b"abc"), said(IN, b"abc")], ":text") == [(":text", '"abc"', OUT, 0, 1)]


def test_a_pair_tells_when_and_what() -> None:
    (pair,), _ = matched([opened(), said(OUT, CALL, 1.0), said(IN, b"other", 1.5), said(IN, DONE, 3.5)])
    assert pair.seconds == 2.5
    assert (pair.name, pair.asked.number, pair.answered.number, pair.asked.at.mono) == ("add", 1, 3, 1.0)
    (pair,), _ = matched([said(OUT, CALL, 5.0), said(IN, DONE, 4.0)])
    assert pair.seconds == 0.0, "a clock that went back"


def test_rows_of_one_batch_are_numbered() -> None:
    rows = [(TEXT, json.dumps({"id": number}).encode(), 9) for number in range(3)]
    out = Batch(Moment(1, 1), OUT, list(rows), messages=3, uniform=True)
    back = Batch(Moment(1, 1), IN, [*rows[::-1], (BINARY, b'{"id": 9}', 9)], messages=4, uniform=True)
    assert shown([out, back])[:3] == [("id", 2, OUT, 2, 3), ("id", 1, OUT, 1, 4), ("id", 0, OUT, 0, 5)]


def test_too_many_open_requests_are_let_go_the_oldest_first() -> None:
    pairing = Pairing(largest=3)
    for number in range(5):
        pairing.add(said(OUT, {"id": number}))
    assert pairing.let_go == {"in": 0, "out": 2}
    assert pairing.waiting(OUT) == 3
    assert [pair.key for pair in pairing.add(said(IN, {"id": 2}))] == [2]


def test_a_request_that_was_let_go_is_forgotten_whole() -> None:
    strays: list[Stray] = []
    pairing = Pairing(None, strays.append, largest=1)
    for batch in [said(OUT, CALL), said(IN, DONE), said(OUT, CALL), said(OUT, {**CALL, "id": 2}), said(IN, DONE)]:
        pairing.add(batch)
    assert [stray.fault for stray in strays] == ["no request"]


def test_answered_requests_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "LARGEST_ANSWERED", 1)
    calls = [said(way, {**message, "id": number}) for number in (1, 2) for way, message in ((OUT, CALL), (IN, DONE))]
    assert shown([*calls, said(IN, DONE)])[-1] == ("no request", 1, IN)


@pytest.mark.parametrize("field", [*FIELDS, *REPLY_FIELDS])
def test_each_field_is_hinted_at(field: str) -> None:
    assert list(Guess()(TEXT, OUT, json.dumps({field: 1}).encode(), 0))


@pytest.mark.parametrize(
    ("value", "key"),
    [(1, 1), (1.5, 1.5), ("1", '"1"'), (None, None), (False, None), ({"b": 1, "a": 2}, '{"a": 2, "b": 1}')],
)
def test_key_of(value: Any, key: Any) -> None:
    assert key_of(value) == key


def test_long_keys_are_short_and_still_apart() -> None:
    first, second = key_of("x" * 9000 + "1"), key_of("x" * 9000 + "2")
    assert first != second
    assert isinstance(first, str)
    assert len(first) < 100
    assert key_of("\ud800" * 100) is not None
    assert key_of(10**30) == str(10**30)
    assert key_of(10**5000) is None
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    assert key_of(deep) is None


def test_whitespace_before_json_is_no_matter() -> None:
    assert shown([said(OUT, b' \n{"id": 1}'), said(IN, b'x{"id": 1}'), said(IN, b'{"id": 1}')]) == [
        ("id", 1, OUT, 0, 2)
    ]


MESSAGES = st.lists(st.tuples(st.sampled_from([OUT, IN]), st.integers(0, 4), st.integers(1, 2)), max_size=60)


def naive(messages: list[tuple[Direction, int, int]]) -> list[tuple[int, int]]:
    """Every message looks back for the last request of the other side with its key that is still open."""
    state: dict[int, str] = {}
    found = []
    for number, (way, key, connection) in enumerate(messages):
        # A key of this side that was answered answers nothing more; a message of the other side is a second answer.
        before = [
            other
            for other in range(number)
            if messages[other][1:] == (key, connection) and messages[other][0] != way and state[other] == "open"
        ]
        mine = [
            other
            for other in range(number)
            if messages[other][1:] == (key, connection) and messages[other][0] == way and state[other] == "open"
        ]
        theirs = [
            other
            for other in range(number)
            if messages[other][1:] == (key, connection) and messages[other][0] != way and state[other] == "answered"
        ]
        if before:
            state[before[-1]], state[number] = "answered", "answer"
            found.append((before[-1], number))
        elif theirs:
            state[number] = "again"
        elif mine:
            state[number] = "doubled"
        else:
            for other in range(number):
                if messages[other][1:] == (key, connection) and messages[other][0] == way:
                    state[other] = "old" if state[other] == "answered" else state[other]
            state[number] = "open"
    return found


@given(MESSAGES)
def test_pairs_are_those_of_a_naive_search(messages: list[tuple[Direction, int, int]]) -> None:
    batches = [said(way, {"id": key}, connection=connection) for way, key, connection in messages]
    found, strays = matched(batches)
    assert [(pair.asked.number, pair.answered.number) for pair in found] == naive(messages)
    assert 2 * len(found) + len(strays) == len(messages), "each message is in a pair, or told"


@given(
    st.lists(
        st.tuples(st.sampled_from([OUT, IN]), st.one_of(st.binary(max_size=40), st.text(max_size=40))), max_size=20
    )
)
def test_whatever_stands_there(messages: list[tuple[Direction, bytes | str]]) -> None:
    matched([said(way, {"id": value} if isinstance(value, str) else value) for way, value in messages])


def test_batches_of_calls_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "BATCHED", 2)
    assert len(shown([said(OUT, [{**CALL, "id": number} for number in range(5)])])) == 2
