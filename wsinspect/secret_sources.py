"""Secrets that a profile only points to, fetched: from an environment variable, or from a command's output.

A command runs without a shell. What it prints is never told, whatever goes wrong.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping

from wsinspect.clock import now
from wsinspect.errors import InspectError, shortened
from wsinspect.profiles import Later, Source

TIME_S = 30.0
"""So long a command may take; it may have to ask somebody."""

LARGEST = 64 << 10
"""Bytes of output; a secret is much shorter."""


def filled(
    later: Later, place: Callable[[Source], str], environment: Mapping[str, str], *, time_s: float = TIME_S
) -> str:
    """Return a text with what its parts point to; ``place`` tells where one stands, for errors."""
    return "".join(
        part if isinstance(part, str) else fetched(part, place, environment, time_s=time_s) for part in later.parts
    )


def fetched(
    source: Source, place: Callable[[Source], str], environment: Mapping[str, str], *, time_s: float = TIME_S
) -> str:
    """Return a secret: the variable's value, or the first line that the command prints, without blanks around it.

    Raises:
        InspectError: it is not there, the command fails or takes longer than ``time_s``.
    """
    if source.kind == "env":
        (name,) = source.words
        if not environment.get(name):
            told = "is empty" if name in environment else "is not set"
            raise InspectError(f"{place(source)}: the environment variable `{shortened(name)}` {told}")
        return environment[name]
    name = shortened(os.path.basename(source.words[0]) or source.words[0])
    try:
        text = _output(source.words, environment, time_s).decode().strip()
    except _Failed as fault:
        raise InspectError(f"{place(source)}: the command `{name}` {fault}", hint=fault.hint) from None
    except UnicodeDecodeError:
        raise InspectError(f"{place(source)}: the command `{name}` printed what is not UTF-8") from None
    if not text:
        raise InspectError(f"{place(source)}: the command `{name}` printed nothing")
    # `pass` and its kin put more below the password.
    return text.partition("\n")[0].strip()


class _Failed(Exception):
    def __init__(self, words: str, hint: str = "") -> None:
        super().__init__(words)
        self.hint = hint


def _output(words: tuple[str, ...], environment: Mapping[str, str], time_s: float) -> bytes:
    """Run a command and return what it prints; raises `_Failed`."""
    # Who looks on may be asked for a passphrase. Lines that are to be sent are not the command's to read.
    watched = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, word for word, without a shell
            words,
            stdin=None if watched else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if watched else subprocess.DEVNULL,
            env=dict(environment),
        )
    except FileNotFoundError:
        raise _Failed("is not there", "is it installed, and in PATH?") from None
    except (OSError, ValueError) as fault:
        raise _Failed(f"cannot be run: {getattr(fault, 'strerror', None) or 'its words cannot be'}") from None
    # A thread, since a child of the command may keep the pipe open for longer than we wait.
    got: list[bytes] = []
    stream = process.stdout
    assert stream is not None

    def read() -> None:
        with stream:
            got.append(stream.read(LARGEST + 1))

    reading = threading.Thread(target=read, daemon=True)
    deadline = now().mono + time_s
    try:
        reading.start()
        reading.join(time_s)
        output = got[0] if got else b""
        if reading.is_alive():
            raise _Failed(f"did not end within {time_s:g} s")
        if len(output) > LARGEST:
            raise _Failed(f"printed more than {LARGEST >> 10} KiB")
        try:
            status = process.wait(max(0.0, deadline - now().mono))
        except subprocess.TimeoutExpired:
            raise _Failed(f"did not end within {time_s:g} s") from None
        if status:
            told = f"failed with exit code {status}" if status > 0 else f"was ended by signal {-status}"
            raise _Failed(told, "what it printed is not shown here; try it in a shell")
        return output
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
