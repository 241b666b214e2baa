"""A Flink cluster on loopback: one job manager and two task managers, each a process of its own."""

import contextlib
import json
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.engines.cluster import REPO, Pool, background, free_port, wait_for_port, worker_pool

JAR = REPO / ".venv-flink" / "flink.jar"
READY = REPO / ".venv-flink" / ".ready"
TASK_MANAGERS = 2
_MAIN = "org.apache.flink.runtime."
JOB_MANAGER = f"{_MAIN}entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER = f"{_MAIN}taskexecutor.TaskManagerRunner"
JOB_SERVER = "org.apache.beam.runners.flink.FlinkJobServerDriver"
# Java 17 keeps these closed; Flink's own scripts open them.
OPENS = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        *("java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect"),
        *("java.text", "java.time", "java.util", "java.util.concurrent", "java.util.regex"),
        *("java.util.concurrent.atomic", "java.util.concurrent.locks", "java.lang.invoke"),
    )
]
# Four of them share this machine: compile little, collect in one thread.
JAVA = ["java", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *OPENS]


@dataclass(frozen=True)
class Flink:
    """A running cluster.

    Attributes:
        port: of its REST interface.
        job_endpoint: of Beam's job server for it.
        workers: the address of its SDK workers' pools; every task manager has one under it.
        pools: of each task manager, by its id.
    """

    port: int
    job_endpoint: str
    workers: str
    pools: dict[str, Pool]

    def rest(self, path: str) -> dict[str, Any]:
        """What its REST interface answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return dict(json.load(answer))


def _settings(folder: Path, rest: int) -> dict[str, str | int | float]:
    """Flink's settings: small, on loopback."""
    return {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.rpc.port": free_port(),
        "jobmanager.bind-host": "127.0.0.1",
        "jobmanager.memory.heap.size": "512m",
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": rest,
        "blob.server.port": free_port(),
        "taskmanager.host": "127.0.0.1",
        "taskmanager.bind-host": "127.0.0.1",
        "taskmanager.numberOfTaskSlots": 1,
        "taskmanager.cpu.cores": 1.0,
        "taskmanager.memory.framework.heap.size": "128m",
        "taskmanager.memory.task.heap.size": "384m",
        "taskmanager.memory.framework.off-heap.size": "128m",
        "taskmanager.memory.task.off-heap.size": "64m",
        "taskmanager.memory.managed.size": "128m",
        "taskmanager.memory.network.min": "64m",
        "taskmanager.memory.network.max": "64m",
        "taskmanager.memory.jvm-metaspace.size": "256m",
        "taskmanager.memory.jvm-overhead.min": "192m",
        "taskmanager.memory.jvm-overhead.max": "192m",
        "parallelism.default": TASK_MANAGERS,
        # Beam's runner is on the cluster's class path: load it once, not from each job's copy.
        "classloader.resolve-order": "parent-first",
        # Each job brings the jar: let no more of them lie around than must.
        "blob.service.cleanup.interval": 5,
        "io.tmp.dirs": str(folder / "tmp"),
    }


def _wait_for_task_managers(flink: Flink, running: list[Any], folder: Path) -> None:
    """Return once all task managers have registered.

    Raises:
        RuntimeError: a process ended, or two minutes passed; with the ends of the logs.
    """
    end = time.monotonic() + 120
    while time.monotonic() < end and all(process.poll() is None for process in running):
        # The REST interface answers 503 until the job manager has become its own leader.
        with contextlib.suppress(OSError):
            if len(flink.rest("/taskmanagers")["taskmanagers"]) == TASK_MANAGERS:
                return
        time.sleep(0.5)
    logs = [path.read_text()[-1500:] for path in sorted(folder.glob("*.log"))]
    raise RuntimeError("the task managers did not come up:\n" + "\n".join(logs))


@contextlib.contextmanager
def cluster(folder: Path, installed: Path) -> Iterator[Flink]:
    """Start a job manager, two task managers each with a worker pool, and Beam's job server.

    Beam gives the SDK workers of every task manager the same ids, so one pool for both would stop
    the wrong ones. A pipeline has one address for pools: a name, which each task manager finds at a
    loopback address of its own, as each machine of a cluster would at its own localhost.
    """
    rest, workers_port, job_port = free_port(), free_port(), free_port()
    conf = folder / "conf"
    conf.mkdir(parents=True)
    (folder / "tmp").mkdir()
    (conf / "config.yaml").write_text(yaml.safe_dump(_settings(folder, rest)))
    flink = Flink(rest, f"127.0.0.1:{job_port}", f"sdk-workers:{workers_port}", {})
    with contextlib.ExitStack() as running:
        running.callback(shutil.rmtree, folder / "tmp")

        def start(name: str, *command: str) -> tuple[Any, Path]:
            log = folder / f"{name}.log"
            return running.enter_context(background([*JAVA, *command], log)), log

        manager, log = start("jobmanager", "-cp", str(JAR), JOB_MANAGER, "--configDir", str(conf))
        wait_for_port(rest, manager, log)
        processes = [manager]
        for number in range(TASK_MANAGERS):
            name, host = f"taskmanager-{number}", f"127.0.0.{number + 2}"
            pool = worker_pool(folder / name, installed, host, workers_port)
            flink.pools[name] = running.enter_context(pool)
            hosts = folder / f"{name}.hosts"
            hosts.write_text(f"127.0.0.1 localhost {socket.gethostname()}\n{host} sdk-workers\n")
            command = [f"-Djdk.net.hosts.file={hosts}", "-cp", str(JAR), TASK_MANAGER]
            identity = f"-Dtaskmanager.resource-id={name}"
            processes.append(start(name, *command, "--configDir", str(conf), identity)[0])
        _wait_for_task_managers(flink, processes, folder)
        ports = ["--job-port", job_port, "--artifact-port", 0, "--expansion-port", 0]
        server, log = start(
            "job-server",
            *("-cp", str(JAR), JOB_SERVER, "--flink-master", f"127.0.0.1:{rest}"),
            *("--artifacts-dir", str(folder / "artifacts"), *map(str, ports)),
        )
        wait_for_port(job_port, server, log)
        yield flink
