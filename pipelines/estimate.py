"""What a run would take at another size, from what it took at its own.

Times, rows and bytes are measured in the run; shuffle bytes are the records that its manifests
count times the size of a record as declared. All of it grows in proportion to the text.
"""

import json
import math
import statistics
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from clean.judge_tally import SiteTally
from dedup.keep import FACTS
from dedup.settings import DedupSettings
from pipelines import files
from pipelines.clean_work import EXTRACTED
from pipelines.dedup import WORTH_WORKERS
from pipelines.dedup_bands import KEYED
from pipelines.dedup_compare import CANDIDATE, DECIDED
from pipelines.dedup_connect import EDGE
from pipelines.dedup_write import REMOVED
from pipelines.errors import UserError
from pipelines.run import open_run
from pipelines.settings import RunSettings
from pipelines.stage import TIMING, StageRecord, code_digest, read_record
from train.settings import ModelSettings
from train.shapes import count_active

WORK_STAGES = ("clean", "dedup", "encode")
"""Stages whose time is cores at work; a crawl waits for sites, training for accelerators."""

STAR_ROUNDS = 4
"""Rounds of large-star and small-star that a corpus above `dedup.edges_at_once` is taken to need:
chains of near-duplicates are short, and a round halves them. It was not measured."""

DESCRIPTOR_BYTES = 2048
"""A shard's description in the shuffle that spreads shards over workers, about."""

_TALLIED = 4
_GIB = 1 << 30
_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50}


@dataclass(frozen=True)
class Wishes:
    """What the estimate is for.

    Attributes:
        target: text to be encoded, in bytes of UTF-8.
        hours: deadline for each stage's share of machines, hours.
        machine_cores: cores of a machine.
        core_price: of a core-hour; None leaves that cost out.
        storage_price: of a GiB-month of storage.
        shuffle_price: of a GiB through the shuffle.
        accelerator_price: of an accelerator-hour.
        epochs: times that training sees the text.
        mfu: share of the accelerator's peak that training reaches; None takes the measured rate.
        peak_tflops: the accelerator's peak, TFLOP/s.
        model: the model to be trained; None is the run's own.
    """

    target: int
    hours: float = 24.0
    machine_cores: int = 32
    core_price: float | None = None
    storage_price: float | None = None
    shuffle_price: float | None = None
    accelerator_price: float | None = None
    epochs: float = 1.0
    mfu: float | None = None
    peak_tflops: float = 0.0
    model: ModelSettings | None = None


def parse_size(text: str) -> int:
    """A size such as 500GiB, in bytes.

    Raises:
        UserError: it is no such size.
    """
    unit = next((name for name in _UNITS if text.endswith(name)), "")
    try:
        size = float(text.removesuffix(unit)) * _UNITS.get(unit, 1)
    except ValueError:
        size = 0.0
    if not 1 <= size < 1 << 63:
        raise UserError(f"--target {text}: no size; write a number and one of {', '.join(_UNITS)}")
    return int(size)


def estimate(root: str, wishes: Wishes) -> list[dict[str, Any]]:
    """Estimate a run at another size.

    Args:
        root: a run's folder whose stages up to encode are complete.
        wishes: for what.

    Returns:
        One row for each of crawl, clean, dedup, encode, train (where it can be told) and the total.

    Raises:
        UserError: a stage is not complete, or it kept no text.
    """
    settings = open_run(root)
    records = {name: read_record(root, name) for name in ("crawl", *WORK_STAGES)}
    missing = [name for name, record in records.items() if record is None]
    if missing:
        raise UserError(f"{root}: {missing[0]} is not complete; an estimate needs its figures")
    present = {name: record for name, record in records.items() if record is not None}
    text = text_bytes(root, present["dedup"])
    if text == 0:
        raise UserError(f"{root}: the run kept no text; there is nothing to measure by")
    scale = wishes.target / text
    rows = [_crawl_row(root, present["crawl"], scale, wishes)]
    descriptors = _descriptors(settings, present, scale)
    shuffled = {
        "clean": {
            "shard descriptors": descriptors["clean"],
            **clean_shuffle(root, scale, present["clean"]),
        },
        "dedup": dedup_shuffle(
            settings.dedup,
            present["dedup"].counters["rows_in"] * scale,
            *[count * scale for count in _dedup_counts(root)],
            present["dedup"].counters["rows_in"] * scale - present["dedup"].rows() * scale,
        ),
        "encode": {"shard descriptors": descriptors["encode"]},
    }
    for name in WORK_STAGES:
        rows.append(_work_row(root, settings, present[name], scale, wishes, shuffled[name]))
    training = _train_row(root, settings, present["encode"], scale, wishes)
    rows.append(training)
    rows.append(_total(rows, text, scale, wishes))
    return rows


