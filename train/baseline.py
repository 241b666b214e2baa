"""The model beside plain counts on the same held-out text: n-grams, and the commonest token."""

from collections import Counter

import numpy as np

from encode.records import ShardError
from encode.shards import Record
from train.data import Examples
from train.ngram import END, KneserNey
from train.score import Scorer
from train.trainer import Job, full_model
from train.use import open_model


def compare_with_ngrams(
    job: Job, order: int, train_examples: int, valid_examples: int
) -> dict[str, float]:
    """Bits per character of the newest checkpoint, of n-grams and of single characters.

    All learn from the same shards and are measured on the same held-out pieces of documents, each
    from its own start and without a prefix. All pay for every character that the piece's tokens
    write, signs such as <DATE> and line ends included, and for the end of text where the document
    ends with the piece, which counts as one character.

    Args:
        job: the training.
        order: longest n-gram in characters.
        train_examples: most training examples that the n-grams are counted on.
        valid_examples: most validation examples that are measured.

    Returns:
        `model_bits_per_char`, `ngram_bits_per_char`, `unigram_bits_per_char`, `characters`,
        `ngram_order`; empty where nothing is held out.
    """
    ready = open_model(job.checkpoints)
    decoder = ready.prompts.decoder

    def text(record: Record) -> str:
        return decoder.decode(_ids(record)) + (END if record.end == record.total else "")

    held = list(_examples(job, "valid").records(valid_examples))
    if not held:
        return {}
    texts = [text(record) for record in held]
    known = [text(record) for record in _examples(job, "train").records(train_examples)]
    scorer = Scorer(ready.model.params, ready.model.about.model, job.shards.context)
    spout = ready.spout(None, 0)
    nats = sum(
        -float(scorer.score_piece(_ids(record), record.end == record.total, spout).sum())
        for record in held
    )
    characters = sum(map(len, texts))
    found = {"characters": float(characters), "ngram_order": float(order)}
    found["model_bits_per_char"] = nats / float(np.log(2)) / characters
    for name, size in (("ngram", order), ("unigram", 1)):
        model = KneserNey(known, size)
        found[f"{name}_bits_per_char"] = sum(map(model.bits, texts)) / characters
    return found


def commonest_share(job: Job, valid_examples: int) -> float | None:
    """Share of the masked validation tokens that their own commonest token hits.

    What the valid lines' `mlm_accuracy` must beat, on the same targets; None without any.

    Args:
        job: the training.
        valid_examples: most validation examples that are measured.
    """
    counts: Counter[int] = Counter()
    for batch in _examples(job, "valid").first(valid_examples):
        inside = np.arange(batch.y.shape[1])[None] < batch.num_input[:, None]
        counts.update(batch.y[(batch.y >= 0) & inside].tolist())
    return max(counts.values()) / counts.total() if counts else None


def _examples(job: Job, split: str) -> Examples:
    settings = job.settings
    return Examples(job.shards, split, settings, full_model(settings, job.shards), job.fetch)


def _ids(record: Record) -> np.ndarray:
    """A record's tokens, without masks."""
    if record.tokens is None:
        raise ShardError(f"{record.shard}: record {record.number}: holds no tokens")
    return record.tokens
