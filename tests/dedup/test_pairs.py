"""All near-duplicate pairs of a list: none missed, none invented."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import pairs as module
from dedup.fold import fold
from dedup.pairs import near_duplicate_pairs
from dedup.signature import shingles


def truth(texts, threshold, n=5):
    sets = [set(shingles(fold(text), n)) for text in texts]
    out = {}
    for i in range(len(texts)):
        for j in range(i + 1, len(texts)):
            if sets[i] and sets[j]:
                similarity = len(sets[i] & sets[j]) / len(sets[i] | sets[j])
                if similarity >= threshold:
                    out[i, j] = similarity
    return out


def found(texts, threshold, n=5):
    listed = list(near_duplicate_pairs(texts, threshold, n))
    out = {(a, b): similarity for a, b, similarity in listed}
    assert len(out) == len(listed), "each pair once"
    return out


@settings(max_examples=100)
@given(
    st.lists(st.text("あいう ！A", max_size=12), max_size=12),
    st.sampled_from([0.2, 0.5, 0.8, 1.0]),
    st.integers(1, 5),
)
def test_short_texts(texts, threshold, n):
    assert found(texts, threshold, n) == truth(texts, threshold, n)


@pytest.fixture(scope="module")
def edits():
    """Originals and edits of them: single characters, bursts, cuts, paragraphs in another order."""
    rng = np.random.default_rng(3)
    texts = []
    for _ in range(60):
        base = "".join(map(chr, rng.integers(0x3041, 0x3090, int(rng.integers(20, 500)))))
        some = list(base)
        for place in rng.integers(0, len(some), int(rng.integers(0, 1 + len(some) // 30))):
            some[place] = "縺"
        paragraphs = [base[i : i + 60] for i in range(0, len(base), 60)]
        rng.shuffle(paragraphs)
        cut = base[: int(len(base) * rng.uniform(0.7, 1))]
        texts += [base, "".join(some), "\n".join(paragraphs), cut, base + "！"]
    return texts


@pytest.mark.parametrize("threshold", [0.3, 0.8, 0.9])
def test_edited_texts(edits, threshold):
    assert found(edits, threshold) == truth(edits, threshold)


def test_texts_that_do_not_fit_at_once(edits, monkeypatch):
    whole = found(edits, 0.6)
    monkeypatch.setattr(module, "_BLOCK_POINTS", 500)
    assert found(edits, 0.6) == whole


@pytest.mark.parametrize("threshold", [0, -1, 1.01])
def test_refuses_a_threshold_out_of_range(threshold):
    with pytest.raises(ValueError, match="threshold"):
        list(near_duplicate_pairs(["あ"], threshold))


def test_many_pairs_come_in_stretches(edits, monkeypatch):
    whole = found(edits, 0.6)
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 3)
    assert found(edits, 0.6) == whole
