"""What the sampled pages of a site share: repeats, templates, sentences drawn from one pot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clean.judge_bounds import count_bounds
from clean.judge_rewording import keyword_slots, reworded_shares
from clean.judge_settings import FURNITURE_SHARE, SITE_SIGNALS, JudgeSettings
from clean.judge_tally import PageRecord

WALL_SHARE, WALL_COVER = 0.75, 0.9
"""Share of pages from which on a line makes pages empty, and share of these lines that an empty
page has: log-in walls stand on all pages and stand there whole. Clauses of a statute, lines of a
song or questions of a quiz come back too, but a few at a time."""

TWIN_SHARE = 0.7
"""Most sentences with a twin on another page with which `interchange` can be told: of texts made
from one stock of sentences it would say no more than that."""

MIN_EXPECTED, MAX_RATIO = 4.0, 1.3
"""Fewest pairs to be expected with which `interchange` can be told, and the ratio above which
sentences avoid each other."""

MIN_EXPECTED_TERMS = 6.0
"""Fewest terms to be expected twice on a page, with which `_scattered` can be told."""

GROWTH_SENTENCES, GROWTH_POWER = (40, 400), 0.6
"""Fewest different sentences with which `term_growth` can be told and most that are read; and the
power with which a writer's vocabulary grows with them."""

MANY_PAGES = 8
"""Pages below which `interchange` counts only four fifths: few pages on one subject look alike."""

TYPICAL_GROWTH = 15.0
"""What a site has for which growth can't be told."""

MANY_SUBJECTS = (20.0, 25.0)
"""Growth of the vocabulary from which a site has so many subjects that its pages must differ in
them, and above which this is sure. Sentences of a site on one subject could stand on any page."""


