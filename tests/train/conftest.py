"""Programs compiled once, and without LLVM's passes: compiling is most of what these tests do."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _compile_once(tmp_path_factory):
    import jax

    base = tmp_path_factory.getbasetemp()
    workers = "PYTEST_XDIST_WORKER" in os.environ
    folder = (base.parent if workers else base) / "compiled"
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_backend_optimization_level=0"
    # In the environment for the processes that tests start, in jax.config for this one.
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
