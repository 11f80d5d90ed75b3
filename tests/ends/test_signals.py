"""Signals at every moment of every command: exit code, what is said, and what must be intact."""

import contextlib
import os
import shlex
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ends.stage import (
    ESTABLISHED,
    SOON_S,
    SYN_SENT,
    Judge,
    Stage,
    close_sent,
    complaints,
    connections_of,
    deaf,
    no_close,
    nothing_beside,
    over,
    recording,
    silent,
    staged,
    until,
    written,
)
from tests.servers import Peer, Step, forever, open_, ping, text
from wsinspect.wire.frames import CLOSE

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
EXITS = {INT: 130, TERM: 143, HUP: 129}
EACH: tuple[tuple[signal.Signals, ...], ...] = ((INT,), (TERM,), (HUP,))
FAST_S = 3.0
"""So long where no peer has a say in it: an end at once, and much room."""
LATER_S = 0.15
"""Between two signals."""


# Moments.


def came(stage: Stage) -> bool:
    """The server has our request."""
    return bool(stage.peers and stage.peers[0].request)


def five(stage: Stage) -> bool:
    """Five have come to the server."""
    return len([peer for peer in stage.peers if peer.request]) == 5


def gone(stage: Stage) -> bool:
    """The server has cut the connection, and what that means is known."""
    if not came(stage):
        return False
    time.sleep(0.5)
    return True


def read(stage: Stage) -> bool:
    """The first line of standard output is there: the connection is open, and something came."""
    assert stage.process.stdout is not None
    return bool(stage.process.stdout.readline())


def connecting(stage: Stage) -> bool:
    return SYN_SENT in connections_of(stage.process)


def connected(stage: Stage) -> bool:
    return ESTABLISHED in connections_of(stage.process)


def said(words: str) -> Callable[[Stage], bool]:
    def reached(stage: Stage) -> bool:
        assert stage.process.stderr is not None
        return words.encode() in stage.process.stderr.readline()

    return reached


def there(name: str) -> Callable[[Stage], bool]:
    return lambda stage: (stage.folder / name).exists()


def stuck(stage: Stage) -> bool:
    """The server reads nothing, and what the system takes has been handed over."""
    if not came(stage):
        return False
    time.sleep(0.3)
    return True


def closing(stage: Stage) -> bool:
    """Our close has come."""
    return bool(stage.peers and stage.peers[0].received and stage.peers[0].received[-1][0] == CLOSE)


ASKED: list[Step] = [Peer.ask, Peer.keep]
"""Does not answer our request."""
MUTE: list[Step] = [open_, text("hi"), Peer.until_close, Peer.keep]
"""Does not answer our close."""
POLITE: list[Step] = [open_, text("hi"), Peer.answer_close]

CLOSED_PORT = 9
LINES = "lines.txt"
"""A file of 20 MB, which is more than the system takes for a server that does not read."""

RESOLVING = """
import pathlib, socket, time
lookup = socket.getaddrinfo
def never(*arguments, flags=0, **options):
    if flags & socket.AI_NUMERICHOST:
        return lookup(*arguments, flags=flags, **options)
    pathlib.Path("resolving").touch()
    time.sleep(60)
socket.getaddrinfo = never
"""

REPORTS = "--report junit=r.xml --report json=r.json --report html=r.html --report tap=r.tap"
ALL_REPORTS = written("r.xml", "r.json", "r.html", "r.tap")


class Row(NamedTuple):
    """A command at a moment, the signals that come then, one case each, and what is wanted.

    ``exit`` is None where it is the first signal's own. In ``arguments``, {url} and {port} are the server's, {silent}
    and {deaf} are ports. ``within_s`` bounds the time from the first signal to the end; ``before`` are lines of Python
    that run first.
    """

    moment: str
    arguments: str
    reached: Callable[[Stage], bool]
    script: Sequence[Step] = ()
    events: tuple[tuple[signal.Signals, ...], ...] = EACH
    exit: int | None = None
    says: str = ""
    judges: tuple[Judge, ...] = ()
    within_s: float = SOON_S
    given: str = ""
    before: str = ""


FIVE = "check {url} --expect-text never --timeout 60s --connections 5 " + REPORTS
REPLAY = "replay session.ndjson {url} --sync --within 60s"

