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


def save(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, beside: bool = False) -> Path:
    """Write what was measured just now, ``beside`` other rows that were kept, and return the file."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    found = Measured(datetime.date.today().isoformat(), machine(), list(columns), [list(row) for row in rows])
    if beside and (before := saved(name)) is not None:
        found = joined(before, found)
    path.write_text(json.dumps(found._asdict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def joined(before: Measured, found: Measured) -> Measured:
    """Return earlier rows and new ones, which replace those of the same name; then two days may be told.

    What another machine has found, or in other columns, does not stand in one table with it, and is left out.
    """
    if (before.machine, list(before.columns)) != (found.machine, list(found.columns)):
        return found
    new = {row[0]: row for row in found.rows}
    old = {row[0]: row for row in before.rows}
    first = before.day.partition(" to ")[0]
    day = found.day if first == found.day or old.keys() <= new.keys() else f"{first} to {found.day}"
    return found._replace(day=day, rows=list((old | new).values()))


def saved(name: str) -> Measured | None:
    """Return what the last run that was kept has found; None before there was one."""
    path = FOLDER / f"{name}.json"
    return Measured(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
