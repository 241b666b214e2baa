"""The encode stage: documents to a vocabulary, examples and shuffled TFRecord shards."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import apache_beam as beam
import numpy as np

from encode.documents import Keyed, Tally, empty_splits, encode_documents, pack_keyed, unpack_keyed
from encode.encoder import Encoder
from encode.order import SPLITS, Split, cut_evenly
from encode.settings import EncodeSettings
from pipelines import files
from pipelines.encode_index import uses_name, write_index, write_statistics
from pipelines.encode_inputs import (
    Row,
    Source,
    list_sources,
    measure,
    read_rows,
    to_documents,
)
from pipelines.encode_vocabulary import VocabularyFiles, provide_vocabulary
from pipelines.encode_vocabulary import read_given as _read_given
from pipelines.errors import UserError
from pipelines.settings import RunSettings
from pipelines.shards import Manifest, Payload, ShardStore, add_counters
from pipelines.stage import StageContext, StageResult


def external_inputs(settings: RunSettings) -> dict[str, str]:
    """SHA-256 of the files from outside the run that this stage reads."""
    encode = settings.encode
    found = {}
    for name, path in (("vocabulary", encode.vocabulary), ("emoji", encode.emoji)):
        if path is not None:
            found[name] = hashlib.sha256(_read_given(path, f"encode.{name}")).hexdigest()
    for pattern in encode.pairs:
        for info in files.listing(pattern):
            found[f"pairs:{info.path}"] = files.sha256_of(info.path)
    return found


@dataclass
class MeasureSource(beam.DoFn):  # type: ignore[misc]
    """Counts the rows and characters of a source and collects its classes."""

    store: ShardStore

    def process(self, source: Source) -> Iterator[str]:
        """Commit the figures as facts, unless they are there already."""
        if self.store.manifest(source.shard) is not None:
            return
        found = measure(source)
        facts = {"rows": found.rows, "chars": found.chars, "classes": sorted(found.classes)}
        counters = {"rows_in": found.rows + found.bad, "dropped_bad_pair": found.bad}
        self.store.commit(source.shard, {}, counters, facts)
        yield source.shard


@dataclass(frozen=True)
class Task:
    """A source with what encoding it needs: the number of its first row and the classes."""

    source: Source
    first: int


@dataclass
class Encoded:
    """A source's records by split, with its figures."""

    source: Source
    records: dict[Split, list[Keyed]]
    tally: Tally


class EncodeDocuments(beam.DoFn):  # type: ignore[misc]
    """Encodes the documents of a source and cuts them into records.

    Args:
        store: where encoded sources are committed; what is there is skipped.
        settings: the stage's settings.
        vocabulary: the vocabulary's files.
        classes: text of a class -> its number.
    """

    def __init__(
        self,
        store: ShardStore,
        settings: EncodeSettings,
        vocabulary: VocabularyFiles,
        classes: dict[str, int],
    ) -> None:
        self.store = store
        self.settings = settings
        self.vocabulary = vocabulary
        self.classes = classes
        self._encoder: Encoder | None = None

    def process(self, task: Task) -> Iterator[Encoded]:
        """Send on a source's records unless they are committed."""
        if self.store.manifest(task.source.shard) is not None:
            return
        if self._encoder is None:
            self._encoder = Encoder(self.vocabulary.load())
        tally = Tally(np.zeros(len(self._encoder.vocabulary), np.int64))
        records = empty_splits()
        first = task.first
        for batch in read_rows(task.source):
            rows: list[Row] = [row for row in batch if row is not None]
            documents = to_documents(rows, first, self.classes)
            first += len(rows)
            for split, record in encode_documents(documents, self._encoder, self.settings, tally):
                records[split].append(record)
        yield Encoded(task.source, records, tally)


@dataclass
class WriteExamples(beam.DoFn):  # type: ignore[misc]
    """Commits a source's records, sorted by their keys, and its figures."""

    store: ShardStore

    def process(self, encoded: Encoded) -> Iterator[str]:
        """Write one file a split, the use of ids, then the manifest."""
        shard, tally = encoded.source.shard, encoded.tally
        outputs = {uses_name(shard): Payload(tally.uses.tobytes(), len(tally.uses))}
        sizes = {}
        for split, records in encoded.records.items():
            data, sizes[split] = pack_keyed(records)
            if records:  # Beam's S3 client can't write an empty object
                outputs[_records_name(shard, split)] = Payload(data, len(records))
        counters = {
            "rows_out": tally.documents,
            "examples": sum(len(records) for records in encoded.records.values()),
            "tokens": tally.tokens,
            "raw_tokens": tally.raw_tokens,
            "code_points": tally.chars,
            **{f"dropped_{reason}": count for reason, count in sorted(tally.dropped.items())},
        }
        facts = {"sizes": sizes, "lengths": tally.lengths}
        self.store.commit(shard, outputs, counters, facts)
        yield shard


def _records_name(shard: str, split: str) -> str:
    return f"_work/examples-{split}-{shard}"


@dataclass(frozen=True)
class Planned:
    """One shard to be written.

    Attributes:
        name: its file name.
        split: its split.
        ranges: (work shard, first byte, byte behind the last) of its records in each source.
    """

    name: str
    split: Split
    ranges: tuple[tuple[str, int, int], ...]


@dataclass
class Gathered:
    """A shard's records in their final order."""

    planned: Planned
    records: list[Keyed] = field(default_factory=list)


