"""A worker process of the local engine: Beam's SDK worker, quiet, and gone when its driver is gone.

Beam starts it as `python -m pipelines.worker DRIVER_PID`.
"""

import contextlib
import logging
import os
import sys
import threading
import time

_POLL_SECONDS = 0.5


def follow(driver: int) -> None:
    """End this process once the driver's has ended: a driver that was killed can't say goodbye.

    Args:
        driver: the driver's process id.
    """
    with contextlib.suppress(PermissionError):
        while True:
            try:
                os.kill(driver, 0)
            except ProcessLookupError:
                os._exit(1)
            time.sleep(_POLL_SECONDS)


def main() -> None:
    """Serve the driver until it says that the work is over."""
    driver = int(sys.argv.pop(1))
    threading.Thread(target=follow, args=(driver,), daemon=True).start()
    # With a handler in place nothing sets up one that prints; errors reach the driver anyway.
    logging.getLogger().addHandler(logging.NullHandler())
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