def text_bytes(root: str, dedup: StageRecord) -> int:
    """Bytes of UTF-8 of all texts that dedup kept, read one row group at a time."""
    total = 0
    for output in dedup.outputs:
        if not output.path.startswith("documents-"):
            continue
        with files.open_read(files.join(root, "dedup", output.path)) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(1024, columns=["text"]):
                total += pc.sum(pc.binary_length(batch.column("text"))).as_py() or 0
    return total


def dedup_shuffle(
    settings: DedupSettings, documents: float, edges: float, candidates: float, removed: float
) -> dict[str, float]:
    """Bytes that dedup's shuffles carry, by shuffle.

    Args:
        settings: the stage's: its bands and limits.
        documents: that come in.
        edges: candidate edges that the bands give.
        candidates: documents that stand in some component of edges.
        removed: documents that go.
    """
    bands = settings.bands()[0]
    found = {
        "facts by node": documents * FACTS.itemsize,
        "band keys by range": documents * bands * KEYED.itemsize,
        "candidates by shard": candidates * CANDIDATE.itemsize,
        "decisions by node": candidates * DECIDED.itemsize,
        "removals by shard": removed * REMOVED.itemsize,
    }
    if edges > settings.edges_at_once:
        # A round sends each edge both ways, then the larger ends once.
        found["edges by node"] = STAR_ROUNDS * 3 * edges * EDGE.itemsize
    return found


def clean_shuffle(root: str, scale: float, clean: StageRecord) -> dict[str, float]:
    """Bytes of clean's shuffles: the sites' tallies, made again for some shards and weighed.

    They are left out where another kinari measured the signals that they count.
    """
    if clean.code != code_digest("clean"):
        return {}
    pages = size = 0
    settings = open_run(root).clean.judge
    for info in files.listing(files.join(root, "clean", "_work", "extracted-*"))[:_TALLIED]:
        tallies: dict[str, SiteTally] = {}
        with files.open_read(info.path) as stream:
            table = pq.read_table(stream, schema=EXTRACTED)
        for row in table.to_pylist():
            if row["site"]:
                tally = tallies.setdefault(
                    row["site"], SiteTally(row["site"], settings.sample_pages)
                )
                tally.add(row["doc_id"], row["signals"], row["text"], row["reason"], settings)
        pages += table.num_rows
        size += sum(len(tally.to_bytes()) for tally in tallies.values())
    return {"site tallies": size / pages * clean.counters["rows_in"] * scale} if pages else {}


def _descriptors(
    settings: RunSettings, records: dict[str, StageRecord], scale: float
) -> dict[str, float]:
    """Bytes of the shuffles that spread shards: shards at their full size, each told in brief."""
    segments = records["crawl"].size() * scale / settings.crawl.segment_bytes
    written = records["encode"].size() * scale / settings.encode.shard_bytes
    # clean spreads its segments three times; encode measures, counts and encodes, then writes.
    return {
        "clean": DESCRIPTOR_BYTES * math.ceil(3 * segments),
        "encode": DESCRIPTOR_BYTES * math.ceil(3 * segments + written),
    }


def _dedup_counts(root: str) -> tuple[int, int]:
    """Candidate edges and candidates, from the manifests of the run's bands and labels."""
    totals = []
    for phase, fact in (("bands", "edges"), ("labels", "nodes")):
        total = 0
        for info in files.listing(files.join(root, "dedup", "_shards", f"{phase}-*/*.json")):
            total += int(json.loads(files.read_bytes(info.path))["facts"].get(fact, 0))
        totals.append(total)
    return totals[0], totals[1]


