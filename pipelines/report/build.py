"""Build the report of a run: gather its figures, render them, write them under report/."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines import files
from pipelines.parquet import iter_rows
from pipelines.settings import STAGES, RunSettings
from pipelines.stage import StageRecord, read_record

_TEMPLATES = Path(__file__).parent / "templates"


def build_report(root: str, settings: RunSettings) -> str:
    """Write the report of a run.

    Args:
        root: the run's folder; stages that are not complete are left out.
        settings: the run's settings, for the name and the language.

    Returns:
        The path of `index.html`.
    """
    records = {stage: record for stage in STAGES if (record := read_record(root, stage))}
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("index.html.jinja").render(
        name=settings.name,
        funnel=[funnel_row(stage, record) for stage, record in records.items()],
        sites=_sites(root, records),
        loss=loss_curve(root),
    )
    path = files.join(root, "report", "index.html")
    files.write_bytes(path, page.encode("utf-8"))
    return path


def funnel_row(stage: str, record: StageRecord) -> dict[str, Any]:
    """A stage's rows in, rows out and drops by reason, largest first."""
    dropped = {
        name.removeprefix("dropped_"): count
        for name, count in record.counters.items()
        if name.startswith("dropped_") and count
    }
    return {
        "stage": stage,
        "rows_in": record.counters["rows_in"],
        "rows_out": record.counters["rows_out"],
        "bytes": record.size(),
        "dropped": sorted(dropped.items(), key=lambda item: (-item[1], item[0])),
    }


def _sites(root: str, records: dict[str, StageRecord]) -> list[dict[str, Any]]:
    if "clean" not in records:
        return []
    return list(iter_rows(files.join(root, "clean", "sites.parquet")))


def loss_curve(root: str) -> list[dict[str, Any]]:
    """The lines of train's metrics.jsonl that hold a step; empty before training."""
    try:
        data = files.read_bytes(files.join(root, "train", "metrics.jsonl"))
    except FileNotFoundError:
        return []
    return [row for line in data.splitlines() if "step" in (row := json.loads(line))]
