"""Taking a page or a site out of a finished run: WARC, Parquet and training shards.

Files are rewritten stage by stage, and each stage's record with them, so that `check` holds and
nothing has to be done again. WARC files keep their length and every other record its offset.
"""

import hashlib
from collections import Counter
from dataclasses import replace

from crawl.forget import Blocked
from encode.shards import SHARDS_JSON
from pipelines import files
from pipelines.crawl_forget import add_blocked
from pipelines.errors import UserError
from pipelines.forget_files import (
    Forgetting,
    rewrite_index,
    rewrite_shard,
    rewrite_shard_list,
    rewrite_table,
    rewrite_warc,
    rewrite_warc_list,
)
from pipelines.shards import OutputFile, canonical_json
from pipelines.stage import (
    CODE_MATTERS,
    INPUTS,
    RECORD,
    StageRecord,
    check_balance,
    read_record,
)

REWRITTEN = ("crawl", "clean", "dedup", "encode")
"""Stages whose files hold pages. A trained model cannot be made to forget: it has to be trained
again, and the changed input makes its stage stale."""


def forget(root: str, name: str) -> dict[str, int]:
    """Take everything of a URL or site out of a run and keep it out of later crawls.

    Args:
        root: of the run.
        name: canonical URL, or site.

    Returns:
        How many rows and records went, by stage and kind.

    Raises:
        UserError: the crawl is not complete.
    """
    if read_record(root, "crawl") is None:
        raise UserError(f"{root}: the crawl is not complete; finish it, then forget")
    add_blocked(root, name)
    work = Forgetting(root, Blocked.of([name]))
    digests: dict[str, str] = {}
    for stage in REWRITTEN:
        record = read_record(root, stage)
        if record is None:
            _clear(root, stage, keep=())
            continue
        fresh = all(record.inputs.get(n) == _digest(root, n, digests) for n in INPUTS[stage])
        digests[stage] = record.digest
        outputs, counters = _rewrite(work, record)
        _clear(root, stage, keep=tuple(out.path for out in outputs))
        inputs = dict(record.inputs)
        if fresh:
            for upstream in INPUTS[stage]:
                current = read_record(root, upstream)
                inputs[upstream] = current.digest if current else ""
        _write_record(root, replace(record, outputs=outputs, counters=counters, inputs=inputs))
    files.delete(item.path for item in files.listing(files.join(root, "report", "**")))
    return dict(work.removed)


def _digest(root: str, stage: str, before: dict[str, str]) -> str:
    """Digest of a stage's record as it was before this act."""
    if stage in before:
        return before[stage]
    record = read_record(root, stage)
    return record.digest if record else ""


def _write_record(root: str, record: StageRecord) -> None:
    check_balance(record.stage, record.counters)
    code = record.code if record.stage in CODE_MATTERS else ""
    identity = [record.stage, record.settings_hash, record.inputs, code]
    fingerprint = hashlib.sha256(canonical_json(identity)).hexdigest()
    data = replace(record, fingerprint=fingerprint).to_json()
    files.write_bytes(files.join(root, record.stage, RECORD), data)


def _clear(root: str, stage: str, keep: tuple[str, ...]) -> None:
    """Delete what a stage keeps for going on: it holds texts as well."""
    kept = {files.join(root, stage, *name.split("/")) for name in keep}
    private = tuple(files.join(root, stage, name) for name in ("_shards", "_work"))
    doomed = [
        item.path
        for item in files.listing(files.join(root, stage, "**"))
        if item.path not in kept and (not keep or item.path.startswith(private))
    ]
    files.delete(doomed)


def _rewrite(
    work: Forgetting, record: StageRecord
) -> tuple[tuple[OutputFile, ...], dict[str, int]]:
    """Rewrite a stage's files.

    Returns:
        Its outputs and counters as they are now.
    """
    counters = Counter(record.counters)
    outputs = {out.path: out for out in record.outputs}
    gone_documents: set[str] = set()
    order = sorted(outputs, key=lambda name: (name in ("warcs.json", SHARDS_JSON), name))
    for name in order:
        out = outputs[name]
        if name.endswith(".warc.gz"):
            outputs[name] = rewrite_warc(work, out, counters)
        elif record.stage == "crawl" and name.endswith(".parquet"):
            outputs[name] = rewrite_index(work, out, counters)
        elif name == "warcs.json":
            outputs[name] = rewrite_warc_list(work, out, outputs, counters)
        elif name.endswith(".parquet"):
            outputs[name] = rewrite_table(work, record.stage, out, counters)
        elif name.endswith(".tfrecord"):
            outputs[name] = rewrite_shard(work, out, gone_documents, counters)
        elif name == SHARDS_JSON:
            outputs[name] = rewrite_shard_list(work, out, outputs)
    counters["rows_in"] -= len(gone_documents)
    counters["rows_out"] -= len(gone_documents)
    kept = {name: n for name, n in counters.items() if n or name in record.counters}
    return tuple(outputs[out.path] for out in record.outputs), kept