def _seconds(root: str, stage: str) -> float:
    try:
        value = json.loads(files.read_bytes(files.join(root, stage, TIMING)))
        return float(sum(value["attempts_s"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise UserError(f"{root}: {stage}/{TIMING} is missing or corrupt: no rates") from None


def _crawl_row(root: str, record: StageRecord, scale: float, wishes: Wishes) -> dict[str, Any]:
    """A crawl's size; its time is the sites' politeness delays, not this machine's speed."""
    storage = record.size() * scale
    return {
        "stage": "crawl",
        "rows": round(record.rows() * scale),
        "measured_rows": record.rows(),
        "measured_seconds": round(_seconds(root, "crawl"), 1),
        "storage_bytes": round(storage),
        "storage_cost": _cost(storage / _GIB, wishes.storage_price),
    }


def _work_row(
    root: str,
    settings: RunSettings,
    record: StageRecord,
    scale: float,
    wishes: Wishes,
    shuffled: dict[str, float],
) -> dict[str, Any]:
    seconds = _seconds(root, record.stage)
    rows_in = record.counters["rows_in"]
    workers = settings.runner.workers
    if record.stage == "dedup" and rows_in < WORTH_WORKERS and settings.runner.engine == "local":
        workers = 1
    core_hours = seconds * workers * scale / 3600
    storage, shuffle = record.size() * scale, sum(shuffled.values())
    return {
        "stage": record.stage,
        "rows": round(rows_in * scale),
        "measured_rows": rows_in,
        "measured_seconds": round(seconds, 1),
        "measured_cores": workers,
        "rows_per_core_second": round(rows_in / (seconds * workers), 2),
        "core_hours": round(core_hours, 1),
        "machines": math.ceil(core_hours / (wishes.hours * wishes.machine_cores)),
        "storage_bytes": round(storage),
        "shuffle_bytes": round(shuffle),
        "shuffle": {name: round(size) for name, size in sorted(shuffled.items())},
        "core_cost": _cost(core_hours, wishes.core_price),
        "storage_cost": _cost(storage / _GIB, wishes.storage_price),
        "shuffle_cost": _cost(shuffle / _GIB, wishes.shuffle_price),
    }


def _train_row(
    root: str, settings: RunSettings, encode: StageRecord, scale: float, wishes: Wishes
) -> dict[str, Any]:
    """Accelerator-hours: by the run's own tokens a second, or by a stated share of the peak."""
    tokens = encode.counters["tokens"] * scale * wishes.epochs
    row: dict[str, Any] = {"stage": "train", "tokens": round(tokens)}
    if wishes.mfu is not None:
        active = count_active(wishes.model or settings.train.model)
        hours = 6.0 * active * tokens / (wishes.mfu * wishes.peak_tflops * 1e12) / 3600
        row |= {"basis": f"6 x {active:,} parameters a token, MFU {wishes.mfu:g} (stated)"}
    else:
        rate = measured_tokens_per_second(root)
        if rate is None:
            return row | {"basis": "nothing: not trained in this run, and no --mfu given"}
        mesh = settings.train.mesh
        devices = max(1, mesh.data) * mesh.expert * mesh.model
        hours = tokens / rate * devices / 3600
        row |= {"basis": f"{rate:,.0f} tokens/s on {devices} device(s), measured in this run"}
    return row | {
        "accelerator_hours": round(hours, 1),
        "accelerators": math.ceil(hours / wishes.hours),
        "accelerator_cost": _cost(hours, wishes.accelerator_price),
    }


def measured_tokens_per_second(root: str) -> float | None:
    """Median of the rates in the run's metrics.jsonl; None where it was not trained."""
    try:
        lines = files.read_bytes(files.join(root, "train", "metrics.jsonl")).splitlines()
    except FileNotFoundError:
        return None
    rates = [json.loads(line).get("tokens_per_second") for line in lines]
    found = [float(rate) for rate in rates if rate]
    return statistics.median(found) if found else None


def _cost(amount: float, price: float | None) -> float | None:
    return None if price is None else round(amount * price, 2)


def _total(rows: list[dict[str, Any]], text: int, scale: float, wishes: Wishes) -> dict[str, Any]:
    total: dict[str, Any] = {
        "stage": "total",
        "target_bytes": wishes.target,
        "measured_bytes": text,
        "scale": round(scale, 1),
    }
    for name in ("core_hours", "storage_bytes", "shuffle_bytes", "accelerator_hours"):
        total[name] = round(sum(row.get(name) or 0 for row in rows), 1)
    total["machines"] = math.ceil(total["core_hours"] / (wishes.hours * wishes.machine_cores))
    costs = [row[name] for row in rows for name in row if name.endswith("_cost")]
    known = [cost for cost in costs if cost is not None]
    total["cost"] = round(sum(known), 2) if known else None
    return total
