"""The example checks under ``tests/examples``, run in this process, and what is told of each.

A folder is an assertion or another part of the format: a file that passes, one that fails, one with a mistake in it.
What each tells stands beside it, as text. ``python -m tests.generate --write`` renews it.
"""

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.example_service import example_service
from wsinspect.cli import run

EXAMPLES = Path(__file__).parent / "examples"
KINDS = {"passing": 0, "failing": None, "malformed": 2}
"""Kinds of files, with the exit code that they must have, None for any but 0 and 2."""

TIMES = re.compile(r" *\b\d[\d,.]* ?(?:µs|ms|s)\b(?! or)")
HAND_MADE = {"API_TOKEN": "hunter2-hunter2"}


def checks() -> list[Path]:
    """Return all example files."""
    return sorted(path for kind in KINDS for path in EXAMPLES.glob(f"*/{kind}.toml"))


def told(path: Path, url: str) -> tuple[int, str]:
    """Run one; return the exit code, and what is told of it without times and ports."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with _as_in(path.parent), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        exit = run(["check", path.name, "--var", f"URL={url}"])
    text = f"$ wsinspect check {path.name}\n"
    for stream in (out, err):
        stream.flush()
        buffer = stream.buffer
        assert isinstance(buffer, io.BytesIO)
        text += buffer.getvalue().decode()
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    return exit, _timeless(text) + f"exit {exit}\n"


def _timeless(text: str) -> str:
    return TIMES.sub(" …", text)


@contextlib.contextmanager
def _as_in(folder: Path) -> Iterator[None]:
    """Run as a user in this folder would, whatever this machine has set."""
    before, environment = Path.cwd(), dict(os.environ)
    unwanted = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_STEP_SUMMARY", "FORCE_COLOR", "COLUMNS")
    os.chdir(folder)
    for name in [name for name in environment if name in unwanted or "proxy" in name.lower()]:
        del os.environ[name]
    os.environ.update(HAND_MADE, NO_COLOR="1", COLUMNS="100")
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)


def expected(path: Path) -> Path:
    """Return where it stands what is told of an example."""
    return path.with_suffix(".txt")


def files() -> dict[Path, str]:
    """Return what is told of every example, by the file it stands in."""
    with example_service() as url:
        return {expected(path): told(path, url)[1] for path in checks()}


if __name__ == "__main__":
    with example_service() as there:
        for name in sys.argv[1:]:
            sys.stdout.write(told(Path(name).resolve(), there)[1])