ROWS = [
    # connect, before there is a connection.
    Row("connect: resolving", "connect ws://example.invalid/", there("resolving"), before=RESOLVING, within_s=FAST_S),
    Row("connect: TCP", "connect ws://127.0.0.1:{deaf}/", connecting, within_s=FAST_S),
    Row("connect: TLS", "connect wss://127.0.0.1:{silent}/", connected, within_s=FAST_S),
    Row("connect: upgrade", "connect {url}", came, ASKED, judges=(no_close,), within_s=FAST_S),
    Row("connect: HTTP proxy", "connect ws://x.test/ --proxy http://127.0.0.1:{silent}", connected, within_s=FAST_S),
    Row("connect: SOCKS", "connect ws://x.test/ --proxy socks5h://127.0.0.1:{silent}", connected, within_s=FAST_S),
    Row(
        "connect: upgrade, recorded", "connect {url} -n --record r.ndjson", came, ASKED,
        judges=(recording("r.ndjson", messages=0),),
    ),
    # connect, open.
    *[
        Row(
            f"connect: recorded in {name}", f"connect {{url}} -r --record {name}", read, MUTE,
            events=((TERM,), (INT, HUP)), says="recorded 1 message in",
            judges=(recording(name, "hi", messages=1), close_sent(1000)),
        )
        for name in ("r.ndjson.gz", "r.ndjson.zst")
    ],
    Row("connect: pretty, piped", "connect {url} -f pretty", read, POLITE, judges=(close_sent(1000),)),
    Row("connect: a flood echoed", "connect {url} --echo -r", read, [open_, forever(text("x" * 500))]),
    Row(
        "connect: a flood of pings", "connect {url} -r", read,
        [open_, text("hi") + ping() * 20_000, Peer.until_close, Peer.keep], judges=(close_sent(1000),),
    ),
    Row(
        "connect: sending to who does not read", "connect {url} -r", stuck, [open_, Peer.keep],
        events=((INT,), (TERM, TERM)), given=LINES,
    ),
    Row(
        "connect: closing", "connect {url} -r --for 200ms", closing, MUTE, events=((INT,), (HUP, TERM)), exit=0,
        judges=(close_sent(1000),),
    ),
    Row("connect: thrice", "connect {url} -r", read, MUTE, events=((INT, INT, INT),), within_s=FAST_S),
    Row(
        "connect: waiting to connect again", f"connect ws://127.0.0.1:{CLOSED_PORT}/ --reconnect -n",
        said("connecting again in"), events=((TERM,), (HUP,)), within_s=FAST_S,
    ),
    Row(
        "connect: connecting again", "connect {url} --reconnect -n --retry-max-delay 50ms",
        lambda stage: len(stage.peers) > 1, [lambda peer: peer.ask() or peer.reset()],
        events=((INT,), (TERM,)), within_s=FAST_S,
    ),
    Row("connect: the demo", "connect demo:", read, says="closed by us"),
    # check.
    Row("check: five at once", FIVE, five, POLITE, judges=(close_sent(1000), ALL_REPORTS)),
    Row(
        "check: nobody answers", FIVE, five, MUTE, events=((INT, INT), (TERM,)),
        judges=(close_sent(1000), ALL_REPORTS),
    ),
    Row(
        "check: recorded", "check {url} --expect-text never --timeout 60s --record kept " + REPORTS, came, POLITE,
        judges=(close_sent(1000), ALL_REPORTS),
    ),
    Row("check: upgrade", "check {url} --expect-text x " + REPORTS, came, ASKED, judges=(ALL_REPORTS,)),
    Row("check: TCP", "check ws://127.0.0.1:{deaf}/ --expect-text x " + REPORTS, connecting, judges=(ALL_REPORTS,)),
    Row(
        "check: about to try again", "check {url} --expect-text x --retry 9 --retry-delay 60s " + REPORTS, gone,
        [open_, Peer.reset], events=((INT,), (TERM,)), judges=(ALL_REPORTS,),
    ),
    # replay and serve.
    Row(
        "replay: waiting", REPLAY, said("connected"), POLITE, events=((HUP,), (TERM,)), says="nothing is compared",
        judges=(close_sent(1000),),
    ),
    Row(
        "replay: nobody answers", REPLAY, said("connected"), MUTE, events=((TERM, INT),), says="nothing is compared",
        judges=(close_sent(1000),),
    ),
    Row("replay: upgrade", REPLAY, came, ASKED, says="stopped before the connection was open", within_s=FAST_S),
    Row("replay: TCP", "replay session.ndjson ws://127.0.0.1:{deaf}/", connecting, events=((INT,),), within_s=FAST_S),
    Row("serve: the demo", "serve --demo", read, events=(*EACH, (INT, INT), (TERM, HUP, INT)), exit=0),
    Row("serve: a recording", "serve --replay session.ndjson", read, exit=0),
]  # fmt: skip
CASES = [(row, event) for row in ROWS for event in row.events]


@pytest.mark.parametrize(
    ("row", "event"), CASES, ids=[f"{row.moment} × {'+'.join(one.name for one in event)}" for row, event in CASES]
)
def test_signals(row: Row, event: tuple[signal.Signals, ...], tmp_path: Path, session: Path) -> None:
    shutil.copy(session, tmp_path)
    if row.given == LINES:
        (tmp_path / LINES).write_bytes((b"x" * 9_999 + b"\n") * 2_000)
    arguments = row.arguments
    with contextlib.ExitStack() as running:
        for name, port in (("{silent}", silent), ("{deaf}", deaf)):
            if name in arguments:
                arguments = arguments.replace(name, str(running.enter_context(port())))
        given = running.enter_context(open(tmp_path / row.given if row.given else os.devnull, "rb"))
        stage = running.enter_context(
            staged(tmp_path, *shlex.split(arguments), script=row.script, before=row.before, stdin=given)
        )
        until(lambda: row.reached(stage), row.moment, stage.process)
        began = time.monotonic()
        for number in event:
            if number is not event[0]:
                time.sleep(LATER_S)
            with contextlib.suppress(ProcessLookupError):
                stage.process.send_signal(number)
        end = over(stage, began)
    assert end.exit == (EXITS[event[0]] if row.exit is None else row.exit), end
    assert row.says in end.err, end.err
    assert "error:" not in end.err, end.err
    assert end.seconds < row.within_s, end
    assert not complaints(end, (*row.judges, nothing_beside))
