"""What holds for all tests: a busy machine is no fault of a property, and waiting takes no processor."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run three processes on two cores: a third of the time, tests wait for sockets, timers and programs."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)
