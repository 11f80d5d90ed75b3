"""A program at a certain moment: started as a user would, and waited for until it is there. Knows no table.

What a run leaves behind is looked at by judges: functions that return a complaint, or None.
"""

import contextlib
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.servers import BOUND_S, Peer, Served, Step, command, ended, environment, run, serving
from wsinspect.wire.frames import CLOSE

SOON_S = 6.0
"""So long an end may take that peers have a say in: they have two seconds, and a busy machine needs room."""

UGLY = ("Traceback", "Exception ignored", "KeyboardInterrupt", "Fatal Python error", "Warning:")
"""What no user may ever read, however it ended."""


class Stage(NamedTuple):
    """A program that runs, the server that it talks to, and the folder in which it stands."""

    process: "subprocess.Popen[bytes]"
    folder: Path
    served: Served | None = None

    @property
    def peers(self) -> list[Peer]:
        return self.served.peers if self.served is not None else []


class End(NamedTuple):
    """How it ended: ``exit`` as a shell tells it (128 and the signal, where that ended it)."""

    exit: int
    out: str
    err: str
    seconds: float
    folder: Path
    peers: list[Peer]


Judge: TypeAlias = Callable[[End], "str | None"]


def shell_code(status: int) -> int:
    return status if status >= 0 else 128 - status


