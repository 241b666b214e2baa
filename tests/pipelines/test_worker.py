import os
import subprocess
import sys
import time


def test_a_worker_ends_when_its_driver_is_killed():
    driver = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    code = f"from pipelines.worker import follow; follow({driver.pid})"
    worker = subprocess.Popen([sys.executable, "-c", code])
    assert worker.poll() is None
    driver.kill()
    driver.wait()
    assert worker.wait(timeout=30) == 1


def test_no_worker_outlives_a_finished_pipeline():
    code = (
        "import logging; logging.getLogger().addHandler(logging.NullHandler())\n"
        "import apache_beam as beam\n"
        "from pipelines.engine import run_pipeline\n"
        "from pipelines.settings import RunnerSettings\n"
        "def build(p):\n"
        "    p | beam.Create(range(8)) | beam.Reshuffle() | beam.Map(str)\n"
        "run_pipeline(RunnerSettings(workers=2), build)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stderr == ""
    for _ in range(100):
        if f"pipelines.worker {os.getpid()}" not in _commands():
            break
        time.sleep(0.1)
    assert f"pipelines.worker {os.getpid()}" not in _commands()


def _commands():
    import psutil

    return "\n".join(" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"]))
