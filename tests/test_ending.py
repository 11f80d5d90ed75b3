"""How a connection ended, by rows: what was seen in order, and what is told of it. The first cause decides."""

from collections.abc import Callable
from itertools import permutations

import pytest

from wsinspect.ending import Ending
from wsinspect.errors import Exit
from wsinspect.events import Closed, Violation

Step = Callable[[Ending], None]

BAD = Violation("opcode", "RFC 6455 §5.2", "opcode 0x3 is reserved", 0, b"\x83", 1002)
BIG = Violation("too-big", "RFC 6455 §7.4.1", "a message is larger than the limit of 16 bytes", 0, b"", 1009)
BAD_WORDS = "opcode 0x3 is reserved (RFC 6455 §5.2)"
BIG_WORDS = "a message is larger than the limit of 16 bytes (RFC 6455 §7.4.1)"


def body(code: int | None, reason: str = "") -> bytes:
    return b"" if code is None else code.to_bytes(2, "big") + reason.encode()


def came(code: int | None, reason: str = "") -> Step:
    return lambda ending: ending.close_received(body(code, reason))


def sent(code: int | None) -> Step:
    return lambda ending: ending.close_sent(body(code))


def broke(violation: Violation) -> Step:
    return lambda ending: ending.violated(violation)


def wished(exit: Exit, cause: str = "") -> Step:
    return lambda ending: ending.wish(exit, cause)


def lost(cause: str = "gone") -> Step:
    return lambda ending: ending.lost(cause)


def waited(ending: Ending) -> None:
    ending.waited_in_vain(2.0)


KEPT = "the peer kept the TCP connection open for 2 s after the close, so we ended it"
UNANSWERED = "the peer did not answer our close within 2 s"

ENDS: list[tuple[str, list[Step], Closed]] = [
    # The peer closes.
    ("1000", [came(1000, "bye"), sent(1000), lost()], Closed("peer", True, 1000, "bye", 1000, "", 0)),
    ("1001", [came(1001), sent(1001), lost()], Closed("peer", True, 1001, "", 1001, "", 0)),
    ("1005", [came(None), sent(None), lost()], Closed("peer", True, 1005, "", 1005, "", 0)),
    ("1011", [came(1011, "db"), sent(1011), lost()], Closed("peer", True, 1011, "db", 1011, "", 6)),
    ("3000", [came(3000), sent(3000), lost()], Closed("peer", True, 3000, "", 3000, "", 6)),
    ("4001", [came(4001), sent(4001), lost()], Closed("peer", True, 4001, "", 4001, "", 6)),
    ("peer, echo not sent", [came(1000), lost()], Closed("peer", False, 1000, "", None, "", 0)),
    ("peer keeps TCP", [came(1000), sent(1000), waited, lost()], Closed("peer", True, 1000, "", 1000, KEPT, 0)),
    ("peer 1011 keeps TCP", [came(1011), sent(1011), waited, lost()], Closed("peer", True, 1011, "", 1011, KEPT, 6)),
    (
        "more after the close",
        [came(1000), sent(1000), broke(BAD), waited, lost()],
        Closed("peer", True, 1000, "", 1000, BAD_WORDS, 0),
    ),
    ("two closes", [came(1011), sent(1011), came(1000), lost()], Closed("peer", True, 1011, "", 1011, "", 6)),
    # We close.
    ("we", [wished(Exit.OK), sent(1000), came(1000), lost()], Closed("us", True, 1000, "", 1000, "", 0)),
    ("we, other answer", [wished(Exit.OK), sent(1000), came(1011), lost()], Closed("us", True, 1011, "", 1000, "", 0)),
    ("we, unanswered", [wished(Exit.OK), sent(1000), lost()], Closed("us", False, 1006, "", 1000, "", 0)),
    (
        "we, and a breach instead of an answer",
        [wished(Exit.OK), sent(1000), broke(BAD), lost()],
        Closed("us", False, 1006, "", 1000, BAD_WORDS, 0),
    ),
    ("we, in vain", [wished(Exit.OK), sent(1000), waited, lost()], Closed("us", False, 1006, "", 1000, UNANSWERED, 0)),
    (
        "we, kept",
        [wished(Exit.OK), sent(1000), came(1000), waited, lost()],
        Closed("us", True, 1000, "", 1000, KEPT, 0),
    ),
    ("a close frame of ours", [sent(4000), came(4000), lost()], Closed("us", True, 4000, "", 4000, "", 0)),
    ("Ctrl-C", [wished(Exit.SIGINT), sent(1000), came(1000), lost()], Closed("us", True, 1000, "", 1000, "", 130)),
    (
        "a limit",
        [wished(Exit.TIMEOUT, "late"), sent(1000), waited, lost()],
        Closed("us", False, 1006, "", 1000, "late", 9),
    ),
    ("Ctrl-C twice", [wished(Exit.SIGINT), sent(1000), lost()], Closed("us", False, 1006, "", 1000, "", 130)),
    # The peer breaks rules.
    ("violation", [broke(BAD), sent(1002), lost()], Closed("us", False, 1006, "", 1002, BAD_WORDS, 8)),
    (
        "violation, answered",
        [broke(BAD), sent(1002), came(1002), lost()],
        Closed("us", True, 1002, "", 1002, BAD_WORDS, 8),
    ),
    ("violation, in vain", [broke(BAD), sent(1002), waited, lost()], Closed("us", False, 1006, "", 1002, BAD_WORDS, 8)),
    ("too big", [broke(BIG), sent(1009), lost()], Closed("us", False, 1006, "", 1009, BIG_WORDS, 10)),
    ("violation at the end", [broke(BAD), lost()], Closed("us", False, 1006, "", None, BAD_WORDS, 8)),
    # The connection is lost.
    ("lost", [lost("reset")], Closed("nobody", False, 1006, "", None, "reset", 7)),
    ("nothing seen", [], Closed("nobody", False, 1006, "", None, "", 7)),
]


