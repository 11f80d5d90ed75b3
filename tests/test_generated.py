"""Every generated file is what its generator makes today."""

from pathlib import Path

import pytest

from tests.generate import RENEW, files

FILES = files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_current(path: Path) -> None:
    assert path.read_bytes().decode() == FILES[path], RENEW
