"""The machine of checks: scripts of what happens, with what must be ordered between, and the verdict at the end."""

import tracemalloc
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.check_scripts import BEGAN, Player, checked, expect, handshake, played, send, wanted
from wsinspect.checks.judging.cursors import MOST_HELD
from wsinspect.checks.judging.machine import Machine
from wsinspect.checks.plan import (
    Check,
    Close,
    Expect,
    ExpectClose,
    HandshakeWish,
    Reject,
    Send,
    Step,
    Wait,
)
from wsinspect.checks.result import Outcome, RunResult
from wsinspect.errors import Exit, InspectError
from wsinspect.events import FRAME, GAP, PING, PONG, TEXT, Batch, Frame, Gap, Moment

PINGS, PONGS, TEXTS = frozenset({PING}), frozenset({PONG}), frozenset({TEXT})
HELLO, BYE = expect("op == 'hello'"), expect("op == 'bye'")
IS_HELLO = '<- TEXT {"op": "hello"}'
IS_BYE = '<- TEXT {"op": "bye"}'
POLITE = """
    9 -> CLOSE 1000
    9 <- CLOSE 1000
    9 gone
"""


def save(name: str, value: str, where: str = "op == 'made'", **rest: Any) -> Expect:
    return expect(where, save={name: value}, **rest)


