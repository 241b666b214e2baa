"""Recall and precision on pairs of known kinds of edits, held to benchmarks/floors.json."""

import json
from pathlib import Path

import numpy as np
import pytest

from dedup.fold import fold_texts
from dedup.pairs import near_duplicate_pairs
from dedup.resolve import Comparer, Members, Rule, link
from dedup.settings import DedupSettings
from dedup.signature import sign
from dedup.verify import jaccard, shingle_sets

FLOORS = json.loads(
    (Path(__file__).resolve().parents[2] / "benchmarks" / "floors.json").read_text("utf-8")
)["dedup"]


def kana_and_kanji(rng, length):
    points = np.where(
        rng.random(length) < 0.6,
        rng.integers(0x3041, 0x3094, length),
        rng.integers(0x4E00, 0x5200, length),
    )
    text = list(map(chr, points))
    for place in range(24, length, 25):
        text[place] = "。"
    for place in range(10, length - 4, 90):
        text[place : place + 4] = list(str(rng.integers(1000, 9999)))
    return "".join(text)


def substitutions(rng, text):
    out = list(text)
    for place in rng.integers(0, len(out), rng.integers(1, 2 + len(out) // 30)):
        out[place] = chr(int(rng.integers(0x3041, 0x3094)))
    return "".join(out)


def burst(rng, text):
    size = int(rng.integers(1, 2 + len(text) // 6))
    at = int(rng.integers(0, len(text) - size))
    return text[:at] + kana_and_kanji(rng, size) + text[at + size :]


def insertions(rng, text):
    out = text
    for _ in range(rng.integers(1, 3 + len(text) // 60)):
        at = int(rng.integers(0, len(out)))
        out = out[:at] + kana_and_kanji(rng, int(rng.integers(1, 4))) + out[at:]
    return out


def truncation(rng, text):
    return text[: int(len(text) * rng.uniform(0.75, 1))]


def shuffled(rng, text):
    size = int(rng.integers(40, 120))
    parts = [text[i : i + size] for i in range(0, len(text), size)]
    rng.shuffle(parts)
    return "\n".join(parts)


def digits(rng, text):
    return "".join(str(rng.integers(0, 10)) if c.isdigit() else c for c in text)


def widths(rng, text):
    table = {ord("0") + i: chr(0xFF10 + i) for i in range(10)}
    return substitutions(rng, text.translate(table).replace("。", "。　\n"))


KINDS = (substitutions, burst, insertions, truncation, shuffled, digits, widths)


@pytest.fixture(scope="module")
def labelled():
    """Originals and one edit of each, 200 of each kind: (texts, true similarity of each pair)."""
    rng = np.random.default_rng(20)
    texts = []
    for kind in KINDS:
        for _ in range(200):
            text = kana_and_kanji(rng, int(rng.integers(100, 900)))
            texts += [text, kind(rng, text)]
    folded = fold_texts(texts)
    even = np.arange(0, len(texts), 2)
    return texts, jaccard(shingle_sets(folded, 5), even, even + 1)


def rates(found, true, floor):
    """Recall among pairs at or above a similarity, and how many there were."""
    pairs = np.flatnonzero(true >= floor)
    return sum(int(i) in found for i in pairs) / len(pairs), len(pairs)


def test_the_labelled_pairs_stand_on_both_sides_of_the_threshold(labelled):
    _, true = labelled
    assert 100 < (true < 0.8).sum() < 700
    assert ((true >= 0.8) & (true < 0.9)).sum() > 200
    assert (true >= 0.9).sum() > 400


def test_the_stage_finds_pairs_by_its_default_bands(labelled):
    texts, true = labelled
    settings = DedupSettings()
    bands, rows = settings.bands()
    folded = fold_texts(texts)
    from dedup.keep import FACTS

    facts = np.zeros(len(texts), FACTS)
    facts["node"] = np.arange(len(texts))
    members = Members(facts, sign(folded, settings.ngram, settings.permutations), folded)
    rule = Rule(settings.threshold, settings.ngram, bands, rows)
    root = link(members, rule, Comparer(members, rule))
    found = {i // 2 for i in range(0, len(texts), 2) if root[i] == root[i + 1]}
    recall, _ = rates(found, true, 0.8)
    high, _ = rates(found, true, 0.9)
    assert recall >= FLOORS["recall_at_0.8"]
    assert high >= FLOORS["recall_at_0.9"]
    assert np.mean([true[i] >= 0.8 for i in found]) >= FLOORS["precision"]
    strangers = sum(len(np.unique(np.flatnonzero(root == r) // 2)) > 1 for r in np.unique(root))
    assert strangers == 0, "texts that share nothing are not joined"


def test_the_command_finds_all(labelled):
    texts, true = labelled
    found = {}
    for a, b, similarity in near_duplicate_pairs(texts, 0.8):
        assert b == a + 1
        assert a % 2 == 0
        found[a // 2] = similarity
    assert found == {i: value for i, value in enumerate(true.tolist()) if value >= 0.8}