def until(holds: Callable[[], Any], what: str, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until something holds; fails after `BOUND_S`, or where the process has ended before."""
    deadline = time.monotonic() + BOUND_S
    while not holds():
        if process is not None and process.poll() is not None and not holds():
            out, err = process.communicate()
            raise AssertionError(f"it ended with {process.returncode} before: {what}; {out!r}, {err!r}")
        assert time.monotonic() < deadline, f"not in {BOUND_S:g} s: {what}"
        time.sleep(0.01)


def over(stage: Stage, began: float | None = None) -> End:
    """Wait for the end of the program, and see that it was a tidy one."""
    began = time.monotonic() if began is None else began
    ran = ended(stage.process)
    took = time.monotonic() - began
    for ugly in UGLY:
        assert ugly not in ran.err, ran.err
        assert ugly not in ran.out, ran.out
    return End(shell_code(ran.exit), ran.out, ran.err, took, stage.folder, stage.peers)


@contextlib.contextmanager
def staged(
    folder: Path, *arguments: str, script: Sequence[Step] = (), before: str = "", **options: Any
) -> Iterator[Stage]:
    """Start the program in a folder; ``{url}`` and ``{port}`` in its arguments are those of a server with a script.

    ``before`` are lines of Python that run first.
    """
    with contextlib.ExitStack() as running:
        served = running.enter_context(serving(*script)) if script else None
        filled = list(arguments)
        if served is not None:
            filled = [one.replace("{url}", served.url).replace("{port}", str(served.port)) for one in filled]
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        line = python_with(before, *filled) if before else command(*filled)
        process = subprocess.Popen(line, cwd=folder, env=environment(XDG_STATE_HOME=str(folder / "state")), **options)
        running.callback(kill, process)
        yield Stage(process, folder, served)


def shell(line: str, folder: Path, script: Sequence[Step] = (), **env: str) -> End:
    """Run a line of bash in a folder to its end; PROGRAM, {url} and {port} in it stand for what they are."""
    with contextlib.ExitStack() as running:
        served = running.enter_context(serving(*script)) if script and "{url}" in line else None
        line = line.replace("PROGRAM", f"{sys.executable} -m wsinspect")
        if served is not None:
            line = line.replace("{url}", served.url).replace("{port}", str(served.port))
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            ["bash", "-c", line],
            cwd=folder,
            env=environment(**{"XDG_STATE_HOME": str(folder / "state")} | env),
            **pipes,
        )
        running.callback(kill, process)
        return over(Stage(process, folder, served))


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of a program; one that has ended is no matter."""
    process.kill()
    with contextlib.suppress(ValueError):
        process.communicate()


def complaints(end: End, judges: Sequence[Judge]) -> list[str]:
    return [complaint for judge in judges if (complaint := judge(end)) is not None]


# Judges.


def close_sent(code: int) -> Judge:
    """The last frame that the server got on each connection is a close with this code; for after its end."""

    def judge(end: End) -> str | None:
        for peer in end.peers:
            last = peer.received[-1] if peer.received else None
            if last is None or last[0] != CLOSE or last[1][:2] != code.to_bytes(2, "big"):
                return f"the server saw {last} at last, not a close with {code}"
        return None if end.peers else "nobody came to the server"

    return judge


def no_close(end: End) -> str | None:
    """There was no connection yet on which a close frame could be sent."""
    return f"frames were sent: {end.peers[0].received}" if end.peers and end.peers[0].received else None


def recording(name: str, last: str = "", *, messages: int | None = None, exit: int | None = None) -> Judge:
    """The recording is whole: `show` has no complaint, its messages are there, and its end tells the exit code."""

    def judge(end: End) -> str | None:
        shown = run("show", str(end.folder / name), "--format", "ndjson")
        if shown.exit != 0 or "● " not in shown.err:
            return f"`show` ends with {shown.exit}: {shown.err}"
        rows = [json.loads(line) for line in shown.out.splitlines()]
        texts = [row for row in rows if row["type"] == "TEXT"]
        if messages is not None and len(texts) != messages:
            return f"{len(texts)} messages are in it"
        if last and (not texts or texts[-1]["text"] != last):
            return f"its last message is {texts[-1:]}"
        if exit is not None and (rows[-1]["type"] != "CLOSED" or rows[-1]["exit"] != exit):
            return f"its last line is {rows[-1]}"
        return None

    return judge


def written(*names: str) -> Judge:
    """These files are there, whole for those who read such files, and nothing half-written is beside them."""

    def judge(end: End) -> str | None:
        there = {path.name for path in end.folder.rglob("*") if path.is_file()}
        for name in names:
            if name not in there:
                return f"{name} is not there"
            text = (end.folder / name).read_bytes()
            try:
                READERS[name.rpartition(".")[2]](text)
            except Exception as fault:
                return f"{name} is not whole: {fault}"
        return nothing_beside(end)

    return judge


def nothing_beside(end: End) -> str | None:
    """No half-written file is left."""
    left = [path.name for path in end.folder.rglob("*") if path.name.endswith((".part", ".unfinished"))]
    return f"left behind: {left}" if left else None


def absent(*names: str) -> Judge:
    """These files are not there."""
    return lambda end: next((f"{name} is there" for name in names if (end.folder / name).exists()), None)


def _xml(data: bytes) -> None:
    import xml.etree.ElementTree as tree

    tree.fromstring(data)


def _html(data: bytes) -> None:
    assert data.rstrip().endswith(b"</html>")


def _tap(data: bytes) -> None:
    assert data.startswith(b"TAP version 1")


READERS: dict[str, Callable[[bytes], object]] = {
    "json": json.loads,
    "har": json.loads,
    "xml": _xml,
    "html": _html,
    "tap": _tap,
    "gz": gzip.decompress,
    "ndjson": lambda data: [json.loads(line) for line in data.splitlines()],
    "csv": lambda data: data.decode(),
}


# What stands still.


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections, and says nothing on any of them."""
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


@contextlib.contextmanager
def deaf() -> Iterator[int]:
    """A port that does not even take connections: packets that ask for one are dropped."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    with contextlib.ExitStack() as taken:
        taken.callback(listener.close)
        for _ in range(4):
            before = taken.enter_context(contextlib.closing(socket.socket()))
            before.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                before.connect(listener.getsockname())
        yield listener.getsockname()[1]


def python_with(code: str, *arguments: str) -> list[str]:
    """Return the command line of the program in a Python that runs a few lines first."""
    program = f"{code}\nimport runpy\nrunpy.run_module('wsinspect', run_name='__main__')"
    return [sys.executable, "-c", program, *arguments]


def heed_signals() -> None:
    """For a child, when these tests run where signals are ignored, as in the background of a shell."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def connections_of(process: "subprocess.Popen[bytes]") -> list[str]:
    """Return the states of a process's TCP connections over IPv4 as Linux tells them; empty where it does not."""
    states = []
    with contextlib.suppress(OSError):
        inodes = set()
        for entry in os.listdir(f"/proc/{process.pid}/fd"):
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(f"/proc/{process.pid}/fd/{entry}"))
        for line in Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in inodes:
                states.append(fields[3])
    return states


ESTABLISHED, SYN_SENT = "01", "02"
