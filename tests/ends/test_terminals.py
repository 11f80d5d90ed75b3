"""A terminal that a program leaves, in whatever way it is ended: its modes are as before, its cursor is there."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from tests.ends.stage import UGLY
from tests.servers import Peer, Step, open_, serving, text

pytest.importorskip("pty")

from tests.test_connect_terminal import Terminal, terminal

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
EXITS = {INT: 130, TERM: 143, HUP: 129}
MUTE: list[Step] = [open_, text("hi"), Peer.until_close, Peer.keep]
POLITE: list[Step] = [open_, text("hi"), Peer.answer_close]
LATER_S = 0.2


def shows(words: str) -> Callable[[str], bool]:
    return lambda screen: words in screen


class Row(NamedTuple):
    """A program on a terminal: its arguments, what is on the screen when the signals come, and these."""

    arguments: str
    seen: str
    script: Sequence[Step]
    signals: tuple[signal.Signals, ...]
    exit: int | None = None


ROWS = [
    Row("connect {url}", "TEXT", POLITE, (HUP,)),
    Row("connect {url}", "TEXT", MUTE, (TERM, INT)),
    Row("connect {url}", "TEXT", MUTE, (INT, INT)),
    Row("connect {url} -n", "TEXT", MUTE, (TERM, TERM)),
    Row("connect {url} --reconnect --retry-max-delay 60s", "connecting again", [Peer.ask, Peer.reset], (TERM,)),
    Row("connect {url}", "", [Peer.ask, Peer.keep], (INT,)),
    Row("check {url} --expect-text never --timeout 60s", "expect", POLITE, (TERM,)),
    Row("check {url} --expect-text never --timeout 60s", "expect", MUTE, (INT, INT)),
    Row("check {url} --expect-text never --timeout 60s", "expect", POLITE, (HUP,)),
    Row("serve", "serving", (), (INT,), 0),
]


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row.arguments} × {'+'.join(number.name for number in row.signals)}"
)
def test_a_terminal_is_given_back(row: Row) -> None:
    with contextlib.ExitStack() as running:
        served = running.enter_context(serving(*row.script)) if row.script else None
        arguments = row.arguments.replace("{url}", served.url if served is not None else "")
        seen = running.enter_context(terminal(*arguments.split()))
        before = seen.modes()
        if row.seen:
            seen.until(shows(row.seen))
        else:
            assert served is not None
            seen.until(lambda _: bool(served.peers and served.peers[0].request))
        for place, number in enumerate(row.signals):
            if place:
                time.sleep(LATER_S)
            with contextlib.suppress(ProcessLookupError):
                os.kill(seen.process.pid, number)
        assert seen.end() == (EXITS[row.signals[0]] if row.exit is None else row.exit), seen.text()
        given_back(seen, before)


def given_back(seen: Terminal, before: list[Any]) -> None:
    assert seen.modes() == before
    assert seen.screen.cursor.hidden is False
    # Bracketed paste, the mouse, and the other screen are off, whatever was on.
    for mode in (b"2004", b"1049", b"1000", b"25"):
        on, off = (b"l", b"h") if mode == b"25" else (b"h", b"l")
        assert seen.written.rfind(b"\x1b[?" + mode + on) <= seen.written.rfind(b"\x1b[?" + mode + off), mode
    for ugly in UGLY:
        assert ugly not in seen.text()


def test_what_is_stopped_and_goes_on_loses_nothing() -> None:
    """SIGTSTP and SIGCONT, where there is no prompt: pings may come late, messages do not get lost."""
    script = [open_, text("before"), 0.8, text("meanwhile"), 0.8, text("afterwards"), Peer.answer_close]
    with serving(*script) as served, terminal("connect", served.url, "-n") as seen:
        before = seen.modes()
        seen.until(shows("before"))
        os.kill(seen.process.pid, signal.SIGSTOP)
        time.sleep(1.0)
        os.kill(seen.process.pid, signal.SIGCONT)
        screen = seen.until(shows("afterwards"))
        assert "meanwhile" in screen
        os.kill(seen.process.pid, TERM)
        assert seen.end() == 143
        given_back(seen, before)
