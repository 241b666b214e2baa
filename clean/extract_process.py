"""Extraction in a process of its own, killed and replaced when a page exceeds its time or memory.

Parsers are C code: no exception reaches a page that hangs inside one, and a bad one takes the
process along. The child reads pages on stdin and answers on stdout; it ends when its parent does.
The kernel ends it when a page has used up its processor time.
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
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Literal

from clean.extract import Extracted, extract, load_arbiters
from clean.settings import ExtractSettings

Failure = Literal["timeout", "memory", "crash"]

_HEADER = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
_PAGES_A_CHILD = 20_000
"""Pages after which the child is replaced: parsers' heaps fragment."""

_PATIENCE = 30
"""Wall time allowed, as a multiple of processor time, on a machine that others keep busy."""

_TRIES = 3
"""How often a page is tried whose child was killed from outside, which is no fault of the page."""

_PR_SET_PDEATHSIG = 1
_NO_MEMORY = 101
"""Exit status of a child that a page left without memory."""

_STUCK = 1000
"""In place of an exit status: the child neither answers nor works."""


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

    def start(self) -> None:
        """Start the child, unless it runs; it loads its libraries while the caller goes on."""
        if self._child is None:
            self._start()

    def extract(self, html: str, url: str = "") -> Extracted | Failure:
        """Extract a page in the child.

        Args:
            html: the decoded page.
            url: its address.

        Returns:
            What was found, or why the page was given up: `timeout` when it used its processor time,
            `memory` when it needed more, `crash` when the parser took the process along.
        """
        page = html.encode("utf-8", "surrogatepass")
        address = url.encode("utf-8", "surrogatepass")
        for _ in range(_TRIES):
            ended = self._ask(page, address)
            if isinstance(ended, Extracted):
                return ended
            self.close()
            self.replaced += 1
            if ended != -signal.SIGKILL:
                break
        if ended == _NO_MEMORY:
            return "memory"
        return "timeout" if ended in (-signal.SIGPROF, _STUCK) else "crash"

    def _ask(self, page: bytes, address: bytes) -> Extracted | int:
        """Send a page to the child; give its answer, or the exit status with which it ended."""
        if self._pages >= _PAGES_A_CHILD:
            self.close()
        self.start()
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            raise RuntimeError("the extracting process did not start")
        self._pages += 1
        try:
            child.stdin.write(_HEADER.pack(len(page), len(address)))
            child.stdin.write(page)
            child.stdin.write(address)
            child.stdin.flush()
        except BrokenPipeError:
            return child.wait()
        if not select.select([child.stdout], [], [], self.settings.seconds * _PATIENCE)[0]:
            return _STUCK
        head = child.stdout.read(_LENGTH.size)
        if len(head) == _LENGTH.size:
            size = _LENGTH.unpack(head)[0]
            body = child.stdout.read(size)
            if len(body) == size:
                return Extracted(**json.loads(body))
        return child.wait()

    def _start(self) -> None:
        root = str(Path(__file__).resolve().parent.parent)
        paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        self._child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from clean.extract_process import serve; serve()",
                str(self.settings.seconds),
                str(self.settings.memory_mib),
                str(int(self.settings.arbiter)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._pages = 0


def serve() -> None:
    """Answer pages from stdin until it ends; the child's main function.

    Arguments on the command line: processor seconds a page, memory in MiB, 1 where trafilatura
    arbitrates.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    seconds, memory, arbiter = float(sys.argv[1]), int(sys.argv[2]) << 20, sys.argv[3] == "1"
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if arbiter:
        load_arbiters()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while True:
        head = source.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return
        page_size, url_size = _HEADER.unpack(head)
        try:
            page = source.read(page_size).decode("utf-8", "surrogatepass")
            url = source.read(url_size).decode("utf-8", "surrogatepass")
            signal.setitimer(signal.ITIMER_PROF, seconds)
            answer = json.dumps(asdict(extract(page, url, arbiter))).encode("ascii")
            signal.setitimer(signal.ITIMER_PROF, 0)
        except MemoryError:
            os._exit(_NO_MEMORY)
        target.write(_LENGTH.pack(len(answer)))
        target.write(answer)
        target.flush()
