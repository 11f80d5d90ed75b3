"""Which checks are run: by name, and by shard."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.checks.plan import ONLY, Check, Link
from wsinspect.checks.selection import Shard, only, part
from wsinspect.errors import Exit, InspectError

NAMES = ["login", "login [alice]", "login [bob]", "ping answers", "rates [a*b]", "rates [c]"]


def checks(names: list[str]) -> list[Check]:
    return [Check(name, (Link(ONLY, "demo:"),)) for name in names]


def names(picked: tuple[Check, ...]) -> list[str]:
    return [check.name for check in picked]


ROWS = [
    ([], NAMES),
    (["login"], NAMES[:3]),
    (["login [bob]"], ["login [bob]"]),
    (["alice"], ["login [alice]"]),
    (["ping*"], ["ping answers"]),
    (["*answers", "c"], ["ping answers", "rates [c]"]),
    (["rates [c]", "login [alice]"], ["login [alice]", "rates [c]"]),
    (["r?tes"], NAMES[4:]),
    (["[lp]*"], NAMES[:4]),
    (["rates [a*"], ["rates [a*b]"]),
    (["*"], NAMES),
]


@pytest.mark.parametrize(("patterns", "left"), ROWS)
def test_names(patterns: list[str], left: list[str]) -> None:
    assert names(only(checks(NAMES), patterns)) == left


@pytest.mark.parametrize(
    ("pattern", "hint"), [("logn", "did you mean `login`?"), ("alise", "`alice`"), ("zzzzz", "--dry-run")]
)
def test_a_name_that_none_has(pattern: str, hint: str) -> None:
    with pytest.raises(InspectError, match=f"no check is called `{pattern}`") as caught:
        only(checks(NAMES), ["login", pattern])
    assert hint in caught.value.hint
    assert caught.value.exit == Exit.USAGE


@given(st.integers(1, 40), st.integers(1, 40))
def test_shards_part_the_whole(count: int, shards: int) -> None:
    every = checks([str(number) for number in range(count)])
    parts = [names(part(every, Shard(number, shards))) for number in range(1, min(count, shards) + 1)]
    assert sorted(chain(*parts), key=int) == names(tuple(every))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert all(one == sorted(one, key=int) for one in parts)


def test_no_shard_is_all() -> None:
    assert names(part(checks(NAMES), None)) == NAMES


def test_an_empty_shard() -> None:
    with pytest.raises(InspectError, match="nothing is left to check in shard 3/3") as caught:
        part(checks(["a", "b"]), Shard(3, 3))
    assert caught.value.hint == "there are 2 checks, so take at most 2 shards"
    with pytest.raises(InspectError) as caught:
        part(checks(["a"]), Shard(2, 2))
    assert caught.value.hint == "there is 1 check, so take at most 1 shard"
