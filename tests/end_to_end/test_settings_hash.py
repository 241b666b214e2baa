"""A run's identity is the same in every process."""

import os
import subprocess
import sys

from tests.end_to_end.small import REPO

_PROGRAM = """
from pipelines.settings import STAGES, RunSettings
from pipelines.stage import make_record
settings = RunSettings(crawl={"sample_web": {"seed": 1}})
print([make_record(stage, settings, {}).settings_hash for stage in STAGES])
"""


def test_settings_hashes_do_not_hang_on_the_hash_seed() -> None:
    found = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONPATH": str(REPO), "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        found.add(done.stdout.splitlines()[-1])
    assert len(found) == 1
