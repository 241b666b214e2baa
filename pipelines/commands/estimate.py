"""What a run would take at another size, from this run's measured rates.

Core-hours, machines for a deadline, storage, bytes through the shuffles, accelerator-hours, cost.
Rates of a small run hold its start-up too: measure on a run of minutes, not seconds.
"""

import argparse
import json
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder, complete up to encode")
    parser.add_argument(
        "--target", required=True, help="text to be encoded, UTF-8: 500GiB, 2TiB or bytes"
    )
    parser.add_argument(
        "--hours", type=_positive, default=24.0, help="deadline that machines are counted for"
    )
    parser.add_argument("--machine-cores", type=_count, default=32, help="cores of a machine")
    parser.add_argument("--core-price", type=_price, help="of a core-hour")
    parser.add_argument("--storage-price", type=_price, help="of a GiB-month")
    parser.add_argument("--shuffle-price", type=_price, help="of a GiB shuffled")
    parser.add_argument("--accelerator-price", type=_price, help="of an accelerator-hour")
    parser.add_argument(
        "--epochs", type=_positive, default=1.0, help="times that training sees the text"
    )
    parser.add_argument(
        "--mfu", type=_share, help="share of the peak that training reaches; else the measured rate"
    )
    parser.add_argument(
        "--peak-tflops", type=_positive, help="the accelerator's peak (H100 bfloat16: 989)"
    )
    parser.add_argument(
        "--model", metavar="CONFIG", help="config whose train.model is to be trained; with --mfu"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line a stage and the total")


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to {most:g}")
    return value


def _positive(text: str) -> float:
    return _number(text, 1e-6, 1e9)


def _price(text: str) -> float:
    return _number(text, 0, 1e9)


def _share(text: str) -> float:
    return _number(text, 1e-6, 1)


def _count(text: str) -> int:
    return int(_number(text, 1, 1e6))


def run(args: argparse.Namespace) -> int:
    from pipelines.errors import UserError
    from pipelines.estimate import Wishes, estimate, parse_size
    from pipelines.settings import load_settings

    if (args.mfu is None) != (args.peak_tflops is None):
        raise UserError("--mfu and --peak-tflops go together")
    if args.model is not None and args.mfu is None:
        raise UserError("--model goes with --mfu: the run's measured rate is of its own model")
    model = load_settings(args.model).train.model if args.model else None
    if model is not None and model.vocab_size == 0:
        raise UserError(f"{args.model}: train.model.vocab_size is 0; name the vocabulary's size")
    rows = estimate(
        args.run,
        Wishes(
            target=parse_size(args.target),
            hours=args.hours,
            machine_cores=args.machine_cores,
            core_price=args.core_price,
            storage_price=args.storage_price,
            shuffle_price=args.shuffle_price,
            accelerator_price=args.accelerator_price,
            epochs=args.epochs,
            mfu=args.mfu,
            peak_tflops=args.peak_tflops or 0.0,
            model=model,
        ),
    )
    if args.json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    else:
        _print_table(rows, args.hours, args.machine_cores)
    return 0


def _print_table(rows: list[dict[str, Any]], hours: float, cores: int) -> None:
    from rich.console import Console
    from rich.table import Table

    total = rows[-1]
    table = Table(
        title=f"{total['target_bytes']:,} bytes of text, {total['scale']:,} times the measured "
        f"{total['measured_bytes']:,}",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    names = ("rows in", "core-hours", "machines", "storage GiB", "shuffle GiB", "accelerator-hours")
    table.add_column("stage")
    for name in (*names, "cost"):
        table.add_column(name, justify="right")
    for row in rows:
        cost = row.get("cost")
        if cost is None:
            known = [row[name] for name in row if name.endswith("_cost") and row[name] is not None]
            cost = sum(known) if known else None
        cells = (
            row.get("rows"),
            row.get("core_hours"),
            row.get("machines"),
            _gib(row.get("storage_bytes")),
            _gib(row.get("shuffle_bytes")),
            row.get("accelerator_hours"),
            cost,
        )
        table.add_row(row["stage"], *("" if cell is None else f"{cell:,}" for cell in cells))
    console = Console(highlight=False, markup=False)
    console.width = max(console.width, 120)
    console.print(table)
    for row in rows:
        for name, size in row.get("shuffle", {}).items():
            console.print(f"{row['stage']} shuffles {name}: {_gib(size):,} GiB")
        if "basis" in row:
            console.print(f"train: {row['tokens']:,} tokens; by {row['basis']}")
    console.print(f"machines of {cores} cores that do each stage in {hours:g} hours")


def _gib(size: float | None) -> float | None:
    return None if size is None else round(size / (1 << 30), 2)
