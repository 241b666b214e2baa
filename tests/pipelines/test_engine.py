"""What a user is told about a runner that cannot run."""

import socket

import apache_beam as beam
import pytest

from pipelines.engine import beam_options, run_pipeline
from pipelines.errors import UserError
from pipelines.settings import RunnerSettings


def _one_element(pipeline: beam.Pipeline) -> None:
    pipeline | beam.Create([1])


def test_a_job_server_that_does_not_answer_is_named() -> None:
    with socket.socket() as deaf:  # bound, not listening: nobody else can answer there
        deaf.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{deaf.getsockname()[1]}"
        options = {"job_endpoint": endpoint, "job_server_timeout": 1}
        runner = RunnerSettings(engine="flink", options=options)
        with pytest.raises(UserError, match=f"job_endpoint: no job server answers at {endpoint}"):
            run_pipeline(runner, _one_element)


def test_a_job_server_that_cannot_be_fetched_is_named() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        jar = f"http://127.0.0.1:{deaf.getsockname()[1]}/absent-job-server.jar"
        options = {"flink_job_server_jar": jar, "flink_master": "127.0.0.1:1"}
        runner = RunnerSettings(engine="flink", options=options)
        with pytest.raises(UserError, match=f"fetched from {jar}: .*flink_job_server_jar or"):
            run_pipeline(runner, _one_element)


def test_an_option_that_beam_does_not_have_is_named() -> None:
    runner = RunnerSettings(engine="flink", options={"flink_mister": "localhost:8081"})
    with pytest.raises(UserError, match=r"runner\.options\.flink_mister is not an option of Beam"):
        beam_options(runner)


def test_the_engine_beam_wants_a_runner() -> None:
    with pytest.raises(UserError, match=r"name the runner in runner\.options\.runner"):
        beam_options(RunnerSettings(engine="beam"))
