"""One hostile case, run and judged: what the program said, how it ended, how long it took, and how much memory.

A case is run off a terminal (pipes) and, where that says more, on a pseudo-terminal of its own. Both times the whole
program runs in a process of its own against a server in a thread of this one. What holds for all cases is judged here:
no traceback, no control character of the peer's in what is shown, the exit code, time and memory, and a terminal that
is afterwards as it was. Knows no table of cases.
"""

import contextlib
import fcntl
import itertools
import os
import pty
import re
import select
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers import Step, command, environment, serving

MIB = 1 << 20
GRACE_S = 2.0
"""So long past its limit a program may still end by itself, to be told as slow and not as hanging."""

COLUMNS, LINES = 1000, 50
"""A wide terminal, so that no sentence is broken over lines."""


class Case(NamedTuple):
    """A row: what a server does to each connection, how wsinspect is called, and what is wanted of it.

    ``script`` has the steps of `tests.servers`. In ``arguments`` and ``files``, ``{url}`` and ``{port}`` are the
    server's; where no argument has them, the URL stands first behind the command. ``says`` must stand in what is
    written (data or talk), ``unsaid`` must not. ``attack`` turns the case round: the program is a server that listens,
    and the function is its hostile client.
    """

    name: str
    group: str
    script: Sequence[Step] = ()
    arguments: Sequence[str] = ()
    says: str | Sequence[str] = ()
    exit: int = 0
    command: str = "connect"
    limit_s: float = 15.0
    limit_mib: float = 150.0
    given: bytes | None = None
    """Standard input; without it there is none, or the terminal."""

    typed: Sequence[tuple[bytes, bytes]] = ()
    """What to wait for on the terminal, and what to type then; one after the other."""

    terminal: bool = True
    """Run it on a terminal, too; never done with ``given`` or ``attack``."""

    pipes: bool = True
    unsaid: str | Sequence[str] = ()
    tls: Callable[[], ssl.SSLContext] | None = None
    path: str = ""
    files: "dict[str, str] | None" = None
    """Files by name, in the folder in which the program runs."""

    judge: "Callable[[Outcome], str | None] | None" = None
    """Returns a complaint about what only this case knows."""

    attack: "Callable[[int], str | None] | None" = None
    """A hostile client, given the port; returns a complaint."""

    env: "dict[str, str] | None" = None


class Way(Enum):
    """How the program is run."""

    PIPES = "pipes"
    TERMINAL = "terminal"


class Ended(NamedTuple):
    """How a process ended, as the kernel tells it: exit code (negative: killed), times, and its greatest memory."""

    exit: int
    seconds: float
    busy_s: float
    peak: int


class Outcome(NamedTuple):
    """What came of a case; ``complaint`` is None where all is as wanted."""

    exit: int
    seconds: float
    busy_s: float
    peak: int
    out: bytes
    err: bytes
    before: "list[Any] | None" = None
    after: "list[Any] | None" = None
    folder: "dict[str, bytes] | None" = None
    """The files in its folder afterwards, by name."""

    complaint: str | None = None

    @property
    def said(self) -> str:
        """All that was written, without what moves and colours a terminal."""
        words = (self.out + b"\n" + self.err).decode("utf-8", "replace")
        # Most have none, and some are hundreds of megabytes.
        return CSI.sub("", words) if "\x1b" in words else words


def turns() -> Callable[[str], bool]:
    """Return what tells by its name whether a case is run on a terminal, too: with escapes in it, and every sixth."""
    every_sixth = itertools.cycle((True, *[False] * 5))
    return lambda name: next(every_sixth) or "escapes" in name


def ways(case: Case) -> list[Way]:
    """Return the ways in which a case is run."""
    on_terminal = case.terminal and case.given is None and case.attack is None
    return [Way.PIPES] * case.pipes + [Way.TERMINAL] * on_terminal


def run(case: Case, way: Way = Way.PIPES) -> Outcome:
    """Run a case and judge it."""
    with tempfile.TemporaryDirectory(prefix="wsinspect-hostile-") as name:
        folder = Path(name)
        if case.attack is not None:
            outcome = _attacked(case, folder)
        else:
            with serving(*case.script, tls=case.tls() if case.tls else None) as served:
                placed = {"{url}": served.url + case.path, "{port}": str(served.port)}
                arguments = [_filled(argument, placed) for argument in case.arguments]
                if arguments == list(case.arguments) and not case.files:
                    arguments.insert(0, served.url + case.path)
                for file, content in (case.files or {}).items():
                    (folder / file).write_text(_filled(content, placed))
                outcome = (_on_terminal if way is Way.TERMINAL else _through_pipes)(
                    [case.command, *arguments], case, folder
                )
        kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    outcome = outcome._replace(folder=kept)
    return outcome if outcome.complaint else outcome._replace(complaint=complaint(case, outcome, way))


def _filled(text: str, placed: dict[str, str]) -> str:
    for name, value in placed.items():
        text = text.replace(name, value)
    return text


