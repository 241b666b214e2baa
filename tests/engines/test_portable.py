"""The stages on Beam's portable runner, with SDK workers that hold kinari as a built wheel."""

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.small import digests
from tests.engines.cluster import prism, worker_pool
from tests.engines.conftest import STAGES, Warcs

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        shutil.which("go") is None, reason="go is absent: Beam's Prism is built by `go install`"
    ),
]


def test_prism_gives_the_bytes_of_the_local_engine(
    warcs: Warcs, local_digests: dict[str, str], installed_wheel: Path, tmp_path: Path
) -> None:
    with worker_pool(tmp_path / "pool", installed_wheel) as pool, prism(tmp_path) as endpoint:
        options = {
            "runner": "PortableRunner",
            "job_endpoint": endpoint,
            "environment_type": "EXTERNAL",
            "environment_config": pool.address,
        }
        warcs.run(tmp_path / "portable", {"engine": "beam", "options": options})
        bundles = pool.bundles()
    assert digests(tmp_path / "portable" / "run", STAGES) == local_digests
    assert {"encode/vocab.txt", "clean/sites.parquet"} <= set(local_digests)
    assert bundles
    for bundle in bundles:
        assert Path(str(bundle["kinari"])).is_relative_to(installed_wheel), bundle
    steps = {step for bundle in bundles for step in bundle["steps"]}
    for verb in ("ExtractSegment", "JudgeSites", "SignShard"):
        assert any(verb in step for step in steps), (verb, sorted(steps))


def test_two_local_workers_give_the_bytes_of_one(
    warcs: Warcs, local_digests: dict[str, str], tmp_path: Path
) -> None:
    assert warcs.local(tmp_path / "two", 2) == local_digests
