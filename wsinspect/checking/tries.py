"""The runs of one attempt at a check, and what they come to together. Knows no socket."""

from collections.abc import Callable

from wsinspect.checks.result import FAILURES, RunResult
from wsinspect.errors import Exit

HOPELESS = frozenset({Exit.USAGE, Exit.OUTPUT, Exit.INTERNAL})
"""What another try will not mend."""


class Tries:
    """Counts runs. ``told`` is the first that was not passed, else the last, None before there is one."""

    def __init__(self) -> None:
        self.runs = 0
        self.failed = 0
        self.prevented = False
        """One could not be carried through, as the next could not."""

        self.hopeless = False
        self.told: RunResult | None = None

    def add(self, result: RunResult) -> None:
        """Count a run in."""
        self.runs += 1
        if not self.failed:
            self.told = result
        if result.fault is not None:
            self.failed += 1
            self.prevented |= result.fault.exit not in FAILURES
            self.hopeless |= result.fault.exit in HOPELESS


class SideBySide:
    """Tells how many steps are done where copies of a check run side by side: as many as all of them have done."""

    def __init__(self, copies: int, told: Callable[[int], None]) -> None:
        self._done = [0] * copies
        self._least = 0
        self._told = told

    def of(self, number: int) -> Callable[[int], None]:
        """Return what one of the copies, from 0, is to call with its own number of steps."""

        def stepped(done: int) -> None:
            self._done[number] = done
            least = min(self._done)
            if least != self._least:
                self._least = least
                self._told(least)

        return stepped
