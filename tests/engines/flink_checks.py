"""The stages on a real Flink cluster: `make test-flink`.

No test of the ordinary runs (its name keeps pytest from finding it): Flink and Beam's job server
have to be fetched first.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.end_to_end.small import digests
from tests.engines.cluster import worker_pool
from tests.engines.conftest import STAGES, Warcs
from tests.engines.flink import TASK_MANAGERS, VERSION, cluster, fetch_job_server


def test_the_cluster_is_three_processes_with_two_task_managers(tmp_path: Path) -> None:
    with cluster(tmp_path) as flink:
        overview = flink.rest("/overview")
        managers = flink.rest("/taskmanagers")["taskmanagers"]
    assert overview["taskmanagers"] == TASK_MANAGERS
    assert overview["slots-total"] == TASK_MANAGERS
    assert len({manager["dataPort"] for manager in managers}) == TASK_MANAGERS


def test_flink_gives_the_bytes_of_the_local_engine(
    warcs: Warcs,
    local_digests: dict[str, str],
    installed_wheel: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        server = fetch_job_server()
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)
    with (
        cluster(tmp_path / "flink") as flink,
        worker_pool(tmp_path / "pool", installed_wheel) as pool,
    ):
        options = {
            "flink_master": f"127.0.0.1:{flink.port}",
            "flink_version": VERSION,
            "flink_job_server_jar": str(server),
            "parallelism": TASK_MANAGERS,
            "environment_type": "EXTERNAL",
            "environment_config": pool.address,
        }
        warcs.run(tmp_path / "run", {"engine": "flink", "options": options})
        bundles = pool.bundles()
    # A task manager has a control service of its own, which its SDK workers are told.
    work = Counter((bundle["pid"], _control(str(bundle["command"]))) for bundle in bundles)
    with capsys.disabled():
        for (pid, control), count in sorted(work.items()):
            print(f"SDK worker {pid} of the task manager at {control}: {count} bundles")
    assert digests(tmp_path / "run" / "run", STAGES) == local_digests
    assert len({control for _, control in work}) >= TASK_MANAGERS
    for bundle in bundles:
        assert Path(str(bundle["kinari"])).is_relative_to(installed_wheel), bundle


def _control(command: str) -> str:
    """The control service's address in an SDK worker's command line."""
    return command.partition('"')[2].partition('"')[0] or command
