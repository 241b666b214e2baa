"""Build the report of a run: gather its figures and write a folder that opens from a file."""

from pathlib import Path

from pipelines import files
from pipelines.report.data import write_overview
from pipelines.report.labels import labels
from pipelines.report.overview import overview
from pipelines.report.sites import write_sites
from pipelines.report.trace import write_traces
from pipelines.settings import STAGES, RunSettings
from pipelines.stage import read_record

_STATIC = Path(__file__).parent / "static"


def build_report(root: str, settings: RunSettings) -> str:
    """Write the report of a run under report/.

    Args:
        root: the run's folder; stages that are not complete are left out.
        settings: the run's settings, for its name, thresholds and language.

    Returns:
        The path of `index.html`.
    """
    records = {stage: record for stage in STAGES if (record := read_record(root, stage))}
    folder = files.join(root, "report")
    facts = overview(root, settings, records)
    facts |= write_sites(root, folder, settings, records)
    write_traces(root, folder, facts["shards"])
    write_overview(folder, facts, labels(settings.report.language))
    for source in sorted(_STATIC.iterdir()):
        files.write_bytes(files.join(folder, source.name), source.read_bytes())
    return files.join(folder, "index.html")
