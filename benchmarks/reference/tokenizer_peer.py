"""SentencePiece and tokenizers in their own environment.

Usage: `tokenizer_peer.py TRAIN HELD SIZE FOLDER`.

Prints one JSON line a peer: name, train_s, ids of the held-out text, chars_per_s of processor time
(lines as one batch) and single_per_s (text by text).
Texts are files of one JSON string a line. The peers have no id for a line end; it counts as one, as
in kinari.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sentencepiece
import tokenizers

Ids = list[list[int]]


def main() -> None:
    """Train each peer on TRAIN, encode HELD and report."""
    train, held, size, folder = sys.argv[1:]
    texts = [json.loads(line) for line in Path(held).read_text("utf-8").splitlines()]
    lines = [line for text in texts for line in text.split("\n")]
    plain = Path(folder) / "train.txt"
    source = [json.loads(line) for line in Path(train).read_text("utf-8").splitlines()]
    plain.write_text("\n".join(source), "utf-8")
    for kind in ("unigram", "bpe"):
        start = time.perf_counter()
        prefix = f"{folder}/{kind}-{size}"
        sentencepiece.SentencePieceTrainer.train(
            input=str(plain),
            model_prefix=prefix,
            vocab_size=int(size),
            model_type=kind,
            character_coverage=0.99998,
            byte_fallback=True,
            num_threads=1,
            max_sentence_length=100_000,
            minloglevel=2,
        )
        trained = time.perf_counter() - start
        model = sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model")
        report(
            f"SentencePiece {kind}",
            trained,
            texts,
            lambda m=model: m.encode(lines, num_threads=1),
            lambda m=model: [m.encode(text) for text in texts],
        )
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=True, unk_token="<unk>"))
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.UnicodeScripts()
    start = time.perf_counter()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=int(size), special_tokens=["<unk>"])
    bpe.train([str(plain)], trainer)
    trained = time.perf_counter() - start
    report(
        "tokenizers BPE",
        trained,
        texts,
        lambda: [item.ids for item in bpe.encode_batch(lines)],
        lambda: [bpe.encode(text).ids for text in texts],
    )


def report(
    name: str, trained: float, texts: list[str], batch: Callable[[], Ids], single: Callable[[], Ids]
) -> None:
    """Encode five times each way; print ids and the median speeds."""
    line_ends = sum(text.count("\n") for text in texts)
    row = {
        "name": name,
        "train_s": round(trained, 1),
        "ids": sum(map(len, batch())) + line_ends,
        "chars_per_s": rate(batch, texts),
        "single_per_s": rate(single, texts),
    }
    print(json.dumps(row), flush=True)


def rate(encode: Callable[[], Ids], texts: list[str]) -> float:
    """Median of five: characters a second of processor time."""
    seconds = []
    for _ in range(5):
        start = time.process_time()
        encode()
        seconds.append(time.process_time() - start)
    return sum(map(len, texts)) / statistics.median(seconds)


if __name__ == "__main__":
    main()
