"""One target fuzzed in a process of its own, for so many seconds of its CPU time.

It takes the target's name, the seconds, a file for the figures, and options for libFuzzer, which never returns: where
time is up, the figures are written as JSON and the process ends. Loads only what its target needs, instrumented.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module

import atheris

from tests.fuzz.targets import INSTRUMENTED, TARGETS

LOOK_EVERY = 16
"""Executions between two looks at the clock."""

KILOBYTES = 1024 if sys.platform != "darwin" else 1


def main(name: str, seconds: float, figures: str, options: list[str]) -> None:
    """Fuzz a target; ends the process."""
    (target,) = [one for one in TARGETS if one.name == name]
    module, _, function = target.function.partition(":")
    with atheris.instrument_imports(include=[INSTRUMENTED], enable_loader_override=False):
        tried: Callable[[bytes], None] = getattr(import_module(module), function)
    begun = time.process_time()
    executions = 0

    def one(data: bytes) -> None:
        nonlocal executions
        tried(data)
        executions += 1
        if executions % LOOK_EVERY == 0 and (spent := time.process_time() - begun) >= seconds:
            _write(figures, executions, spent)
            sys.stderr.flush()
            os._exit(0)

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def _write(figures: str, executions: int, seconds: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTES
    with open(figures, "w", encoding="utf-8") as file:
        json.dump({"executions": executions, "seconds": seconds, "peak": peak}, file)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4:])
