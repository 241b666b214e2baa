"""A Flink cluster on loopback: one job manager and two task managers, each a process of its own."""

import contextlib
import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.flink_runner import FlinkJarJobServer
from apache_beam.utils.subprocess_server import JavaJarServer

from tests.engines.cluster import REPO, background, free_port, wait_for_port

VERSION = "1.20"
LIBRARIES = REPO / ".venv-flink"
TASK_MANAGERS = 2
_MAIN = "org.apache.flink.runtime."
JOB_MANAGER = f"{_MAIN}entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER = f"{_MAIN}taskexecutor.TaskManagerRunner"
# Java 17 keeps these closed; Flink's own scripts open them.
OPENS = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        *("java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect"),
        *("java.text", "java.time", "java.util", "java.util.concurrent", "java.util.regex"),
        *("java.util.concurrent.atomic", "java.util.concurrent.locks", "java.lang.invoke"),
    )
]


@dataclass(frozen=True)
class Flink:
    """A running cluster: its REST port."""

    port: int

    def rest(self, path: str) -> dict[str, Any]:
        """What its REST interface answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return dict(json.load(answer))


def libraries() -> str:
    """Flink's jars as a class path, from PyPI's apache-flink-libraries.

    Raises:
        FileNotFoundError: they are not installed.
    """
    for folder in LIBRARIES.glob("lib/python*/site-packages/pyflink/lib"):
        if list(folder.glob("flink-dist-*.jar")):
            return f"{folder}/*"
    raise FileNotFoundError(f"{LIBRARIES}: no Flink there; `make test-flink` installs it")


def fetch_job_server() -> Path:
    """Beam's Flink job server, by Beam's own machinery, which keeps it in ~/.apache_beam/cache.

    Raises:
        RuntimeError: it cannot be fetched, in one line.
    """
    options = PipelineOptions(["--flink_version", VERSION])
    try:
        return Path(JavaJarServer.local_jar(FlinkJarJobServer(options).path_to_jar()))
    except (OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise RuntimeError(
            f"Beam's Flink job server cannot be fetched from Maven Central: {reason}"
        ) from error


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Flink]:
    """Start the three processes; yields once both task managers have registered."""
    rpc, rest, blob = free_port(), free_port(), free_port()
    settings = {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.rpc.port": rpc,
        "jobmanager.bind-host": "127.0.0.1",
        "jobmanager.memory.heap.size": "512m",
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": rest,
        "blob.server.port": blob,
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
        "io.tmp.dirs": str(folder / "tmp"),
    }
    (folder / "conf").mkdir(parents=True)
    (folder / "tmp").mkdir()
    (folder / "conf" / "config.yaml").write_text(yaml.safe_dump(settings))
    java = ["java", "-Xmx768m", *OPENS, "-cp", libraries()]
    with contextlib.ExitStack() as running:
        log = folder / "jobmanager.log"
        command = [*java, JOB_MANAGER, "--configDir", str(folder / "conf")]
        manager = running.enter_context(background(command, log))
        wait_for_port(rest, manager, log)
        processes = [manager]
        for number in range(TASK_MANAGERS):
            command = [*java, TASK_MANAGER, "--configDir", str(folder / "conf")]
            log = folder / f"taskmanager-{number}.log"
            processes.append(running.enter_context(background(command, log)))
        flink = Flink(rest)
        end = time.monotonic() + 120
        while len(flink.rest("/taskmanagers")["taskmanagers"]) < TASK_MANAGERS:
            ended = any(process.poll() is not None for process in processes)
            if ended or time.monotonic() > end:
                logs = [path.read_text()[-1500:] for path in sorted(folder.glob("*.log"))]
                raise RuntimeError("the two task managers did not come up:\n" + "\n".join(logs))
            time.sleep(0.5)
        yield flink
