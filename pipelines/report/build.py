"""Build the report of a run: gather its figures and write a folder that opens from a file."""

import hashlib
from pathlib import Path
from typing import Any

from pipelines import files
from pipelines.report.data import write_overview
from pipelines.report.labels import labels
from pipelines.report.overview import decided_now, overview, read_habits, read_metrics
from pipelines.report.sites import write_sites
from pipelines.report.trace import write_traces
from pipelines.settings import STAGES, RunSettings
from pipelines.shards import canonical_json
from pipelines.stage import read_record

_MADE_FROM = "made-from.json"
_STATIC = Path(__file__).parent / "static"


def build_report(root: str, settings: RunSettings) -> str:
    """Write the report of a run under report/.

    A report that was made from the same records by the same code is left as it stands.

    Args:
        root: the run's folder; stages that are not complete are left out.
        settings: the run's settings, for its name, thresholds and language.

    Returns:
        The path of `index.html`.
    """
    records = {stage: record for stage in STAGES if (record := read_record(root, stage))}
    folder = files.join(root, "report")
    index, note = files.join(folder, "index.html"), files.join(folder, _MADE_FROM)
    digests = [record.digest for record in records.values()]
    for written in (read_metrics(root), read_habits(root)):
        digests.append(hashlib.sha256(written).hexdigest())
    made_from = _identity(settings, [*digests, decided_now(root, settings)])
    if files.exists(index) and files.exists(note) and files.read_bytes(note) == made_from:
        return index
    files.delete([item.path for item in files.listing(files.join(folder, "data", "*.js"))])
    facts = overview(root, settings, records)
    found = write_sites(root, folder, settings, records)
    facts |= {"documents_listed": len(found.urls), "documents_total": found.total}
    write_traces(root, folder, facts["shards"], found.urls)
    write_overview(folder, facts, labels(settings.report.language))
    for source in sorted(_STATIC.iterdir()):
        files.write_bytes(files.join(folder, source.name), source.read_bytes())
    files.write_bytes(note, made_from)
    return index


def _identity(settings: RunSettings, digests: list[Any]) -> bytes:
    """What a report depends on: the stages' files, people's decisions, its settings, its code."""
    sources = sorted(path for path in Path(__file__).parent.rglob("*.*") if path.suffix != ".pyc")
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources]
    return canonical_json([digests, code, settings.report.model_dump(), settings.name])
