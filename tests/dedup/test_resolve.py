"""Inside a bin: pairs found without their square, members not lost, who stays."""

import networkx
import numpy as np
import pytest

from dedup import resolve as module
from dedup.fold import FoldedTexts, digests, fold_texts
from dedup.keep import FACTS, NEVER, choose, elect, preference
from dedup.resolve import Comparer, Members, Rule, link, resolve
from dedup.signature import sign
from dedup.verify import jaccard, shingle_sets

RULE = Rule(threshold=0.8, ngram=5, bands=32, rows=8)


def members_of(texts, known=()):
    folded = fold_texts(texts)
    facts = np.zeros(len(texts), FACTS)
    facts["node"] = digests(folded)[:, 0]
    facts["row"] = np.arange(len(texts))
    facts["chars"] = [len(text) for text in texts]
    facts["known"][list(known)] = 1
    order = np.argsort(facts["node"])
    folded = folded.take(order)
    signatures = sign(folded)
    if known:
        lengths = np.where(facts["known"][order] == 1, 0, folded.lengths())
        kept = np.concatenate(
            [folded.take(np.array([i])).points[:n] for i, n in enumerate(lengths)]
        )
        folded = FoldedTexts(kept, np.concatenate([[0], np.cumsum(lengths)]))
    return Members(facts[order], signatures, folded)


def variants(rng, base, count, share):
    out = []
    for _ in range(count):
        text = list(base)
        for place in rng.choice(len(text), int(len(text) * share), replace=False):
            text[place] = chr(int(rng.integers(0x3041, 0x3090)))
        out.append("".join(text))
    return out


def prose(rng, length):
    return "".join(map(chr, rng.integers(0x4E00, 0x9F00, length)))


def true_components(members):
    sets = shingle_sets(members.folded, 5)
    left, right = np.triu_indices(len(members.facts), 1)
    alike = jaccard(sets, left, right) >= 0.8
    graph = networkx.Graph(zip(left[alike].tolist(), right[alike].tolist(), strict=True))
    graph.add_nodes_from(range(len(members.facts)))
    return sorted(sorted(part) for part in networkx.connected_components(graph))


def found_components(members, rule=RULE):
    root = link(members, rule, Comparer(members, rule))
    return sorted(np.flatnonzero(root == name).tolist() for name in np.unique(root))


@pytest.fixture(scope="module")
def mixed():
    """Families at every distance from the threshold, and templates that share half their text."""
    rng = np.random.default_rng(5)
    texts = []
    for share in (0.005, 0.01, 0.015, 0.02, 0.03):
        texts += variants(rng, prose(rng, 400), 12, share)
    template = prose(rng, 200)
    texts += [template + prose(rng, 60) for _ in range(60)]
    return members_of(texts)


def test_clusters_are_the_true_components(mixed):
    assert found_components(mixed) == true_components(mixed)


@pytest.mark.parametrize(
    "limits",
    [
        {"ALL_PAIRS": 4},
        {"ALL_PAIRS": 4, "STRAGGLER_PAIRS": 0},
        {"ALL_PAIRS": 2, "STRAGGLER_PAIRS": 50, "WINDOW": 16},
    ],
)
def test_large_buckets_lose_no_member(mixed, monkeypatch, limits):
    for name, value in limits.items():
        monkeypatch.setattr(module, name, value)
    assert found_components(mixed) == true_components(mixed)


def test_blocks_that_do_not_fit_compare_the_same(mixed):
    small = Rule(0.8, 5, 32, 8, block_points=2000)
    assert found_components(mixed, small) == true_components(mixed)


def test_a_large_bucket_costs_no_square(monkeypatch):
    rng = np.random.default_rng(6)
    members = members_of(list(set(variants(rng, prose(rng, 300), 3000, 0.01))))
    compared = []
    monkeypatch.setattr(
        module, "jaccard", lambda sets, a, b: (compared.append(len(a)), jaccard(sets, a, b))[1]
    )
    assert len(found_components(members)) == 1
    assert sum(compared) < 20 * len(members.facts)


def test_a_chain_is_one_cluster_and_similarity_is_with_the_one_that_stays():
    rng = np.random.default_rng(7)
    text = list(prose(rng, 600))
    texts = ["".join(text) + "長い"]
    for start in range(0, 240, 8):
        text[start] = "ん"
        text[start + 1] = "を"
        texts.append("".join(text))
    members = members_of(texts)
    decision = resolve(members, RULE)
    assert len(decision.member) == len(texts)
    kept = np.unique(decision.kept)
    assert members.facts["row"][kept].tolist() == [0], "the longest stays"
    assert set(decision.cluster.tolist()) == {int(members.facts["node"][0])}
    sets = shingle_sets(members.folded, 5)
    np.testing.assert_array_equal(
        decision.similarity, jaccard(sets, decision.member, decision.kept)
    )
    assert decision.similarity.min() < 0.8


def test_known_documents_are_compared_by_signature_and_stay():
    rng = np.random.default_rng(8)
    base = prose(rng, 500)
    members = members_of([base, *variants(rng, base, 2, 0.01), prose(rng, 500)], known=[1, 3])
    decision = resolve(members, RULE)
    rows = members.facts["row"]
    assert sorted(rows[decision.member].tolist()) == [0, 1, 2]
    assert set(rows[decision.kept].tolist()) == {1}


def test_two_known_documents_are_left_as_they_are():
    rng = np.random.default_rng(9)
    base = prose(rng, 500)
    members = members_of(variants(rng, base, 2, 0.005), known=[0, 1])
    assert len(resolve(members, RULE).member) == 0


def facts_of(*rows):
    out = np.zeros(len(rows), FACTS)
    out["fetched"] = NEVER
    for i, row in enumerate(rows):
        for name, value in row.items():
            out[name][i] = value
    return out


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"known": 1, "score": 0.9}, {"score": 0.0}),
        ({"score": 0.1, "chars": 10}, {"score": 0.2, "chars": 99}),
        ({"chars": 99, "fetched": 9}, {"chars": 98, "fetched": 1}),
        ({"fetched": 1, "doc_high": 9}, {"fetched": 2, "doc_high": 1}),
        ({"fetched": 1}, {"fetched": NEVER}),
        ({"doc_high": 1, "doc_low": 9}, {"doc_high": 2, "doc_low": 1}),
        ({"doc_low": 1, "tie": 9}, {"doc_low": 2, "tie": 1}),
        ({"tie": 1, "row": 9}, {"tie": 2, "row": 1}),
    ],
)
def test_order_of_preference(first, second):
    assert preference(facts_of(first, second)).tolist() == [0, 1]
    assert preference(facts_of(second, first)).tolist() == [1, 0]


def test_choose_picks_the_best_of_each_cluster():
    facts = facts_of({"chars": 1}, {"chars": 5}, {"chars": 3}, {"chars": 9})
    assert choose(facts, np.array([7, 7, 7, 2])).tolist() == [1, 1, 1, 3]


def test_equal_texts_are_one_node_and_a_shared_half_is_not():
    facts = facts_of(
        {"node": 5, "low": 1, "chars": 1, "row": 0},
        {"node": 5, "low": 1, "chars": 2, "row": 1},
        {"node": 5, "low": 2, "chars": 9, "row": 2},
        {"node": 4, "low": 7, "row": 3},
    )
    chosen, copies = elect(facts[[2, 0, 3, 1]])
    assert chosen["row"].tolist() == [3, 1]
    assert copies["row"].tolist() == [0]
