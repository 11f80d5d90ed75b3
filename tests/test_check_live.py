"""The view of running checks as a person sees it: on a pseudo-terminal, whose screen interprets what is written."""

import contextlib
import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyte import modes

from tests.check_results import ALL
from tests.servers import environment
from tests.test_connect_terminal import TAKE_TERMINAL, Terminal, pty
from wsinspect.term.live import DRAWS_A_SECOND

PROGRAM = Path(__file__).parent / "telling_process.py"
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"
BAR = re.compile(r"^[━─]* *\d+/\d+ ")


@contextlib.contextmanager
def telling(
    columns: int = 100,
    lines: int = 30,
    *,
    apart: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
    **wishes: Any,
) -> Iterator[Terminal]:
    """Run the telling results on a terminal; streams named in ``apart`` lead elsewhere."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    streams: dict[str, Any] = {"stdin": slave, "stdout": slave, "stderr": slave, "start_new_session": True}
    streams |= dict.fromkeys(apart, subprocess.PIPE)
    given = environment(PYTHONPATH=str(PROGRAM.parent.parent), **(env or {}))
    command = [sys.executable, "-c", TAKE_TERMINAL, sys.executable, str(PROGRAM), json.dumps(wishes)]
    process = subprocess.Popen(command, env=given, **streams)
    os.close(slave)
    try:
        seen = Terminal(process, master)
        seen.screen.resize(lines, columns)
        yield seen
    finally:
        process.kill()
        process.communicate()
        with contextlib.suppress(OSError):
            os.close(master)


def cursor_is_shown(seen: Terminal) -> bool:
    return modes.DECTCEM in seen.screen.mode and seen.written.rfind(SHOW) >= seen.written.rfind(HIDE)


def test_a_view_while_checks_run_and_a_tree_behind_it() -> None:
    with telling(lines=200, pause_s=0.02) as seen:
        shown = seen.until(lambda text: bool(BAR.search(text)) and "✗" in text)
        assert re.search(r"\d+/15", shown)
        assert "· " in shown, "checks that run are named"
        assert seen.end() == 0
    text = seen.text()
    assert not re.search(r"\d+/15  ", text), "nothing is left of the view"
    assert text.startswith("✓ ping answers")
    assert text.endswith("3 passed, 8 failed, 3 errors, 1 skipped in 2.1 s · exit 4")
    assert cursor_is_shown(seen)
    assert len(seen.colours()) >= 3
    assert seen.screen.title == ""


@pytest.mark.parametrize(("columns", "lines"), [(100, 4), (30, 8), (12, 3), (200, 50)])
def test_the_view_fits(columns: int, lines: int) -> None:
    """Drawn over itself without a line left behind: what is too much would scroll, and could not be taken back."""
    with telling(columns, lines, times=2, pause_s=0.02, fault="SystemExit") as seen:
        seen.end()
    assert HIDE in seen.written
    assert seen.text().replace("\n", "") == "in the middle", "only the program's last words are left"
    assert cursor_is_shown(seen)


def test_a_terminal_that_changes_its_size() -> None:
    with telling(120, 30, times=3, pause_s=0.02) as seen:
        seen.until(lambda text: bool(BAR.search(text)))
        seen.resize(60, 10)
        assert seen.end() == 0
    assert seen.text().endswith("9 passed, 24 failed, 9 errors, 3 skipped in 2.1 s · exit 4")


def test_it_is_drawn_no_more_often_than_a_person_sees() -> None:
    began = time.monotonic()
    with telling(times=4, pause_s=0.01) as seen:
        seen.end()
    seconds = time.monotonic() - began
    drawn = len(re.findall(rb"\d+/60(?:\x1b\[[0-9;]*m)* ", seen.written))
    # One when it begins, one when it ends.
    assert 2 <= drawn <= seconds * DRAWS_A_SECOND + 2


def test_what_is_typed_meanwhile_spoils_nothing() -> None:
    """A newline, and ^C at the end of a full line, would move the cursor away from the view."""
    with telling(100, 250, pause_s=0.05) as seen:
        before = seen.modes()
        seen.until(lambda text: bool(BAR.search(text)))
        seen.type(b"typed\nahead\n\n")
        assert seen.end() == 0
        assert seen.modes() == before
    assert seen.text().startswith("✓ ping answers")
    assert b"ahead" not in seen.written


@pytest.mark.parametrize("fault", ["KeyboardInterrupt", "RuntimeError"])
def test_the_cursor_comes_back_whatever_happens(fault: str) -> None:
    with telling(times=2, pause_s=0.02, fault=fault) as seen:
        assert seen.end() != 0
    assert HIDE in seen.written
    assert cursor_is_shown(seen)
    assert seen.text().startswith("Traceback"), "what the program says stands where the view was"


@pytest.mark.parametrize(
    ("env", "apart", "wishes"),
    [
        ({"TERM": "dumb"}, (), {}),
        ({"CI": "true"}, (), {}),
        ({}, ("stderr",), {}),
        # Behind a pipe may be `tee`, which writes to the same terminal.
        ({}, ("stdout",), {}),
        ({}, (), {"options": {"quiet": True}}),
    ],
    ids=["dumb", "ci", "stderr apart", "stdout apart", "quiet"],
)
def test_no_view(env: dict[str, str], apart: tuple[str, ...], wishes: dict[str, Any]) -> None:
    with telling(env=env, apart=apart, pause_s=0.01, **wishes) as seen:
        assert seen.end() == 0
    assert HIDE not in seen.written
    assert not re.search(rb"\d/15", seen.written)
    assert (b"exit 4" in seen.written) is ("stdout" not in apart)


def test_lines_into_a_file_and_a_view(tmp_path: Path) -> None:
    """A file is no terminal, and takes nothing away from one."""
    file = tmp_path / "out"
    program = f"exec {sys.executable} {PROGRAM} '{json.dumps({'pause_s': 0.02})}' > {file}"
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    given = environment(PYTHONPATH=str(PROGRAM.parent.parent))
    process = subprocess.Popen(["bash", "-c", program], env=given, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    try:
        seen = Terminal(process, master)
        seen.end()
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert HIDE in seen.written
    assert seen.text() == ""
    assert file.read_text().startswith("ok    ping answers")


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {}])
def test_colour_is_no_matter(env: dict[str, str]) -> None:
    with telling(lines=200, env=env, pause_s=0.01) as seen:
        assert seen.end() == 0
    coloured = re.search(rb"\x1b\[[0-9;]*m", seen.written) is not None
    assert coloured is not bool(env)
    for sign in "✓✗!–":
        assert f"{sign} " in seen.text()


def test_hostile_texts_are_harmless() -> None:
    with telling(lines=300, times=2, pause_s=0.01, env={"NO_COLOR": "1"}) as seen:
        seen.end()
    # What draws the view: up, begin of line, erase, the cursor off and on.
    ours = rb"\x1b\[(?:\d*A|2K|\?25[lh])|\r|\n"
    assert re.sub(ours, b"", seen.written).decode().isprintable()
    assert seen.screen.title == ""
    assert len(ALL) == 15