# The name of a case, its check, and what happens; of each it is in order.
PASSED: list[tuple[str, Check, str]] = [
    ("no steps", checked(), "0 opened" + POLITE),
    ("send and expect", checked(send("ping"), HELLO), f"0 opened\n 0 -> TEXT ping\n 1 {IS_HELLO}" + POLITE),
    ("others are skipped", checked(HELLO, BYE), f"0 opened\n 1 {IS_BYE}\n 1 {IS_HELLO}\n 2 {IS_BYE}" + POLITE),
    (
        "an answer that overtakes",
        checked(send("a"), HELLO, send("b"), BYE),
        f"0 opened\n 0 -> TEXT a\n 0 {IS_HELLO}\n 0 {IS_BYE}\n 0 -> TEXT b" + POLITE,
    ),
    ("what came before a wait", checked(Wait(2), HELLO), f"0 opened\n 1 {IS_HELLO}\n 2 tick" + POLITE),
    ("in the last moment", checked(HELLO), f"0 opened\n 5 {IS_HELLO}" + POLITE),
    (
        "count",
        checked(expect("n > 1", count=2)),
        '0 opened\n 1 <- TEXT {"n": 2}\n 1 <- TEXT 0\n 2 <- TEXT {"n": 3}' + POLITE,
    ),
    (
        "one after the other",
        checked(Expect((wanted("n == `1`"), wanted("n == `2`")))),
        '0 opened\n 1 <- TEXT {"n": 2}\n 1 <- TEXT {"n": 1}\n 2 <- TEXT {"n": 2}' + POLITE,
    ),
    (
        "in any order",
        checked(Expect((wanted("n == `1`"), wanted("n == `2`")), any_order=True)),
        '0 opened\n 1 <- TEXT {"n": 2}\n 2 <- TEXT {"n": 1}' + POLITE,
    ),
    (
        "in any order, where the first must give way",
        checked(Expect((wanted(contains="a"), wanted(contains=["a", "b"])), any_order=True), strict=True),
        "0 opened\n 1 <- TEXT ab\n 2 <- TEXT a" + POLITE,
    ),
    (
        "in any order, of several types",
        checked(Expect((wanted(text="a"), wanted(types=PINGS), wanted(text="b")), any_order=True)),
        "0 opened\n 1 <- TEXT b\n 2 <- PING\n 2 <- TEXT a" + POLITE,
    ),
    (
        "pings have a place of their own",
        checked(expect(text="b"), expect(types=PINGS)),
        "0 opened\n 1 <- PING x\n 1 <- TEXT b" + POLITE,
    ),
    (
        "a pong behind a ping",
        checked(Send({"ping": "beat"}), expect(types=PINGS), expect(types=PONGS, text="beat")),
        "0 opened\n 0 -> PING beat\n 1 <- PONG beat\n 2 <- PING" + POLITE,
    ),
    ("of one type", checked(expect(types=TEXTS, contains="a")), "0 opened\n 1 <- BINARY 61\n 2 <- TEXT a" + POLITE),
    (
        "what can be sent",
        checked(
            Send({"json": {"a": [1, None, "é"]}}),
            Send({"binary": "hex:00ff"}),
            Send({"binary": "0a 0b"}),
            Send({"payload": b"x", "type": "text"}),
            Send({"payload": b"\xff", "type": "binary"}),
            Send({"text": "${WHO} $${x}"}),
            variables={"WHO": "me"},
        ),
        '0 opened\n 0 -> TEXT {"a":[1,null,"é"]}\n 0 -> BINARY 00ff\n 0 -> BINARY 0a0b\n 0 -> TEXT x\n 0 -> BINARY ff'
        "\n 0 -> TEXT me ${x}" + POLITE,
    ),
    (
        "what is saved",
        checked(save("ID", "data.id"), Send({"json": {"id": "${ID}", "of": "n${ID}"}}), expect("id == ${ID}")),
        '0 opened\n 1 <- TEXT {"op": "made", "data": {"id": 7}}\n 1 -> TEXT {"id":7,"of":"n7"}\n 2 <- TEXT {"id": 6}'
        '\n 2 <- TEXT {"id": 7}' + POLITE,
    ),
    (
        "of a count the last is saved",
        checked(save("ID", "id", count=2), send("${ID}")),
        '0 opened\n 1 <- TEXT {"op": "made", "id": 1}\n 1 <- TEXT {"op": "made", "id": 2}\n 1 -> TEXT 2' + POLITE,
    ),
    (
        "saved within a step",
        checked(Expect((wanted("op == 'made'", save={"ID": "id"}), wanted("id == ${ID} && !op")))),
        '0 opened\n 1 <- TEXT {"op": "made", "id": 1}\n 1 <- TEXT {"id": 2}\n 1 <- TEXT {"id": 1}' + POLITE,
    ),
    (
        "messages wait for what an earlier step saves",
        checked(Wait(1), save("ID", "id"), expect("id == ${ID} && !op")),
        '0 opened\n 0 <- TEXT {"op": "made", "id": 1}\n 0 <- TEXT {"id": 2}\n 0 <- TEXT {"id": 1}\n 1 tick' + POLITE,
    ),
    (
        "what a later step saves does not count before it",
        checked(save("ID", "id"), Wait(1), send("${ID}"), save("ID", "id")),
        '0 opened\n 0 <- TEXT {"op": "made", "id": 1}\n 0 <- TEXT {"op": "made", "id": 2}\n 1 tick\n 1 -> TEXT 1'
        + POLITE,
    ),
    ("nothing is rejected", checked(Reject(wanted(contains="error")), HELLO), f"0 opened\n 1 {IS_HELLO}" + POLITE),
    (
        "rejected for a time that is over",
        checked(Reject(wanted(contains="error"), 2), HELLO),
        f"0 opened\n 1 <- TEXT a\n 2 <- TEXT error\n 3 {IS_HELLO}" + POLITE,
    ),
    (
        "rejected from a step on",
        checked(HELLO, Reject(wanted(contains="x"))),
        f"0 opened\n 1 <- TEXT x\n 1 {IS_HELLO}" + POLITE,
    ),
    (
        "strict",
        checked(HELLO, expect(count=2), strict=True),
        f"0 opened\n 1 {IS_HELLO}\n 1 <- TEXT 1\n 1 <- TEXT 2\n 1 <- PING" + POLITE,
    ),
    (
        "a type is rejected",
        checked(Reject(wanted(types=TEXTS)), expect()),
        "0 opened\n 1 <- BINARY 00" + POLITE,
    ),
    (
        "we close",
        checked(Close(4000, "done"), ExpectClose(frozenset({4000}))),
        "0 opened\n 0 -> CLOSE 4000 done\n 1 <- CLOSE 4000\n 1 gone",
    ),
    ("we close without a code", checked(Close(None)), "0 opened\n 0 -> CLOSE\n 1 <- CLOSE\n 1 gone"),
    (
        "we close what is closed",
        checked(HELLO, Close()),
        f"0 opened\n 1 {IS_HELLO}\n 1 -! CLOSE 1000\n 1 <- CLOSE 1001\n 1 gone",
    ),
    (
        "messages behind our close",
        checked(Close(), HELLO, ExpectClose()),
        f"0 opened\n 0 -> CLOSE 1000\n 1 {IS_HELLO}\n 1 <- CLOSE 1000\n 1 gone",
    ),
    (
        "the server closes",
        checked(ExpectClose(frozenset({1000, 4001}), "by+e", by="peer")),
        "0 opened\n 1 <- CLOSE 4001 goodbye\n 1 gone",
    ),
    ("the server's end takes a while", checked(ExpectClose()), "0 opened\n 4 <- CLOSE 1000\n 5 tick\n 6 tick\n 7 gone"),
    ("any end", checked(ExpectClose()), "0 opened\n 1 lost reset"),
    ("a lost connection is expected", checked(ExpectClose(frozenset({1006}), clean=False)), "0 opened\n 1 lost reset"),
    (
        "a bad end is expected later",
        checked(Wait(9), ExpectClose(frozenset({1011}))),
        "0 opened\n 1 <- CLOSE 1011\n 1 gone",
    ),
    ("a good end in a wait", checked(Wait(9)), "0 opened\n 1 <- CLOSE 1001\n 1 gone"),
    (
        "a good end while something is rejected",
        checked(Reject(wanted(contains="x"), 9)),
        "0 opened\n 1 <- CLOSE\n 1 gone",
    ),
    ("another good answer to our close", checked(), "0 opened\n 0 -> CLOSE 1000\n 1 <- CLOSE 1001\n 1 gone"),
    ("no answer to our close", checked(), "0 opened\n 0 -> CLOSE 1000\n 2 gone"),
    ("no end after our close", checked(), "0 opened\n 0 -> CLOSE 1000\n 4 tick\n 5 tick"),
    (
        "violations are allowed",
        checked(HELLO, allow_violations=True),
        f"0 opened\n 0 {IS_HELLO}\n 0 -! CLOSE 1000\n 1 <- ERROR rsv\n 1 gone",
    ),
    (
        "refused as wished",
        checked(wish=HandshakeWish(frozenset({401, 403}), body="expired")),
        "0 refused 401 token expired",
    ),
    (
        "two connections",
        checked(("a", send("x")), ("b", HELLO), ("a", BYE), on=("a", "b")),
        f"a 0 opened\n a 0 {IS_BYE}\n b 1 opened\n a 1 -> TEXT x\n b 2 {IS_HELLO}\n a 2 -> CLOSE 1000"
        "\n b 2 -> CLOSE 1000\n a 3 <- CLOSE 1000\n b 3 <- CLOSE 1000\n b 3 gone\n a 3 gone",
    ),
    (
        "one is saved, the other sends it",
        checked(("a", save("ID", "id")), ("b", send("${ID}")), on=("a", "b")),
        'a 0 opened\n b 0 opened\n a 1 <- TEXT {"op": "made", "id": "7"}\n b 1 -> TEXT 7\n a 1 -> CLOSE 1000'
        "\n b 1 -> CLOSE 1000\n a 1 gone\n b 1 gone",
    ),
    (
        "one is seen up to later than the other",
        checked(("a", expect(text="x")), on=("a", "b")),
        "a 0 opened\n b 0 opened\n b 6 <- TEXT y\n a 5 <- TEXT x\n a 6 -> CLOSE 1000\n b 6 -> CLOSE 1000"
        "\n a 6 gone\n b 6 gone",
    ),
    (
        "one is refused, as is wished",
        Check("it", (checked(on=("a",)).links[0], checked(on=("b",), wish=HandshakeWish(frozenset({403}))).links[0])),
        "b 0 refused 403\n a 1 opened\n a 1 -> CLOSE 1000\n a 1 <- CLOSE 1000\n a 1 gone",
    ),
]


@pytest.mark.parametrize(("check", "script"), [row[1:] for row in PASSED], ids=[row[0] for row in PASSED])
@pytest.mark.parametrize("together", [False, True])
def test_passed(check: Check, script: str, together: bool) -> None:
    result = played(check, script, together=together)
    assert result.fault is None
    assert [step.number for step in result.steps] == [step.number for step in check.steps]
    assert {step.outcome for step in result.steps} <= {Outcome.PASSED}


UNMET, USAGE, BADLY, LOST, BROKE, LATE = (
    Exit.UNMET,
    Exit.USAGE,
    Exit.CLOSED_BADLY,
    Exit.LOST,
    Exit.VIOLATION,
    Exit.TIMEOUT,
)

