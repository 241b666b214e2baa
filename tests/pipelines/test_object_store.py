"""The stages with the run's folder on an S3-compatible server: the same bytes as on the disk."""

import hashlib
import json
from pathlib import Path

import boto3
import pytest

from tests.end_to_end.small import digests, kinari, small_config, write_config

STAGES = ("clean", "dedup", "encode")
HOSTS = ["kawara-shinpo.example", "kawara-utsushi.example", "otoku-hikaku.example"]


def _config(warcs: str, runner: dict[str, object]) -> dict[str, object]:
    config = small_config()
    del config["train"]
    config["crawl"] = {"warcs": [warcs], "segment_bytes": 60_000}
    config["encode"] = {
        "learn": {"size": 1200},
        "context": 128,
        "valid_share": 0.1,
        "shard_bytes": 100_000,
    }
    config["runner"] = runner
    return config


@pytest.mark.heavy
def test_a_run_on_s3_gives_the_bytes_of_a_local_one(s3: dict[str, str], tmp_path: Path) -> None:
    config = small_config()
    config["crawl"] = {
        **config["crawl"],
        "sample_web": {"seed": 5, "hosts": HOSTS, "pages": 10},
    }
    web = tmp_path / "web"
    web.mkdir()
    path = write_config(web, config)
    said = kinari("run", path, "--root", web / "run", "--to", "crawl", cwd=web)
    assert said.code == 0, said.err[-3000:]
    warcs = str(web / "run" / "crawl" / "*.warc.gz")

    for name, root, runner in (
        ("local", str(tmp_path / "local" / "run"), {}),
        ("s3", "s3://runs/small", {"options": s3}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        path = write_config(folder, _config(warcs, runner))
        said = kinari("run", path, "--root", root, "--to", "encode", cwd=folder)
        assert said.code == 0, said.err[-3000:]

    client = boto3.client(
        "s3",
        endpoint_url=s3["s3_endpoint_url"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )

    def stored(key: str) -> bytes:
        return bytes(client.get_object(Bucket="runs", Key=f"small/{key}")["Body"].read())

    found = {}
    for stage in STAGES:
        for output in json.loads(stored(f"{stage}/stage.json"))["outputs"]:
            data = stored(f"{stage}/{output['path']}")
            found[f"{stage}/{output['path']}"] = hashlib.sha256(data).hexdigest()
    assert found == digests(tmp_path / "local" / "run", STAGES)
    assert "clean/sites.parquet" in found
