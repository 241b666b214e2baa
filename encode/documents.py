"""A shard of documents to records: encoded, cut into pieces, keyed for the global order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from encode.encoder import Encoder
from encode.examples import FREE_PREFIX, bag_runs, example_seed, piece_ranges
from encode.order import BUCKETS, SPLITS, Split, bucket_of, number_of, shuffle_key, split_of
from encode.records import frame
from encode.reference import mix
from encode.settings import EncodeSettings
from encode.shards import Piece, pack_gptsan, pack_tokens

LENGTH_STEPS: tuple[int, ...] = tuple(1 << power for power in range(4, 21))
"""Upper bounds of the histogram of tokens per document; the last bin is open."""


@dataclass(frozen=True)
class Document:
    """What is to be encoded.

    Attributes:
        doc_id: 32 hexadecimal digits.
        site: the site, for a split by site.
        label: class or number.
        text: the text.
        prefix: a given prefix (pairs), else None.
    """

    doc_id: str
    site: str
    label: int
    text: str
    prefix: str | None = None


@dataclass(frozen=True)
class Keyed:
    """A framed record with what its place in the shards hangs on."""

    key: int
    document: int
    tokens: int
    data: bytes


@dataclass
class Tally:
    """Figures of one shard of documents, all integers, summed over shards for the report.

    Attributes:
        documents: documents with at least one token.
        chars: code points of their texts.
        tokens: ids written, bags counted as one.
        raw_tokens: ids before runs were bagged.
        fallback: byte tokens among the raw ones.
        unknown: `<KIGOU>` and `<U2000U2BFF>` among the raw ones.
        uses: int64 [vocabulary], how often each id stands among the raw ones.
        lengths: documents by tokens, bins of LENGTH_STEPS.
        dropped: reason -> documents.
    """

    uses: NDArray[np.int64]
    documents: int = 0
    chars: int = 0
    tokens: int = 0
    raw_tokens: int = 0
    lengths: list[int] = field(default_factory=lambda: [0] * (len(LENGTH_STEPS) + 1))
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, reason: str) -> None:
        """Count a document that gives no example."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1


def encode_documents(
    documents: Sequence[Document], encoder: Encoder, settings: EncodeSettings, tally: Tally
) -> Iterator[tuple[Split, Keyed]]:
    """Encode documents and cut them into framed records.

    Args:
        documents: a batch.
        encoder: with the run's vocabulary.
        settings: format, mode, context, seed, splits.
        tally: counted into.

    Yields:
        the split and record of each example, in the order of documents and pieces.
    """
    bodies = _encode(encoder, [document.text for document in documents], documents, settings)
    pairs = any(document.prefix is not None for document in documents)
    prefixes = (
        _encode(encoder, [document.prefix or "" for document in documents], documents, settings)
        if pairs
        else [np.zeros(0, np.int32)] * len(documents)
    )
    bag = encoder.vocabulary.bag
    for document, raw, raw_prefix in zip(documents, bodies, prefixes, strict=True):
        if not len(raw):
            tally.drop("empty")
            continue
        given = bag_runs(raw_prefix, bag)
        if len(given) > settings.context // 2:
            tally.drop("long_prefix")
            continue
        tokens = bag_runs(raw, bag)
        _count(tally, document, raw, raw_prefix, len(tokens) + len(given))
        name = document.site if settings.split_by == "site" else document.doc_id
        split = split_of(name, settings.seed, settings.valid_share, settings.test_share)
        for start, end in piece_ranges(len(tokens), settings.context, len(given)):
            piece = Piece(
                document.doc_id,
                start,
                end,
                len(tokens),
                document.label,
                np.concatenate([given, tokens[start:end]]),
                FREE_PREFIX if document.prefix is None else len(given),
            )
            yield split, _keyed(piece, encoder, settings)


def _encode(
    encoder: Encoder, texts: list[str], documents: Sequence[Document], settings: EncodeSettings
) -> list[NDArray[np.int32]]:
    seeds = [mix(settings.seed ^ number_of(document.doc_id)) for document in documents]
    batch = encoder.encode_batch(
        pa.array(texts, pa.large_string()),
        settings.dropout,
        np.array(seeds, np.uint64),
        structural=False,
    )
    ids = batch.values.to_numpy()
    ends = batch.offsets.to_numpy()
    return [ids[ends[row] : ends[row + 1]] for row in range(len(texts))]


def _count(
    tally: Tally,
    document: Document,
    raw: NDArray[np.int32],
    prefix: NDArray[np.int32],
    tokens: int,
) -> None:
    tally.documents += 1
    tally.chars += len(document.text) + len(document.prefix or "")
    tally.tokens += tokens
    tally.raw_tokens += len(raw) + len(prefix)
    for ids in (raw, prefix):
        tally.uses += np.bincount(ids, minlength=len(tally.uses))
    tally.lengths[int(np.searchsorted(LENGTH_STEPS, tokens))] += 1


def _keyed(piece: Piece, encoder: Encoder, settings: EncodeSettings) -> Keyed:
    if settings.format == "tokens":
        data = pack_tokens(piece)
    else:
        seed = example_seed(settings.seed, piece.doc_id, piece.start)
        size = len(encoder.vocabulary)
        data = pack_gptsan(piece, settings.mode, settings.context, size, seed)
    return Keyed(
        shuffle_key(piece.doc_id, piece.start, settings.seed),
        number_of(piece.doc_id),
        len(piece.tokens),
        frame(data),
    )


_HEAD = np.dtype([("key", "<u8"), ("document", "<u8"), ("tokens", "<u4"), ("size", "<u4")])


def pack_keyed(records: Sequence[Keyed]) -> tuple[bytes, list[int]]:
    """Records in the order of their keys as one file, and the bytes of each bucket.

    Args:
        records: of one split; records of equal keys keep their order.
    """
    parts = []
    sizes = [0] * BUCKETS
    for record in sorted(records, key=lambda item: item.key):
        head = np.array((record.key, record.document, record.tokens, len(record.data)), _HEAD)
        parts += [head.tobytes(), record.data]
        sizes[bucket_of(record.key)] += _HEAD.itemsize + len(record.data)
    return b"".join(parts), sizes


def unpack_keyed(data: bytes) -> Iterator[Keyed]:
    """Records of a range that `pack_keyed` wrote."""
    at = 0
    while at < len(data):
        head = np.frombuffer(data, _HEAD, 1, at)[0]
        at += _HEAD.itemsize
        end = at + int(head["size"])
        yield Keyed(int(head["key"]), int(head["document"]), int(head["tokens"]), data[at:end])
        at = end


def empty_splits() -> dict[Split, list[Keyed]]:
    """A list of records for every split."""
    return {split: [] for split in SPLITS}