# The same, with the exit code, the step to blame, and the sentence.
FAILED: list[tuple[str, Check, str, Exit, int | None, str]] = [
    (
        "a bad close that crosses ours, or answers it",
        checked(),
        "0 opened\n 0 -> CLOSE 1000\n 1 <- CLOSE 1011\n 1 gone",
        Exit.CLOSED_BADLY,
        None,
        "1011 INTERNAL_ERROR",
    ),
    (
        "nothing came",
        checked(HELLO),
        "0 opened\n 5 tick",
        UNMET,
        1,
        "no message matched `op == 'hello'` within 5 s (nothing came)",
    ),
    (
        "others came",
        checked(HELLO),
        "0 opened\n 1 <- TEXT a\n 1 <- TEXT b\n 5 tick",
        UNMET,
        1,
        "no message matched `op == 'hello'` within 5 s (2 others came)",
    ),
    (
        "too late",
        checked(HELLO),
        f"0 opened\n 5.1 {IS_HELLO}",
        UNMET,
        1,
        "no message matched `op == 'hello'` within 5 s (nothing came)",
    ),
    (
        "too few",
        checked(expect(count=3, within=0.5)),
        "0 opened\n 0.1 <- TEXT a\n 0.5 tick",
        UNMET,
        1,
        "only 1 of 3 messages came within 500 ms",
    ),
    (
        "no ping",
        checked(expect(types=PINGS)),
        "0 opened\n 1 <- TEXT a\n 5 tick",
        UNMET,
        1,
        "no ping came within 5 s (nothing came)",
    ),
    (
        "behind the one before",
        checked(BYE, HELLO),
        f"0 opened\n 1 {IS_HELLO}\n 1 {IS_BYE}\n 6 tick",
        UNMET,
        2,
        "no message matched `op == 'hello'`",
    ),
    (
        "the second of two",
        checked(Expect((wanted(text="a"), wanted(text="b", within=1)))),
        "0 opened\n 1 tick",
        UNMET,
        1,
        "within 1 s (nothing came)",
    ),
    (
        "one of any order",
        checked(Expect((wanted(text="a"), wanted(text="b")), any_order=True)),
        "0 opened\n 1 <- TEXT b\n 5 tick",
        UNMET,
        1,
        'no message matched `text "a"` within 5 s (1 other came)',
    ),
    (
        "time of the check",
        checked(HELLO, timeout_s=2),
        "0 opened\n 2 tick",
        UNMET,
        1,
        "no message matched `op == 'hello'` before the 2 s of the check were over (nothing came)",
    ),
    (
        "time of the check, for a close",
        checked(ExpectClose(), timeout_s=2),
        "0 opened\n 2 tick",
        UNMET,
        1,
        "the connection did not end in the 2 s of the check",
    ),
    (
        "time of the check, in a wait",
        checked(Wait(9), timeout_s=2),
        "0 opened\n 2 tick",
        LATE,
        1,
        "the check was not done in its 2 s",
    ),
    (
        "time of the check, in the opening",
        checked(timeout_s=2),
        "2 tick",
        LATE,
        0,
        "the handshake was not done in the 2 s of the check",
    ),
    (
        "time of the check, behind a wait",
        checked(Wait(1), HELLO, timeout_s=2),
        "0 opened\n 3 tick",
        UNMET,
        2,
        "before the 2 s of",
    ),
    (
        "closed while it is waited for",
        checked(HELLO),
        "0 opened\n 1 <- TEXT a\n 1 <- CLOSE 1011 boom\n 1 gone",
        UNMET,
        1,
        "the server closed with 1011 INTERNAL_ERROR \"boom\" while a message matching `op == 'hello'` was waited for "
        "(1 other came)",
    ),
    (
        "closed well while it is waited for",
        checked(expect(count=2)),
        "0 opened\n 1 <- CLOSE\n 1 gone",
        UNMET,
        1,
        "the server closed without a code (1005) while 2 messages were waited for (0 came)",
    ),
    (
        "closed before it",
        checked(Wait(2), HELLO),
        "0 opened\n 1 <- CLOSE 1000\n 1 gone",
        UNMET,
        2,
        "the server closed with 1000 OK before a message matching `op == 'hello'` came (nothing came)",
    ),
    (
        "lost while it is waited for",
        checked(HELLO),
        "0 opened\n 1 lost the connection was reset",
        UNMET,
        1,
        "the connection was lost: the connection was reset while a message",
    ),
    (
        "its end takes longer than it is waited for",
        checked(HELLO),
        "0 opened\n 4 <- CLOSE 1001\n 5 tick",
        UNMET,
        1,
        "the server closed with 1001 GOING_AWAY while",
    ),
    (
        "closed by us before it",
        checked(Close(), HELLO),
        "0 opened\n 0 -> CLOSE 1000\n 1 <- CLOSE 1000\n 1 gone",
        UNMET,
        2,
        "we had closed the connection while",
    ),
    (
        "sent after our close",
        checked(Close(), send("a")),
        "0 opened\n 0 -> CLOSE 1000",
        UNMET,
        2,
        "we had closed the connection before this could be sent",
    ),
    (
        "sent after the server's close",
        checked(Wait(9), send("a")),
        "0 opened\n 1 <- CLOSE 1000\n 1 gone",
        UNMET,
        2,
        "the server closed with 1000 OK before this could be sent",
    ),
    (
        "sent, and never left",
        checked(HELLO, send("a")),
        f"0 opened\n 1 {IS_HELLO}\n 1 -! TEXT a\n 1 <- CLOSE 1000\n 1 gone",
        UNMET,
        2,
        "the server closed with 1000 OK before this was sent",
    ),
    (
        "closed badly",
        checked(Wait(9)),
        "0 opened\n 1 <- CLOSE 4321 why\n 1 gone",
        BADLY,
        None,
        'the server closed with 4321 "why"',
    ),
    (
        "closed badly at the end",
        checked(HELLO),
        f"0 opened\n 1 {IS_HELLO}\n 1 -! CLOSE 1000\n 1 <- CLOSE 1011\n 1 gone",
        BADLY,
        None,
        "1011",
    ),
    ("lost", checked(Wait(9)), "0 opened\n 1 lost reset", LOST, None, "the connection was lost: reset"),
    (
        "another close",
        checked(ExpectClose(frozenset({1000}))),
        "0 opened\n 1 <- CLOSE 1011 boom\n 1 gone",
        UNMET,
        1,
        'the server closed with 1011 INTERNAL_ERROR "boom", where close 1000 OK was expected',
    ),
    (
        "another reason",
        checked(ExpectClose(reason="^ok$")),
        "0 opened\n 1 <- CLOSE 1000 oh\n 1 gone",
        UNMET,
        1,
        "where a close with reason /^ok$/ was",
    ),
    (
        "not clean",
        checked(ExpectClose(clean=True)),
        "0 opened\n 1 lost reset",
        UNMET,
        1,
        "the connection was lost: reset, where a clean close was",
    ),
    (
        "by the other",
        checked(Close(), ExpectClose(by="peer")),
        "0 opened\n 0 -> CLOSE 1000\n 1 <- CLOSE 1000\n 1 gone",
        UNMET,
        2,
        "we had closed the connection, and the server answered with 1000 OK, where a close by the server was expected",
    ),
    (
        "not closed",
        checked(ExpectClose(within_s=2)),
        "0 opened\n 2 tick",
        UNMET,
        1,
        "the connection did not end within 2 s",
    ),
    (
        "rejected",
        checked(Reject(wanted(contains="no")), HELLO),
        "0 opened\n 1 <- TEXT no",
        UNMET,
        1,
        'a message came that matches `contains "no"`, which must not be',
    ),
    (
        "rejected for a time",
        checked(Reject(wanted(contains="no"), 2)),
        "0 opened\n 1.9 <- TEXT no",
        UNMET,
        1,
        'a message came that matches `contains "no"`, which must not be',
    ),
    (
        "rejected for a time, and looked at behind a later message of another connection",
        checked(("a", Reject(wanted(contains="no"), 2)), ("b", HELLO), on=("a", "b")),
        f"a 0 opened\n b 0 opened\n b 3 {IS_HELLO}\n a 1.9 <- TEXT no",
        UNMET,
        1,
        'a message came that matches `contains "no"`, which must not be',
    ),
    (
        "rejected for a time, and looked at behind its end",
        checked(Reject(wanted(contains="no"), 2), HELLO),
        "0 opened\n 3 tick\n 1.9 <- TEXT no",
        UNMET,
        1,
        'a message came that matches `contains "no"`, which must not be',
    ),
    (
        "rejected while we close",
        checked(Reject(wanted(contains="no"))),
        "0 opened\n 0 -> CLOSE 1000\n 1 <- TEXT no",
        UNMET,
        1,
        "came",
    ),
    (
        "rejected, though expected",
        checked(Reject(wanted(contains="o")), HELLO),
        f"0 opened\n 1 {IS_HELLO}",
        UNMET,
        1,
        "came",
    ),
    (
        "a rejected ping",
        checked(Reject(wanted(types=PINGS), 2)),
        "0 opened\n 1 <- PING",
        UNMET,
        1,
        "came",
    ),
    (
        "strict",
        checked(HELLO, strict=True),
        "0 opened\n 1 <- TEXT a",
        UNMET,
        1,
        "a text message came that no step asks for, and the check is strict",
    ),
    (
        "strict behind the last",
        checked(HELLO, strict=True),
        f"0 opened\n 1 {IS_HELLO}\n 1 -> CLOSE 1000\n 1 <- BINARY 00",
        UNMET,
        None,
        "a binary message came",
    ),
    (
        "strict within a count",
        checked(expect("n", count=2), strict=True),
        '0 opened\n 1 <- TEXT {"n": 1}\n 1 <- TEXT 2',
        UNMET,
        1,
        "a text message came",
    ),
    (
        "a violation",
        checked(HELLO),
        f"0 opened\n 1 <- ERROR rsv\n 1 {IS_HELLO}",
        BROKE,
        1,
        "the server broke the protocol: a breach of rsv (RFC 6455 §5.2)",
    ),
    (
        "a violation while we close",
        checked(),
        "0 opened\n 0 -> CLOSE 1000\n 1 <- ERROR after-close",
        BROKE,
        None,
        "the server broke the protocol",
    ),
    (
        "a violation that is allowed",
        checked(HELLO, allow_violations=True),
        "0 opened\n 1 <- ERROR rsv\n 1 gone",
        UNMET,
        1,
        "we closed the connection: a breach of rsv",
    ),
    (
        "a message too big",
        checked(HELLO, allow_violations=True),
        "0 opened\n 1 <- ERROR too-big",
        Exit.TOO_BIG,
        1,
        "a breach of too-big",
    ),
    ("a limit of ours", checked(HELLO), "0 opened\n 1 limit", LATE, 1, "no pong came in 5 s"),
    (
        "nothing to save",
        checked(save("ID", "data.id")),
        '0 opened\n 1 <- TEXT {"op": "made"}',
        UNMET,
        1,
        "`data.id` gives nothing to save as ID",
    ),
    (
        "a saved value that cannot be sent",
        checked(save("ID", "id"), Send({"binary": "${ID}"})),
        '0 opened\n 1 <- TEXT {"op": "made", "id": "xy"}',
        USAGE,
        2,
        "character 1 is not a hex digit",
    ),
    (
        "a mistake in an expectation",
        checked(Wait(1), expect("${ID} ==", within=2), variables={"ID": 7}),
        "0 opened\n 1 <- TEXT 1",
        USAGE,
        2,
        "`where`: ",
    ),
    (
        "too much to be sent as a ping",
        checked(Send({"ping": "x" * 126})),
        "0 opened",
        USAGE,
        1,
        "126 bytes do not fit into a ping",
    ),
    (
        "refused",
        checked(HELLO),
        "0 refused 403 go away",
        Exit.REFUSED,
        0,
        "the server answered 403 No instead of opening the WebSocket",
    ),
    (
        "refused otherwise",
        checked(wish=HandshakeWish(frozenset({401}))),
        "0 refused 404",
        UNMET,
        0,
        "the server answered 404 No, where 401 was expected",
    ),
    (
        "opened, not refused",
        checked(wish=HandshakeWish(frozenset({401, 403}))),
        "0 opened",
        UNMET,
        0,
        "the server opened the connection, where 401 or 403 was expected",
    ),
    (
        "another body",
        checked(wish=HandshakeWish(frozenset({401}), body="x")),
        "0 refused 401 y",
        UNMET,
        0,
        "body of the handshake: y",
    ),
    (
        "another subprotocol",
        checked(wish=HandshakeWish(subprotocol="b")),
        "0 opened a",
        UNMET,
        0,
        "subprotocol of the handshake: a, where b was expected",
    ),
    ("a subprotocol", checked(wish=HandshakeWish(subprotocol="")), "0 opened a", UNMET, 0, "where none was expected"),
    (
        "other extensions",
        checked(wish=HandshakeWish(extensions=("permessage-deflate",))),
        "0 opened",
        UNMET,
        0,
        "extensions of the handshake: none, where permessage-deflate",
    ),
    (
        "another header",
        checked(wish=HandshakeWish(headers={"server": "caddy"})),
        "0 opened",
        UNMET,
        0,
        "header server of the handshake: nginx, where /caddy/",
    ),
    (
        "no header",
        checked(wish=HandshakeWish(headers={"X-A": "."})),
        "0 opened",
        UNMET,
        0,
        "header X-A of the handshake: absent",
    ),
    (
        "a header",
        checked(wish=HandshakeWish(headers={"Server": None})),
        "0 opened",
        UNMET,
        0,
        "where absent was expected",
    ),
    (
        "a slow handshake",
        checked(wish=HandshakeWish(within_s=0.2)),
        "0 opened",
        UNMET,
        0,
        "time of the handshake: 250 ms, where at most 200 ms",
    ),
    (
        "a handshake without end",
        checked(wish=HandshakeWish(within_s=2)),
        "2 tick",
        UNMET,
        0,
        "the handshake was not done within 2 s",
    ),
    (
        "in any order, more than are wanted",
        checked(Expect((wanted(text="a"), wanted(text="b")), any_order=True), strict=True),
        "0 opened\n 1 <- TEXT a\n 2 <- TEXT a",
        UNMET,
        1,
        "a text message came that no step asks for",
    ),
    ("too late for a close", checked(HELLO), "0 opened\n 6 <- CLOSE 1011", UNMET, 1, "within 5 s (nothing came)"),
    (
        "a file that is no text",
        checked(Send({"payload": b"a\xff", "type": "text"})),
        "0 opened",
        USAGE,
        1,
        "byte 2 of the file is not UTF-8",
    ),
    (
        "a mistake that a saved value makes, while messages wait",
        checked(Wait(1), save("ID", "id"), expect("[?${ID}")),
        '0 opened\n 0 <- TEXT {"op": "made", "id": 1}\n 0 <- TEXT x\n 1 tick',
        USAGE,
        3,
        "`where`",
    ),
    (
        "a server that does not read",
        checked(send("a"), timeout_s=20),
        "0 opened\n 0 -! TEXT a\n 6 tick\n 20 tick",
        LATE,
        None,
        "not all could be sent in the 20 s of the check",
    ),
    (
        "a bad end in the background",
        checked(("a", HELLO), on=("a", "b")),
        "a 0 opened\n b 0 opened\n b 1 <- CLOSE 1011\n b 1 gone",
        BADLY,
        None,
        "the server closed with 1011 INTERNAL_ERROR",
    ),
    (
        "strict on the other",
        checked(("a", HELLO), on=("a", "b"), strict=True),
        "a 0 opened\n b 0 opened\n b 1 <- TEXT a",
        UNMET,
        1,
        "a text message came that no step asks for",
    ),
]