@dataclass
class GatherExamples(beam.DoFn):  # type: ignore[misc]
    """Reads a shard's records from all sources and brings them into the global order."""

    store: ShardStore

    def process(self, planned: Planned) -> Iterator[Gathered]:
        """Send on a shard's records unless it is committed."""
        if self.store.manifest(planned.name) is not None:
            return
        found: list[Keyed] = []
        for shard, start, end in planned.ranges:
            path = files.join(self.store.stage_dir, *_records_name(shard, planned.split).split("/"))
            with files.open_read(path) as stream:
                stream.seek(start)
                found.extend(unpack_keyed(stream.read(end - start)))
        found.sort(key=lambda record: record.key)
        yield Gathered(planned, found)


@dataclass
class WriteShards(beam.DoFn):  # type: ignore[misc]
    """Commits one TFRecord shard."""

    store: ShardStore

    def process(self, gathered: Gathered) -> Iterator[str]:
        """Write the shard, then its manifest."""
        records = gathered.records
        data = b"".join(record.data for record in records)
        facts = {
            "split": gathered.planned.split,
            "tokens": sum(record.tokens for record in records),
            "documents": len({record.document for record in records}),
        }
        name = gathered.planned.name
        self.store.commit(name, {name: Payload(data, len(records))}, {}, facts)
        yield name


def plan_shards(manifests: list[Manifest], shard_bytes: int) -> list[Planned]:
    """Cut each split into shards of nearly the same size.

    Args:
        manifests: of all encoded sources, in order.
        shard_bytes: size that shards come close to.
    """
    planned = []
    for split in SPLITS:
        sizes = {m.shard: np.array(m.facts["sizes"][split], np.int64) for m in manifests}
        bounds = cut_evenly(np.sum(list(sizes.values()), axis=0), shard_bytes)
        ends = {shard: np.concatenate([[0], np.cumsum(size)]) for shard, size in sizes.items()}
        count = len(bounds) - 1
        for number in range(count):
            first, last = bounds[number], bounds[number + 1]
            ranges = tuple(
                (shard, int(end[first]), int(end[last]))
                for shard, end in ends.items()
                if end[last] > end[first]
            )
            name = f"{split}-{number:05d}-of-{count:05d}.tfrecord"
            planned.append(Planned(name, split, ranges))
    return planned


def run_stage(context: StageContext) -> StageResult:
    """Encode what dedup kept.

    Raises:
        UserError: a setting names something that cannot be used, or there is nothing to encode.
    """
    settings = context.settings.encode
    documents = [
        context.input_path("dedup", file.path)
        for file in context.input_files("dedup", "documents-")
    ]
    sources = list_sources(documents, settings.pairs, settings.class_column)
    measured = _measure(context, sources)
    chars = sum(manifest.facts["chars"] for manifest in measured)
    if chars == 0:
        raise UserError("encode: no text came from dedup and no pairs are named; nothing to encode")
    vocabulary, outputs = provide_vocabulary(context, sources, chars)
    names = sorted({name for manifest in measured for name in manifest.facts["classes"]})
    classes = {name: number for number, name in enumerate(names)}
    encoded = _encode(context, sources, measured, vocabulary, classes)
    written = _write(context, plan_shards(encoded, settings.shard_bytes))
    outputs += [output for manifest in written for output in manifest.outputs]
    counters: dict[str, int] = {"rows_in": 0, "rows_out": 0}
    for manifest in (*measured, *encoded):
        add_counters(counters, manifest.counters)
    outputs.append(write_index(context, vocabulary, names, sources, measured, written))
    outputs.append(write_statistics(context, vocabulary, encoded, counters))
    return StageResult(outputs, counters)


def _measure(context: StageContext, sources: list[Source]) -> list[Manifest]:
    store = context.store("measure")

    def build(pipeline: beam.Pipeline) -> None:
        (
            pipeline
            | "ListSources" >> beam.Create(sources)
            | "SpreadSources" >> beam.Reshuffle()
            | "MeasureSources" >> beam.ParDo(MeasureSource(store))
        )

    context.run_pipeline("measure", build, store, len(sources))
    return store.manifests()


def _encode(
    context: StageContext,
    sources: list[Source],
    measured: list[Manifest],
    vocabulary: VocabularyFiles,
    classes: dict[str, int],
) -> list[Manifest]:
    store = context.store("encode")
    tasks, first = [], 0
    for source, manifest in zip(sources, measured, strict=True):
        tasks.append(Task(source, first))
        first += manifest.facts["rows"]

    def build(pipeline: beam.Pipeline) -> None:
        encode = EncodeDocuments(store, context.settings.encode, vocabulary, classes)
        (
            pipeline
            | "ListSources" >> beam.Create(tasks)
            | "SpreadSources" >> beam.Reshuffle()
            | "EncodeDocuments" >> beam.ParDo(encode)
            | "WriteExamples" >> beam.ParDo(WriteExamples(store))
        )

    context.run_pipeline("encode", build, store, len(tasks))
    return store.manifests()


def _write(context: StageContext, planned: list[Planned]) -> list[Manifest]:
    store = context.store("write")

    def build(pipeline: beam.Pipeline) -> None:
        (
            pipeline
            | "ListShards" >> beam.Create(planned)
            | "SpreadShards" >> beam.Reshuffle()
            | "GatherExamples" >> beam.ParDo(GatherExamples(store))
            | "WriteShards" >> beam.ParDo(WriteShards(store))
        )

    context.run_pipeline("write shards", build, store, len(planned))
    return store.manifests()
