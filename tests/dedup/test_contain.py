"""Short texts inside long ones: candidates by shared passages, chains of holders."""

import numpy as np

from dedup.contain import COMMON, PAIR, PASSAGES, likely, pair_up, passages_of
from dedup.fold import fold_texts
from dedup.keep import FACTS
from dedup.resolve import Comparer, Members, Rule, holders, resolve
from dedup.signature import sign


def prose(seed, length):
    rng = np.random.default_rng(seed)
    return "".join(map(chr, rng.integers(0x4E00, 0x9F00, length)))


def candidates(texts):
    folded = fold_texts(texts)
    found = passages_of(folded, np.arange(len(texts), dtype=np.uint64))
    return list(zip(*(part.tolist() for part in likely(pair_up(found))), strict=True))


def test_a_quote_is_a_candidate_of_its_source_only():
    source = prose(1, 2000)
    texts = [source, source[300:700], prose(2, 500), source[:150] + prose(3, 300), "短い"]
    assert candidates(texts) == [(1, 0)]


def test_passages_are_chosen_alike_in_every_text():
    source = prose(4, 1000)
    folded = fold_texts([source, "前書き" + source[200:600] + "後書き" * 50])
    found = passages_of(folded, np.array([7, 9], np.uint64))
    inside = set(passages_of(fold_texts([source[200:600]]), np.array([1], np.uint64))["passage"])
    for item in (7, 9):
        rows = found[found["item"] == item]
        assert inside <= set(rows["passage"])
        assert set(rows["count"]) == {len(rows)}
    assert 10 < len(inside) < 60


def test_common_passages_tell_nothing():
    rows = np.zeros(COMMON + 1, PASSAGES)
    rows["item"] = np.arange(len(rows))
    assert len(pair_up(rows[:-1])) == COMMON * (COMMON - 1) // 2
    assert len(pair_up(rows)) == 0


def test_one_shared_passage_is_not_enough():
    pairs = np.array([(1, 2, 1), (3, 4, 2), (3, 4, 2), (5, 6, 9), (5, 6, 9)], PAIR)
    assert [part.tolist() for part in likely(pairs)] == [[3], [4]]


def members_of(texts):
    folded = fold_texts(texts)
    facts = np.zeros(len(texts), FACTS)
    facts["node"] = np.arange(len(texts))
    facts["chars"] = folded.lengths()
    return Members(facts, sign(folded), folded)


def test_holders_of_holders_count():
    source = prose(5, 4000)
    members = members_of([source[1000:1300], source, prose(6, 500), source[500:2000]])
    comparer = Comparer(members, Rule(0.8, 5, 32, 8))
    assert holders(members, np.arange(4), comparer, 0.9).tolist() == [1, 1, 2, 1]


def test_near_duplicates_of_what_is_held_go_with_it():
    source = prose(7, 3000)
    quote = source[100:500]
    members = members_of([quote + "。", source, quote, prose(8, 400)])
    decision = resolve(members, Rule(0.8, 5, 32, 8, containment=0.9))
    assert decision.member.tolist() == [0, 1, 2]
    assert decision.kept.tolist() == [1, 1, 1]
    assert decision.contained.tolist() == [True, False, True]
    assert decision.cluster.tolist() == [0, 0, 0]
    np.testing.assert_allclose(decision.similarity, [396 / 397, 1, 1])