@pytest.mark.parametrize(
    ("check", "script", "exit", "step", "sentence"), [row[1:] for row in FAILED], ids=[row[0] for row in FAILED]
)
@pytest.mark.parametrize("together", [False, True])
def test_failed(check: Check, script: str, exit: Exit, step: int | None, sentence: str, together: bool) -> None:
    result = played(check, script, together=together)
    fault = result.fault
    assert fault is not None
    assert (fault.exit, fault.step) == (exit, step), fault.sentence
    assert sentence in fault.sentence
    assert len(result.steps) == len(check.steps)
    for done in result.steps:
        if step is None or done.number != step:
            assert done.outcome in (Outcome.PASSED, Outcome.SKIPPED)
        else:
            assert done.outcome in (Outcome.FAILED, Outcome.ERROR)
            assert fault.place.line == done.place.line


# What is told of a failure.


def failed(check: Check, script: str) -> tuple[RunResult, Any]:
    result = played(check, script)
    assert result.fault is not None
    return result, result.fault


def test_the_nearest_is_told() -> None:
    # Of two that are equally near it is the later one; what follows is farther away.
    check = checked(expect(contains="a", partial={"n": 1, "ok": True}))
    came = ['{"n": 2, "a": 0}', '{"n": 3, "a": 0}', "b"]
    result, fault = failed(check, "0 opened\n" + "".join(f"1 <- TEXT {text}\n" for text in came) + "5 tick")
    assert fault.came == '{"n": 3, "a": 0}'
    assert '"n":1' in fault.expected
    assert any(line.startswith("-") for line in fault.difference)
    assert any(line.startswith("+") for line in fault.difference)
    assert [step.outcome for step in result.steps] == [Outcome.FAILED]
    assert result.steps[0].seconds == 5


