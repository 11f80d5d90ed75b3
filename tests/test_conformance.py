"""How the Autobahn suite's verdicts are counted; the suite itself has a command of its own."""

import pytest

from tests.conformance.verdicts import COLUMNS, Verdict, count_verdicts, format_verdicts

VERDICTS = [
    Verdict("1.1.1", "OK", "OK"),
    Verdict("7.1.6", "INFORMATIONAL", "INFORMATIONAL"),
    Verdict("7.13.1", "OK", "INFORMATIONAL"),
    Verdict("6.4.1", "NON-STRICT", "OK", "expected: at once"),
    Verdict("6.4.2", "NON-STRICT", "OK", "expected: at once"),
    Verdict("7.1.5", "OK", "WRONG CODE", "other than 1000"),
    Verdict("13.2.1", "UNIMPLEMENTED", "OK"),
    Verdict("9.1.1", "NON-STRICT", "FAILED"),
    Verdict("9.1.2", "MISSING", "MISSING"),
]


@pytest.mark.parametrize(
    ("behavior", "close", "column"),
    [
        ("OK", "OK", "OK"),
        ("OK", "INFORMATIONAL", "informational"),
        ("INFORMATIONAL", "OK", "informational"),
        ("NON-STRICT", "INFORMATIONAL", "non-strict"),
        ("OK", "UNCLEAN", "failed"),
        ("FAILED", "OK", "failed"),
        ("UNIMPLEMENTED", "OK", "failed"),
        ("TIMEOUT", "OK", "failed"),
        ("MISSING", "MISSING", "failed"),
    ],
)
def test_a_case_counts_by_the_worse_of_both_verdicts(behavior: str, close: str, column: str) -> None:
    assert Verdict("1.1.1", behavior, close).column == column


def test_every_case_is_counted_once() -> None:
    assert dict(zip(COLUMNS, count_verdicts(VERDICTS), strict=True)) == {
        "cases": "9",
        "OK": "1",
        "informational": "2",
        "non-strict": "2",
        "failed": "4",
    }


def test_cases_that_are_not_good_are_named_with_the_reason() -> None:
    shown = format_verdicts(VERDICTS)
    assert "6.4.1 6.4.2: NON-STRICT / OK\n    expected: at once" in shown
    assert "7.13.1" not in shown