@pytest.mark.parametrize(("steps", "closed"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_end(steps: list[Step], closed: Closed) -> None:
    ending = Ending()
    for step in steps:
        step(ending)
    assert ending.closed() == closed


# What can begin an end, and the exit code if it was first.
FIRST: dict[str, tuple[Step, str, Exit]] = {
    "good close": (came(1001), "peer", Exit.OK),
    "bad close": (came(1011), "peer", Exit.CLOSED_BADLY),
    "violation": (broke(BAD), "us", Exit.VIOLATION),
    "too big": (broke(BIG), "us", Exit.TOO_BIG),
    "lost": (lost(), "nobody", Exit.LOST),
    "count": (wished(Exit.OK), "us", Exit.OK),
    "max-time": (wished(Exit.TIMEOUT, "late"), "us", Exit.TIMEOUT),
    "Ctrl-C": (wished(Exit.SIGINT), "us", Exit.SIGINT),
    "SIGTERM": (wished(Exit.SIGTERM), "us", Exit.SIGTERM),
    "SIGHUP": (wished(Exit.SIGHUP), "us", Exit.SIGHUP),
    "pipe": (wished(Exit.SIGPIPE, "reader left"), "us", Exit.SIGPIPE),
    "disk full": (wished(Exit.OUTPUT, "full"), "us", Exit.OUTPUT),
    "bad stdin": (wished(Exit.USAGE, "not UTF-8"), "us", Exit.USAGE),
}


@pytest.mark.parametrize("first", FIRST)
def test_first_cause_wins(first: str) -> None:
    step, by, exit = FIRST[first]
    others = [other for name, (other, _, _) in FIRST.items() if name != first]
    for following in [*permutations(others, 2), tuple(others), tuple(reversed(others))]:
        ending = Ending()
        for each in (step, *following, waited):
            each(ending)
        closed = ending.closed()
        assert (closed.by, closed.exit) == (by, exit)


def test_first_reason_wins() -> None:
    """A cause of its own is not replaced by that of a later one."""
    for first, words in (("violation", BAD_WORDS), ("max-time", "late"), ("lost", "gone")):
        ending = Ending()
        FIRST[first][0](ending)
        for step, _, _ in FIRST.values():
            step(ending)
        waited(ending)
        assert ending.closed().cause == words