def test_of_many_that_hold_as_much_the_one_that_differs_least_is_told() -> None:
    check = checked(expect(partial={"op": "hello", "v": 1, "ok": True}))
    came = ['{"op": "tick", "n": 1}', '{"op": "hello", "v": 2, "ok": true}', "no JSON", '{"op": "tick", "n": 2}']
    _, fault = failed(check, "0 opened\n" + "".join(f"1 <- TEXT {text}\n" for text in came) + "5 tick")
    assert fault.came == '{"op": "hello", "v": 2, "ok": true}'
    assert fault.difference == ("- v: 1", "+ v: 2")


def test_a_message_of_another_type_is_near_if_nothing_is_nearer() -> None:
    check = checked(expect(types=TEXTS, text="a"))
    _, fault = failed(check, "0 opened\n 1 <- BINARY 61\n 5 tick")
    assert (fault.expected, fault.came) == ("a text message", "a binary message: a")
    _, fault = failed(check, "0 opened\n 1 <- TEXT b\n 1 <- BINARY 61\n 5 tick")
    assert fault.came == "b"


def test_a_huge_message_is_not_kept() -> None:
    machine = Machine(checked(expect(text="a")), BEGAN)
    machine.opened("", handshake(BEGAN), BEGAN)
    machine.saw("", Batch(Moment(0, BEGAN), "in", [(TEXT, b"x" * (1 << 21), 0)]))
    machine.tick(BEGAN + 5)
    fault = machine.result().fault
    assert fault is not None
    assert fault.came == "a text message of 2,097,152 bytes, too large to be kept"
    assert len(fault.events[0].text) < 3000
    assert fault.events[0].size == 1 << 21


