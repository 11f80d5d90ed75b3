"""The fuzzer's targets without the fuzzer: each has something to begin with, and passes it."""

from importlib import import_module

import pytest

from tests.fuzz.seeds import SEEDS, seeds
from tests.fuzz.targets import TARGETS, Target

SOME = 30
"""About so many of a target are tried."""


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_a_target_begins_with_passes(target: Target) -> None:
    module, _, function = target.function.partition(":")
    tried = getattr(import_module(module), function)
    found = list(seeds(target.name))
    assert len(found) > 5
    for data in found[:: 1 + len(found) // SOME]:
        tried(data[: target.longest])


def test_each_target_has_seeds() -> None:
    assert {target.name for target in TARGETS} == set(SEEDS)
