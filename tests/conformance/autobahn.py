"""The Autobahn test suite as a child process: its Python 2.7, its packages, `wstest`. Knows no verdict."""

import ast
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
HOST = "127.0.0.1"

# wstest listens on every interface, whatever its URL says; this keeps it on loopback.
LAUNCHER = f"""
import functools
from autobahntestsuite import fuzzing, wstest
fuzzing.listenWS = functools.partial(fuzzing.listenWS, interface={HOST!r})
wstest.run()
"""


class SuiteError(Exception):
    """The suite, or a process it needs, cannot run; the text says why."""


class NoPython27Error(SuiteError):
    """This machine has no Python 2.7 to run the suite with."""


@dataclass(frozen=True)
class Child:
    """A running process and the file that takes what it prints."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, pattern: str, within_s: float = 30) -> str:
        """The first group of `pattern` in what the process has printed, as soon as it has."""
        deadline = time.monotonic() + within_s
        while True:
            ended = self.process.poll() is not None
            text = self.log.read_text(errors="replace")
            if found := re.search(pattern, text):
                return found[1]
            if ended or time.monotonic() > deadline:
                raise SuiteError(f"{self.process.args!r} did not print {pattern!r}, but:\n{text[-2000:]}")
            time.sleep(0.05)

    def cases(self) -> list[str]:
        """The ids of the cases that `wstest` says it will run, case number 1 first."""
        ids: list[str] = ast.literal_eval(self.wait_for(r"(?m)^Cases = (\[.*\])$"))
        return ids


@contextmanager
def running(command: Sequence[str], log: Path, environ: dict[str, str] | None = None) -> Iterator[Child]:
    """A child process printing into `log`; it is ended when the block is left, however it is left."""
    with log.open("wb") as out:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environ)
        except OSError as error:
            raise SuiteError(f"cannot run {command[0]}: {error}") from error
    try:
        yield Child(process, log)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wstest(mode: str, spec: dict[str, Any], folder: Path) -> AbstractContextManager[Child]:
    """The suite in one of its modes, with its spec and its reports in `folder`, until the block is left."""
    python = find_python27()
    path = folder / "spec.json"
    path.write_text(json.dumps(spec | {"outdir": str(folder)}))
    options = ["--mode", mode, "--spec", str(path), "--webport", "0"]
    command = [python, "-u", "-W", "ignore", "-c", LAUNCHER, *options]
    return running(command, folder / "wstest.log", environ_for(packages(python)))


def packages(python: str) -> Path:
    """Where the pinned packages for `python` are: in the user's cache, installed there on first use."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wsinspect-autobahn"
    site = cache / hashlib.sha256(python.encode() + REQUIREMENTS.read_bytes()).hexdigest()[:16]
    if not site.exists():
        print(f"installing the Autobahn test suite into {site}", file=sys.stderr)
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            fresh = Path(scratch) / "site"
            options = ["--user", "--no-deps", "--ignore-installed", "-r", str(REQUIREMENTS)]
            command = [python, "-m", "pip", "install", *options]
            pip = subprocess.run(command, env=environ_for(fresh), capture_output=True, text=True)
            if pip.returncode:
                raise SuiteError(f"pip could not install the suite:\n{(pip.stdout + pip.stderr)[-2000:]}")
            with suppress(OSError):  # another run was faster
                fresh.rename(site)
    return site


def find_python27() -> str:
    """A CPython 2.7 that has pip: the one in WSINSPECT_PYTHON27, on the path, or pyenv's newest."""
    named = os.environ.get("WSINSPECT_PYTHON27")
    pyenv = sorted(Path.home().glob(".pyenv/versions/2.7*/bin/python"), reverse=True)
    question = "import sys, pip; sys.exit(sys.version_info[:2] != (2, 7))"
    for python in [named] if named else ["python2.7", *map(str, pyenv)]:
        with suppress(OSError):  # pyenv's shim may stand on the path and lead nowhere: ask
            if subprocess.run([python, "-c", question], env=environ_for(Path()), capture_output=True).returncode == 0:
                return python
    raise NoPython27Error(f"no Python 2.7 with pip ({named or 'python2.7, pyenv'}); WSINSPECT_PYTHON27 can name one")


def environ_for(site: Path) -> dict[str, str]:
    """Our environment without what steers our own Python, and `site` as the place of user packages."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"PYTHONUSERBASE": str(site)}


def free_port() -> int:
    """A loopback TCP port that nobody listens on at the moment."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def ask(port: int, path: str, within_s: float = 60) -> bytes:
    """The payload of the first frame that the fuzzing server sends on `path`, once it listens; at most 125 bytes."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            with socket.create_connection((HOST, port), timeout=within_s) as sock, sock.makefile("rb") as stream:
                head = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                sock.sendall((head + key).encode())
                while stream.readline().strip():
                    pass
                return stream.read(stream.read(2)[1] & 0x7F)
        except (OSError, IndexError) as error:
            if time.monotonic() > deadline or not isinstance(error, ConnectionRefusedError):
                raise SuiteError(f"the fuzzing server does not answer {path}: {error}") from error
            time.sleep(0.05)
