"""Tune a trained model on JSON lines: dense layers above it, trained alone; labels feed the spout.

train.finetune names the base, the data and what moves; steps, batch and optimizer are the train
stage's own. Checkpoints and metrics go to finetune/ in the run's folder.
"""

import argparse
import json

from pipelines.arguments import add_overrides, add_root


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="YAML file; its train.finetune counts")
    add_root(parser)
    add_overrides(parser)
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON line on stdout")


def run(args: argparse.Namespace) -> int:
    from pathlib import Path

    from pipelines.errors import UserError
    from pipelines.settings import load_settings
    from pipelines.train import say
    from train.errors import TrainError
    from train.finetune import tuning_job
    from train.trainer import train

    settings = load_settings(args.config, args.overrides)
    folder = Path(args.root or f"runs/{settings.name}") / "finetune"
    try:
        job, _ = tuning_job(settings.train, folder, say)
        outcome = train(job)
    except TrainError as error:
        raise UserError(str(error)) from None
    if args.json:
        row = {"step": outcome.step, "finished": outcome.finished, "model": job.checkpoints}
        print(json.dumps(row | {"valid": outcome.valid}, ensure_ascii=False))
    return 0