# A process, and what it cost.

SPAWNER = """
import os, sys, time
report, terminal = int(sys.argv[1]), sys.argv[2] == "terminal"
if terminal:
    import fcntl, termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
began = time.monotonic()
child = os.fork()
if not child:
    os.close(report)
    os.execv(sys.argv[3], sys.argv[3:])
for stream in (0, 1, 2):
    os.close(stream)
os.write(report, b"%d\\n" % child)
_, status, used = os.wait4(child, 0)
took = time.monotonic() - began
figures = (os.waitstatus_to_exitcode(status), took, used.ru_utime + used.ru_stime, used.ru_maxrss)
os.write(report, b"%d %.6f %.6f %d\\n" % figures)
"""
"""A child's greatest memory is never told lower than its parent's at the fork; so this parent is a small one."""


class Spawned:
    """The program, started through a process of ours that is small and waits for it."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, *, terminal: bool, env: dict[str, str] | None, **streams: Any
    ) -> None:
        ours, theirs = os.pipe()
        spawner = [sys.executable, "-S", "-E", "-I", "-c", SPAWNER, str(theirs), "terminal" if terminal else "pipes"]
        self.process = subprocess.Popen(
            [*spawner, *command(*arguments)],
            cwd=folder,
            env=environment(**{"XDG_STATE_HOME": str(folder / "state")} | (env or {})),
            pass_fds=[theirs],
            start_new_session=terminal,
            **streams,
        )
        os.close(theirs)
        self.report = open(ours, "rb", buffering=0)
        self._told = b""

    @property
    def pid(self) -> int:
        """The program's own process."""
        while b"\n" not in self._told:
            self._told += self.report.read(4096) or b"0\n"
        return int(self._told.partition(b"\n")[0])

    def kill(self) -> None:
        """End the program by force."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid or self.process.pid, signal.SIGKILL)

    def over(self) -> bool:
        """Tell whether the program has ended; takes what is known of it, and waits if nothing is."""
        data = self.report.read(4096)
        self._told += data
        return not data or self._told.count(b"\n") > 1

    def ended(self) -> Ended:
        """Wait for the end of the program."""
        while self._told.count(b"\n") < 2 and not self.over():
            pass
        self.process.wait()
        self.report.close()
        _, _, line = self._told.partition(b"\n")
        exit, seconds, busy_s, peak = line.split()
        return Ended(int(exit), float(seconds), float(busy_s), int(peak) * (1 if sys.platform == "darwin" else 1024))


def _through_pipes(arguments: Sequence[str], case: Case, folder: Path) -> Outcome:
    given = subprocess.DEVNULL if case.given is None else subprocess.PIPE
    spawned = Spawned(
        arguments, folder, terminal=False, env=case.env, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    late = None
    try:
        out, err = spawned.process.communicate(case.given, timeout=case.limit_s + GRACE_S)
    except subprocess.TimeoutExpired:
        late = f"it did not end in {case.limit_s:g} s"
        spawned.kill()
        out, err = spawned.process.communicate()
    return Outcome(*spawned.ended(), out, err, complaint=_with_words(late, out + err))


def _on_terminal(arguments: Sequence[str], case: Case, folder: Path) -> Outcome:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    before = termios.tcgetattr(slave)
    spawned = Spawned(arguments, folder, terminal=True, env=case.env, stdin=slave, stdout=slave, stderr=slave)
    out = bytearray()
    late = None
    deadline = time.monotonic() + case.limit_s + GRACE_S
    typed = list(case.typed)
    looked = 0  # so much of what came was looked at for what is waited for
    over = False
    while not over:
        ready = select.select([master, spawned.report], [], [], max(0.0, deadline - time.monotonic()))[0]
        if master in ready:
            out += os.read(master, 65536)
            if typed and (found := out.find(typed[0][0], looked)) >= 0:
                looked = found + len(typed[0][0])
                os.write(master, typed.pop(0)[1])
        if spawned.report in ready:
            over = spawned.over()
        if not ready:
            late = f"it did not end in {case.limit_s:g} s"
            spawned.kill()
            deadline += GRACE_S
    after = termios.tcgetattr(slave)
    os.close(slave)
    with contextlib.suppress(OSError):
        # What is on its way to us comes before the end, which is told as an error.
        while data := os.read(master, 65536):
            out += data
    os.close(master)
    return Outcome(*spawned.ended(), bytes(out), b"", before, after, complaint=_with_words(late, bytes(out)))


def _attacked(case: Case, folder: Path) -> Outcome:
    """Run the program as a server, and an attack on it; it is then to be stopped by Ctrl-C."""
    assert case.attack is not None
    spawned = Spawned(
        [case.command, *case.arguments],
        folder,
        terminal=False,
        env=case.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert spawned.process.stdout is not None
    late: list[str] = []

    def stop() -> None:
        late.append(f"it did not end in {case.limit_s:g} s")
        spawned.kill()

    watch = threading.Timer(case.limit_s + GRACE_S, stop)
    watch.start()
    wrong = None
    try:
        url = spawned.process.stdout.readline()
        found = re.search(rb":(\d+)/", url)
        wrong = case.attack(int(found[1])) if found else "it told no URL"
        with contextlib.suppress(ProcessLookupError):
            os.kill(spawned.pid, signal.SIGINT)
        out, err = spawned.process.communicate()
    except BaseException:
        spawned.kill()
        spawned.process.communicate()
        spawned.report.close()
        raise
    finally:
        watch.cancel()
    return Outcome(*spawned.ended(), url + out, err, complaint=_with_words(late[0] if late else wrong, out + err))


def _with_words(sentence: str | None, written: bytes) -> str | None:
    return sentence and f"{sentence}; it wrote {written[-600:].decode('utf-8', 'replace')!r}"


# What is wanted of every case.

CSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
OURS = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9;]*[ABCDGHJK]|\?(?:1|7|12|25|2004|2026)[hl])")
"""What we and the prompt send: colours, movements, cursor, line wrap, paste in brackets, and drawing at once."""

MODE = re.compile(r"\x1b\[\?([0-9;]+)([hl])")
RESTING = {"7": "h", "25": "h"}
"""Modes that are on in a terminal that is left alone; all others are off."""

UNWANTED = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""Controls, and characters that reorder or hide others. NUL to BS, VT, FF, ESC, C1, bidi, zero width, separators."""

