"""Stopped and continued in a real shell, by Ctrl-Z and otherwise: the prompt, the terminal, what came meanwhile."""

import contextlib
import os
import shlex
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.peer_programs import program
from tests.servers import BOUND_S, Peer, Served, Step, command, open_, serving, text
from tests.test_connect_terminal import Terminal, on_terminal
from tests.test_prompt import CTRL_D, ENTER, echo, line, prompted

termios = pytest.importorskip("termios")

CTRL_Z = b"\x1a"
MARK = "shell$"


def raw(seen: Terminal) -> bool:
    """Tell whether each key is handed on, unseen."""
    flags = seen.modes()[3]
    return not flags & (termios.ECHO | termios.ICANON | termios.ISIG)


def cooked(seen: Terminal) -> bool:
    """Tell whether the terminal is as a shell wants it for its commands."""
    wanted = termios.ECHO | termios.ICANON | termios.ISIG
    return bool(seen.modes()[3] & wanted == wanted)


@contextlib.contextmanager
def in_shell(*script: Step, arguments: tuple[str, ...] = ()) -> Iterator[tuple[Terminal, Served]]:
    """Run the program from an interactive shell with jobs, on a terminal of its own."""
    # Without its own editor, the shell leaves the terminal's modes as commands see them.
    shell = [program("bash"), "--norc", "--noprofile", "--noediting", "-i"]
    with serving(open_, *script) as served, on_terminal(shell, PS1=f"{MARK} ", HISTFILE="") as seen:
        seen.until(lambda screen: screen.endswith(MARK))
        seen.type(f"{shlex.join(command('connect', served.url, *arguments))}\r".encode())
        yield seen, served


def stopped(screen: str) -> bool:
    """The shell has told that it stopped, and is ready."""
    return "Stopped" in screen and screen.endswith(MARK)


def test_ctrl_z_at_the_prompt() -> None:
    away = threading.Event()

    def meanwhile(peer: Peer) -> None:
        away.wait(BOUND_S)
        peer.send(text("meanwhile 1") + text("meanwhile 2"))
        echo(peer)

    with in_shell(meanwhile) as (seen, served):
        seen.until(prompted)
        assert raw(seen)
        seen.type(b"half typed")
        seen.until(lambda screen: line(screen) == "half typed")
        seen.type(CTRL_Z)
        screen = seen.until(stopped)
        assert cooked(seen)
        assert "half typed" not in screen, "the prompt is taken away"
        away.set()
        seen.type(b"echo he''llo\r")
        seen.until(lambda screen: "\nhello\n" in screen)
        seen.type(b"fg\r")
        screen = seen.until(lambda screen: "meanwhile 2" in screen and line(screen) == "half typed")
        assert raw(seen)
        rows = [row[14:] for row in screen.split("\n") if "meanwhile" in row]
        assert rows == [f"↓ TEXT       11 B  meanwhile {number}" for number in (1, 2)]
        seen.type(b" and more" + ENTER)
        seen.until(lambda screen: screen.count("half typed and more") == 2 and line(screen) == "")
        # In the background it may not read the terminal: the system stops it again.
        seen.type(CTRL_Z)
        seen.until(lambda screen: stopped(screen) and screen.count("Stopped") == 2)
        seen.type(b"bg\r")
        seen.until(lambda screen: "&" in screen)
        seen.type(b"sleep 0.1; jobs\r")
        seen.until(lambda screen: stopped(screen) and screen.count("Stopped") >= 3)
        assert cooked(seen)
        seen.type(b"fg\r")
        seen.until(prompted)
        seen.type(b"last")
        seen.until(lambda screen: line(screen) == "last")
        seen.type(ENTER)
        seen.until(lambda screen: screen.count("  last") == 2)
        seen.type(CTRL_D)
        seen.until(lambda screen: "closed by us, cleanly" in screen and screen.endswith(MARK))
        assert cooked(seen)
        seen.type(b"exit $?\r")
        assert seen.end() == 0
    assert [payload for type, payload in served.received() if type == 1] == [b"half typed and more", b"last"]


def test_stopped_from_outside() -> None:
    """Nobody asks us first: the shell finds the prompt as it was, and the terminal is to be taken back."""
    with in_shell(echo) as (seen, _):
        seen.until(prompted)
        seen.type(b"half typed")
        seen.until(lambda screen: line(screen) == "half typed")
        # The job is the terminal's foreground group.
        os.killpg(os.tcgetpgrp(seen.descriptor), signal.SIGSTOP)
        seen.until(stopped)
        assert cooked(seen)
        seen.type(b"fg\r")
        seen.until(lambda screen: prompted(screen.partition("\nfg" if "\nfg" in screen else f"{MARK} fg")[2]))
        assert raw(seen)
        assert line(seen.text()) == "half typed"
        seen.type(b" and more" + ENTER)
        seen.until(lambda screen: screen.count("half typed and more") == 2 and line(screen) == "")
        seen.type(CTRL_D)
        seen.until(lambda screen: "closed by us, cleanly" in screen and screen.endswith(MARK))
        assert cooked(seen)


def test_without_a_prompt() -> None:
    away = threading.Event()

    def meanwhile(peer: Peer) -> None:
        peer.send(text("before"))
        away.wait(BOUND_S)
        peer.send(text("meanwhile"))
        peer.answer_close()

    with in_shell(meanwhile, arguments=("-n",)) as (seen, _):
        seen.until(lambda screen: "before" in screen)
        seen.type(CTRL_Z)
        seen.until(stopped)
        assert cooked(seen)
        away.set()
        time.sleep(0.1)
        assert "meanwhile" not in seen.text()
        # In the background it goes on showing what comes.
        seen.type(b"bg\r")
        seen.until(lambda screen: "meanwhile" in screen)
        seen.type(b"fg\r")
        seen.until(lambda screen: "\nfg" in screen or f"{MARK} fg" in screen)
        seen.type(b"\x03")
        seen.until(lambda screen: "closed by us" in screen and screen.endswith(MARK))
        assert cooked(seen)
        seen.type(b"exit $?\r")
        assert seen.end() == 130
