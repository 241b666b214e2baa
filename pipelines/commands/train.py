"""Run the train stage alone, as `kinari run CONFIG --only train`; also on every host of a pod.

On several hosts start it on each with --coordinator HOST:PORT --processes N --process I (on a TPU
pod slice --distributed is enough: the runtime knows the rest).
"""

import argparse

from pipelines.arguments import add_overrides, add_root


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="YAML file of the run")
    add_root(parser)
    add_overrides(parser)
    parser.add_argument("--force", action="store_true", help="train even where nothing changed")
    parser.add_argument(
        "--distributed",
        action="store_true",
        help="join the other hosts as the runtime (TPU, Slurm) says",
    )
    parser.add_argument("--coordinator", metavar="HOST:PORT", help="address of the first host")
    parser.add_argument("--processes", type=int, metavar="N", help="number of hosts")
    parser.add_argument("--process", type=int, metavar="I", help="number of this host, from 0")


def run(args: argparse.Namespace) -> int:
    from pipelines import run as runs
    from pipelines.errors import UserError
    from pipelines.settings import load_settings

    settings = load_settings(args.config, args.overrides)
    root = args.root or f"runs/{settings.name}"
    given = (args.coordinator, args.processes, args.process)
    if args.distributed or any(value is not None for value in given):
        if not args.distributed and any(value is None for value in given):
            raise UserError(
                "--coordinator, --processes and --process belong together: give all three"
            )
        from pipelines.train import follow
        from train.errors import TrainError
        from train.hosts import join_hosts

        try:
            first = join_hosts(args.coordinator, args.processes, args.process)
        except TrainError as error:
            raise UserError(str(error)) from None
        if not first:
            follow(settings, root)
            return 0
    runs.run(settings, root, ("train",), args.force)
    return 0
