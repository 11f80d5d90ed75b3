"""A fast stream on a pseudo-terminal for a minute: what is shown, and above a prompt counted, is what came."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator

from tests.bench.peers import ours
from tests.servers import environment
from tests.soak.checker import Pretty, WrongError
from tests.soak.stage import Program, Row, Stage, Verdict, complete, constant, ended_with, merged, sending, started
from tests.soak.watching import watching

FIRST_S = 20.0
COLUMNS, LINES = 120, 40
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(1, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


def terminal(stage: Stage) -> Iterator[Row]:
    """Coloured lines, drawn as fast as the terminal takes them."""
    yield from _shown(stage, "pretty on a terminal", "-n")
    yield from _shown(stage, "pretty above a prompt")


def _shown(stage: Stage, what: str, *options: str) -> Iterator[Row]:
    seconds = stage.pick(60, 2)
    form = Pretty()
    wrong: list[str] = []
    with sending() as sender, _on_terminal(stage, "connect", *options, sender.url(seconds, 1000)) as (program, master):

        def read() -> None:
            # A terminal that is given up by its last program reads as a fault.
            with contextlib.suppress(OSError):
                while data := os.read(master, 1 << 16):
                    try:
                        if not wrong:
                            form.feed(data)
                    except WrongError as fault:
                        wrong.append(str(fault))

        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        with watching(program.pid, 0.5) as watched:
            exit = program.end(2 * seconds + 60)
        if exit is None:
            program.process.kill()
        sent = sender.sent() if exit is not None else -1
        reading.join(10)
    if not wrong:
        form.end()
    row = complete(sent, terminal=Verdict(form.count, "".join(wrong), form.others))
    counted = form.others["not shown"]
    found = f"{row.found}, {f'{counted:,} told as a count' if counted else 'all shown'}"
    yield merged(
        f"{what}, {seconds:.0f} s at full speed",
        row._replace(found=found),
        constant(stage, watched, FIRST_S),
        ended_with(program, exit),
    )


@contextlib.contextmanager
def _on_terminal(stage: Stage, *arguments: str) -> Iterator[tuple[Program, int]]:
    """Run the program on a terminal that controls it; give the terminal's other end, too."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    command = [sys.executable, "-c", TAKE_TERMINAL, *ours(*arguments)]
    streams = {"stdin": slave, "stdout": slave, "stderr": subprocess.PIPE}
    try:
        with started(command, env=environment(XDG_STATE_HOME=str(stage.folder)), **streams) as process:
            os.close(slave)
            yield Program(process), master
    finally:
        os.close(master)
