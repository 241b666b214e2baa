"""Signatures side by side: kinari, datasketch's bulk and rensa, from the same texts to arrays.

    python benchmarks/signatures.py       medians of 5 rounds, one core each

Every peer gets the same folded texts of 1,000 characters and does all that stands between a text
and its signature: cutting shingles, hashing, permutations. Rounds alternate between the peers, so
that whatever else the machine does weighs on all. Equal arrays are checked first, with datasketch
fed with kinari's shingle hash. rensa is installed into a virtual environment of its own,
build/peers/rensa.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import datasketch
import numpy as np

from dedup.fold import fold_texts, to_points
from dedup.signature import shingle_hash32, shingle_hash64, shingles, sign

HERE = Path(__file__).parent
PEER = HERE.parent / "build" / "peers" / "rensa"
RENSA = "rensa==0.5.0"
CHARS = 1000
NGRAM = 5

RENSA_PROGRAM = """
import json, sys, time
from rensa import RMinHash
texts = json.load(open(sys.argv[1]))
def cut(text):
    return [text[i:i + 5] for i in range(len(text) - 4)]
def one_by_one(permutations):
    for text in texts:
        sketch = RMinHash(permutations, 42)
        sketch.update(cut(text))
        sketch.digest()
def together(permutations):
    RMinHash.digest_matrix_from_token_sets([cut(text) for text in texts], permutations, 42)
for line in sys.stdin:
    way, permutations = line.split()
    start = time.perf_counter()
    {"update": one_by_one, "matrix": together}[way](int(permutations))
    print(time.perf_counter() - start, flush=True)
"""


def make_texts(count: int) -> list[str]:
    """Folded texts of kana and kanji, about two to one, from a fixed seed."""
    rng = np.random.default_rng(11)
    kana = rng.integers(0x3041, 0x3094, (count, CHARS))
    kanji = rng.integers(0x4E00, 0x6000, (count, CHARS))
    points = np.where(rng.random((count, CHARS)) < 0.65, kana, kanji).astype("<u4")
    return [row.tobytes().decode("utf-32-le") for row in points]


def kinari(texts: list[str], permutations: int, scheme: str) -> np.ndarray:
    """Signatures of folded texts by the kernel."""
    return sign(to_points(texts), NGRAM, permutations, 1, scheme)


def by_datasketch(texts: list[str], permutations: int, scheme: str) -> None:
    """Signatures by datasketch's bulk with its own hash of the shingles' bytes."""
    tokens = [[s.encode() for s in shingles(text, NGRAM)] for text in texts]
    datasketch.MinHash.bulk(tokens, num_perm=permutations, scheme=scheme)


def check_equal(texts: list[str]) -> None:
    """Hold that datasketch fed with kinari's shingle hash makes the very same arrays.

    Raises:
        AssertionError: they differ.
    """
    for scheme, hashfunc in (("affine32", shingle_hash32), ("affine64", shingle_hash64)):
        for permutations in (128, 256):
            ours = kinari(texts, permutations, scheme)
            for row, text in zip(ours, texts, strict=True):
                theirs = datasketch.MinHash(permutations, scheme=scheme, hashfunc=hashfunc)
                theirs.update_batch(shingles(text, NGRAM))
                np.testing.assert_array_equal(row, theirs.hashvalues)


def start_rensa(texts: list[str]) -> subprocess.Popen[str]:
    """Start rensa in its own environment, waiting for rounds on stdin."""
    if not (PEER / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
    subprocess.run([str(PEER / "bin" / "pip"), "install", "-q", RENSA], check=True)
    path = PEER / "texts.json"
    path.write_text(json.dumps(texts), encoding="utf-8")
    return subprocess.Popen(
        [str(PEER / "bin" / "python"), "-c", RENSA_PROGRAM, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "RAYON_NUM_THREADS": "1"},
        text=True,
    )


def timed(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Print one JSON line a peer and width: texts a second and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    texts = make_texts(args.texts)
    few = texts[: max(1, args.texts // 20)]
    check_equal(texts[:20])
    rensa = start_rensa(texts[: args.texts // 4])

    def rensa_round(way: str, permutations: int) -> float:
        rensa.stdin.write(f"{way} {permutations}\n")
        rensa.stdin.flush()
        return float(rensa.stdout.readline()) / (args.texts // 4)

    for permutations, scheme in ((128, "affine32"), (256, "affine32"), (128, "affine64")):
        ways = {
            "kinari": lambda p=permutations, s=scheme: (
                timed(lambda: kinari(texts, p, s)) / len(texts)
            ),
            "kinari with folding": lambda p=permutations, s=scheme: (
                timed(lambda: sign(fold_texts(texts), NGRAM, p, 1, s)) / len(texts)
            ),
            f"datasketch {version('datasketch')} bulk": lambda p=permutations, s=scheme: (
                timed(lambda: by_datasketch(few, p, s)) / len(few)
            ),
            f"{RENSA} RMinHash.update": lambda p=permutations: rensa_round("update", p),
            f"{RENSA} RMinHash matrix": lambda p=permutations: rensa_round("matrix", p),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(args.rounds + 1):
            for name, way in ways.items():
                taken = way()
                if number:
                    seconds[name].append(taken)
        rate = {name: 1 / statistics.median(values) for name, values in seconds.items()}
        for name in list(ways)[2:]:
            row = {
                "benchmark": "signatures",
                "measure": f"signatures of {CHARS} characters, {permutations} x {scheme}",
                "kinari": round(rate["kinari"]),
                "peer": round(rate[name]),
                "peer_name": name,
                "ratio": round(rate["kinari"] / rate[name], 1),
                "unit": "texts/s on one core",
                "with_folding": round(rate["kinari with folding"]),
            }
            print(json.dumps(row), flush=True)
    rensa.stdin.close()
    return rensa.wait()


if __name__ == "__main__":
    raise SystemExit(main())
