"""The model beside n-grams on the same held-out text, in bits per character."""

from collections.abc import Iterator

import numpy as np

from train.data import Examples
from train.ngram import KneserNey
from train.score import Scorer
from train.settings import TrainSettings
from train.trainer import Job, full_model
from train.use import open_model


def compare_with_ngrams(
    job: Job, order: int, train_examples: int, valid_examples: int
) -> dict[str, float]:
    """Bits per character of the newest checkpoint, of n-grams and of single characters.

    All are trained on the same shards and read the same pieces of documents, each from its own
    start, the end of the text included.

    Args:
        job: the training.
        order: longest n-gram in characters.
        train_examples: most training examples that the n-grams are counted on.
        valid_examples: most validation examples that are measured.

    Returns:
        `model_bits_per_char`, `ngram_bits_per_char`, `unigram_bits_per_char`, `characters`,
        `ngram_order`; empty where there is nothing to measure.
    """
    ready = open_model(job.checkpoints)
    decoder = ready.prompts.decoder
    settings = job.settings
    held = list(_pieces(job, settings, "valid", valid_examples))
    if not held:
        return {}
    texts = [decoder.decode(ids) for ids in held]
    known = [decoder.decode(ids) for ids in _pieces(job, settings, "train", train_examples)]
    scorer = Scorer(ready.model.params, ready.model.about.model, job.shards.context)
    nats = sum(-float(scorer.score(ids, ready.spout(None, 0)).sum()) for ids in held)
    characters = sum(len(text) + 1 for text in texts)
    found = {"characters": float(characters), "ngram_order": float(order)}
    found["model_bits_per_char"] = nats / float(np.log(2)) / characters
    for name, size in (("ngram", order), ("unigram", 1)):
        model = KneserNey(known, size)
        found[f"{name}_bits_per_char"] = sum(model.bits(text) for text in texts) / characters
    return found


def _pieces(job: Job, settings: TrainSettings, split: str, most: int) -> Iterator[np.ndarray]:
    """Tokens of a split's first examples, without masks."""
    plain = settings.model_copy(update={"objective": None})
    model = full_model(settings, job.shards)
    examples = Examples(job.shards, split, plain, model, job.fetch)
    for record in examples.records(most):
        if record.tokens is not None:
            yield record.tokens
