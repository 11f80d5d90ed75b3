"""Targets run by libFuzzer, each in a process of its own, and what came of it. Knows no target."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.targets import Target

TIMEOUT_S = 60
"""An input that takes longer hangs, however busy the machine is."""

MOST_MIB = 1024
COVERED = re.compile(r"\bcov: (\d+) ft: (\d+) corp: (\d+)")
FAULTS = ("crash-*", "timeout-*", "oom-*", "leak-*")
SHOWN_LINES = 40
EXCEPTION = "=== Uncaught"
"""What atheris begins with to tell of one."""


class Outcome(NamedTuple):
    """What came of a target: ``covered`` counts edges of code, ``fault`` is an input that must not do what it does."""

    name: str
    seconds: float
    executions: int
    covered: int
    corpus: int
    peak: int
    fault: Path | None
    told: str


def fuzz(
    target: Target, seconds: float, seeds: list[bytes], corpus: Path, faults: Path, random: int | None = None
) -> Outcome:
    """Fuzz a target for so many seconds of its CPU time; what brings new coverage is added to the corpus.

    With an empty corpus, the same number ``random`` makes the same inputs in the same order.
    """
    corpus.mkdir(parents=True, exist_ok=True)
    faults.mkdir(parents=True, exist_ok=True)
    before = set(_inputs(faults))
    with tempfile.TemporaryDirectory() as work:
        figures, words, planted = Path(work, "figures"), Path(work, "words"), Path(work, "seeds")
        planted.mkdir()
        paths = [planted / str(number) for number in range(len(seeds))]
        for path, seed in zip(paths, seeds, strict=True):
            path.write_bytes(seed)
        # In a folder they have no order.
        order = Path(work, "order")
        order.write_text(",".join(map(str, paths)))
        words.write_text("".join(_word(word) for word in target.words), encoding="ascii")
        options = [
            f"-max_len={target.longest}", f"-timeout={TIMEOUT_S}", f"-rss_limit_mb={MOST_MIB}", "-report_slow_units=5",
            f"-artifact_prefix={faults}/", *([f"-dict={words}"] if target.words else []),
            *([] if random is None else [f"-seed={random}"]), f"-seed_inputs=@{order}", str(corpus),
        ]  # fmt: skip
        command = [sys.executable, "-m", "tests.fuzz.child", target.name, str(seconds), str(figures), *options]
        environment = os.environ | ({} if random is None else {"PYTHONHASHSEED": str(random)})
        log = Path(work, "log")
        with log.open("wb") as file:
            code = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment
            ).returncode
        told = log.read_text(encoding="utf-8", errors="replace")
        found = json.loads(figures.read_text()) if figures.exists() else {"executions": 0, "seconds": 0.0, "peak": 0}
    covered = COVERED.findall(told)
    fault = next(iter(set(_inputs(faults)) - before), None)
    if code and fault is None:
        fault = faults
    shown = "\n".join(told[max(told.find(EXCEPTION), 0) :].splitlines()[-SHOWN_LINES:]) if code else ""
    edges, corpus_size = (int(covered[-1][0]), int(covered[-1][2])) if covered else (0, 0)
    return Outcome(target.name, found["seconds"], found["executions"], edges, corpus_size, found["peak"], fault, shown)


def _inputs(folder: Path) -> list[Path]:
    return [path for pattern in FAULTS for path in folder.glob(pattern)]


def _word(word: str) -> str:
    """Return a word as a line of a dictionary of libFuzzer's."""
    escaped = "".join(f"\\x{byte:02x}" for byte in word.encode())
    return f'"{escaped}"\n'
