"""``connect`` as a person sees it: on a pseudo-terminal, whose screen interprets what was written."""

import contextlib
import fcntl
import os
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyte
import pytest

from tests.servers import BOUND_S, Peer, Step, answer, binary, close, command, environment, open_, serving, text

pty = pytest.importorskip("pty")

COLUMNS, LINES = 100, 40
HOSTILE = "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b[31m\u202ereversed\u2066\u200b\x9b31m\r\x08\x7f"


TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A program on a terminal of its own; ``written`` is what came, ``screen`` what is seen of it."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self.process = process
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.written = b""
        self.exit: int | None = None
        self.over = False
        self.interprets = True
        """Off: what is written goes to ``written`` alone, as fast as it comes."""

        self._master = master
        self._stream = pyte.ByteStream(self.screen)

    @property
    def descriptor(self) -> int:
        """The terminal's other end."""
        return self._master

    def type(self, data: bytes) -> None:
        os.write(self._master, data)

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def modes(self) -> list[Any]:
        """Return the modes of the terminal, as termios has them."""
        return termios.tcgetattr(self._master)

    def hang_up(self) -> None:
        os.close(self._master)

    def until(self, seen: Callable[[str], bool]) -> str:
        """Read until the screen shows what is looked for; return the screen."""
        deadline = time.monotonic() + BOUND_S
        while time.monotonic() < deadline:
            if seen(self.text()):
                return self.text()
            if select.select([self._master], [], [], 0.1)[0]:
                try:
                    data = os.read(self._master, 65536)
                except OSError:
                    data = b""
                if not data:
                    self.over = True
                    break
                self.written += data
                if self.interprets:
                    self._stream.feed(data)
        if seen(self.text()):
            return self.text()
        why = "to the end" if self.over else f"in {BOUND_S:g} s"
        raise AssertionError(f"not seen {why}:\n{self.text()}")

    def until_written(self, data: bytes) -> None:
        """Read until this was written."""
        start = max(len(self.written) - len(data), 0)
        self.until(lambda _: data in self.written[start:])
        assert data in self.written[start:]

    def end(self) -> int:
        """Read to the end; return the exit code."""
        with contextlib.suppress(AssertionError):
            self.until(lambda _: False)
        assert self.over, f"not ended in {BOUND_S:g} s:\n{self.text()}"
        self.exit = self.process.wait(BOUND_S)
        return self.exit

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def colours(self) -> set[str]:
        """Return the colours of what is seen."""
        cells = [cell for row in self.screen.buffer.values() for cell in row.values()]
        return {cell.fg for cell in cells if cell.data.strip()} - {"default"}


@contextlib.contextmanager
def terminal(*arguments: str, **env: str) -> Iterator[Terminal]:
    """Run the program on a terminal that controls it, with no history of its own unless the environment has one."""
    with on_terminal(command(*arguments), **env) as seen:
        yield seen


