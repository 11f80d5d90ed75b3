"""Every hostile case, in every way in which it is run."""

from collections import Counter

import pytest

from tests.hostile.kit import Case, Way, run, ways
from tests.hostile.rows import ROWS


def test_names_are_unique() -> None:
    assert [name for name, count in Counter((row.group, row.name) for row in ROWS).items() if count > 1] == []


@pytest.mark.parametrize(
    ("case", "way"),
    [pytest.param(row, way, id=f"{row.group}: {row.name} ({way.value})") for row in ROWS for way in ways(row)],
)
def test_case(case: Case, way: Way) -> None:
    assert run(case, way).complaint is None
