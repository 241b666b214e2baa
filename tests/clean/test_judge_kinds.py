"""Verdicts on made sites of many kinds: all together, and on kinds that a fit has not seen."""

import json
import random
from pathlib import Path

import pytest

from clean.judge import judge_site
from clean.judge_fit import LabelledSite, cross_validate, evaluate, fit_points, outcome_of
from clean.judge_settings import JudgeSettings
from tests.clean.judge_kinds.bad import BAD
from tests.clean.judge_kinds.pages import good_lines
from tests.clean.judge_kinds.sites import made_site

JUDGE = JudgeSettings()
FLOORS = json.loads((Path(__file__).parents[2] / "benchmarks/floors.json").read_text())["verdicts"]
KINDS = [*((kind, False) for kind in good_lines()), *((kind, True) for kind in BAD)]


def labelled(kinds, seed=0):
    return [LabelledSite(made_site(kind, seed), bad) for kind, bad in kinds]


@pytest.mark.parametrize("kind", sorted(good_lines()))
def test_good_kinds_stay(kind):
    verdict = judge_site(made_site(kind), JUDGE)
    assert verdict.verdict == "keep", verdict.reasons[:4]


@pytest.mark.parametrize(
    ("kind", "causes"),
    [
        ("doorway", {"term_spread", "term_share", "term_concentration"}),
        ("stuffed_diary", {"commercial_spread", "commercial_density"}),
        ("padded_lewd", {"solicit_share", "adult_density"}),
        ("casino_padding", {"solicit_share", "gambling_density"}),
        ("titles_of_others", {"link_text_share", "empty_pages"}),
        ("tag_page", {"broken_share", "ellipsis_share", "link_text_share", "empty_pages"}),
        ("shuffled_words", {"skeleton_entropy", "char_entropy"}),
        ("shuffled_clauses", {"broken_share"}),
        ("random_letters", {"char_entropy", "skeleton_entropy"}),
        ("utf8_as_cp932", {"mojibake_share", "garbled_share"}),
        ("question_marks", {"replacement_share", "garbled"}),
        ("parked", {"empty_pages"}),
        ("login_wall", {"empty_pages"}),
        ("error_page", {"empty_pages"}),
        ("month_sheet", {"digit_share", "not_japanese", "empty_pages"}),
        ("number_sheet", {"digit_share", "not_japanese"}),
        ("english", {"latin_share", "not_japanese"}),
        ("chinese", {"simplified_share", "not_japanese", "char_entropy"}),
        ("korean", {"hangul_share", "not_japanese"}),
        ("ranking", {"commercial_density", "commercial_spread", "slot_share"}),
        ("machine_translated", {"translationese"}),
        ("glued_fragments", {"broken_share"}),
        ("phone_lookup", {"digit_share"}),
        ("search_words", {"commercial_breadth", "commercial_density", "char_entropy"}),
    ],
)
def test_bad_kinds_go_for_their_cause(kind, causes):
    verdict = judge_site(made_site(kind), JUDGE)
    assert verdict.verdict == "drop", verdict.reasons
    assert {reason.signal for reason in verdict.reasons[:2]} & causes, verdict.reasons[:4]


def test_floors_with_the_settings():
    outcome = evaluate(labelled(KINDS, seed=1), JUDGE)
    assert outcome.kept >= FLOORS["good_that_stay"]
    assert outcome.recall >= FLOORS["bad_that_go"]
    assert outcome.review <= FLOORS["review_at_most"]


def test_floors_on_kinds_left_out_of_the_fit():
    kinds = list(KINDS)
    random.Random(5).shuffle(kinds)
    neutral = JUDGE.model_copy(
        update={
            "lines": {
                name: line.model_copy(update={"points": min(line.points, 0.5)})
                for name, line in JUDGE.lines.items()
            }
        }
    )
    verdicts = {}
    for part in range(5):
        held = kinds[part::5]
        rest = [kind for kind in kinds if kind not in held]
        fitted = fit_points(labelled(rest), neutral, pull=0.005)
        verdicts |= evaluate(labelled(held), fitted).verdicts
    outcome = outcome_of(verdicts)
    assert outcome.kept >= FLOORS["left_out_good_that_stay"]
    assert outcome.recall >= FLOORS["left_out_bad_that_go"]


def test_a_fit_learns_a_taste():
    strict = [
        LabelledSite(made_site(kind, seed), kind == "rude_board")
        for kind in ("rude_board", "novel", "statute", "recipe")
        for seed in range(3)
    ]
    softer = fit_points(labelled([(k, b) for k, b in KINDS if k != "doorway"]), JUDGE)
    assert all(0 <= line.points <= 1.2 for line in softer.lines.values())
    taught = fit_points(strict, JUDGE, pull=0.001)
    assert taught.lines["skeleton_entropy"].points >= JUDGE.lines["skeleton_entropy"].points
    words = taught.lines["adult_density"].points + taught.lines["gambling_density"].points
    assert words < 1
    with pytest.raises(ValueError, match="no page of a bad site"):
        fit_points(labelled([("novel", False)]), JUDGE)
    with pytest.raises(ValueError, match="label at least 2"):
        cross_validate(labelled([("novel", False), ("recipe", False), ("parked", True)]), JUDGE)


def test_halves_of_every_kind_agree():
    for kind, _ in KINDS:
        verdicts = {judge_site(made_site(kind, seed), JUDGE).verdict for seed in (2, 3)}
        assert verdicts != {"keep", "drop"}, kind
