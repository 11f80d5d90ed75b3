"""What came, held against what was recorded: rows of messages and what becomes of them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.comparing import alignment
from wsinspect.comparing.alignment import Alignment, Item
from wsinspect.comparing.comparison import Comparison, Replies
from wsinspect.comparing.cues import Cue, Hear, Over, Part, Say, message_of
from wsinspect.comparing.facts import asked_facts, end_fact
from wsinspect.comparing.ignoring import ignored
from wsinspect.comparing.values import Values
from wsinspect.errors import InspectError
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    GAP,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Gap,
    Handshake,
    Moment,
    Violation,
    alone,
)

AT = Moment(1_795_000_000.0, 100.0)
SHAKEN = Handshake(AT, "ws://x/", "x:80", 101, 0.1, "chat", "", [("Host", "x")], [("Upgrade", "websocket")])
UUIDS = "0b8f4c9e-6d0e-4a52-9a3c-1f7d2e9b8a10", "7c1d2e3f-4a5b-4c6d-8e9f-a0b1c2d3e4f5"


def message(value: Any, way: Direction = "in", *, after: float = 0.0, days: float = 0.0) -> Any:
    """Return a message: bytes are binary, a text is text, all else is JSON."""
    type = BINARY if isinstance(value, bytes) else TEXT
    payload = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else _dumped(value)
    at = Moment(AT.wall + days * 86400 + after, AT.mono + after)
    return message_of(alone(at, way, (type, payload, 0)), type, payload, AT.mono)


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def compared(recorded: Sequence[Any], came: Sequence[Any], *ignore: str, guesses: bool = True) -> Comparison:
    comparison = Comparison(Values(), ignored(ignore), guesses=guesses)
    for value in recorded:
        comparison.expect(message(value))
    for value in came:
        comparison.came(message(value, days=3))
    comparison.settle()
    return comparison


def told(comparison: Comparison) -> list[tuple[Any, ...]]:
    return [(one.kind, one.recorded, one.came, one.lines) for one in comparison.differences]


A, B, C, D = ({"op": op, "n": 1} for op in "abcd")


@pytest.mark.parametrize(
    ("recorded", "came", "wanted"),
    [
        ([], [], []),
        ([A, B, C], [A, B, C], []),
        ([A], [{"n": 1.0, "op": "a"}], []),
        ([A], [{"op": "a", "n": True}], [("changed", 1, 1, ("- n: 1", "+ n: true"))]),
        ([A, B, C], [A, C], [("missing", 2, None, ())]),
        ([A, C], [A, B, C], [("more", None, 2, ())]),
        ([A, B, C], [A, B | {"n": 2}, C], [("changed", 2, 2, ("- n: 1", "+ n: 2"))]),
        ([A, B, C, D], [A, C, D, B], [("moved", 2, 4, ())]),
        ([A, B, C, D], [D, A, B, C], [("moved", 4, 1, ())]),
        ([A, B, A | {"n": 2}], [A | {"n": 2}, B, A], [("moved", 3, 1, ()), ("moved", 2, 2, ())]),
        ([A, B], [A, C], [("changed", 2, 2, ('- op: "b"', '+ op: "c"'))]),
        ([A], [], [("missing", 1, None, ())]),
        ([], [A], [("more", None, 1, ())]),
        (["hello"], ["hullo"], [("changed", 1, 1, None)]),
        ([b"\x01\x02"], [b"\x01\x02"], []),
        ([b"\x01\x02"], [b"\x01\x03\x04"], [("changed", 1, 1, None)]),
        (["x"], [b"x"], [("changed", 1, 1, ("- TEXT", "+ BINARY"))]),
        ([A, A, A], [A, A], [("missing", 3, None, ())]),
    ],
)
def test_order(recorded: list[Any], came: list[Any], wanted: list[tuple[Any, ...]]) -> None:
    found = told(compared(recorded, came))
    assert [one[:3] for one in found] == [one[:3] for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert other[3] is None or one[3] == other[3]


@pytest.mark.parametrize(
    ("recorded", "came", "masked"),
    [
        ({"id": UUIDS[0]}, {"id": UUIDS[1]}, [("id", "uuid")]),
        ({"ts": AT.wall}, {"ts": AT.wall + 3 * 86400}, [("ts", "time")]),
        ({"a": {"uptime": 3}}, {"a": {"uptime": 99}}, [("a.uptime", "number")]),
        ({"l": [{"id": UUIDS[0]}]}, {"l": [{"id": UUIDS[1]}]}, [("l[*].id", "uuid")]),
        ({"m": f"as {UUIDS[0]}"}, {"m": f"as {UUIDS[1]}"}, [("m", "a part of it")]),
        (f"you are {UUIDS[0]}", f"you are {UUIDS[1]}", [("text", "a part of it")]),
        ({"token": "***"}, {"token": "what it is"}, [("token", "string")]),
    ],
)
def test_what_is_volatile(recorded: Any, came: Any, masked: list[tuple[str, str]]) -> None:
    comparison = compared([recorded], [came])
    assert told(comparison) == []
    assert [(path, kind) for path, kind, _ in comparison.masked] == masked
    hidden = "***" in str(recorded)
    assert bool(told(compared([recorded], [came], guesses=False))) is not hidden


def test_a_time_must_be_a_time() -> None:
    (found,) = told(compared([{"ts": AT.wall}], [{"ts": "soon"}]))
    assert found[3] == ("- ts: 1795000000.0, or one like it", '+ ts: "soon"')


HEX, JWT = "a8f5f167f44f4964e6c998dee827110c", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"
SOON, EARLIER = "2026-11-18T10:00:00Z", "2026-11-19 10:00:00"


@pytest.mark.parametrize(
    ("recorded", "came", "same"),
    [
        # A time that is none of either session, or written in another way.
        ({"ts": int(AT.wall)}, {"ts": int(AT.wall) + 60}, True),
        ({"ts": int(AT.wall)}, {"ts": 0}, False),
        ({"ts": int(AT.wall)}, {"ts": int(AT.wall) * 1000}, False),
        ({"ts": str(int(AT.wall))}, {"ts": "1000000000"}, False),
        ({"at": SOON}, {"at": "2026-11-19T10:00:00Z"}, True),
        ({"at": SOON}, {"at": "1970-01-01T00:00:00Z"}, False),
        ({"at": SOON}, {"at": EARLIER}, False),
        # No such number, or that of nobody.
        ({"price": 101.25}, {"price": 99.5}, True),
        ({"price": 101.25}, {"price": -1}, False),
        ({"price": 101.25}, {"price": 0}, False),
        ({"price": 101.25}, {"price": 10125.0}, False),
        ({"online": 12}, {"online": -1}, False),
        ({"temperature": 2}, {"temperature": -3}, True),
        ({"id": 1234}, {"id": 5678}, True),
        ({"id": 1234}, {"id": 0}, False),
        # Nothing, in words.
        ({"sid": "a8Xk2p"}, {"sid": "b7Yl3q"}, True),
        ({"sid": "a8Xk2p"}, {"sid": ""}, False),
        ({"sid": "a8Xk2p"}, {"sid": "no such session"}, False),
        ({"token": JWT}, {"token": "undefined"}, False),
        ({"m": f"hello {HEX}"}, {"m": "hello undefined"}, False),
        (f"hello {HEX}", "hello null", False),
        ({"id": UUIDS[0]}, {"id": "00000000-0000-0000-0000-000000000000"}, False),
        ({"session": HEX}, {"session": HEX[::-1]}, True),
        ({"id": "u_vhbqyQbHSVgf"}, {"id": "u_R61pAPIW46Zt"}, True),
        ({"session": HEX}, {"session": "notfound"}, False),
        # What somebody chose, though it looks like an id.
        ({"isin": "US0378331005"}, {"isin": "US5949181045"}, False),
        ({"color": "ff00ff00"}, {"color": "00ff00ff"}, False),
    ],
)
def test_what_is_masked_is_like_what_was_recorded(recorded: Any, came: Any, same: bool) -> None:
    assert (told(compared([recorded], [came])) == []) is same


@pytest.mark.parametrize("begins", [1, 41])
def test_counters_go_on_by_one_wherever_they_begin(begins: int) -> None:
    row = [{"op": "tick", "seq": number} for number in range(1, 7)]
    numbers = [begins, begins + 1, begins + 2, begins + 3, begins + 90, begins + 91]
    found = told(compared(row, [{"op": "tick", "seq": number} for number in numbers]))
    assert [one[:2] for one in found] == [("changed", 5)]
    assert found[0][3] == (f"- seq: {begins + 4}", f"+ seq: {begins + 90}")


@pytest.mark.parametrize("repeats", [True, False])
def test_an_id_that_we_repeat_may_be_another(repeats: bool) -> None:
    """It looks like no id that is made; but where our side sends it back, it is one."""
    values = Values()
    comparison = Comparison(values)
    comparison.expect(message({"op": "joined", "id": "room-seven"}))
    if repeats:
        values.repeated(message({"op": "say", "id": "room-seven"}, "out"))
    comparison.came(message({"op": "joined", "id": "room-eight"}))
    comparison.settle()
    assert bool(comparison.differences) is not repeats
    assert comparison.masked == ((("id", "an id that came anew", 1),) if repeats else ())


def test_counters_may_begin_elsewhere() -> None:
    row = [{"op": "tick", "seq": number} for number in range(1, 6)]
    assert told(compared(row, [{"op": "tick", "seq": number} for number in range(41, 46)])) == []
    # Where they begin alike, it is seen which is missing.
    assert told(compared(row, row[:2] + row[3:])) == [("missing", 3, None, ())]


def test_hidden_text_is_masked_whatever_is_guessed() -> None:
    assert told(compared(["token ***!"], ["token abc!"], guesses=False)) == []
    assert told(compared(["token ***!"], ["token abc?"], guesses=False)) != []


@pytest.mark.parametrize("guesses", [True, False])
def test_where_much_is_hidden_a_difference_is_found_in_one_pass(guesses: bool) -> None:
    """With a pattern that tries every place, this takes longer than anybody waits."""
    recorded = "a***b***" * 20 + "!"
    assert told(compared([recorded], ["axbx" * 20 + "!"], guesses=guesses)) == []
    assert told(compared([recorded], ["a" + "axbx" * 2000 + "?"], guesses=guesses)) != []


@pytest.mark.parametrize(
    ("expression", "recorded", "came", "same"),
    [
        ("price", {"a": {"price": "x"}}, {"a": {"price": "y"}}, True),
        ("@.price", {"a": {"price": "x"}}, {"a": {"price": "y"}}, False),
        ("a.price", {"a": {"price": "x"}}, {"a": {}}, True),
        ("items[*].p", {"items": [{"p": "x"}, {"p": "y"}]}, {"items": [{"p": "z"}, {}]}, True),
        ("items[].p", {"items": [{"p": "x"}]}, {"items": [{"p": "z"}]}, True),
        ("items[0]", {"items": ["x", "y"]}, {"items": ["z", "y"]}, True),
        ("items[-1]", {"items": ["x", "y"]}, {"items": ["x", "z"]}, True),
        ("items[7]", {"items": ["x", "y"]}, {"items": ["x", "z"]}, False),
        ("items[1:]", {"items": ["x", "y"]}, {"items": ["x", "z"]}, True),
        ("items[:1].p", {"items": [{"p": "x"}, {"p": "y"}]}, {"items": [{"p": "z"}, {"p": "y"}]}, True),
        ("*.p", {"a": {"p": "x"}}, {"a": {"p": "y"}}, True),
        ("items[?k=='a'].p", {"items": [{"k": "a", "p": "x"}]}, {"items": [{"k": "a", "p": "y"}]}, True),
        ("items[?k=='b'].p", {"items": [{"k": "a", "p": "x"}]}, {"items": [{"k": "a", "p": "y"}]}, False),
        ("items[?abs(k)].p", {"items": [{"k": "a", "p": "x"}]}, {"items": [{"k": "a", "p": "y"}]}, False),
        ('"odd name"', {"odd name": "x"}, {"odd name": "y"}, True),
        ("op == 'tick'", {"op": "tick", "n": "x"}, {"op": "tick", "n": "y"}, True),
        ("op == 'tock'", {"op": "tick", "n": "x"}, {"op": "tick", "n": "y"}, False),
        (":type == 'text'", "one", "two", True),
        ("contains(:text, 'n')", "one", "none", True),
        ("a.price", "one", "two", False),
    ],
)
def test_ignore(expression: str, recorded: Any, came: Any, same: bool) -> None:
    assert (told(compared([recorded], [came], expression)) == []) is same


@pytest.mark.parametrize("expression", ["[a, b]", "{a: b}", "`1`", "a ="])
def test_what_cannot_be_ignored(expression: str) -> None:
    with pytest.raises(InspectError, match="--ignore"):
        ignored([expression])


def test_ignored_messages_are_counted_apart() -> None:
    comparison = compared([A, B], [A, B, B], "op == 'b'")
    assert (told(comparison), comparison.ignored, comparison.same) == ([], [1, 2], 1)


# Alignment.


def rows(text: str) -> list[Item]:
    return [Item(message(one), lambda said: said.payload, one.lower(), number) for number, one in enumerate(text, 1)]


def aligned(recorded: str, came: str, window: int = 1000, steps: Sequence[int] = ()) -> str:
    """Return the pairs, with ``-`` where there is none; ``steps`` says how many of which row come in turn."""
    found: list[str] = []

    def pair(one: Item | None, other: Item | None) -> None:
        found.append("".join(item.key.decode() if item else "-" for item in (one, other)))

    rows_of = Alignment(pair, window=window)
    ours, theirs = rows(recorded), rows(came)
    for step in [*steps, len(ours), -len(theirs)]:
        for _ in range(abs(step)):
            if step > 0 and ours:
                rows_of.expect(ours.pop(0))
            elif step < 0 and theirs:
                rows_of.came(theirs.pop(0))
    rows_of.settle()
    return " ".join(found)


@pytest.mark.parametrize(
    ("recorded", "came", "wanted"),
    [
        ("abc", "abc", "aa bb cc"),
        ("abc", "aBc", "aa bB cc"),
        ("abc", "ac", "aa b- cc"),
        ("abcd", "axBcd", "aa bB -x cc dd"),
        ("abc", "xyz", "ax by cz"),
        ("", "ab", "-a -b"),
    ],
)
def test_alignment(recorded: str, came: str, wanted: str) -> None:
    assert aligned(recorded, came) == wanted


@given(st.text("abAB", max_size=40), st.text("abAB", max_size=40), st.lists(st.integers(-9, 9)), st.integers(2, 90))
def test_nothing_is_lost_in_any_window(recorded: str, came: str, steps: list[int], window: int) -> None:
    pairs = aligned(recorded, came, window, steps).split()
    assert sorted(pair[0] for pair in pairs if pair[0] != "-") == sorted(recorded)
    assert sorted(pair[1] for pair in pairs if pair[1] != "-") == sorted(came)
    if recorded == came and window > len(recorded):
        assert all(pair[0] == pair[1] for pair in pairs)


def test_a_window_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[object] = []
    rows_of = Alignment(lambda one, other: found.append(one), window_bytes=10)
    for item in rows("x" * 30):
        rows_of.expect(item)
    assert rows_of.is_full or len(found) > 15
    assert rows_of.waiting <= 11
    assert alignment.WINDOW == 1000


# Values.


def test_values_that_are_made_anew() -> None:
    values = Values()
    values.expect(message({"op": "hi", "session": UUIDS[0], "n": 31415926}))
    later = message({"session": UUIDS[0], "n": 31415926, "say": f"as {UUIDS[0]}"}, "out")
    values.expect(message("welcome"))
    values.repeated(later)
    assert values.missing(later)
    assert values.lacks()
    values.came(message({"op": "hi", "more": 1, "session": UUIDS[1], "n": 27182818}))
    values.came(message("welcome"))
    assert not values.missing(later)
    assert not values.lacks()
    # n is no id by its name, and small for one; spaces stay as they were.
    wanted = json.dumps({"session": UUIDS[1], "n": 31415926, "say": f"as {UUIDS[1]}"})
    assert values.replaced(later) == wanted.encode()
    assert values.replaced(message(f"bye {UUIDS[0]} now", "out")) == f"bye {UUIDS[1]} now".encode()
    compact = message(json.dumps({"session": UUIDS[0]}, separators=(",", ":")), "out")
    assert values.replaced(compact) == json.dumps({"session": UUIDS[1]}, separators=(",", ":")).encode()
    untouched = message('{"a" :1}', "out")
    assert values.replaced(untouched) == b'{"a" :1}'


def test_what_came_early_is_learned_as_well() -> None:
    values = Values()
    values.came(message({"op": "hi", "id": UUIDS[1]}))
    values.expect(message({"op": "hi", "id": UUIDS[0]}))
    assert values.now(UUIDS[0]) == UUIDS[0]
    values.repeated(message({"id": UUIDS[0]}, "out"))
    assert values.now(UUIDS[0]) == UUIDS[1]
    assert values.now(True) is True


def test_what_we_said_first_stays() -> None:
    values = Values()
    asked = message({"id": UUIDS[0]}, "out")
    values.repeated(asked)
    values.expect(message({"op": "re", "id": UUIDS[0]}))
    values.came(message({"op": "re", "id": UUIDS[1]}))
    assert values.now(UUIDS[0]) == UUIDS[0]
    assert values.replaced(asked) == asked.payload
    assert values.is_ours(UUIDS[0])


def test_an_id_of_ours_is_compared_letter_by_letter() -> None:
    values = Values()
    values.repeated(message({"id": UUIDS[0]}, "out"))
    comparison = Comparison(values)
    comparison.expect(message({"id": UUIDS[0]}))
    comparison.came(message({"id": UUIDS[1]}))
    comparison.settle()
    assert [one.kind for one in comparison.differences] == ["changed"]


# Cues.


def batch(way: Direction, type: int, payload: Any, after: float = 0.0) -> Batch:
    return alone(Moment(AT.wall + after, AT.mono + after), way, (type, payload, 0))


def cues(own: Direction, *batches: Batch) -> tuple[list[Cue], Over, Part]:
    part = Part(own, SHAKEN)
    found = [cue for one in batches if not part.is_over for cue in part.cues(one)]
    return found, part.over(), part


def test_cues_of_the_client() -> None:
    found, over, part = cues(
        "out",
        batch("in", PING, b"beat", 0.1),
        batch("out", PONG, b"beat", 0.1),
        batch("out", PONG, b"unasked", 0.2),
        batch("in", TEXT, b"one", 1.0),
        batch("out", PING, b"mine", 2.0),
        batch("in", PONG, b"mine", 2.1),
        batch("out", TEXT, b"two", 2.5),
        batch("out", CLOSING, b"\x03\xe8bye", 3.0),
        batch("in", TEXT, b"late", 3.1),
        batch("in", CLOSE, b"\x03\xe8", 3.2),
    )
    said = [cue for cue in found if isinstance(cue, Say)]
    assert [(cue.message.type, cue.message.payload, cue.heard) for cue in said] == [
        (PONG, b"unasked", 0),
        (PING, b"mine", 1),
        (TEXT, b"two", 1),
    ]
    assert [cue.message.payload for cue in found if isinstance(cue, Hear)] == [b"one"]
    assert said[1].pause == pytest.approx(1.0)
    assert (over.body, over.heard, part.pings) == (b"\x03\xe8bye", 1, 1)
    assert over.closed == Closed("us", True, 1000, "", 1000, "", 0)


def test_cues_of_the_server() -> None:
    found, over, _ = cues(
        "in",
        batch("out", TEXT, b"ask", 0.5),
        batch("in", PING, b"beat", 0.6),
        batch("in", TEXT, b"answer", 1.0),
        batch("in", CLOSE, b"\x03\xf3gone", 2.0),
        batch("out", CLOSING, b"\x03\xf3", 2.0),
    )
    assert [(type(cue).__name__, cue.message.payload) for cue in found if not isinstance(cue, Over)] == [
        ("Hear", b"ask"),
        ("Say", b"beat"),
        ("Say", b"answer"),
    ]
    assert over.body == b"\x03\xf3gone"
    assert over.closed == Closed("peer", True, 1011, "gone", 1011, "", 0)


def test_ends_of_cues() -> None:
    lost = Closed("nobody", False, 1006, "", None, "", 7)
    assert cues("out", batch("in", CLOSED, lost, 1.0))[1].closed == lost
    assert cues("out", batch("in", TEXT, b"x"))[1].closed is None
    breach = Violation("opcode", "§", "a sentence", 0, b"", 1002)
    assert cues("out", batch("in", ERROR, breach))[2].violation == breach
    for row in (batch("in", GAP, Gap(1.0, 1, 1006)), batch("in", HANDSHAKE, SHAKEN)):
        found, _, part = cues("out", row, batch("in", TEXT, b"x"))
        assert (found, part.is_over) == ([], True)
    unanswered = cues("out", batch("out", CLOSING, b""))[1].closed
    assert unanswered == Closed("us", False, 1006, "", 1005, "", 0)


# Facts.


def test_handshakes() -> None:
    def facts(now: Handshake, then: Handshake = SHAKEN, **same: bool) -> list[tuple[str, str]]:
        made = asked_facts(then, now, **({"same_subprotocol": True, "same_extensions": True} | same))
        return [(one.recorded, one.came) for one in made if not one.same]

    assert facts(SHAKEN) == []
    other = SHAKEN._replace(subprotocol=None, extensions="x")
    assert facts(other) == [("chat", "no subprotocol"), ("no extensions", "x")]
    assert facts(other, same_subprotocol=False, same_extensions=False) == []
    # Not every form of a recording holds the answer.
    assert facts(other, SHAKEN._replace(response=[], subprotocol=None, status=0)) == []


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"code": 1012}, False),
        ({"reason": "database gone"}, False),
        ({"reason": "restart at 10:22:33"}, True),
        ({"by": "us"}, False),
        ({"clean": False}, False),
        ({"cause": "whatever", "exit": 0}, True),
    ],
)
def test_ends(changes: dict[str, Any], same: bool) -> None:
    recorded = Closed("peer", True, 1011, "restart at 09:00:00", 1011, "", 6)
    assert end_fact(recorded, recorded._replace(**changes), AT.wall).same is same


def test_replies() -> None:
    replies = Replies()
    replies.answered(1.0)
    assert replies.median is None
    for asked, answered in ((1.0, 1.5), (2.0, 2.1), (3.0, 3.3)):
        replies.asked(asked)
        replies.answered(answered)
        replies.answered(answered + 9)
    assert replies.median == pytest.approx(0.3)
