"""Several hosts as one machine: `jax.distributed`."""

import jax

from train.errors import TrainError


def join_hosts(coordinator: str | None, processes: int | None, process: int | None) -> bool:
    """Join the other hosts before any device is touched.

    Args:
        coordinator: host:port of the first host; None where the runtime knows.
        processes: number of hosts.
        process: number of this one.

    Returns:
        Whether this host is the first, which keeps the run's records.

    Raises:
        TrainError: the hosts do not find each other.
    """
    try:
        jax.distributed.initialize(coordinator, processes, process)
    except (RuntimeError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise TrainError(
            f"the hosts do not find each other: {first}; check --coordinator, --processes and "
            "--process"
        ) from None
    return int(jax.process_index()) == 0
