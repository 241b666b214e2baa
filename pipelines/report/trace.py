"""From the examples of a shard back to their documents, as data files of the report."""

from collections.abc import Mapping
from typing import Any

from encode.shards import read_shards
from pipelines import files
from pipelines.report.data import write_chunk

TRACE_RECORDS = 2000
"""Records of a shard that the report lists; `kinari audit --shard` answers for the others."""


def write_traces(
    root: str, folder: str, shards: list[dict[str, Any]], urls: Mapping[str, str]
) -> None:
    """Write for each shard its first records with document, token range and address.

    Args:
        root: the run's folder; only shards on this machine's disk are opened.
        folder: the report's folder.
        shards: the overview's list; `trace` is set to the data file's number.
        urls: addresses of the documents that the report lists.
    """
    if not files.is_local(root):
        return
    for number, shard in enumerate(shards):
        rows = []
        for record in read_shards(files.join(root, "encode", shard["path"])):
            url = urls.get(record.doc_id)
            rows.append([record.number, record.doc_id, record.start, record.end, url])
            if len(rows) >= TRACE_RECORDS:
                break
        write_chunk(folder, f"trace-{number}", rows)
        shard["trace"] = number
