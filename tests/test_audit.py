"""What is made of pip-audit's report, by rows."""

import json
from typing import Any

import pytest

from tests.audit import judged

SOUND = {"name": "click", "version": "8.4", "vulns": []}
FAULTY = {"name": "old", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1", "2"]}]}
HOPELESS = {"name": "odd", "version": "1", "vulns": [{"id": "CVE-2", "fix_versions": []}]}
UNKNOWN = {"name": "elsewhere", "skip_reason": "not found on PyPI"}
OURS = {"name": "wsinspect", "skip_reason": "not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "exit", "words"),
    [
        ([SOUND, OURS], 0, "no known fault in 1 packages"),
        ([SOUND, UNKNOWN, OURS], 0, "no known fault in 1 packages\n1 of 2 could not be audited: elsewhere"),
        ([SOUND, FAULTY], 1, "old 1: CVE-1, mended in 1.1, 2"),
        ([HOPELESS, UNKNOWN], 1, "odd 1: CVE-2, mended in no version\n1 of 2 could not be audited: elsewhere"),
        ([UNKNOWN, OURS], 0, "nobody here knows of faults in any of 1 packages; not audited"),
    ],
)
def test_a_report(packages: list[dict[str, Any]], exit: int, words: str) -> None:
    assert judged(json.dumps({"dependencies": packages, "fixes": []})) == (exit, words)


@pytest.mark.parametrize("report", ["", "ERROR: no network", "{}"])
def test_no_report(report: str) -> None:
    assert judged(report) == (0, "pip-audit could ask nobody for known faults; not audited")
