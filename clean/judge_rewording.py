"""What pages of a site say in other words or around other keywords: rewordings and slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]

from clean.digests import PageDigests
from clean.judge_settings import FURNITURE_SHARE
from clean.judge_tally import PageRecord

FEW_TERMS = 10
"""Different terms below which a page is too short to be another one reworded."""

NEAREST = 3
"""Pages with the most terms in common that are looked at sentence by sentence."""

HARDLY_ALIKE = 0.25
"""Share of terms, or of terms and other sentences, below which two pages are not compared further:
no more than that could come of it, which is before any line."""

SAME_SENTENCE = 0.5
"""Share of two sentences' terms in common, of all they have, from which they say the same."""


def reworded_shares(records: Sequence[PageRecord]) -> NDArray[np.float64]:
    """Find sentences that a page like it has in another wording.

    Args:
        records: sampled pages, n of them.

    Returns:
        Float64 [n], from 0 to 1: share of a page's sentences for which one of the pages most like
        it has another wording (half the terms, neither the sentence nor its frame), times the share
        of the terms of both that they have in common; the largest of the three.
    """
    n = len(records)
    reworded = np.zeros(n)
    held = [np.unique(record.digests.term_ids) for record in records]
    sizes = np.array([len(terms) for terms in held], dtype=np.float64)
    every, inverse = np.unique(np.concatenate(held), return_inverse=True)
    if n < 2 or not len(every):
        return reworded
    rows = np.repeat(np.arange(n), sizes.astype(np.int64))
    matrix = csr_array((np.ones(len(rows)), (rows, inverse)), shape=(n, len(every)))
    common = (matrix @ matrix.T).toarray()
    alike = common / np.maximum(1, sizes[:, None] + sizes[None, :] - common)
    long_enough = sizes >= FEW_TERMS
    alike[~long_enough] = 0
    alike[:, ~long_enough] = 0
    np.fill_diagonal(alike, 0)
    for i in range(n):
        nearest = np.argsort(-alike[i], kind="stable")[:NEAREST]
        for j in nearest.tolist():
            if alike[i, j] < HARDLY_ALIKE:
                break
            mine, theirs = records[i].digests, records[j].digests
            equal = np.isin(mine.sentences, theirs.sentences)
            most = alike[i, j] * float((~equal).mean()) if len(equal) else 0.0
            if most >= HARDLY_ALIKE:
                reworded[i] = max(reworded[i], alike[i, j] * _reworded(mine, theirs, equal))
    return reworded


def keyword_slots(
    records: Sequence[PageRecord], filled: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Find sentences in which the page's keyword stands beside what others put beside theirs.

    Phrases for search engines are filled in, page by page, wherever the rest of the text comes
    from: "A's B at a discount" here, "C's D at a discount" there. Of an honest site few pages say
    their own subject in words that several others say theirs in.

    Args:
        records: sampled pages, n of them.
        filled: for each page, which of its sentences fill a frame of the site with other words.

    Returns:
        Share of a page's sentences, float64 [n]: those with a keyword, one of few pages, whose
        next or last characters stand beside other keywords on a tenth of the pages and three at
        least, times the share of its other sentences that fill no frame of the site. Where all
        is made of frames, as in statutes and on doorway pages, `slot_share` tells.
    """
    n = len(records)
    enough = max(2, n // 10)
    rows = [record.digests.slots.reshape(-1, 3) for record in records]
    slots = np.concatenate(rows)
    pages = np.repeat(np.arange(n), [len(row) for row in rows])
    shares = np.zeros(n)
    if not len(slots):
        return shares
    fills = np.concatenate([record.digests.slot_keywords for record in records])
    few = _distinct(fills, pages)[0] <= max(2, FURNITURE_SHARE * n)
    shared = np.zeros(len(slots), dtype=bool)
    for side in (1, 2):
        chosen = few & (slots[:, side] != 0)
        beside = slots[chosen, side]
        on_pages, _ = _distinct(beside, pages[chosen])
        with_fills, _ = _distinct(beside, fills[chosen].astype(np.int64))
        shared[chosen] |= (on_pages > enough) & (with_fills > enough)
    sentences = np.concatenate([record.digests.slot_sentences for record in records])
    for i in range(n):
        inside = np.unique(sentences[shared & (pages == i)])
        others = np.delete(filled[i], inside)
        if len(inside) and len(others):
            shares[i] = len(inside) / len(filled[i]) * float((~others).mean())
    return shares


def _reworded(mine: PageDigests, theirs: PageDigests, equal: NDArray[np.bool_]) -> float:
    """Share of a page's sentences that another page has in another wording; `equal` has it so."""
    terms = np.unique(np.concatenate([mine.term_ids, theirs.term_ids]))
    here, there = _held(mine, terms), _held(theirs, terms)
    sizes, others = np.diff(here.indptr), np.diff(there.indptr)
    common = (here @ there.T).toarray()
    share = common / np.maximum(1, sizes[:, None] + others[None, :] - common)
    nearest = share.argmax(axis=1)
    same = share[np.arange(len(share)), nearest] >= SAME_SENTENCE
    other = same & ~equal & (sizes >= 2) & (mine.frames != theirs.frames[nearest])
    return float(other.mean())


def _held(page: PageDigests, terms: NDArray[np.uint32]) -> Any:
    """Which sentence holds which term, a sparse array; `page.terms` is sorted by sentences."""
    ends = np.searchsorted(page.term_sentences, np.arange(len(page.sentences) + 1))
    columns = np.searchsorted(terms, page.term_ids)
    shape = (len(page.sentences), len(terms))
    return csr_array((np.ones(len(columns), dtype=np.float32), columns, ends), shape=shape)


def _distinct(
    groups: NDArray[np.uint32], members: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Count the different members of each group: beside each entry, and the groups."""
    names, inverse = np.unique(groups, return_inverse=True)
    pairs = np.unique((inverse.astype(np.int64) << 32) | members)
    return np.bincount(pairs >> 32, minlength=len(names))[inverse], names
