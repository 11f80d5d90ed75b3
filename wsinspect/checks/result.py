"""What came of checks, as values: all that reports read. Times are in seconds. Knows no report.

Every text in a `CheckResult` that leaves `checking` has its secrets hidden; texts from outside are not yet neutralised.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from wsinspect.checks.plan import Place
from wsinspect.errors import Exit

PRECEDENCE = (
    Exit.INTERNAL,
    Exit.USAGE,
    Exit.UNREACHABLE,
    Exit.TLS,
    Exit.REFUSED,
    Exit.TIMEOUT,
    Exit.VIOLATION,
    Exit.LOST,
    Exit.CLOSED_BADLY,
    Exit.UNMET,
)
"""Of several checks, the first of these that one ended with is the exit code of all; OUTPUT and TOO_BIG come last."""

FAILURES = frozenset({Exit.UNMET, Exit.CLOSED_BADLY, Exit.LOST, Exit.VIOLATION})
"""What is the server's doing; other codes tell what prevented a check."""


class Outcome(StrEnum):
    """What became of a check or a step. Skipped: it was not run, or not reached."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def is_bad(self) -> bool:
        """It was run, and is not passed."""
        return self in (Outcome.FAILED, Outcome.ERROR)


class Seen(NamedTuple):
    """Something that was seen, for a reader: ``at_s`` after the connection was opened; ``direction`` in or out;
    ``kind`` is the name of a `WSMsgType`; ``text`` is the payload, shortened, hex where it is no text."""

    at_s: float
    on: str
    direction: str
    kind: str
    size: int
    text: str


class StepResult(NamedTuple):
    """A step: ``told`` is its action in words, ``seconds`` how long it took."""

    number: int
    told: str
    outcome: Outcome
    seconds: float = 0.0
    on: str = ""
    place: Place = Place()


class Fault(NamedTuple):
    """Why a check is not passed.

    ``sentence`` says it in one; ``step`` is the number of the step, 0 for the handshake, None where none is to blame.
    ``expected`` and ``came`` stand against each other, ``difference`` are lines that begin with ``-`` (expected), ``+``
    (came) or a space; each may be empty. ``events`` are the last before it.
    """

    exit: Exit
    sentence: str
    hint: str = ""
    step: int | None = None
    told: str = ""
    expected: str = ""
    came: str = ""
    difference: tuple[str, ...] = ()
    events: tuple[Seen, ...] = ()
    place: Place = Place()


class RunResult(NamedTuple):
    """One run of a check: what the machine says at the end. ``facts`` are properties for reports (url, subprotocol,
    address, messages received and sent)."""

    steps: tuple[StepResult, ...]
    fault: Fault | None
    seconds: float
    facts: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()


class CheckResult(NamedTuple):
    """A check: ``fault`` and ``steps`` are those of its first run that was not passed, else of its last.

    ``runs`` and ``failed_runs`` count repeats and copies of the last attempt; ``attempts`` count retries, too.
    ``began`` is in seconds since the epoch; ``recordings`` are files.
    """

    name: str
    place: Place
    outcome: Outcome
    seconds: float
    steps: tuple[StepResult, ...] = ()
    fault: Fault | None = None
    began: float = 0.0
    attempts: int = 1
    runs: int = 1
    failed_runs: int = 0
    facts: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """The exit code of this check alone."""
        return self.fault.exit if self.fault else Exit.OK


class Results(NamedTuple):
    """All checks of a command, in the order in which they were given; those that were not run are skipped.

    ``stopped`` is the exit code of what ended the run from outside, a signal or a fault that belongs to no check;
    ``notes`` tell more of it.
    """

    checks: tuple[CheckResult, ...]
    seconds: float
    began: float
    stopped: Exit | None = None
    notes: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """Return how many checks have this outcome."""
        return sum(check.outcome is outcome for check in self.checks)

    @property
    def exit(self) -> Exit:
        """The exit code of all."""
        return self.stopped or exit_of(check.exit for check in self.checks)


def exit_of(exits: Iterable[Exit]) -> Exit:
    """Return the exit code of several checks: the one that stands first in `PRECEDENCE`."""
    bad = {exit for exit in exits if exit != Exit.OK}
    if not bad:
        return Exit.OK
    return next((exit for exit in PRECEDENCE if exit in bad), min(bad))


def outcome_of(fault: Fault | None) -> Outcome:
    """Return the outcome of a check with this fault."""
    if fault is None:
        return Outcome.PASSED
    return Outcome.FAILED if fault.exit in FAILURES else Outcome.ERROR
