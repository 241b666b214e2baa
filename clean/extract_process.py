"""Extraction in a process of its own, killed and replaced when a page exceeds its time or memory.

Parsers are C code: no exception reaches a page that hangs inside one, and a bad one takes the
process along. The child reads pages on stdin and answers on stdout; it ends when its parent does.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal

import psutil

from clean.extract import Extracted, extract
from clean.settings import ExtractSettings

Failure = Literal["timeout", "memory", "crash"]

_HEADER = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
_PAGES_A_CHILD = 20_000
"""Pages after which the child is replaced: parsers' heaps fragment."""

_PATIENCE = 30
"""Wall time allowed, as a multiple of processor time, on a machine that others keep busy."""

_PR_SET_PDEATHSIG = 1
_READY = b"R"
"""What the child writes once its libraries are loaded: no page pays for that."""


class Extractor:
    """Extracts pages one after another, each within its limits.

    Use it as a context manager, or call close. One is meant for one thread.
    """

    def __init__(self, settings: ExtractSettings) -> None:
        """Take the limits; the child starts with the first page.

        Args:
            settings: time, memory and whether trafilatura arbitrates.
        """
        self.settings = settings
        self.replaced = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._pages = 0

    def __enter__(self) -> Extractor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def extract(self, html: str, url: str = "") -> Extracted | Failure:
        """Extract a page in the child.

        Args:
            html: the decoded page.
            url: its address.

        Returns:
            What was found, or why the page was given up: `timeout` when it used its processor time,
            `memory` when it needed more, `crash` when the parser took the process along.
        """
        if self._child is None or self._pages >= _PAGES_A_CHILD:
            self.close()
            self._start()
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            raise RuntimeError("the extracting process did not start")
        self._pages += 1
        page = html.encode("utf-8", "surrogatepass")
        address = url.encode("utf-8", "surrogatepass")
        spent = _processor_seconds(child.pid)
        try:
            child.stdin.write(_HEADER.pack(len(page), len(address)))
            child.stdin.write(page)
            child.stdin.write(address)
            child.stdin.flush()
        except BrokenPipeError:
            return self._give_up("crash")
        answer = self._wait(child, spent)
        if isinstance(answer, bytes):
            value = json.loads(answer)
            if value is None:
                return self._give_up("memory")
            return Extracted(**value)
        return self._give_up(answer)

    def _start(self) -> None:
        root = str(Path(__file__).resolve().parent.parent)
        paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        self._child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from clean.extract_process import serve; serve()",
                str(self.settings.memory_mib),
                str(int(self.settings.arbiter)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._pages = 0
        if self._child.stdout is None or self._child.stdout.read(1) != _READY:
            self.close()
            raise RuntimeError("the extracting process ended before it was ready")

    def _give_up(self, reason: Failure) -> Failure:
        self.close()
        self.replaced += 1
        return reason

    def _wait(self, child: subprocess.Popen[bytes], spent: float) -> bytes | Failure:
        """Wait for an answer until the child's processor time, or patience, is used up."""
        stdout = child.stdout
        if stdout is None:
            return "crash"
        limit = self.settings.seconds
        end = time.monotonic() + limit * _PATIENCE
        step = limit
        while True:
            ready, _, _ = select.select([stdout], [], [], step)
            if ready:
                head = stdout.read(_LENGTH.size)
                if len(head) < _LENGTH.size:
                    return "crash"
                body = stdout.read(_LENGTH.unpack(head)[0])
                return body
            used = _processor_seconds(child.pid) - spent
            if used >= limit or time.monotonic() >= end:
                return "timeout"
            step = max(0.01, limit - used)


def _processor_seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def serve() -> None:
    """Answer pages from stdin until it ends; the child's main function.

    Arguments on the command line: memory in MiB, 1 where trafilatura arbitrates.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    memory = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    arbiter = sys.argv[2] == "1"
    source, target = sys.stdin.buffer, sys.stdout.buffer
    target.write(_READY)
    target.flush()
    while True:
        head = source.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return
        page_size, url_size = _HEADER.unpack(head)
        try:
            page = source.read(page_size).decode("utf-8", "surrogatepass")
            url = source.read(url_size).decode("utf-8", "surrogatepass")
            answer = json.dumps(asdict(extract(page, url, arbiter)), ensure_ascii=True)
        except MemoryError:
            _answer(target, b"null")
            return
        _answer(target, answer.encode("ascii"))


def _answer(target: BinaryIO, body: bytes) -> None:
    target.write(_LENGTH.pack(len(body)))
    target.write(body)
    target.flush()
