"""Mirrors: share, direction, and what is none."""

import numpy as np

from dedup.mirrors import find_mirrors, tally_shard


def tallies(documents, removed):
    """Counts from {site: documents} and [(site, kept site, kept document)]."""
    sites = np.repeat(list(documents), list(documents.values())).astype(np.uint64)
    gone = np.array(removed, np.uint64).reshape(-1, 3)
    return tally_shard(sites, *(gone[:, i] for i in range(3)))


def found(documents, removed, share=0.5, least=2):
    both = tallies(documents, removed)
    return [(m.site, m.mirror_of, m.share) for m in find_mirrors(both, share, least)]


def test_the_one_that_lost_more_is_the_mirror():
    removed = [(1, 2, 10), (1, 2, 11), (1, 2, 12), (2, 1, 20)]
    assert found({1: 5, 2: 5}, removed) == [(1, 2, 4 / 5)]


def test_half_is_not_most():
    assert found({1: 4, 2: 9}, [(1, 2, 10), (1, 2, 11)]) == []


def test_few_documents_are_no_mirror():
    assert found({1: 1, 2: 9}, [(1, 2, 10)]) == []


def test_repeats_inside_a_site_are_no_mirror():
    assert found({1: 4}, [(1, 1, 10), (1, 1, 11), (1, 1, 12)]) == []


def test_one_document_kept_for_many_counts_once():
    removed = [(2, 1, 10)] * 9 + [(1, 2, 5)]
    assert found({1: 3, 2: 99}, removed) == []


def test_shards_add_up():
    one = tallies({1: 3, 2: 5}, [(1, 2, 10)])
    two = tallies({1: 1}, [(1, 2, 11), (1, 2, 12)])
    whole = find_mirrors(np.concatenate([one, two]), 0.5, 2)
    assert [(m.documents, m.repeated, m.removed) for m in whole] == [(4, 3, 3)]
