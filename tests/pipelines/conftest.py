"""A run whose five stages are small real Beam pipelines over numbers, and an S3 server."""

import json
import types
from dataclasses import dataclass

import apache_beam as beam
import pytest

from pipelines import stage as stages
from pipelines.settings import RunSettings
from pipelines.shards import Payload, ShardStore
from pipelines.stage import StageContext, StageResult

SHARDS = [f"{number:05d}" for number in range(4)]


@dataclass
class DoubleShard(beam.DoFn):
    """Commits one shard: a file with its number doubled."""

    store: ShardStore

    def process(self, shard):
        if self.store.manifest(shard) is None:
            data = json.dumps(int(shard) * 2).encode()
            counters = {"rows_in": 2, "rows_out": 1, "dropped_odd": 1}
            self.store.commit(shard, {f"numbers-{shard}.json": Payload(data, 1)}, counters)
        yield shard


def numbers_stage(calls):
    def run_stage(context: StageContext) -> StageResult:
        calls.append(context.stage)
        store = context.store("numbers")

        def build(pipeline):
            _ = (
                pipeline
                | "ListShards" >> beam.Create(SHARDS)
                | "SpreadShards" >> beam.Reshuffle()
                | "DoubleShards" >> beam.ParDo(DoubleShard(store))
            )

        context.run_pipeline("double", build, store, len(SHARDS))
        counters, outputs = {}, []
        for manifest in store.manifests():
            stages_counters(counters, manifest.counters)
            outputs += manifest.outputs
        return StageResult(outputs, counters)

    return types.SimpleNamespace(run_stage=run_stage)


def stages_counters(total, more):
    for name, count in more.items():
        total[name] = total.get(name, 0) + count


@pytest.fixture
def calls(monkeypatch):
    """Replaces the five stages by small ones; the list of stages that ran."""
    ran = []
    module = numbers_stage(ran)
    monkeypatch.setattr("pipelines.stage.stage_module", lambda name: module)
    monkeypatch.setattr("pipelines.run.stage_module", lambda name: module)
    monkeypatch.setattr(stages, "code_digest", lambda name: "0" * 64)
    return ran


@pytest.fixture
def settings():
    return RunSettings(name="numbers")


@pytest.fixture(scope="session")
def s3():
    """An S3-compatible server on loopback with one bucket: the runner options that reach it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "s3_endpoint_url": f"http://{host}:{port}",
        "s3_access_key_id": "test",
        "s3_secret_access_key": "test",
        "s3_region_name": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=options["s3_endpoint_url"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="runs")
    yield options
    server.stop()
