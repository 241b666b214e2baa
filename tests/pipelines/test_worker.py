"""Worker processes of the local engine: none outlives its driver, none is waited for in vain."""

import subprocess
import sys
import time

import psutil

PROGRAM = """
import logging, os, signal, sys, time
logging.getLogger().addHandler(logging.NullHandler())
import apache_beam as beam
from pipelines.engine import run_pipeline
from pipelines.errors import UserError
from pipelines.settings import RunnerSettings

def work(number):
    {work}
    return number

def build(pipeline):
    pipeline | beam.Create(range(4)) | beam.Reshuffle() | beam.Map(work)

if __name__ == "__main__":
    try:
        run_pipeline(RunnerSettings(workers=2), build)
    except UserError as error:
        sys.exit(f"said: {{error}}")
"""


def _program(tmp_path, work):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(work=work), encoding="utf-8")
    return [sys.executable, str(path)]


def _gone(processes):
    return not psutil.wait_procs(processes, timeout=60)[1]


def test_a_pipeline_says_nothing_and_its_processes_end_with_it(tmp_path):
    seen = tmp_path / "seen"
    command = _program(tmp_path, f"open({str(seen)!r}, 'a').write(f'{{os.getpid()}}\\n')")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    workers = {int(line) for line in seen.read_text().split()}
    assert len(workers) == 2
    for _ in range(100):
        if not any(psutil.pid_exists(worker) for worker in workers):
            break
        time.sleep(0.1)
    assert not any(psutil.pid_exists(worker) for worker in workers)


def test_workers_and_the_warm_process_end_when_the_driver_is_killed(tmp_path):
    seen = tmp_path / "seen"
    work = f"open({str(seen)!r}, 'a').write('x'); time.sleep(600)"
    driver = subprocess.Popen(_program(tmp_path, work))
    while not seen.exists():
        time.sleep(0.1)
    children = psutil.Process(driver.pid).children(recursive=True)
    assert len(children) >= 3
    driver.kill()
    driver.wait()
    assert _gone(children)


def test_a_worker_that_is_killed_ends_the_run_with_one_line(tmp_path):
    command = _program(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("said: a worker process was killed")
    assert len(done.stderr.splitlines()) == 1