UNWANTED_BYTES = bytes(code for code in range(128) if UNWANTED.match(chr(code)))

RAW = {"-r", "--raw", "raw"}


def complaint(case: Case, outcome: Outcome, way: Way) -> str | None:
    """Return what is wrong, or None."""
    return next(filter(None, (judge(case, outcome, way) for judge in JUDGES)), None)


def _no_traceback(_: Case, outcome: Outcome, __: Way) -> str | None:
    words = outcome.said
    return f"a traceback: {words[-3000:]}" if "Traceback" in words or "--debug" in words else None


def _exit(case: Case, outcome: Outcome, _: Way) -> str | None:
    if outcome.exit == case.exit:
        return None
    return f"exit {outcome.exit}, wanted {case.exit}; it wrote {outcome.said[-1500:]!r}"


def _sentences(case: Case, outcome: Outcome, _: Way) -> str | None:
    said = outcome.said
    for words in _several(case.says):
        if words not in said:
            return f"{words!r} is not said; it wrote {said[-1500:]!r}"
    for words in _several(case.unsaid):
        if words in said:
            return f"{words!r} is said: {said[max(0, said.index(words) - 200) :][:600]!r}"
    return None


def _in_time(case: Case, outcome: Outcome, _: Way) -> str | None:
    return f"{outcome.seconds:.1f} s, the limit is {case.limit_s:g}" if outcome.seconds > case.limit_s else None


def _in_memory(case: Case, outcome: Outcome, _: Way) -> str | None:
    peak = outcome.peak / MIB
    return f"{peak:.0f} MiB, the limit is {case.limit_mib:g}" if peak > case.limit_mib else None


def _neutral(case: Case, outcome: Outcome, way: Way) -> str | None:
    """No control character comes through; in raw, and off a terminal, data is left as it is."""
    streams = {"stderr": outcome.err, "stdout": outcome.out}
    if way is Way.PIPES and RAW & set(case.arguments):
        del streams["stdout"]
    for name, data in streams.items():
        words = data.decode("utf-8", "surrogateescape")
        if way is Way.TERMINAL:
            words = OURS.sub("", words)
        elif "\r" in words:
            return f"a carriage return on {name}"
        if words.isascii() and len(words) == len(words.encode().translate(None, UNWANTED_BYTES)):
            continue  # the short way for long outputs
        if found := UNWANTED.search(words):
            return f"{found[0]!r} on {name}: {words[max(0, found.start() - 60) : found.end() + 60]!r}"
    return None


def _terminal_as_before(_: Case, outcome: Outcome, way: Way) -> str | None:
    if way is not Way.TERMINAL:
        return None
    if outcome.before != outcome.after:
        return f"the terminal's modes were {outcome.before}, and are {outcome.after}"
    words = outcome.out.decode("utf-8", "replace")
    left = {mode: state for modes, state in MODE.findall(words) for mode in modes.split(";")}
    for mode, state in left.items():
        if state != RESTING.get(mode, "l"):
            return f"mode {mode} is left as {state!r}"
    colours = re.findall(r"\x1b\[([0-9;]*)m", words)
    return f"a colour is left: {colours[-1]!r}" if colours and colours[-1].strip("0;") else None


def _own(case: Case, outcome: Outcome, _: Way) -> str | None:
    return case.judge(outcome) if case.judge else None


JUDGES = (_no_traceback, _exit, _sentences, _in_time, _in_memory, _neutral, _terminal_as_before, _own)


def _several(words: str | Sequence[str]) -> Sequence[str]:
    return [words] if isinstance(words, str) else words
