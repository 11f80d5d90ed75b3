"""Completion in bash, zsh and fish themselves, each skipped where it is not installed."""

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyte
import pytest

from tests.completions import FOLDER
from wsinspect.close_table import ROWS
from wsinspect.recents import remember
from wsinspect.registry import COMMANDS, FORMATS

ENDS_WITHIN_S = 10.0
RESTART = f"closes with SERVICE_RESTART: {ROWS[1012].summary}"
CLEAR = "\x15\x0c"  # Ctrl-U, Ctrl-L


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a `wsinspect` in it, as it is here."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "wsinspect"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wsinspect "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture
def known(place: Path) -> None:
    """Profiles and recent URLs in the home of the person in front of the shell."""
    config = place.parent / ".config" / "wsinspect" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        '[profiles.staging]\nurl = "wss://staging.example.com/v2?a=1"\n[profiles.prod-eu]\nurl = "demo:"\n'
    )
    for url in RECENT:
        remember(url, {"XDG_STATE_HOME": str(place.parent / ".local" / "state")})


RECENT = ["ws://localhost:8080/chat?room=1&x=2", "@staging/orders"]


def environment(place: Path) -> dict[str, str]:
    return {
        "PATH": f"{place}:{os.environ['PATH']}",
        "PYTHONPATH": str(FOLDER.parent),
        "HOME": str(place.parent),
        "ZDOTDIR": str(place.parent),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "PS1": "> ",
    }


