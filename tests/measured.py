"""What was measured, kept where the README reads it: ``tests/measured/NAME.json``, written by a command's ``--save``.

A long run (conformance, hostile servers, fuzzing, soak, benchmarks) belongs to no test; its figures are written by the
command that found them, and by nobody else.
"""

import datetime
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("measured")


class Measured(NamedTuple):
    """A table, the day it was measured, and the machine. Cells are text, ready to be shown."""

    day: str
    machine: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def machine() -> str:
    """Name this machine: processor, cores, system, Python."""
    model = ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    cores = f"{os.cpu_count()} cores of {model or platform.machine()}"
    return f"{cores}, {system}, {platform.python_implementation()} {platform.python_version()}"


def save(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """Write what was measured just now, and return the file."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    found = Measured(datetime.date.today().isoformat(), machine(), list(columns), [list(row) for row in rows])
    path.write_text(json.dumps(found._asdict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def saved(name: str) -> Measured | None:
    """Return what the last run that was kept has found; None before there was one."""
    path = FOLDER / f"{name}.json"
    return Measured(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
