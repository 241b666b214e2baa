"""Processes of a cluster on loopback: worker pools with kinari's wheel, Prism, Flink."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam

REPO = Path(__file__).parents[2]
SPY = '''
"""Notes every bundle that this SDK worker process runs, one JSON line a bundle."""
import json, os, threading

def _install():
    from apache_beam.runners.worker.bundle_processor import BundleProcessor, DataInputOperation
    process_bundle = BundleProcessor.process_bundle
    process_encoded = DataInputOperation.process_encoded
    lock = threading.Lock()
    received = threading.local()

    def counted(self, encoded):
        received.bytes += len(encoded)
        return process_encoded(self, encoded)

    def noted(self, instruction_id, *more):
        import pipelines
        received.bytes = 0
        done = process_bundle(self, instruction_id, *more)
        steps = sorted({op.name_context.step_name for op in self.ops.values()})
        line = {"pid": os.getpid(), "bundle": instruction_id, "steps": steps,
                "bytes": received.bytes, "kinari": pipelines.__file__}
        with lock, open(os.environ["KINARI_BUNDLES"], "a") as stream:
            stream.write(json.dumps(line) + "\\n")
        return done

    BundleProcessor.process_bundle = noted
    DataInputOperation.process_encoded = counted

if "SdkHarness" in " ".join(open("/proc/self/cmdline").read().split("\\0")):
    _install()
'''


@dataclass(frozen=True)
class Pool:
    """A worker pool: the address that runners ask for SDK workers, and its workers' notes."""

    address: str
    notes: Path

    def bundles(self) -> list[dict[str, Any]]:
        """What its SDK workers noted: pid, bundle, steps, bytes received, kinari's file."""
        if not self.notes.exists():
            return []
        return [json.loads(line) for line in self.notes.read_text().splitlines()]


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(
    port: int, process: subprocess.Popen[bytes], log: Path, host: str = "127.0.0.1"
) -> None:
    """Return once somebody listens on the port.

    Raises:
        RuntimeError: the process ended first, or two minutes passed; with the end of its log.
    """
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on {port}: {log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def background(
    command: list[str],
    log: Path,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a process group of its own, which is gone afterwards."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def install_wheel(folder: Path) -> Path:
    """Build kinari's wheel from a copy of the sources and install it alone into a folder."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in ("crawl", "clean", "dedup", "encode", "train", "pipelines", "configs"):
        shutil.copytree(REPO / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (REPO / name).exists():
            shutil.copy(REPO / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheels = folder / "wheels"
    flags = ["--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "wheel", *flags, "-w", wheels, source], check=True, capture_output=True)
    (wheel,) = wheels.glob("kinari-*.whl")
    installed = folder / "installed"
    install = [*pip, "install", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return installed


@contextlib.contextmanager
def worker_pool(
    folder: Path, installed: Path, host: str = "127.0.0.1", port: int | None = None
) -> Iterator[Pool]:
    """Beam's worker pool, away from the checkout: its workers find kinari in `installed` only."""
    spy = folder / "spy"
    spy.mkdir(parents=True)
    (spy / "sitecustomize.py").write_text(SPY)
    port = port or free_port()
    pool = Pool(f"{host}:{port}", folder / "bundles.jsonl")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{spy}{os.pathsep}{installed}",
        "KINARI_BUNDLES": str(pool.notes),
    }
    command = [sys.executable, str(Path(__file__).with_name("pool.py")), pool.address]
    log = folder / "pool.log"
    with background(command, log, environment, folder) as process:
        wait_for_port(port, process, log, host)
        yield pool


def built_prism() -> Path:
    """Beam's Prism of Beam's own version, built once by `go install` into a git-ignored folder."""
    folder = REPO / ".venv-prism" / "bin"
    binary = folder / "prism"
    if not binary.exists():
        module = f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{apache_beam.__version__}"
        subprocess.run(
            ["go", "install", module], env={**os.environ, "GOBIN": str(folder)}, check=True
        )
    return binary


@contextlib.contextmanager
def prism(folder: Path) -> Iterator[str]:
    """A Prism job server; yields its endpoint."""
    port = free_port()
    log = folder / "prism.log"
    command = [str(built_prism()), f"--job_port={port}", "--serve_http=false"]
    with background(command, log) as process:
        wait_for_port(port, process, log)
        yield f"localhost:{port}"
