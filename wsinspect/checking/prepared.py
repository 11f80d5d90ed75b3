"""Checks ready to be run, what is wished of the run, and who looks on, as values. Knows no socket."""

from collections.abc import Mapping
from typing import NamedTuple

from wsinspect.checks.plan import Check
from wsinspect.checks.result import CheckResult
from wsinspect.connecting import Connecting


class Prepared(NamedTuple):
    """A check, and how each of its connections is opened, by name; ``demos`` are those whose host is the embedded
    endpoint, with the path behind `demo:`, whose address is known once it runs."""

    check: Check
    links: Mapping[str, Connecting]
    demos: Mapping[str, str] = {}


class Running(NamedTuple):
    """How checks are run: at most ``jobs`` side by side; ``fail_fast`` begins no other after one is not passed;
    ``recordings`` is a folder that keeps a recording of each check that is not passed."""

    jobs: int = 8
    fail_fast: bool = False
    recordings: str | None = None
    show_secrets: bool = False


class Watcher:
    """Looks on while checks run, and this one does no more; checks are named by their place in the list, from 0."""

    def began(self, checks: tuple[Check, ...]) -> None:
        """The run begins."""

    def started(self, index: int) -> None:
        """A check begins, or is tried again."""

    def stepped(self, index: int, done: int) -> None:
        """So many of its steps are done."""

    def ended(self, index: int, result: CheckResult) -> None:
        """A check is over, or was left out."""
