"""Progress of long work: a bar with rate and time left on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LINE_SECONDS = 10.0
_POLL_SECONDS = 0.5


def describe(done: int, total: int | None, seconds: float, unit: str) -> str:
    """One line: how much is done, how fast, how long it may still take.

    Args:
        done: units finished since the start.
        total: units in all, None where unknown.
        seconds: time since the start.
        unit: name of the units, plural.
    """
    rate = done / seconds if seconds > 0 else 0.0
    text = f"{done:,}" + (f"/{total:,}" if total else "") + f" {unit}, {rate:,.1f}/s"
    if total and 0 < done < total and rate:
        text += f", {clock((total - done) / rate)} left"
    return text


def clock(seconds: float) -> str:
    """Seconds as m:ss, or h:mm:ss above an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@contextmanager
def watched(
    label: str, poll: Callable[[], int], total: int | None, unit: str = "shards"
) -> Iterator[None]:
    """Show progress while the body runs, by polling how many units are finished.

    Args:
        label: what is being done, e.g. `clean: extract`.
        poll: finished units so far; cheap.
        total: units in all, None where unknown.
        unit: name of the units.
    """
    stop = threading.Event()
    start = time.monotonic()
    before = poll()
    terminal = sys.stderr.isatty()

    def loop() -> None:
        spoken = start
        while not stop.wait(_POLL_SECONDS):
            now = time.monotonic()
            if terminal or now - spoken >= _LINE_SECONDS:
                spoken = now
                _show(f"{label}: {describe(poll() - before, total, now - start, unit)}", terminal)

    if total is not None:
        total = max(total - before, 0)
    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if terminal:
            _show("", terminal)


def _show(text: str, terminal: bool) -> None:
    if terminal:
        sys.stderr.write(f"\r\x1b[2K{text[:110]}")
    else:
        sys.stderr.write(text + "\n")
    sys.stderr.flush()
