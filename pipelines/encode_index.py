"""The encode stage's small files: shards.json and statistics.json."""

import json
from dataclasses import replace

import numpy as np

from encode.documents import Tally
from encode.shards import SHARDS_JSON
from encode.statistics import STATISTICS_JSON, statistics
from pipelines import files
from pipelines.encode_inputs import Source
from pipelines.encode_vocabulary import VOCABULARY, VocabularyFiles
from pipelines.shards import Manifest, OutputFile
from pipelines.stage import StageContext


def uses_name(shard: str) -> str:
    """Name of the file that holds how often a source uses each id, int64 [vocabulary]."""
    return f"_work/uses-{shard}"


def write_index(
    context: StageContext,
    files_: VocabularyFiles,
    names: list[str],
    sources: list[Source],
    measured: list[Manifest],
    written: list[Manifest],
) -> OutputFile:
    """Write shards.json, which names every shard with what it holds and where it came from."""
    settings = context.settings.encode
    vocabulary = files_.load()
    dedup = {
        context.input_path("dedup", file.path): file
        for file in context.input_files("dedup", "documents-")
    }
    entries = []
    for source, manifest in zip(sources, measured, strict=True):
        file = dedup.get(source.path)
        entries.append(
            {
                "path": f"dedup/{file.path}" if file else source.path,
                "sha256": file.sha256 if file else None,
                "documents": manifest.facts["rows"],
            }
        )
    shards = []
    for manifest in written:
        for output in manifest.outputs:
            shards.append(
                {
                    "path": output.path,
                    "split": manifest.facts["split"],
                    "records": output.rows,
                    "tokens": manifest.facts["tokens"],
                    "documents": manifest.facts["documents"],
                    "bytes": output.bytes,
                    "sha256": output.sha256,
                }
            )
    index = {
        "format": settings.format,
        "mode": settings.mode,
        "context": settings.context,
        "seed": settings.seed,
        "vocabulary": {
            "path": VOCABULARY,
            "size": len(vocabulary),
            "sha256": vocabulary.sha256,
            "max_token_chars": vocabulary.max_token_chars,
        },
        "classes": names or None,
        "sources": entries,
        "shards": shards,
    }
    data = json.dumps(index, ensure_ascii=False, indent=1).encode() + b"\n"
    return context.output_file(SHARDS_JSON, data, len(shards))


def write_statistics(
    context: StageContext,
    files_: VocabularyFiles,
    encoded: list[Manifest],
    counters: dict[str, int],
) -> OutputFile:
    """Write statistics.json from the figures of all sources."""
    vocabulary = files_.load()
    tally = Tally(np.zeros(len(vocabulary), np.int64))
    for manifest in encoded:
        name = uses_name(manifest.shard)
        tally.uses += np.frombuffer(files.read_bytes(context.path(*name.split("/"))), np.int64)
        tally.lengths = [
            a + b for a, b in zip(tally.lengths, manifest.facts["lengths"], strict=True)
        ]
    tally = replace(
        tally,
        documents=counters["rows_out"],
        chars=counters["code_points"],
        tokens=counters["tokens"],
        raw_tokens=counters["raw_tokens"],
    )
    data = json.dumps(statistics(tally, vocabulary), ensure_ascii=False, indent=1).encode() + b"\n"
    return context.output_file(STATISTICS_JSON, data, 1)
