"""True similarities against Python sets."""

import datasketch
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.fold import fold_texts
from dedup.signature import shingle_hash64, shingles, sign
from dedup.verify import containment, estimate, jaccard, shingle_sets

TEXT = st.text("あいうえお", max_size=40)


@settings(max_examples=100)
@given(st.lists(TEXT, min_size=2, max_size=6), st.integers(1, 6))
def test_jaccard_and_containment_are_those_of_sets(texts, n):
    folded = fold_texts(texts)
    made = shingle_sets(folded, n)
    true = [set(shingles(folded.text(i), n)) for i in range(len(texts))]
    left, right = (part.ravel() for part in np.indices((len(texts), len(texts))))
    for name, measure in (("jaccard", jaccard), ("containment", containment)):
        for i, j, value in zip(left, right, measure(made, left, right), strict=True):
            both = len(true[i] & true[j])
            least = min(len(true[i]), len(true[j]))
            of = len(true[i] | true[j]) if name == "jaccard" else least
            assert value == (both / of if of else 1.0)


@pytest.mark.parametrize("length", [1, 4, 5, 6, 60, 70, 5000, 40000])
def test_sets_are_sorted_hashes_of_all_shingles(length):
    text = "".join(chr(0x4E00 + i * i % 7919) for i in range(length))
    made = shingle_sets(fold_texts([text, text[:3]]), 5)
    expected = sorted({shingle_hash64(shingle) for shingle in shingles(text, 5)})
    assert made.values[: made.offsets[1]].tolist() == expected


def test_estimate_is_datasketchs():
    signatures = sign(fold_texts(["武田信玄は戦国時代の武将", "武田信玄は江戸時代の武将"]), 2, 64)
    a, b = (datasketch.MinHash(hashvalues=row, scheme="affine32") for row in signatures)
    assert estimate(signatures, np.array([0]), np.array([1]))[0] == a.jaccard(b)
