"""Signatures: what datasketch would hold, for every scheme, seed, width and length."""

import datasketch
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.fold import fold_texts
from dedup.signature import shingle_hash32, shingle_hash64, shingles, sign

LONG = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 200
TEXTS = [
    "",
    "短い",
    "ちょうど五",
    "六文字の文章",
    "武田信玄は、戦国時代の武将。<DATE>に生まれた。",
    LONG,
]
HASHES = {"affine32": shingle_hash32, "affine64": shingle_hash64}


def by_datasketch(text, n, count, seed, scheme):
    sketch = datasketch.MinHash(count, seed=seed, scheme=scheme, hashfunc=HASHES[scheme])
    sketch.update_batch(shingles(text, n))
    return sketch


@pytest.mark.parametrize("scheme", ["affine32", "affine64"])
@pytest.mark.parametrize(
    ("n", "count", "seed"), [(5, 256, 1), (1, 16, 7), (3, 100, 1), (9, 128, 42)]
)
def test_arrays_are_datasketchs(scheme, n, count, seed):
    folded = fold_texts(TEXTS)
    ours = sign(folded, n, count, seed, scheme)
    for i in range(len(TEXTS)):
        theirs = by_datasketch(folded.text(i), n, count, seed, scheme)
        assert ours[i].dtype == theirs.hashvalues.dtype
        np.testing.assert_array_equal(ours[i], theirs.hashvalues)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4), st.integers(1, 7))
def test_any_text_gives_datasketchs_array(texts, n):
    folded = fold_texts(texts)
    ours = sign(folded, n, 32)
    for i in range(len(texts)):
        theirs = by_datasketch(folded.text(i), n, 32, 1, "affine32")
        np.testing.assert_array_equal(ours[i], theirs.hashvalues)


def test_loads_as_a_datasketch_minhash_and_estimates_the_same():
    folded = fold_texts([LONG, LONG[:3000] + "違う終わり方をする文章" * 30])
    ours = sign(folded, 5, 128)
    a, b = (datasketch.MinHash(hashvalues=row, scheme="affine32") for row in ours)
    x, y = (by_datasketch(folded.text(i), 5, 128, 1, "affine32") for i in range(2))
    assert a.jaccard(b) == x.jaccard(y)
    assert a.jaccard(x) == 1.0


@pytest.mark.parametrize("length", [2047, 2048, 2049, 2052, 2053, 4096 + 3, 4096 + 4, 4096 + 5])
def test_chunk_borders_lose_no_shingle(length):
    text = "".join(chr(0x4E00 + (i * i * 31 + i * 7) % 9000) for i in range(length))
    folded = fold_texts([text])
    assert folded.lengths()[0] == length
    theirs = by_datasketch(text, 5, 64, 1, "affine64")
    np.testing.assert_array_equal(sign(folded, 5, 64, scheme="affine64")[0], theirs.hashvalues)


def test_refuses_empty_shapes():
    with pytest.raises(ValueError, match="at least 1"):
        sign(fold_texts(["a"]), 0)
    with pytest.raises(ValueError, match="at least 1"):
        sign(fold_texts(["a"]), 5, 0)