def test_the_last_events_are_told() -> None:
    sent = "".join(f"1.{number:02} <- TEXT {number}\n" for number in range(20))
    _, fault = failed(
        checked(Send({"ping": "beat"}), HELLO),
        f"0 opened\n 0 -> PING beat\n {sent} 2 <- BINARY 00ff\n 2 <- BINARY 6162\n 2 <- PING \x07\n 3 <- PING"
        "\n 4 <- CLOSE 1011 boom\n 4.5 gone",
    )
    assert [(seen.kind, seen.text) for seen in fault.events] == [
        *[("TEXT", str(number)) for number in range(16, 20)],
        ("BINARY", "00 ff"),
        ("BINARY", "ab"),
        ("PING", "07"),
        ("PING", ""),
        ("CLOSE", "1011 boom"),
        ("CLOSED", "by peer, not cleanly"),
    ]
    assert [seen.at_s for seen in fault.events][-1] == 4.5
    assert {seen.direction for seen in fault.events} == {"in"}
    _, fault = failed(checked(HELLO), "0 opened\n 0 <- TEXT a\x07\n 5 tick")
    assert fault.events[-1].text == "a\x07"
    _, fault = failed(checked(send("é"), HELLO), "0 opened\n 0 -> TEXT é\n 5 tick")
    assert [(seen.direction, seen.size, seen.text) for seen in fault.events] == [("out", 2, "é")]


def test_the_events_of_the_connection_to_blame_come_first() -> None:
    noise = "".join(f"b {1 + number / 100} <- TEXT {number}\n" for number in range(20))
    check = checked(("a", expect(text="x")), on=("a", "b"))
    _, fault = failed(check, f"a 0 opened\n b 0 opened\n a 1 <- TEXT y\n {noise} 5 tick")
    assert [(seen.on, seen.text) for seen in fault.events] == [
        ("a", "y"),
        *[("b", str(number)) for number in range(11, 20)],
    ]
    assert fault.events[0].at_s == 1
    noise += "".join(f"a 2 <- TEXT {number}\n" for number in range(20))
    _, fault = failed(check, f"a 0 opened\n b 0 opened\n {noise} 5 tick")
    assert [seen.on for seen in fault.events] == ["b"] * 4 + ["a"] * 6


def test_what_is_expected_is_told_though_nothing_came() -> None:
    _, fault = failed(checked(expect(text="a")), "0 opened\n 5 tick")
    assert (fault.expected, fault.came) == ('text "a"', "")
    _, fault = failed(checked(Expect((wanted(text="a"), wanted(text="b", within=1)))), "0 opened\n 1 tick")
    assert fault.hint == 'it is looked for behind `text "a"`, which did not come either'


def test_what_came_in_place_of_what_a_strict_check_expects() -> None:
    _, fault = failed(checked(expect(text="a"), strict=True), "0 opened\n 1 <- TEXT b")
    assert (fault.expected, fault.came) == ("a", "b")
    _, fault = failed(checked(strict=True), "0 opened\n 0 -> CLOSE 1000\n 1 <- TEXT b")
    assert (fault.expected, fault.came) == ("no further message", "b")


def test_ends_are_told() -> None:
    _, fault = failed(checked(ExpectClose(frozenset({1000}))), "0 opened\n 1 <- CLOSE 1012\n 1 gone")
    assert fault.came == "close with 1012 SERVICE_RESTART, not clean, by the server"
    assert "restart" in fault.hint
    _, fault = failed(checked(ExpectClose(frozenset({1011}))), "0 opened\n 1 <- CLOSE 1000\n 1 gone")
    assert (fault.expected, fault.hint) == ("close 1011 INTERNAL_ERROR", "")
    _, fault = failed(checked(Close(), ExpectClose(by="peer")), "0 opened\n 0 -> CLOSE 1000\n 1 <- CLOSE 1000\n 1 gone")
    assert fault.came == "close with 1000 OK, clean, by us"


def test_a_ping_of_others_is_not_ours() -> None:
    machine = Machine(checked(Send({"ping": "a"})), BEGAN)
    machine.opened("", handshake(BEGAN), BEGAN)
    machine.saw("", Batch(Moment(0.0, BEGAN), "out", [(PING, b"keepalive", 0)]))
    Player(machine).play("1 <- CLOSE 1000\n 1 gone")
    fault = machine.result().fault
    assert fault is not None
    assert "before this was sent" in fault.sentence


def test_frames_are_no_events() -> None:
    machine = Machine(checked(), BEGAN)
    machine.opened("", handshake(BEGAN), BEGAN)
    frame = Frame(True, 0, 1, None, 2, b"a", None, 0)
    assert machine.saw("", Batch(Moment(0.0, BEGAN), "in", [(FRAME, frame, 3), (GAP, Gap(1, 1, 1006), 0)])) == []


def test_a_rejected_message_is_told() -> None:
    _, fault = failed(checked(Reject(wanted(contains="a"))), "0 opened\n 0 -> CLOSE 1000\n 0 <- TEXT abc")
    assert (fault.expected, fault.came) == ('no message with: contains "a"', "abc")
    _, fault = failed(checked(Reject(wanted(types=PINGS))), "0 opened\n 0 -> CLOSE 1000\n 0 <- PING abc")
    assert (fault.sentence, fault.came) == ("a ping came, and none must", "abc")


def test_what_is_saved_is_told() -> None:
    check = checked(save("ID", "id"), expect("id == ${ID} && !op"))
    check = check._replace(steps=(check.steps[0], check.steps[1]._replace(told="expect id == ${ID}")))
    result, fault = failed(check, '0 opened\n 1 <- TEXT {"op": "made", "id": 7}\n 6 tick')
    assert fault.told == result.steps[1].told == "expect id == 7"
    assert "7" in fault.sentence
    assert "${" not in fault.sentence


def test_a_mistake_shows_though_nothing_comes() -> None:
    _, fault = failed(checked(expect("${ID} =="), variables={"ID": 1}), "0 opened")
    assert fault.exit == USAGE
    assert fault.difference[0].strip() == "${ID} =="