def compare_pages(
    records: Sequence[PageRecord], settings: JudgeSettings
) -> dict[str, NDArray[np.float64]]:
    """Measure what each page shares with the other pages of the sample.

    Args:
        records: sampled pages, n of them.
        settings: what makes a line a recurring one.

    Returns:
        SITE_SIGNALS -> float64 [n]. own_chars: code points without the lines that stand on most of
        the site's pages, where a page has nearly all of them. Shares from 0 to 1: duplicate_share,
        the largest share of a page's sentences that one other page holds as well, 1 for an equal
        text; recycled_share and template_share, sentences and sentence frames that stand on at
        least a tenth of the other pages and at least three; slot_share, see `_slot_shares`;
        keyword_slots and reworded_share, see `clean.judge_rewording`. The same for all
        pages: interchange, the larger of `_interchange` and `_scattered` where the site has many
        subjects; term_growth, see `_term_growth`, TYPICAL_GROWTH where it can't be told.
    """
    n = len(records)
    shares = {name: np.zeros(n) for name in SITE_SIGNALS}
    shares["term_growth"][:] = TYPICAL_GROWTH
    lines_of = Counter(line for record in records for line in record.digests.lines.tolist())
    enough = max(settings.line_pages, WALL_SHARE * sum(bool(len(r.digests.lines)) for r in records))
    wall = {line for line, holders in lines_of.items() if holders >= enough}
    for i, record in enumerate(records):
        lines = record.digests.lines.tolist()
        sizes = record.digests.line_chars.tolist()
        repeated = [size for line, size in zip(lines, sizes, strict=True) if line in wall]
        whole = len(repeated) >= WALL_COVER * len(wall)
        shares["own_chars"][i] = record.digests.chars - (sum(repeated) if whole else 0)
    if n < 2:
        return shares
    sentences, twins = _incidence([record.digests.sentences for record in records])
    common = sentences @ sentences.T
    np.fill_diagonal(common, 0)
    shares["duplicate_share"] = common.max(axis=1) / np.maximum(1, sentences.sum(axis=1))
    texts = np.array([record.digests.text for record in records], dtype=np.uint64)
    _, inverse, counts = np.unique(texts, return_inverse=True, return_counts=True)
    shares["duplicate_share"][(counts[inverse] > 1) & (texts != 0)] = 1.0
    enough = max(3, n // 10)
    frames, spread = _incidence([record.digests.frames for record in records])
    for name, matrix in (("recycled_share", sentences), ("template_share", frames)):
        often = matrix.sum(axis=0) > enough
        shares[name] = matrix[:, often].sum(axis=1) / np.maximum(1, matrix.sum(axis=1))
    templates = [pages > max(1, n // 10) for pages in spread]
    filled = [
        often & (2 * same < pages)
        for often, same, pages in zip(templates, twins, spread, strict=True)
    ]
    shares["keyword_slots"] = keyword_slots(records, filled)
    shares["reworded_share"] = reworded_shares(records)
    shares["slot_share"] = _slot_shares(records, templates)
    growth, told, said = _term_growth(records)
    own = _own_sentences(records, spread)
    if own is not None:
        few, many = MANY_SUBJECTS
        subjects = min(1.0, max(0.0, (growth - few) / (many - few)))
        ratio = max(
            _interchange(records, own, settings.confidence),
            _scattered(records, own, settings.confidence),
        )
        told_pages = sum(bool(mask.any()) for mask in own)
        shares["interchange"][:] = subjects * ratio * (0.8 if told_pages < MANY_PAGES else 1)
    if told >= GROWTH_SENTENCES[0] and told >= 0.5 * said:
        shares["term_growth"][:] = growth
    return shares


def _slot_shares(
    records: Sequence[PageRecord], templates: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Sentences that say the page's keyword in a frame that other pages fill with theirs.

    A page's keyword is the term, of those on few pages, that stands in most of its sentences, three
    at least. Doorway pages have it in half their sentences and more; articles, template or not,
    in one or two.

    Args:
        records: sampled pages, n of them.
        templates: for each page, which of its sentences are in a frame of the site.

    Returns:
        Share of a page's sentences, float64 [n].
    """
    shares = np.zeros(len(records))
    few = max(2, int(FURNITURE_SHARE * len(records)))
    pages_of = _pages_of_terms(records)
    for i, record in enumerate(records):
        terms, counts = np.unique(record.digests.term_ids, return_counts=True)
        rare = np.array([pages_of[term] <= few for term in terms.tolist()], dtype=bool)
        if not rare.any() or counts[rare].max() < 3:
            continue
        keyword = terms[rare][np.argmax(counts[rare])]
        inside = record.digests.term_sentences[record.digests.term_ids == keyword]
        shares[i] = templates[i][inside].sum() / len(templates[i])
    return shares


def _own_sentences(
    records: Sequence[PageRecord], spread: list[NDArray[np.int64]]
) -> list[NDArray[np.bool_]] | None:
    """Mark each page's sentences that are its own: their frames stand on few pages.

    Returns:
        One array a page, beside its sentences; a sentence said twice is marked once. None where
        there is too little to compare, or the site is made from a stock of templates.
    """
    most = max(2, int(FURNITURE_SHARE * len(records)))
    own = []
    for record, pages in zip(records, spread, strict=True):
        first = np.zeros(len(pages), dtype=bool)
        first[np.unique(record.digests.sentences, return_index=True)[1]] = True
        own.append(first & (pages > 0) & (pages <= most))
    framed = sum(int((pages > 0).sum()) for pages in spread)
    told = sum(int(mask.sum()) for mask in own)
    twins = sum(int((pages[mask] > 1).sum()) for pages, mask in zip(spread, own, strict=True))
    return None if told < 20 or told < 0.5 * framed or twins > TWIN_SHARE * told else own


def _interchange(
    records: Sequence[PageRecord], own: list[NDArray[np.bool_]], confidence: float
) -> float:
    """How far sentences could change places between pages without making a difference.

    Sentences of one page of an honest site share terms with each other twice to fifteen times as
    often as with those of other pages. In what a machine drew from one pot (chains of words,
    glued fragments) they do no more often.

    Args:
        records: sampled pages.
        own: see `_own_sentences`.
        confidence: of the bound.

    Returns:
        Pairs of sentences with a term in common to be expected inside pages, had sentences been
        dealt out at random, to those found: the lower bound of the ratio, 0 to 1. 0 where it can't
        be told: hardly any terms, or fewer pairs inside pages than at random, which means that its
        maker deals out sentences without replacement.
    """
    sizes = np.array([int(mask.sum()) for mask in own])
    groups, counts = _occurrences(records, own)
    holders = np.bincount(groups)
    rare = holders[groups] <= max(2, len(records) // 3)
    together = np.bincount(groups[rare], counts[rare])
    inside = float((counts[rare] * (counts[rare] - 1)).sum()) / 2
    across = float((together * (together - 1)).sum()) / 2 - inside
    pairs = float((sizes * (sizes - 1)).sum()) / 2
    told = float(sizes.sum())
    expected = across * pairs / max(1.0, told * (told - 1) / 2 - pairs)
    _, high = count_bounds(inside, confidence)
    ratio = expected / high
    return min(1.0, ratio) if expected >= MIN_EXPECTED and ratio <= MAX_RATIO else 0.0


def _scattered(
    records: Sequence[PageRecord], own: list[NDArray[np.bool_]], confidence: float
) -> float:
    """The same question asked term by term, each with the same say: for sites of few pages.

    A term that is said again is said again on the same page by a writer, and anywhere by a machine
    that draws from a pot.

    Args:
        records: sampled pages.
        own: see `_own_sentences`.
        confidence: of the bound.

    Returns:
        Terms whose repetition falls on the same page to be expected at random, to those found: the
        lower bound of the ratio, 0 to 1; 0 where hardly any term is said twice.
    """
    sizes = np.array([int(mask.sum()) for mask in own], dtype=np.float64)
    told = float(sizes.sum())
    groups, counts = _occurrences(records, own)
    said = np.bincount(groups, counts)
    again = said >= 2
    inside = np.bincount(groups, counts * (counts - 1))[again]
    found = float((inside / (said[again] * (said[again] - 1))).sum())
    expected = float(again.sum()) * float((sizes * (sizes - 1)).sum()) / (told * (told - 1))
    _, high = count_bounds(found, confidence)
    return min(1.0, expected / high) if expected >= MIN_EXPECTED_TERMS else 0.0


def _term_growth(records: Sequence[PageRecord]) -> tuple[float, int, int]:
    """Different terms beside what grows with the 0.6th power of the different sentences.

    Whoever writes new sentences needs new words for them: 400 sentences of any honest site hold
    200 terms and more, those that a machine fills with numbers or a few nouns 15 to 100.

    Args:
        records: sampled pages.

    Returns:
        Terms to sentences^0.6, of the first 400 different sentences with two terms and more; how
        many these are; how many sentences were read for them, repeats included.

    Source: Heaps, Information Retrieval (1978), section 7.5.
    """
    seen: set[int] = set()
    terms: set[int] = set()
    said = 0
    for record in records:
        ids, places = record.digests.term_ids, record.digests.term_sentences
        held = np.bincount(places, minlength=len(record.digests.sentences)) >= 2
        for place in np.flatnonzero(held).tolist():
            said += 1
            digest = int(record.digests.sentences[place])
            if digest not in seen and len(seen) < GROWTH_SENTENCES[1]:
                seen.add(digest)
                terms.update(ids[places == place].tolist())
        if len(seen) >= GROWTH_SENTENCES[1]:
            break
    growth: float = len(terms) / max(1, len(seen)) ** GROWTH_POWER
    return growth, len(seen), said


def _occurrences(
    records: Sequence[PageRecord], own: list[NDArray[np.bool_]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count each page's own sentences that hold a term.

    Returns:
        One entry a page and term, beside each other, int64: index of the term, sentences.
    """
    terms, pages = [], []
    for i, (record, mask) in enumerate(zip(records, own, strict=True)):
        ids = record.digests.term_ids[mask[record.digests.term_sentences]]
        terms.append(ids)
        pages.append(np.full(len(ids), i))
    keys = (np.concatenate(terms).astype(np.int64) << 13) | np.concatenate(pages)
    places, counts = np.unique(keys, return_counts=True)
    _, groups = np.unique(places >> 13, return_inverse=True)
    return groups.astype(np.int64), counts.astype(np.int64)


def _pages_of_terms(records: Sequence[PageRecord]) -> dict[int, int]:
    """How many pages hold each term."""
    found = [np.unique(record.digests.term_ids) for record in records]
    terms, counts = np.unique(np.concatenate(found), return_counts=True)
    return dict(zip(terms.tolist(), counts.tolist(), strict=True))


def _incidence(
    digests: list[NDArray[np.uint32]],
) -> tuple[NDArray[np.float32], list[NDArray[np.int64]]]:
    """Say which page holds which digest, and on how many pages each one stands.

    Args:
        digests: one array a page; 0 is no digest.

    Returns:
        float32 [pages, distinct digests] of 0 and 1, without 0; and beside each given array the
        number of pages that hold the digest, 0 for 0.
    """
    every, inverse = np.unique(np.concatenate(digests), return_inverse=True)
    matrix = np.zeros((len(digests), max(1, len(every))), dtype=np.float32)
    rows = np.repeat(np.arange(len(digests)), [len(part) for part in digests])
    matrix[rows, inverse] = 1
    matrix[:, : len(every)][:, every == 0] = 0
    holders = matrix.sum(axis=0).astype(np.int64)[inverse]
    cuts = np.cumsum([len(part) for part in digests])[:-1]
    return matrix, np.split(holders, cuts)
