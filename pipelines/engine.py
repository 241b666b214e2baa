"""From runner settings to a Beam runner: the local one by its name, others by Beam's options."""

import logging
import re
from collections.abc import Callable

import apache_beam as beam
import grpc
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.job import utils as job_utils
from apache_beam.runners.portability.fn_api_runner.fn_runner import (
    ExtendedProvisionInfo,
    FnApiRunner,
)

from pipelines.errors import UserError
from pipelines.settings import RunnerSettings
from pipelines.worker import LOST, ForkedEnvironment, quiet_streams, start_server

_BEAM_RUNNERS = {"flink": "FlinkRunner", "dataflow": "DataflowRunner", "spark": "SparkRunner"}
_USER_ERROR = re.compile(r"UserError: (.*?)(?: \[while running .*)?$", re.MULTILINE)
_NO_JOB_SERVER = re.compile(r"Unable to fetch remote job server jar at (\S+): ")
_DISK_FULL = re.compile(r"\[Errno 28\] No space left on device(?:: '([^']*)')?")


def beam_options(runner: RunnerSettings) -> PipelineOptions:
    """Beam's options for a runner.

    Raises:
        UserError: an option that Beam does not have, or `engine: beam` without a runner's name.
    """
    chosen = dict(runner.options)
    known = PipelineOptions([]).get_all_options()
    for name in chosen:
        if name not in known:
            raise UserError(f"runner.options.{name} is not an option of Beam {beam.__version__}")
    if runner.engine == "local":
        chosen.setdefault("runner", "FnApiRunner")
        chosen["direct_num_workers"] = runner.workers
    elif runner.engine in _BEAM_RUNNERS:
        chosen["runner"] = _BEAM_RUNNERS[runner.engine]
    elif "runner" not in chosen:
        raise UserError("runner.engine is beam: name the runner in runner.options.runner")
    return PipelineOptions.from_dictionary(chosen)


def configure_filesystems(runner: RunnerSettings) -> None:
    """Give this process's filesystems the run's options (endpoint, credentials)."""
    FileSystems.set_options(beam_options(runner))


def warm_up(runner: RunnerSettings) -> None:
    """Have the local engine's libraries loaded by the time that its first workers are wanted."""
    if runner.engine == "local" and runner.workers > 1:
        start_server()


def new_pipeline(runner: RunnerSettings) -> beam.Pipeline:
    """An empty pipeline on the runner.

    The local engine is FnApiRunner itself: Beam's DirectRunner first tries to download another one.
    """
    options = beam_options(runner)
    if runner.engine == "local":
        return beam.Pipeline(runner=_local_runner(runner), options=options)
    return beam.Pipeline(options=options)


def _local_runner(runner: RunnerSettings) -> FnApiRunner:
    """FnApiRunner with our worker processes, which get the options too; by itself it gives none."""
    told = job_utils.dict_to_struct({"default_sdk_harness_log_level": "ERROR", **runner.options})
    info = beam_provision_api_pb2.ProvisionInfo(pipeline_options=told, retrieval_token="-")  # noqa: S106
    environment = ForkedEnvironment.default() if runner.workers > 1 else None
    return FnApiRunner(environment, provision_info=ExtendedProvisionInfo(info))


def run_pipeline(runner: RunnerSettings, build: Callable[[beam.Pipeline], None]) -> None:
    """Build a pipeline, run it and wait for its end.

    Raises:
        UserError: a worker met one, the disk is full, or there is no job server.
        RuntimeError: a bug in a transform, with the worker's traceback.
    """
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    pipeline = new_pipeline(runner)
    build(pipeline)
    try:
        with quiet_streams():
            pipeline.run().wait_until_finish()
    except grpc.FutureTimeoutError as error:
        endpoint = runner.options.get("job_endpoint")
        raise UserError(
            f"runner.options.job_endpoint: no job server answers at {endpoint}"
        ) from error
    except (RuntimeError, OSError) as error:
        text = str(error)
        if LOST in text:
            raise UserError(
                "a worker process was killed, by the system for want of memory or by hand; "
                "run again, finished shards are kept"
            ) from error
        if found := _USER_ERROR.search(text):
            raise UserError(found.group(1)) from error
        if absent := _NO_JOB_SERVER.search(text):
            jar = f"runner.options.{runner.engine}_job_server_jar"
            raise UserError(
                f"Beam's job server cannot be fetched from {absent.group(1)}: "
                f"name a jar in {jar} or a running server in runner.options.job_endpoint"
            ) from error
        if full := _DISK_FULL.search(text):
            place = full.group(1) or "the run's folder"
            raise UserError(
                f"{place}: no space left on the disk; free some and run again, "
                "finished shards are kept"
            ) from error
        raise