class Terminal:
    """A shell on a pseudo-terminal of 120 columns, and a person in front of it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._screen = pyte.Screen(120, 40)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        # Without a terminal to control, shells complain about job control. Nothing threaded runs here.
        take = partial(os.login_tty, theirs)
        self._shell = subprocess.Popen(command, preexec_fn=take, env=environment)  # noqa: PLW1509
        os.close(theirs)

    def type(self, keys: str, expected: str) -> None:
        """Type, and wait until the screen holds what is expected."""
        os.write(self._ours, keys.encode())
        self.see(expected)

    def see(self, expected: str) -> None:
        deadline = time.monotonic() + ENDS_WITHIN_S
        while not any(line.startswith(expected) for line in self._screen.display):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._ours], [], [], left)[0]:
                shown = "\n".join(line.rstrip() for line in self._screen.display).rstrip()
                pytest.fail(f"`{expected}` did not appear in {ENDS_WITHIN_S} s:\n{shown}")
            self._stream.feed(os.read(self._ours, 65536))

    def close(self) -> None:
        self._shell.kill()
        self._shell.wait()
        os.close(self._ours)


def needs(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


@pytest.fixture
def bash(place: Path) -> Iterator[Terminal]:
    shell = needs("bash")
    start = place.parent / "start.bash"
    start.write_text(f"PS1='> '\nset -o nounset\nbind 'set bell-style none'\nsource '{FOLDER / 'wsinspect.bash'}'\n")
    terminal = Terminal([shell, "--noprofile", "--rcfile", str(start), "-i"], environment(place))
    yield terminal
    terminal.close()


@pytest.fixture
def zsh(place: Path) -> Iterator[Terminal]:
    shell = needs("zsh")
    (place.parent / ".zshrc").write_text(
        f"PS1='> '\nunsetopt beep\nfpath=('{FOLDER}' $fpath)\nautoload -Uz compinit\ncompinit -D -u\n"
    )
    terminal = Terminal([shell, "-d", "-i"], environment(place))
    yield terminal
    terminal.close()


def complete_in(terminal: Terminal, place: Path) -> None:
    """Type what a person would; each step waits for what the shell makes of it."""
    terminal.see("> ")
    terminal.type("wsinspect dec\t", "> wsinspect decode-close ")
    terminal.type("service_r\t", "> wsinspect decode-close service_restart")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type("wsinspect connect dem\t", "> wsinspect connect demo: ")
    terminal.type("ech\t", "> wsinspect connect demo:echo ")
    terminal.type("--format=nd\t", "> wsinspect connect demo:echo --format=ndjson")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type("wsinspect connect --dialect pho\t", "> wsinspect connect --dialect phoenix ")
    terminal.type("'dem\tec\t", "> wsinspect connect --dialect phoenix 'demo:echo'")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type(f"{place}/wsinspect ser\t", f"> {place}/wsinspect serve ")
    terminal.type(CLEAR, "> " + " " * 80)


def complete_urls_in(terminal: Terminal, quoted: str) -> None:
    """The @ and the colon, which shells have ways of their own with; ``quoted`` is how the recent URL is inserted."""
    terminal.see("> ")
    terminal.type("wsinspect connect @pro\t", "> wsinspect connect @prod-eu ")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type("wsinspect connect @staging/o\t", "> wsinspect connect @staging/orders ")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type("wsinspect connect ws\t", f"> wsinspect connect {quoted} ")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type("wsinspect connect ws://loc\t", f"> wsinspect connect {quoted} ")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type("wsinspect connect 'ws://loc\t", f"> wsinspect connect '{RECENT[0]}' ")
    terminal.type(CLEAR, "> " + " " * 80)
    terminal.type("wsinspect profiles st\t", "> wsinspect profiles staging ")
    terminal.type(CLEAR, "> " + " " * 80)


@pytest.mark.usefixtures("known")
def test_urls_in_bash(bash: Terminal) -> None:
    complete_urls_in(bash, r"ws://localhost:8080/chat\?room=1\&x=2")
    bash.type("wsinspect connect @st\t", "> wsinspect connect @staging")
    bash.type("\t\t", "@staging         wss://staging.example.com/v2?a=1")


@pytest.mark.usefixtures("known")
def test_urls_in_zsh(zsh: Terminal) -> None:
    complete_urls_in(zsh, r"ws://localhost:8080/chat\?room=1\&x=2")
    zsh.type("wsinspect connect @st\t", "> wsinspect connect @staging")
    zsh.type("\t", "@staging         -- wss://staging.example.com/v2?a=1")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wsinspect connect @st", ["@staging\twss://staging.example.com/v2?a=1", "@staging/orders\topened before"]),
        ("wsinspect connect ws://loc", [f"{RECENT[0]}\topened before"]),
        ("wsinspect connect 'ws://loc", [f"{RECENT[0]}\topened before"]),
        ("wsinspect profiles st", ["staging\twss://staging.example.com/v2?a=1"]),
    ],
)
@pytest.mark.usefixtures("known")
def test_urls_in_fish(line: str, offered: list[str], place: Path) -> None:
    test_in_fish(line, offered, place)


def test_in_bash(bash: Terminal, place: Path) -> None:
    complete_in(bash, place)
    bash.type("wsinspect connect demo:10", "> wsinspect connect demo:10")
    bash.type("\t\t", f"1012  {RESTART}")
    bash.type("", "> wsinspect connect demo:10")
    bash.type(CLEAR + "wsinspect \t\t", "decode-close  " + COMMANDS["decode-close"].help)


def test_in_zsh(zsh: Terminal, place: Path) -> None:
    complete_in(zsh, place)
    zsh.type("wsinspect connect demo:101\t", f"demo:1012  -- {RESTART}")
    zsh.type(CLEAR + "wsinspect \t", "decode-close  -- " + COMMANDS["decode-close"].help)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wsinspect dec", [f"decode-close\t{COMMANDS['decode-close'].help}"]),
        ("wsinspect connect demo:1012", [f"demo:1012\t{RESTART}"]),
        ("wsinspect connect --format=nd", [f"--format=ndjson\t{FORMATS['ndjson'].help}"]),
        ("wsinspect connect --form", ["--format\tHow to show messages"]),
        ("wsinspect decode-close policy", [f"policy_violation\t1008: {ROWS[1008].summary}"]),
        ("true | NO_COLOR=1 wsinspect connect --summary ", ["text\ta sentence", "json\ta JSON object on one line"]),
        ("bin/wsinspect ser", [f"serve\t{COMMANDS['serve'].help}"]),
    ],
)
def test_in_fish(line: str, offered: list[str], place: Path) -> None:
    shell = needs("fish")
    script = f"source '{FOLDER / 'wsinspect.fish'}'; complete -C $argv[1]"
    done = subprocess.run(
        [shell, "--no-config", "-c", script, line],
        env=environment(place),
        cwd=place.parent,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=True,
    )
    assert done.stdout.splitlines() == offered
    assert done.stderr == ""
