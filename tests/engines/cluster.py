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

import apache_beam

REPO = Path(__file__).parents[2]
SPY = '''
"""Notes every bundle that this SDK worker process runs, one JSON line a bundle."""
import json, os, sys, threading

def _install():
    from apache_beam.runners.worker import bundle_processor
    original = bundle_processor.BundleProcessor.process_bundle
    lock = threading.Lock()

    def process_bundle(self, instruction_id, *more):
        import pipelines
        steps = sorted({op.name_context.step_name for op in self.ops.values()})
        line = {"pid": os.getpid(), "bundle": instruction_id, "steps": steps,
                "command": " ".join(open("/proc/self/cmdline").read().split("\\0"))[-400:],
                "kinari": pipelines.__file__}
        with lock, open(os.environ["KINARI_BUNDLES"], "a") as stream:
            stream.write(json.dumps(line) + "\\n")
        return original(self, instruction_id, *more)

    bundle_processor.BundleProcessor.process_bundle = process_bundle

if "SdkHarness" in " ".join(open("/proc/self/cmdline").read().split("\\0")):
    _install()
'''


@dataclass(frozen=True)
class Pool:
    """A worker pool: the address that runners ask for SDK workers, and its workers' notes."""

    address: str
    installed: Path
    notes: Path

    def bundles(self) -> list[dict[str, object]]:
        """What its SDK worker processes noted: pid, bundle, steps, where kinari came from."""
        if not self.notes.exists():
            return []
        return [json.loads(line) for line in self.notes.read_text().splitlines()]


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once somebody listens on the port.

    Raises:
        RuntimeError: the process ended first, or two minutes passed; with the end of its log.
    """
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
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
def worker_pool(folder: Path, installed: Path) -> Iterator[Pool]:
    """Beam's worker pool, away from the checkout: its workers find kinari in `installed` only."""
    folder.mkdir(parents=True)
    spy = folder / "spy"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(SPY)
    port = free_port()
    pool = Pool(f"localhost:{port}", installed, folder / "bundles.jsonl")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{spy}{os.pathsep}{installed}",
        "KINARI_BUNDLES": str(pool.notes),
    }
    command = [sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main"]
    log = folder / "pool.log"
    with background([*command, f"--service_port={port}"], log, environment, folder) as process:
        wait_for_port(port, process, log)
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
