"""The encoder and the learner beside their peers, on the same text, on one core.

Text: the built-in sample web (seeds 1 to 6 to learn from, seed 99 held out) and, where the variable
KINARI_REAL_PAGES names a folder of HTML pages, nine tenths of those against one tenth. Peers stand
in an environment of their own, .venv-peers, which is built on the first run.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute

from clean.extract import extract
from clean.normalize.normalize import normalize
from crawl.sample_web.build import build
from encode.counting import count_runs
from encode.encoder import Encoder
from encode.learn import learn_lines
from encode.reference import ReferenceEncoder
from encode.scripts import parse_limits
from encode.vocabulary import (
    BYTE_TOKENS,
    Vocabulary,
    format_lines,
    load_vocabulary,
    parse_vocabulary,
)

HERE = Path(__file__).parent
PUBLISHED = HERE.parent.parent / "shared" / "data" / "ja-swe36k.txt"
PEERS = HERE.parent / ".venv-peers"
PINNED = ("sentencepiece==0.2.3", "tokenizers==0.23.3")
SIZE = 36_000
"""Ids of a vocabulary learned from the sample web and real pages."""

SMALL = 16_000
"""Ids where only the sample web is there: SentencePiece finds no 36,000 pieces in it."""

LIMITS = {
    "GPTSAN's limits (kanji 2, kana 3)": "kanji=2,kana=3",
    "kanji 4, hiragana 6, katakana 10": "kanji=4,hiragana=6,katakana=10",
}


def texts() -> tuple[list[str], list[str], str]:
    """Texts to learn from, texts held out, and what they are."""
    train = [page.main for seed in range(1, 7) for page in build(seed).truth.pages.values()]
    held = [page.main for page in build(99).truth.pages.values()]
    name = "sample web"
    if folder := os.environ.get("KINARI_REAL_PAGES"):
        name += " and real pages"
        for path in sorted(Path(folder).rglob("*.html")):
            found = extract(path.read_text("utf-8", errors="replace"), f"http://{path.name}/")
            text = found.text
            if sum("\u3040" <= char <= "\u30ff" for char in text) > len(text) / 10:
                chosen = hashlib.sha256(text.encode()).digest()[0] % 10
                (train if chosen else held).append(text)
    return [text for text in train if text], [text for text in held if text], name


def peer_rows(train: list[str], held: list[str], size: int) -> dict[str, dict[str, float]]:
    """Figures of every peer, by its name."""
    if not (PEERS / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        install = [str(PEERS / "bin" / "pip"), "install", "--quiet", *PINNED]
        subprocess.run(install, check=True, stdout=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name, part in (("train", train), ("held", held)):
            path = Path(folder) / f"{name}.jsonl"
            path.write_text("".join(json.dumps(text) + "\n" for text in part), "utf-8")
            names.append(str(path))
        script = str(HERE / "reference" / "tokenizer_peer.py")
        command = [str(PEERS / "bin" / "python"), script, *names, str(size), folder]
        environment = {**os.environ, "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment
        )
    rows = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    return {row["name"]: row for row in rows}


def rate(work: Callable[[], object], chars: int, times: int = 5) -> float:
    """Median of characters a second of processor time: other work on the machine counts less."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return chars / statistics.median(seconds)


def row(
    measure: str, unit: str, kinari: float, peer_name: str, peer: float, **more: object
) -> None:
    """Print one line."""
    found = {
        "benchmark": "encoding",
        "measure": measure,
        "unit": unit,
        "kinari": kinari,
        "peer": peer,
        "peer_name": peer_name,
        "ratio": kinari / peer if peer else 0.0,
    }
    print(json.dumps(found | more), flush=True)


def density(vocabulary: Vocabulary, held: list[str]) -> tuple[float, float]:
    """Characters a token, and the share of byte tokens."""
    counts = pa.compute.value_counts(Encoder(vocabulary).encode_batch(held).values).to_pylist()
    uses = {item["values"]: item["counts"] for item in counts}
    ids = sum(uses.values())
    fallback = sum(uses.get(vocabulary.ids.get(token, -1), 0) for token in BYTE_TOKENS)
    return sum(map(len, held)) / ids, fallback / ids


def main() -> None:
    """Print the rows."""
    train, held, name = texts()
    chars = sum(map(len, held))
    size = SIZE if os.environ.get("KINARI_REAL_PAGES") else SMALL
    peers = peer_rows(train, held, size)
    learned = {}
    for label, limits in LIMITS.items():
        chosen = parse_limits(limits)
        start = time.perf_counter()
        lines = learn_lines(count_runs(train), size, chosen, 0.99998)
        seconds = time.perf_counter() - start
        learned[label] = parse_vocabulary(format_lines(lines), label, max(chosen.values()))
        slow = peers["SentencePiece unigram"]["train_s"]
        row(
            f"learning {size:,} ids from {name}",
            "s",
            seconds,
            "SentencePiece unigram",
            slow,
            limits=label,
        )
    if PUBLISHED.is_file():
        learned["ja-swe36k as published"] = load_vocabulary(PUBLISHED)
    for label, vocabulary in learned.items():
        found, fallback = density(vocabulary, held)
        for peer_name, peer in peers.items():
            row(
                f"characters a token, {chars:,} held out of {name}",
                "characters",
                found,
                peer_name,
                chars / peer["ids"],
                limits=label,
                byte_share=round(fallback, 6),
            )
    label, vocabulary = next(reversed(learned.items()))
    array = pa.array(held, pa.large_string())
    encoder, plain = Encoder(vocabulary), ReferenceEncoder(vocabulary)
    few = held[:: max(1, len(held) // 100)]
    assert encoder.encode_batch(few).to_pylist() == [plain.encode(text) for text in few]
    fast = rate(lambda: encoder.encode_batch(array), chars)
    single = rate(lambda: [encoder.encode(text) for text in held], chars)
    slow = rate(lambda: [plain.encode(text) for text in few], sum(map(len, few)), 3)
    unit = "characters/s of processor time, one thread"
    row("encoding", unit, fast, "its rule in plain Python", slow, limits=label)
    before = rate(lambda: [normalize(text) for text in few], sum(map(len, few)))
    row("encoding", unit, fast, "the normalizer of clean", before, limits=label)
    for peer_name, peer in peers.items():
        row("encoding", unit, fast, peer_name, peer["chars_per_s"], limits=label)
        row("encoding text by text", unit, single, peer_name, peer["single_per_s"], limits=label)


if __name__ == "__main__":
    main()
