"""Every hostile case, in every way in which it is run, and what their judge finds wrong."""

import contextlib
import socket
import time
from collections import Counter

import pytest

from tests.hostile.kit import MIB, Case, Outcome, Way, complaint, run, ways
from tests.hostile.rows import ROWS
from tests.servers import BOUND_S, Peer, close, open_, text

ENOUGH = 120


def test_there_are_enough_and_their_names_are_unique() -> None:
    names = Counter((row.group, row.name) for row in ROWS)
    assert len(names) >= ENOUGH
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("case", "way"),
    [pytest.param(row, way, id=f"{row.group}: {row.name} ({way.value})") for row in ROWS for way in ways(row)],
)
def test_case(case: Case, way: Way) -> None:
    assert run(case, way).complaint is None


GOOD = Outcome(0, 1.0, 0.2, 30 * MIB, b"hi\n", b"closed\n")
RESTORED = b"\x1b[?2004h\x1b[?25l\x1b[32mhi\x1b[0m\r\n\x1b[?25h\x1b[?2004l"
ON_TERMINAL = Outcome(0, 1.0, 0.2, 30 * MIB, RESTORED, b"", [1, 2], [1, 2])
PLAIN, RAW = Case("plain", "kit", says="closed"), Case("raw", "kit", arguments=["-r"])
HOSTILE = Case("hostile", "kit")

# What a case wants, what came of it, and a part of the complaint.
JUDGED: list[tuple[str, Case, Outcome, Way, str]] = [
    ("traceback", PLAIN, GOOD._replace(err=b"Traceback (most recent call last)"), Way.PIPES, "a traceback"),
    ("exit", PLAIN, GOOD._replace(exit=70), Way.PIPES, "exit 70, wanted 0"),
    ("killed", PLAIN, GOOD._replace(exit=-9), Way.PIPES, "exit -9, wanted 0"),
    ("sentence", PLAIN, GOOD._replace(err=b""), Way.PIPES, "'closed' is not said"),
    ("unwanted words", PLAIN._replace(unsaid="hi"), GOOD, Way.PIPES, "'hi' is said"),
    ("slow", PLAIN, GOOD._replace(seconds=15.1), Way.PIPES, "15.1 s, the limit is 15"),
    ("large", PLAIN, GOOD._replace(peak=151 * MIB), Way.PIPES, "151 MiB, the limit is 150"),
    ("escape", PLAIN, GOOD._replace(out=b"\x1b[2J"), Way.PIPES, "'\\x1b' on stdout"),
    ("C1", PLAIN, GOOD._replace(out="\x9b2J".encode()), Way.PIPES, "'\\x9b' on stdout"),
    ("bidi", PLAIN, GOOD._replace(err="closed \u202e".encode()), Way.PIPES, "'\\u202e' on stderr"),
    ("carriage return", PLAIN, GOOD._replace(out=b"a\rb"), Way.PIPES, "a carriage return on stdout"),
    ("escape in raw's talk", RAW, GOOD._replace(err=b"\x1b[2J"), Way.PIPES, "'\\x1b' on stderr"),
    ("raw on a terminal", RAW, ON_TERMINAL._replace(out=b"\x1b]0;owned\x07"), Way.TERMINAL, "'\\x1b' on stdout"),
    ("alternate screen", HOSTILE, ON_TERMINAL._replace(out=b"\x1b[?1049h" + RESTORED), Way.TERMINAL, "'\\x1b' on"),
    ("modes", HOSTILE, ON_TERMINAL._replace(after=[1, 3]), Way.TERMINAL, "the terminal's modes were"),
    ("paste", HOSTILE, ON_TERMINAL._replace(out=RESTORED[:-8]), Way.TERMINAL, "mode 2004 is left as 'h'"),
    ("cursor", HOSTILE, ON_TERMINAL._replace(out=b"\x1b[?25l"), Way.TERMINAL, "mode 25 is left as 'l'"),
    ("colour", HOSTILE, ON_TERMINAL._replace(out=b"\x1b[31m"), Way.TERMINAL, "a colour is left: '31'"),
    ("its own", PLAIN._replace(judge=lambda _: "odd"), GOOD, Way.PIPES, "odd"),
]


@pytest.mark.parametrize(
    ("case", "outcome", "way", "words"), [row[1:] for row in JUDGED], ids=[row[0] for row in JUDGED]
)
def test_judge(case: Case, outcome: Outcome, way: Way, words: str) -> None:
    assert words in (complaint(case, outcome, way) or "")


def test_judge_is_content() -> None:
    assert complaint(PLAIN, GOOD, Way.PIPES) is None
    assert complaint(RAW, GOOD._replace(out=b"\x1b[2J\r\0"), Way.PIPES) is None
    assert complaint(HOSTILE, ON_TERMINAL, Way.TERMINAL) is None


@pytest.mark.parametrize("way", list(Way))
def test_what_hangs_is_ended(way: Way) -> None:
    case = Case("hangs", "kit", [open_, Peer.keep], limit_s=0.5)
    outcome = run(case, way)
    assert (outcome.exit, outcome.complaint or "") == (-9, outcome.complaint)
    assert "it did not end in 0.5 s" in (outcome.complaint or "")


def test_what_an_attack_that_fails_leaves_is_ended() -> None:
    ports: list[int] = []

    def attack(port: int) -> str | None:
        ports.append(port)
        raise ConnectionResetError("it hangs up")

    with pytest.raises(ConnectionResetError):
        run(Case("fails", "kit", arguments=["--echo", "--port", "0"], command="serve", attack=attack))
    deadline = time.monotonic() + BOUND_S
    with contextlib.suppress(ConnectionRefusedError):
        while True:
            socket.create_connection(("127.0.0.1", ports[0])).close()
            assert time.monotonic() < deadline, "it listens still"
            time.sleep(0.05)


def test_figures_are_the_programs_own() -> None:
    """A large parent's memory is not told as the program's, nor is the program's told too low."""
    ballast = bytearray(b"x") * (200 * MIB)
    case = Case("figures", "kit", [open_, text("x" * (8 * MIB)) + close(), Peer.until_close], ["-r"])
    outcome = run(case)
    del ballast
    assert outcome.complaint is None
    assert 20 * MIB < outcome.peak < 150 * MIB
    assert 0 < outcome.busy_s < outcome.seconds * 2
