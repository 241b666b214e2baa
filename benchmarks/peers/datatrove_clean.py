"""datatrove's Japanese pipeline over WARC files; run by benchmarks/pipeline.py in its own venv.

    python datatrove_clean.py clean WARCS OUT     WARC, extraction, filters -> OUT/kept/*.jsonl.gz
    python datatrove_clean.py dedup JSONL OUT     MinHash's four steps

The filters are FineWeb-2's in its order, without two that would not be comparable: GlotLID's
language filter, whose model has to be downloaded, and the URL filter, which takes most of a minute
to load its lists before the first page. Thresholds are datatrove's defaults with the Japanese
tokenizer; FineWeb-2's own per-language numbers decide what is kept, hardly how long it takes.
"""

import json
import sys
import time
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import (
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader, WarcReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.hashing import HashConfig

LANGUAGE = "ja"
WORKERS = 2


def run(steps, out, name, tasks=WORKERS):
    """Run one of datatrove's pipelines with two workers."""
    LocalPipelineExecutor(
        pipeline=steps, tasks=tasks, workers=min(tasks, WORKERS), logging_dir=f"{out}/logs-{name}"
    ).run()


def clean(warcs, out):
    """Extraction and filters."""
    steps = [
        WarcReader(warcs, glob_pattern="*.warc.gz"),
        Trafilatura(favour_precision=True, timeout=5),
        GopherRepetitionFilter(language=LANGUAGE),
        FineWebQualityFilter(
            language=LANGUAGE, short_line_thr=999, char_duplicates_ratio=0.1, new_line_ratio=0.3
        ),
        GopherQualityFilter(
            language=LANGUAGE,
            min_avg_word_length=1,
            max_avg_word_length=10,
            min_stop_words=2,
            stop_words=["の", "に", "は", "を", "た", "が", "で", "て", "と", "し"],
        ),
        JsonlWriter(f"{out}/kept"),
    ]
    run(steps, out, "clean")


def dedup(texts, out):
    """MinHash as in FineWeb-2: 14 buckets of 8 hashes over 5-grams of words."""
    config = MinhashConfig(
        hash_config=HashConfig(precision=64), num_buckets=14, hashes_per_bucket=8, n_grams=5
    )
    reader = JsonlReader(texts)
    signatures, buckets, remove = (f"{out}/{name}" for name in ("signatures", "buckets", "remove"))
    run([reader, MinhashDedupSignature(signatures, config, language=LANGUAGE)], out, "sign")
    run([MinhashDedupBuckets(signatures, buckets, config=config)], out, "buckets", 14)
    run([MinhashDedupCluster(buckets, remove, config=config)], out, "cluster", 1)
    run([reader, MinhashDedupFilter(remove), JsonlWriter(f"{out}/kept")], out, "filter")


def kept(folder):
    """Documents written."""
    import gzip

    return sum(
        sum(1 for _ in gzip.open(path, "rt")) for path in sorted(Path(folder).rglob("*.jsonl.gz"))
    )


def main():
    """Run one step; print its wall seconds and documents kept as JSON."""
    step, source, out = sys.argv[1:]
    start = time.monotonic()
    {"clean": clean, "dedup": dedup}[step](source, out)
    seconds = time.monotonic() - start
    print(json.dumps({"seconds": seconds, "kept": kept(f"{out}/kept")}), flush=True)


if __name__ == "__main__":
    main()
