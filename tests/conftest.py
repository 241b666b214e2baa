"""What all tests share: nothing of the environment leaks in, and no example is drawn by chance."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run (`make fuzz` is where chance looks for more), on any machine.
settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")


@pytest.fixture(scope="session", autouse=True)
def _clean_environment():
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}:
            del os.environ[name]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
