"""The examples of checks are documentation: every one is run, and tells what stands beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.check_examples import EXAMPLES, HAND_MADE, KINDS, checks, expected, told
from tests.example_service import example_service
from wsinspect.registry import ASSERTIONS


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with example_service() as url:
        yield url


@pytest.mark.parametrize("path", checks(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_example_tells_what_stands_beside_it(path: Path, url: str) -> None:
    exit, text = told(path, url)
    wanted = KINDS[path.stem]
    assert exit == wanted if wanted is not None else exit not in (0, 2), text
    assert text == expected(path).read_text(encoding="utf-8")
    assert HAND_MADE["API_TOKEN"] not in text


def test_every_assertion_and_every_folder_has_all_kinds() -> None:
    folders = {path.name for path in EXAMPLES.iterdir()}
    assert set(ASSERTIONS) <= folders
    assert {(folder, kind) for folder in folders for kind in KINDS} == {(p.parent.name, p.stem) for p in checks()}
