"""A lease on a partition: a retried bundle waits until the old one's crawl is over."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import psutil

from pipelines import files

LEASE_SECONDS = 60.0
"""How long a lease holds without being renewed. Clocks of workers may differ by less than half."""


@dataclass
class Lease:
    """The right to crawl a partition, kept as a small file in the run.

    Attributes:
        path: of the file.
        seconds: how long it holds without renewal.
        clock: gives the present in seconds; sleep: waits.
    """

    path: str
    seconds: float = LEASE_SECONDS
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep
    owner: str = field(default_factory=lambda: uuid4().hex)

    def acquire(self) -> None:
        """Wait until nobody else holds the lease, and take it.

        A holder whose process on this very machine is gone does not count; one on another machine
        counts until its lease has run out.
        """
        while True:
            held = self._read()
            if held is None or self._over(held):
                self._write()
                self.sleep(0 if files.is_local(self.path) else 1.0)
                held = self._read()
            if held is not None and held["owner"] == self.owner:
                return
            self.sleep(0.5)

    def renew(self) -> bool:
        """Hold the lease for longer; False where another has taken it."""
        held = self._read()
        if held is not None and held["owner"] != self.owner:
            return False
        self._write()
        return True

    def release(self) -> None:
        """Give the lease back, unless another has taken it."""
        held = self._read()
        if held is not None and held["owner"] == self.owner:
            files.delete([self.path])

    @contextmanager
    def held(self, lost: Callable[[], None]) -> Iterator[None]:
        """Hold the lease while the body runs.

        Args:
            lost: called from another thread where the lease was lost to another holder.
        """
        self.acquire()
        stop = threading.Event()

        def keep() -> None:
            while not stop.wait(self.seconds / 3):
                if not self.renew():
                    lost()
                    return

        thread = threading.Thread(target=keep, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.release()

    def _read(self) -> dict[str, object] | None:
        try:
            value = json.loads(files.read_bytes(self.path))
        except (FileNotFoundError, ValueError):
            return None
        return dict(value)

    def _write(self) -> None:
        value = {
            "owner": self.owner,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started": psutil.Process().create_time(),
            "until": self.clock() + self.seconds,
        }
        files.write_bytes(self.path, json.dumps(value).encode())

    def _over(self, held: dict[str, object]) -> bool:
        if held["owner"] == self.owner or float(str(held["until"])) <= self.clock():
            return True
        if held["host"] != socket.gethostname():
            return False
        try:
            return psutil.Process(int(str(held["pid"]))).create_time() != held["started"]
        except psutil.NoSuchProcess:
            return True
