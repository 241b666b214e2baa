"""Forms of verbs, adjectives and the copula."""

import pytest

from crawl.sample_web.conjugate import inflect
from crawl.sample_web.lexicon.load import topic, topics

FORMS = ("stem", "te", "ta", "nai", "ba", "tara", "tari", "zu", "masu")


@pytest.mark.parametrize(
    ("word", "form", "expected"),
    [
        ("水をやる", "te", "水をやって"),
        ("苗を植える", "ta", "苗を植えた"),
        ("町を歩く", "te", "町を歩いて"),
        ("先へ行く", "ta", "先へ行った"),
        ("汁をすする", "te", "汁をすすって"),
        ("手伝いをする", "zu", "手伝いをせず"),
        ("冬鳥がやってくる", "ta", "冬鳥がやってきた"),
        ("堆肥を作る", "nai", "堆肥を作らない"),
        ("空を見る", "masu", "空を見ます"),
        ("糸を紡ぐ", "ba", "糸を紡げば"),
        ("話す", "tari", "話したり"),
        ("必要がある", "nai", "必要がない"),
        ("高い", "ta", "高かった"),
        ("相性がいい", "nai", "相性がよくない"),
        ("相性がいい", "masu", "相性がいいです"),
        ("十分だ", "mashita", "十分でした"),
    ],
)
def test_inflects(word: str, form: str, expected: str) -> None:
    assert inflect(word, form) == expected


def test_every_clause_of_the_lexicon_takes_every_form() -> None:
    for key in topics():
        for clause in topic(key).events + topic(key).changes:
            for form in FORMS:
                assert inflect(clause, form)


@pytest.mark.parametrize(("word", "form"), [("本", "te"), ("書く", "passive")])
def test_refuses_what_it_does_not_know(word: str, form: str) -> None:
    with pytest.raises(ValueError, match=r"inflects|no form"):
        inflect(word, form)
