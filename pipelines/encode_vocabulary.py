"""The encode stage's first half: measure documents, count their runs, learn a vocabulary."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa

from encode.counting import count_runs
from encode.learn import learn_lines
from encode.order import number_of
from encode.reference import mix
from encode.settings import EncodeSettings
from encode.vocabulary import (
    ENCODER_JSON,
    EmojiTable,
    Vocabulary,
    VocabularyError,
    format_encoder_json,
    format_lines,
    parse_emoji,
    parse_encoder_json,
    parse_vocabulary,
)
from pipelines import files
from pipelines.encode_inputs import Source, read_rows
from pipelines.errors import UserError
from pipelines.parquet import read_table, to_parquet
from pipelines.shards import OutputFile, Payload, ShardStore, canonical_json
from pipelines.stage import StageContext, code_digest

VOCABULARY = "vocab.txt"
EMOJI = "emoji.json"
RUNS = pa.schema(
    [pa.field("run", pa.string(), nullable=False), pa.field("count", pa.int64(), nullable=False)]
)
"""A run of one script and how often it stands; sorted by run."""
_LEARNED = "vocabulary"
_SAMPLE_SALT = 0x73616D706C65


@dataclass(frozen=True)
class CountJob:
    """What counting a shard needs to know.

    Attributes:
        store: where counted shards are committed.
        share: share of documents counted, chosen by the hash of their id.
        seed: of that choice.
    """

    store: ShardStore
    share: float
    seed: int


class CountRuns(beam.DoFn):  # type: ignore[misc]
    """Counts the script runs of one source of documents; (source, None) where that is done."""

    def __init__(self, job: CountJob) -> None:
        self.job = job

    def process(self, source: Source) -> Iterator[tuple[Source, pa.Table | None]]:
        """Count one source unless it is committed already."""
        if self.job.store.manifest(source.shard) is not None:
            yield source, None
            return
        counts = count_runs(self._texts(source))
        runs = sorted(counts)
        table = pa.table([runs, [counts[run] for run in runs]], schema=RUNS)
        yield source, table

    def _texts(self, source: Source) -> Iterator[str]:
        for batch in read_rows(source):
            for row in batch:
                if row is None:
                    continue
                chance = mix(mix(self.job.seed ^ _SAMPLE_SALT) ^ number_of(row.doc_id))
                if chance * 2.0**-64 < self.job.share:
                    yield from (text for text in (row.prefix, row.text) if text)


class WriteCounts(beam.DoFn):  # type: ignore[misc]
    """Commits the counts of one source."""

    def __init__(self, job: CountJob) -> None:
        self.job = job

    def process(self, counted: tuple[Source, pa.Table | None]) -> Iterator[str]:
        """Write the table, then its manifest; send on the shard's name."""
        source, table = counted
        if table is not None:
            payload = Payload(to_parquet(table, RUNS), table.num_rows)
            self.job.store.commit(source.shard, {_counts_name(source.shard): payload}, {})
        yield source.shard


def _counts_name(shard: str) -> str:
    return f"_work/counts-{shard}.parquet"


@dataclass(frozen=True)
class LearnJob:
    """What learning needs to know.

    Attributes:
        store: where the vocabulary is committed.
        settings: size, limits, coverage.
    """

    store: ShardStore
    settings: EncodeSettings


class LearnVocabulary(beam.DoFn):  # type: ignore[misc]
    """Merges all counts and learns; commits the vocabulary and its encoder.json."""

    def __init__(self, job: LearnJob) -> None:
        self.job = job

    def process(self, shards: list[str]) -> Iterator[str]:
        """Learn from the counts of all shards, unless that is done already."""
        store, learn = self.job.store, self.job.settings.learn
        if store.manifest(_LEARNED) is not None:
            return
        counts: dict[str, int] = {}
        for shard in sorted(shards):
            table = read_table(files.join(store.stage_dir, *_counts_name(shard).split("/")))
            runs, times = table.column("run").to_pylist(), table.column("count").to_pylist()
            for run, count in zip(runs, times, strict=True):
                counts[run] = counts.get(run, 0) + count
        limits = learn.limits()
        try:
            data = format_lines(learn_lines(counts, learn.size, limits, learn.coverage))
        except VocabularyError as error:
            raise UserError(f"encode.learn.size: {error}") from None
        vocabulary = parse_vocabulary(data, VOCABULARY, max(limits.values()))
        described = format_encoder_json(vocabulary, VOCABULARY, limits, EMOJI)
        outputs = {VOCABULARY: Payload(data, len(vocabulary)), ENCODER_JSON: Payload(described, 1)}
        store.commit(_LEARNED, outputs, {})
        yield _LEARNED


