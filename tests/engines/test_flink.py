"""The stages on a real Flink cluster, by Beam's own runner for it."""

from collections import Counter
from pathlib import Path

import pytest

from tests.end_to_end.small import digests
from tests.engines.conftest import STAGES, Warcs
from tests.engines.flink import READY, TASK_MANAGERS, cluster

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        not READY.exists(), reason="Flink could not be fetched: `make test-flink` shows why"
    ),
]


def test_flink_gives_the_bytes_of_the_local_engine(
    warcs: Warcs,
    local_digests: dict[str, str],
    installed_wheel: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with cluster(tmp_path / "flink", installed_wheel) as flink:
        options = {
            "job_endpoint": flink.job_endpoint,
            "parallelism": TASK_MANAGERS,
            "environment_type": "EXTERNAL",
            "environment_config": flink.workers,
        }
        warcs.run(tmp_path / "run", {"engine": "flink", "options": options})
        registered = {manager["id"] for manager in flink.rest("/taskmanagers")["taskmanagers"]}
        states = Counter(job["state"] for job in flink.rest("/jobs/overview")["jobs"])
    assert digests(tmp_path / "run" / "run", STAGES) == local_digests
    assert set(states) == {"FINISHED"}
    assert registered == set(flink.pools)
    assert len(registered) == TASK_MANAGERS
    for name, pool in flink.pools.items():
        fed = [bundle for bundle in pool.bundles() if bundle["bytes"]]
        with capsys.disabled():
            for pid, count in sorted(Counter(bundle["pid"] for bundle in fed).items()):
                print(f"\n{name}, SDK worker {pid}: {count} bundles with data", end="")
        steps = {step for bundle in fed for step in bundle["steps"]}
        for verb in ("ExtractSegment", "SignShard"):
            assert any(verb in step for step in steps), (name, verb, sorted(steps))
        for bundle in pool.bundles():
            assert Path(bundle["kinari"]).is_relative_to(installed_wheel), bundle