def test_a_closed_code_is_explained_in_the_language_of_the_subprotocol() -> None:
    _, fault = failed(checked(HELLO), "0 opened graphql-transport-ws\n 1 <- CLOSE 4401 Unauthorized\n 1 gone")
    assert "4401 UNAUTHORIZED" in fault.sentence.upper()
    assert fault.hint


def test_several_things_are_wrong_with_a_handshake() -> None:
    wish = HandshakeWish(subprotocol="b", headers={"Server": "caddy"})
    _, fault = failed(checked(wish=wish), "0 opened a")
    assert fault.difference == (
        "- subprotocol: b",
        "+ subprotocol: a",
        "- header Server: /caddy/",
        "+ header Server: nginx",
    )


def test_a_secret_in_a_header_is_not_told() -> None:
    machine = Machine(checked(wish=HandshakeWish(headers={"Set-Cookie": "^b"})), BEGAN)
    machine.opened("", handshake(BEGAN, response=[("Set-Cookie", "session=s3cret")]), BEGAN)
    assert "s3cret" not in repr(machine.result())


def test_facts() -> None:
    result = played(checked(send("a"), HELLO), f"0 opened chat\n 0 -> TEXT a\n 1 <- TEXT b\n 1 {IS_HELLO}" + POLITE)
    assert result.facts == {
        "url": "ws://example.test/?token=***",
        "address": "127.0.0.1:8080",
        "status": "101",
        "subprotocol": "chat",
        "handshake_s": "0.250000",
        "received": "2",
        "sent": "1",
    }
    assert result.seconds == 9
    two = played(
        checked(("a", send("x")), on=("a", "b")),
        "a 0 opened\n b 0 opened\n a 0 -> TEXT x\n b 1 <- TEXT y\n a 1 -> CLOSE 1000\n b 1 -> CLOSE 1000"
        "\n a 1 gone\n b 1 gone",
    )
    facts = two.facts
    assert (facts["a.sent"], facts["b.received"], facts["sent"], facts["received"]) == ("1", "1", "1", "1")
    assert facts["b.url"] == "ws://example.test/b?token=***"


def test_notes() -> None:
    assert played(checked(), "0 opened" + POLITE).notes == ()
    late = played(checked(), "0 opened\n 0 -> CLOSE 1000\n 5 tick")
    crossed = played(checked(ExpectClose()), "0 opened\n 1 <- CLOSE 1011\n 1 gone")
    assert crossed.notes == ()
    assert late.notes == ("a connection was still open 5 s after its close",)


def test_prevented() -> None:
    machine = Machine(checked(HELLO), BEGAN)
    machine.prevented(InspectError("cannot resolve `x`", hint="spell it", exit=Exit.UNREACHABLE))
    machine.prevented(InspectError("and more", exit=Exit.TLS))
    result = machine.result()
    assert machine.done
    assert result.fault is not None
    assert result.fault[:5] == (Exit.UNREACHABLE, "cannot resolve `x`", "spell it", 0, "the handshake")
    assert result.facts == {"url": "ws://example.test/?token=***"}
    assert [step.outcome for step in result.steps] == [Outcome.SKIPPED]


def test_a_refusal_is_told_as_its_cause_is_known() -> None:
    machine = Machine(checked(HELLO), BEGAN)
    error = InspectError("the server refused: 401", hint="log in", exit=Exit.REFUSED)
    assert machine.refused("", handshake(BEGAN, status=401, reason="Unauthorized"), "", BEGAN, error) == []
    fault = machine.result().fault
    assert fault is not None
    assert (fault.sentence, fault.hint, fault.expected) == (
        "the server refused: 401",
        "log in",
        "101 Switching Protocols",
    )


def test_a_run_that_is_broken_off_has_not_passed() -> None:
    machine = Machine(checked(), BEGAN)
    assert machine.result().fault is not None
    machine.opened("", handshake(BEGAN), BEGAN)
    fault = machine.result().fault
    assert fault is not None
    assert fault.exit == Exit.INTERNAL


def test_what_comes_behind_the_end_changes_nothing() -> None:
    machine = Machine(checked(HELLO), BEGAN)
    player = Player(machine)
    player.play("0 opened\n 5 tick")
    before = machine.result()
    player.play(f"6 {IS_HELLO}\n 7 <- ERROR rsv\n 8 tick\n 9 gone")
    assert machine.result()._replace(facts={}) == before._replace(facts={})
    assert machine.deadline is None
    assert not player.orders


def test_deadlines() -> None:
    machine = Machine(checked(Wait(2), HELLO, timeout_s=30, wish=HandshakeWish(within_s=1)), BEGAN)
    player = Player(machine)
    due = [machine.deadline]
    for script in ("0.5 opened", "2.5 tick", f"3 {IS_HELLO}", "3 -> CLOSE 1000", "4 gone"):
        player.play(script)
        due.append(machine.deadline)
    assert due == [BEGAN + 1, BEGAN + 2.5, BEGAN + 7.5, BEGAN + 30, BEGAN + 8, None]
    assert machine.steps_done == 2
    assert Machine(checked(timeout_s=float("inf")), BEGAN).deadline is None


# Steps that are added as it goes.


def open_ended(**rest: Any) -> tuple[Machine, Player]:
    machine = Machine(checked(**rest), BEGAN, open_ended=True)
    player = Player(machine)
    player.play("0 opened")
    return machine, player


def add(machine: Machine, *actions: Any) -> None:
    for action in actions:
        machine.add(Step(machine.steps_done + 1, action, "a step"))


def test_steps_are_added() -> None:
    machine, player = open_ended()
    assert machine.idle
    player.play("1 <- TEXT early\n 1 <- TEXT later")
    add(machine, send("a"), expect(text="later"))
    assert not machine.idle
    assert machine.deadline == BEGAN + 1
    player.play("2 tick\n 2 -> TEXT a")
    assert machine.idle
    assert machine.last_matches == [(TEXT, b"later", Moment(0.0, BEGAN + 1))]
    add(machine, Expect((wanted(contains="x"), wanted(contains="y")), any_order=True))
    player.play("3 tick\n 3 <- TEXT y\n 4 <- TEXT x")
    assert [payload for _, payload, _ in machine.last_matches] == [b"y", b"x"]
    machine.finish()
    player.play("5 tick\n 5 -> CLOSE 1000\n 6 <- CLOSE 1000\n 6 gone")
    assert machine.done
    assert machine.result().fault is None


def test_an_added_step_fails() -> None:
    machine, player = open_ended()
    add(machine, expect(text="a", within=1))
    player.play("10 tick\n 11 tick")
    fault = machine.result().fault
    assert machine.done
    assert fault is not None
    assert fault.exit == UNMET