@contextlib.contextmanager
def on_terminal(words: list[str], **env: str) -> Iterator[Terminal]:
    """Run any program so, as a shell that starts ours."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    streams: dict[str, Any] = {"stdin": slave, "stdout": slave, "stderr": slave, "start_new_session": True}
    with tempfile.TemporaryDirectory() as state:
        env = {"XDG_STATE_HOME": state} | env
        process = subprocess.Popen([sys.executable, "-c", TAKE_TERMINAL, *words], env=environment(**env), **streams)
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            process.kill()
            process.wait()
            with contextlib.suppress(OSError):
                os.close(master)


def shown(*script: Step, arguments: tuple[str, ...] = (), **env: str) -> Terminal:
    """Run to the end of a script, without a prompt."""
    with serving(*script) as served, terminal("connect", served.url, "-n", *arguments, **env) as seen:
        seen.end()
    return seen


SCRIPT: list[Step] = [open_, text('{"op": "hello"}') + binary(bytes(range(40))) + close(1012, "soon"), Peer.until_close]


def test_pretty_and_coloured_is_the_default() -> None:
    seen = shown(*SCRIPT)
    lines = seen.text().splitlines()
    assert seen.exit == 6
    assert lines[0].startswith("● connected  ws://127.0.0.1:")
    assert lines[1].endswith('↓ TEXT       15 B  {"op": "hello"}')
    assert lines[2].endswith("↓ BINARY     40 B")
    assert "00000000  00 01 02 03" in lines[3], "a hex view, as only pretty has"
    assert '1012  SERVICE_RESTART  "soon"' in seen.text()
    assert '● closed by the server with 1012 SERVICE_RESTART "soon"' in seen.text()
    assert len(seen.colours()) >= 3


@pytest.mark.parametrize(
    ("env", "arguments"), [({"NO_COLOR": "1"}, ()), ({}, ("--color", "never")), ({"TERM": "dumb"}, ())]
)
def test_no_colour(env: dict[str, str], arguments: tuple[str, ...]) -> None:
    seen = shown(*SCRIPT, arguments=arguments, **env)
    assert b"\x1b[" not in seen.written
    assert "00000000  00 01 02 03" in seen.text(), "the format stays"


@pytest.mark.parametrize("format", ["pretty", "plain", "raw", "ndjson"])
def test_hostile_text_is_harmless(format: str) -> None:
    """In every format what a peer sends is neutralised, and stays on its lines."""
    hostile = HOSTILE.encode()
    script: list[Step] = [open_, text(hostile) + binary(hostile) + close(4000, HOSTILE), Peer.until_close]
    seen = shown(*script, arguments=("-f", format, "--color", "never"))
    assert seen.exit == 6
    assert b"\x1b" not in seen.written
    assert seen.written.decode().replace("\r\n", "").isprintable()
    assert seen.screen.title == ""
    first = seen.text().splitlines()[0]
    assert first.startswith(('{"type":"HANDSHAKE"', "● connected"))
    assert "reversed" in seen.text()


def test_hostile_refusal_is_harmless() -> None:
    refusal = answer(
        f"404 No{HOSTILE}".encode("latin-1", "ignore").decode("latin-1"), HOSTILE.encode(), "X-A: \x1b]0;a\x07"
    )
    seen = shown(Peer.ask, refusal, NO_COLOR="1")
    assert seen.exit == 5
    assert b"\x1b" not in seen.written
    assert "reversed" in seen.text()


def test_colour_option_counts_for_errors() -> None:
    with terminal("connect", "ws://127.0.0.1:1/", "--color", "never") as seen:
        assert seen.end() == 3
    assert b"\x1b" not in seen.written


def test_hostile_url_is_harmless() -> None:
    with terminal("connect", "ws://localhost/\x1b[2J\u202e") as seen:
        assert seen.end() == 2
    assert b"\x1b[2J" not in seen.written
    assert "is not a WebSocket URL" in seen.text()


def test_ctrl_c() -> None:
    with serving(open_, text("hi"), Peer.answer_close) as served, terminal("connect", served.url) as seen:
        seen.until(lambda text: "TEXT" in text)
        seen.type(b"\x03")
        assert seen.end() == 130
    assert "closed by us, cleanly" in seen.text()
    assert served.received()[-1] == (8, b"\x03\xe8")


def test_ctrl_c_without_a_prompt() -> None:
    """What the terminal shows of it stands alone."""
    with (
        serving(open_, text("hi"), Peer.answer_close) as served,
        terminal("connect", served.url, "-n") as seen,
    ):
        seen.until(lambda text: "TEXT" in text)
        seen.type(b"\x03")
        assert seen.end() == 130
    assert "\n^C\n" in seen.text()


def test_hang_up() -> None:
    """The terminal goes away: SIGHUP, and nowhere to write to."""
    with serving(open_, text("hi"), Peer.answer_close) as served, terminal("connect", served.url) as seen:
        seen.until(lambda text: "TEXT" in text)
        seen.hang_up()
        assert seen.process.wait(BOUND_S) == 129
    assert served.received()[-1] == (8, b"\x03\xe8")


def test_typed_lines_are_sent_without_a_prompt() -> None:
    """A terminal that cannot move its cursor has no prompt."""
    with (
        serving(open_, Peer.frame, text("got it"), Peer.answer_close) as served,
        terminal("connect", served.url, TERM="dumb") as seen,
    ):
        seen.until(lambda text: "connected" in text)
        seen.type("hellö\n".encode())
        seen.until(lambda text: "got it" in text)
        seen.type(b"\x04")  # the end of input: nothing more comes for a second, so it closes
        assert seen.end() == 0
    assert served.received()[0] == (1, "hellö".encode())
    assert "see --linger" in seen.text()
