"""SentencePiece and tokenizers in their own environment.

Usage: `tokenizer_peer.py TRAIN HELD SIZE FOLDER`.

Prints one JSON line a peer: name, train_s, ids of the held-out text, chars_per_s on one core. Texts
are files of one JSON string a line.
"""

import json
import sys
import time
from pathlib import Path

import sentencepiece
import tokenizers


def main() -> None:
    """Train each peer on TRAIN, encode HELD three times and report the best."""
    train, held, size, folder = sys.argv[1:]
    texts = [json.loads(line) for line in Path(held).read_text("utf-8").splitlines()]
    lines = [line for text in texts for line in text.split("\n")]
    chars = sum(map(len, texts))
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
            f"SentencePiece {kind}", trained, chars, lambda m=model: m.encode(lines, num_threads=1)
        )
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=True, unk_token="<unk>"))
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.UnicodeScripts()
    start = time.perf_counter()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=int(size), special_tokens=["<unk>"])
    bpe.train([str(plain)], trainer)
    trained = time.perf_counter() - start
    report("tokenizers BPE", trained, chars, lambda: [item.ids for item in bpe.encode_batch(lines)])


def report(name: str, trained: float, chars: int, encode: object) -> None:
    """Encode three times; print ids and the best speed."""
    best, ids = 0.0, 0
    for _ in range(3):
        start = time.perf_counter()
        ids = sum(len(found) for found in encode())
        best = max(best, chars / (time.perf_counter() - start))
    row = {"name": name, "train_s": round(trained, 1), "ids": ids, "chars_per_s": best}
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
