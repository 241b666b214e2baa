"""A small run through all stages on a slice of the sample web, shared by the tests of a session."""

import pytest

from crawl.sample_web.build import build
from tests.end_to_end.small import HOSTS, PAGES, SEED, Run, kinari, small_config, write_config


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("small")
    config = write_config(folder, small_config())
    root = folder / "run"
    said = kinari("run", config, "--root", root, cwd=folder)
    assert said.code == 0, said.err[-3000:]
    return Run(config, root, build(SEED, HOSTS, PAGES), said)
