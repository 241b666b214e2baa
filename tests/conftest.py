"""What all tests share: no proxy and no credentials from the environment leak in."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _clean_environment():
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}:
            del os.environ[name]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
