"""Worker processes of the local engine: Beam's SDK worker, forked from one warm process.

A worker that starts by itself loads Beam, Arrow, numba and the reference model, which costs more
processor time than a small corpus does. So the driver keeps one process that has loaded them
(multiprocessing's fork server), and the workers of every pipeline are forks of it.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import Any

import grpc
from apache_beam.portability.api import endpoints_pb2
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.transforms.environments import Environment, python_sdk_capabilities
from google.protobuf import json_format, text_format

URN = "kinari:env:forked:v1"

LOST = "a worker process was lost"
"""How the error begins with which a pipeline ends when one of its workers was killed."""

_CONTEXT = multiprocessing.get_context("forkserver")
_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.2


def start_server() -> None:
    """Start the warm process, unless it runs; it loads its libraries while the driver goes on."""
    _CONTEXT.set_forkserver_preload(["pipelines.worker_preload"])
    forkserver.ensure_running()


@Environment.register_urn(URN, bytes)
class ForkedEnvironment(Environment):
    """Where transforms run: in forks of the warm process."""

    @classmethod
    def default(cls) -> "ForkedEnvironment":
        """Make the environment with all that this Beam can do."""
        return cls(capabilities=python_sdk_capabilities(), artifacts=())

    def to_runner_api_parameter(self, context: Any) -> tuple[str, bytes]:
        """Give the URN and an empty payload."""
        return URN, b""

    @staticmethod
    def from_runner_api_parameter(
        payload: bytes,
        capabilities: Iterable[str],
        artifacts: Iterable[Any],
        resource_hints: Mapping[str, bytes],
        context: Any,
    ) -> "ForkedEnvironment":
        """Make the environment anew from its parts."""
        return ForkedEnvironment(capabilities, artifacts, resource_hints)


@worker_handlers.WorkerHandler.register_environment(URN, bytes)
class ForkedWorkerHandler(worker_handlers.GrpcWorkerHandler):
    """The driver's end of a worker; ends the pipeline where the worker is killed.

    Beam's own handlers wait for ever for a worker that is gone.
    """

    def __init__(self, payload: bytes, state: Any, provision_info: Any, server: Any) -> None:
        """Take what every handler of Beam's takes."""
        super().__init__(state, provision_info, server)
        self._closing = threading.Event()

    def start_worker(self) -> None:
        """Fork the worker and watch it."""
        options = json_format.MessageToJson(self.provision_info.provision_info.pipeline_options)
        control = endpoints_pb2.ApiServiceDescriptor(url=self.control_address)
        environment = {
            **os.environ,
            "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(control),
            "PIPELINE_OPTIONS": options,
            "WORKER_ID": self.worker_id,
        }
        start_server()
        self._process = _CONTEXT.Process(target=serve, args=(environment,), daemon=True)
        self._process.start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """End the worker by closing its streams."""
        self._closing.set()
        super().close()

    def stop_worker(self) -> None:
        """Wait for the worker's end, and make an end where it does not come."""
        self._watcher.join(_GRACE_SECONDS)
        if self._watcher.is_alive():
            self._process.kill()
            self._watcher.join()

    def _watch(self) -> None:
        """Once the worker has ended before its time, fail all that waits for it."""
        self._process.join()
        error = RuntimeError(f"{LOST} (exit code {self._process.exitcode})")
        while not self._closing.wait(_POLL_SECONDS):
            self.control_conn.abort(error)
            self.data_conn.close()


@contextmanager
def quiet_streams() -> Iterator[None]:
    """Keep Beam's threads from printing that a lost worker's streams broke: the error says it."""
    before = threading.excepthook

    def hook(problem: Any) -> None:
        if not issubclass(problem.exc_type, grpc.RpcError):
            before(problem)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = before


def serve(environment: dict[str, str]) -> None:
    """Be a worker: serve the driver until it says that the work is over.

    Args:
        environment: the variables of this process, Beam's among them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(environment)
    threading.Thread(target=_follow_driver, daemon=True).start()
    # With a handler in place nothing sets up one that prints; errors reach the driver anyway.
    logging.getLogger().addHandler(logging.NullHandler())
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main([])


def _follow_driver() -> None:
    """End this process once the driver's has ended: one that was killed can't say goodbye."""
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
        os._exit(1)