def test_a_bad_end_can_still_be_expected() -> None:
    machine, player = open_ended()
    player.play("1 <- CLOSE 1011\n 1 gone")
    assert not machine.done
    add(machine, ExpectClose(frozenset({1011})))
    player.play("2 tick")
    machine.finish()
    player.play("3 tick")
    assert machine.done
    assert machine.result().fault is None


def test_a_bad_end_that_is_not_expected_in_the_end() -> None:
    machine, player = open_ended()
    player.play("1 lost reset")
    machine.finish()
    player.play("3 tick")
    fault = machine.result().fault
    assert fault is not None
    assert fault.exit == LOST


def test_what_nobody_asked_for_in_the_end() -> None:
    machine, player = open_ended(strict=True)
    player.play("1 <- TEXT a")
    assert not machine.done
    machine.finish()
    player.play("2 tick")
    fault = machine.result().fault
    assert fault is not None
    assert "no step asks for" in fault.sentence


def test_what_nobody_expects_is_forgotten_one_day() -> None:
    machine, player = open_ended()
    rows = [(TEXT, b"%d" % number, 0) for number in range(MOST_HELD + 5)]
    machine.saw("", Batch(Moment(0.0, BEGAN), "in", rows))
    add(machine, expect(text="5"))
    player.play("1 tick")
    assert machine.idle
    add(machine, expect(text="4", within=1))
    player.play("1 tick\n 2 tick")
    fault = machine.result().fault
    assert fault is not None
    assert fault.hint == "5 messages came while nothing was expected, and were not kept"


def test_a_connection_that_there_is_not() -> None:
    machine = Machine(checked(), BEGAN, open_ended=True)
    with pytest.raises(InspectError, match="no connection is called `x`"):
        machine.add(Step(1, HELLO, "", "x"))


# Bounds.


def test_too_much_waits_for_a_variable() -> None:
    machine = Machine(checked(Wait(9), save("ID", "id"), expect("id == ${ID} && !op")), BEGAN)
    player = Player(machine)
    player.play('0 opened\n 0 <- TEXT {"op": "made", "id": 1}')
    batch = Batch(Moment(0.0, BEGAN), "in", [(TEXT, b"x", 0)] * (MOST_HELD + 1))
    machine.saw("", batch)
    fault = machine.result().fault
    assert fault is not None
    assert (fault.exit, fault.step) == (Exit.TOO_BIG, 3)


@pytest.mark.parametrize("check", [checked(Wait(99), HELLO), checked(HELLO), checked(Wait(99))])
def test_memory_does_not_grow_with_what_is_seen(check: Check) -> None:
    machine = Machine(check._replace(timeout_s=1e9), BEGAN)
    machine.opened("", handshake(BEGAN), BEGAN)
    sizes = []
    tracemalloc.start()
    for number in range(4):
        for _ in range(50):
            machine.saw("", Batch(Moment(0.0, BEGAN), "in", [(TEXT, b"%d" % number * 1000, 0) for _ in range(50)]))
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[-1] - sizes[0] < 50_000


# Whatever comes.

STEPS = st.lists(
    st.sampled_from(
        [
            send("s"),
            expect(text="a"),
            expect(contains="b", count=2),
            expect("n", save={"N": "n"}),
            Expect((wanted(text="b"), wanted(contains="a")), any_order=True),
            Send({"text": "${N}"}),
            expect(contains="${N}"),
            expect(types=PINGS),
            Reject(wanted(text="c")),
            Reject(wanted(text="c"), 1.5),
            Wait(1),
            Close(),
            ExpectClose(),
            ExpectClose(frozenset({1000}), within_s=1),
        ]
    ),
    max_size=6,
)
CAME = st.lists(
    st.sampled_from(
        [
            "TEXT a",
            "TEXT b",
            "TEXT ab",
            "TEXT c",
            'TEXT {"n": "a"}',
            "TEXT 1",
            "BINARY 61",
            "PING",
            "PONG a",
            "ERROR rsv",
        ]
    ),
    max_size=12,
)


def said(result: RunResult) -> tuple[Any, ...]:
    fault = result.fault
    return result.steps, fault, result.seconds, result.notes


def outcome(check: Check, moments: list[list[str]], end: str, cuts: int) -> tuple[Any, ...]:
    """Play what comes at each moment in one batch, or cut into several, and answer each order at the next moment."""
    machine = Machine(check, BEGAN)
    player = Player(machine, together=not cuts)
    player.play("0 opened")
    for number, came in enumerate(moments, 1):
        for order in list(player.orders):
            player.play(f"{number} -> {written(order)}")
        player.play("\n".join(f"{number} <- {text}" for text in came))
    for order in list(player.orders):
        player.play(f"{len(moments) + 1} -> {written(order)}")
    player.play(f"{len(moments) + 1} {end}")
    player.play("60 tick\n 120 tick")
    assert machine.done
    return said(machine.result())


def written(order: Any) -> str:
    kind = type(order.what).__name__
    if kind == "Close":
        return f"CLOSE {order.what.code or ''} {order.what.reason}".strip()
    return f"TEXT {order.what.payload.decode()}"


@settings(deadline=None)
@given(STEPS, st.lists(CAME, max_size=4), st.sampled_from(["gone", "lost x", "limit", "tick"]), st.booleans())
def test_batches_do_not_matter(actions: list[Any], moments: list[list[str]], end: str, strict: bool) -> None:
    saves = [at for at, action in enumerate(actions) if isinstance(action, Expect) and action.expectations[0].save]
    known = {} if saves and saves[0] == 0 else {"N": "a"}
    check = checked(*actions, strict=strict, variables=known)
    assert outcome(check, moments, end, 0) == outcome(check, moments, end, 1)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "ab", "abc", "bc"]), max_size=7), st.permutations(["a", "b", "c"]))
def test_any_order_finds_a_way_if_there_is_one(came: list[str], parts: list[str]) -> None:
    check = checked(Expect(tuple(wanted(contains=part) for part in parts), any_order=True))
    machine = Machine(check, BEGAN)
    player = Player(machine)
    player.play("0 opened\n" + "\n".join(f"1 <- TEXT {text}" for text in came))
    possible = any(all(part in text for part, text in zip(parts, some, strict=True)) for some in permutations(came, 3))
    assert (machine.steps_done == 1) is possible
