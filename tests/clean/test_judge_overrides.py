"""Decisions of people: read, written, applied; and the command and labels that a run takes."""

import json
from datetime import date

import pytest

from clean.judge import Verdict
from clean.judge_overrides import (
    Override,
    OverrideError,
    decide,
    effect_of,
    read_overrides,
    write_overrides,
)

ONE = Override(
    site="日本語.jp",
    verdict="keep",
    by="山田",
    when=date(2026, 11, 21),
    reason="a poet: 'not' salad",
)


def test_written_decisions_read_back():
    other = Override(site="b.example/~x", verdict="drop", by="B", when=date(2026, 1, 2), reason="r")
    assert read_overrides(write_overrides([ONE, other]), "f") == (ONE, other)
    assert ONE.site == "xn--wgv71a119e.jp"
    assert read_overrides(write_overrides([]), "f") == ()
    assert read_overrides(b"", "f") == ()


def test_the_last_word_counts():
    later = ONE.model_copy(update={"verdict": "drop"})
    assert read_overrides(write_overrides([ONE, later]), "f") == (later,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- site: a.jp\n  verdict: maybe\n  by: x\n  when: 2026-01-01\n  reason: y\n",
            r"f:1: verdict",
        ),
        (
            "- {site: a.jp, verdict: keep, by: x, when: 2026-01-01, reason: y}\n- site: b.jp\n",
            r"f:2: verdict: Field required",
        ),
        ("site: a.jp\n", r"f:1: must be a list"),
        ("- [1, 2\n", r"f:2: no YAML"),
        ("- 3\n", r"f:1: entry"),
        ("- !!python/object/apply:os.system ['true']\n", r"f:1: no YAML"),
    ],
)
def test_mistakes_have_a_line(text, message):
    with pytest.raises(OverrideError, match=message):
        read_overrides(text.encode(), "f")


def test_a_decision_takes_the_rules_place():
    verdict = Verdict("xn--wgv71a119e.jp", 9, "drop", "rule", 0.9, (), {}, (), ())
    decided = decide(verdict, {ONE.site: ONE})
    assert (decided.verdict, decided.decided_by, decided.score) == ("keep", "override", 0.9)
    assert decide(verdict, {}) == verdict
    assert effect_of(ONE, "drop") == "decides"
    assert effect_of(ONE, "keep") == "agrees"
    assert effect_of(ONE, None) == "no_pages"


def test_decisions_are_plain_data():
    assert json.loads(ONE.model_dump_json())["when"] == "2026-11-21"
