"""Secrets hidden in all that is told of a check. Knows no form in which they come back; `masking` does."""

from collections.abc import Collection

from wsinspect.checks.result import CheckResult
from wsinspect.masking import Mask


def masked(result: CheckResult, secrets: Collection[str]) -> CheckResult:
    """Return a check's result with its secrets hidden, in every text of it."""
    return Mask(secrets).everywhere(result) if secrets else result