@dataclass(frozen=True)
class VocabularyFiles:
    """The vocabulary as it stands in the stage's folder, loadable on any worker.

    Attributes:
        stage_dir: the stage's folder.
    """

    stage_dir: str

    def load(self) -> Vocabulary:
        """Read the vocabulary.

        Raises:
            VocabularyError: a file does not hold what it should.
        """
        table = parse_emoji(self._read(EMOJI))
        described = parse_encoder_json(self._read(ENCODER_JSON))
        longest = int(str(described["max_token_chars"]))
        return parse_vocabulary(self._read(VOCABULARY), VOCABULARY, longest, table)

    def _read(self, name: str) -> bytes:
        return files.read_bytes(files.join(self.stage_dir, name))


def provide_vocabulary(
    context: StageContext, sources: list[Source], chars: int
) -> tuple[VocabularyFiles, list[OutputFile]]:
    """Put vocab.txt, encoder.json and emoji.json into the stage's folder: given ones or learned.

    Args:
        context: the stage.
        sources: all documents.
        chars: code points in them, which decides how much is sampled.

    Raises:
        UserError: a given file cannot be used, or the text does not give the size asked for.
    """
    settings = context.settings.encode
    outputs = []
    if settings.vocabulary is not None:
        outputs = _copy_vocabulary(context, settings.vocabulary)
    else:
        outputs = _learn(context, sources, chars)
    emoji = EmojiTable().to_json()
    if settings.emoji is not None:
        emoji = read_given(settings.emoji, "encode.emoji")
    outputs.append(context.output_file(EMOJI, emoji, 1))
    found = VocabularyFiles(context.path())
    try:
        found.load()
    except VocabularyError as error:
        where = settings.emoji or settings.vocabulary or context.path()
        raise UserError(f"encode: {where}: {error}") from None
    return found, outputs


def read_given(path: str, setting: str) -> bytes:
    """A file that a setting names.

    Raises:
        UserError: it is not there.
    """
    try:
        return files.read_bytes(path)
    except FileNotFoundError:
        raise UserError(f"{setting}: {path}: no such file; give its path") from None


def _copy_vocabulary(context: StageContext, path: str) -> list[OutputFile]:
    data = read_given(path, "encode.vocabulary")
    beside = files.join(path.rpartition("/")[0] or ".", ENCODER_JSON)
    longest, limits = 3, dict.fromkeys(context.settings.encode.learn.limits(), 3)
    try:
        if files.exists(beside):
            described = parse_encoder_json(files.read_bytes(beside), beside)
            if described["sha256"] == hashlib.sha256(data).hexdigest():
                longest = int(str(described["max_token_chars"]))
                given = described.get("max_chars")
                limits = given if isinstance(given, dict) else limits
        vocabulary = parse_vocabulary(data, path, longest)
    except VocabularyError as error:
        raise UserError(f"encode.vocabulary: {error}") from None
    described_data = format_encoder_json(vocabulary, VOCABULARY, limits, EMOJI)
    return [
        context.output_file(VOCABULARY, data, len(vocabulary)),
        context.output_file(ENCODER_JSON, described_data, 1),
    ]


def _learn(context: StageContext, sources: list[Source], chars: int) -> list[OutputFile]:
    settings = context.settings.encode
    identity = [
        [source.path for source in sources],
        context.inputs["dedup"].digest,
        list(settings.pairs),
        settings.learn.model_dump(),
        settings.seed,
        code_digest("encode"),
    ]
    fingerprint = hashlib.sha256(canonical_json(identity)).hexdigest()
    counts = context.store("count", fingerprint)
    learned = context.store("learn", fingerprint)
    job = CountJob(counts, settings.learn.sample_chars / max(chars, 1), settings.seed)

    def build(pipeline: beam.Pipeline) -> None:
        (
            pipeline
            | "ListSources" >> beam.Create(sources)
            | "SpreadSources" >> beam.Reshuffle()
            | "CountRuns" >> beam.ParDo(CountRuns(job))
            | "WriteCounts" >> beam.ParDo(WriteCounts(job))
            | "AwaitCounts" >> beam.combiners.ToList()
            | "LearnVocabulary" >> beam.ParDo(LearnVocabulary(LearnJob(learned, settings)))
        )

    context.run_pipeline("learn the vocabulary", build, counts, len(sources))
    return [output for manifest in learned.manifests() for output in manifest.outputs]
