"""What is kept of a check's runs: recordings of those that are not passed, notes, and the result without secrets.

Knows neither socket nor report.
"""

from wsinspect.checking.prepared import Prepared, Running
from wsinspect.checking.recorder import Recorder
from wsinspect.checking.runner import Run
from wsinspect.checking.tries import Tries
from wsinspect.checks.masking import masked
from wsinspect.checks.result import CheckResult, Fault, RunResult, outcome_of
from wsinspect.events import Moment
from wsinspect.redact import redact_text

MOST_NOTES = 20


class Keeper:
    """Keeps what is told of one check; ``recordings`` are paths, and ``waited_s`` is what its runs waited for us."""

    def __init__(self, prepared: Prepared, running: Running) -> None:
        self.recordings: list[str] = []
        self.waited_s = 0.0
        self.recorder: Recorder | None = None
        self._check = prepared.check
        self._show_secrets = running.show_secrets
        self._secrets = set(self._check.secrets)
        if not running.show_secrets:
            self._secrets.update(*[wanted.secrets for wanted in prepared.links.values()])
        self._notes: list[str] = []
        if running.recordings is not None:
            self.recorder = Recorder(running.recordings, self._check.name, self._secrets, running.show_secrets)

    def keep(self, run: Run, result: RunResult) -> None:
        """Take what is left of a run that is over."""
        if not self._show_secrets:
            self._secrets |= run.secrets
        for recording in run.recordings:
            if result.fault is None and not run.stopped:
                recording.drop()
            elif path := recording.keep():
                self.recordings.append(path)
            self._notes += recording.notes

    def result(self, tries: Tries, attempts: int, began: Moment, seconds: float) -> CheckResult:
        """Return what a check comes to."""
        check, told = self._check, tries.told
        assert told is not None
        return masked(
            CheckResult(
                check.name,
                check.place,
                outcome_of(told.fault),
                seconds,
                told.steps,
                told.fault and self._redacted(told.fault),
                began.wall,
                attempts,
                tries.runs,
                tries.failed,
                told.facts,
                tuple(dict.fromkeys([*told.notes, *self._notes]))[:MOST_NOTES],
                tuple(self.recordings),
            ),
            self._secrets,
        )

    def _redacted(self, fault: Fault) -> Fault:
        """Return a fault without what is a secret by its form, as errors are told everywhere."""
        if self._show_secrets:
            return fault
        return fault._replace(sentence=redact_text(fault.sentence), hint=redact_text(fault.hint))
