"""Every generated file is what its generator makes today."""

from pathlib import Path

import pytest

from tests.generate import RENEW, files


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_current(path: Path) -> None:
    assert path.read_bytes().decode() == files()[path], RENEW
