"""Bags, pieces, and the objectives, held against the rules on random documents."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encode.examples import (
    bag_runs,
    build_example,
    example_seed,
    piece_ranges,
    rebuild_tokens,
)
from encode.vocabulary import Vocabulary

SIZE = 1000
START, MASK, NOT, BAG, SEG, END = SIZE - 7, SIZE - 6, SIZE - 4, SIZE - 3, SIZE - 2, SIZE - 1


@pytest.mark.parametrize(
    ("ids", "bagged"),
    [
        ([], []),
        ([5, 5], [5, 5]),
        ([5, 5, 5], [5, BAG]),
        ([5, 5, 5, 5, 5, 7, 7], [5, BAG, 7, 7]),
        ([1, 5, 5, 5], [1, 5, BAG]),
    ],
)
def test_three_or_more_in_a_row_become_a_bag(ids: list[int], bagged: list[int]) -> None:
    assert bag_runs(np.array(ids, np.int32), BAG).tolist() == bagged


@given(tokens=st.integers(0, 3000), context=st.integers(8, 200), given_tokens=st.integers(0, 4))
def test_pieces_lose_nothing_and_fit(tokens: int, context: int, given_tokens: int) -> None:
    ranges = piece_ranges(tokens, context, given_tokens)
    assert [place for piece in ranges for place in range(*piece)] == list(range(tokens))
    for start, end in ranges:
        assert end - start > 0
        ends = end == tokens
        assert 1 + given_tokens + 1 + (end - start) + ends <= context
    for start, end in ranges[:-1][:-1]:
        assert 1 + given_tokens + 1 + (end - start) == context, "only the last two may be shorter"


def test_a_prefix_that_fills_the_context_is_refused() -> None:
    with pytest.raises(ValueError, match="a prefix of 9 tokens leaves no room in a context of 12"):
        piece_ranges(5, 12, 9)


def test_language_model_targets() -> None:
    found = build_example(np.array([10, 11, 12]), True, "lm", 8, SIZE, 1)
    assert found.x.tolist() == [START, SEG, 10, 11, 12, END, NOT, NOT]
    assert found.y.tolist() == [-1, 10, 11, 12, END, -1, -1, -1]
    assert found.num_input == 1
    goes_on = build_example(np.array([10, 11, 12]), False, "lm", 5, SIZE, 1)
    assert goes_on.x.tolist() == [START, SEG, 10, 11, 12]
    assert goes_on.y.tolist() == [-1, 10, 11, 12, -1]


def test_a_given_prefix_is_kept() -> None:
    found = build_example(np.array([10, 11, 12]), True, "lm", 8, SIZE, 1, prefix=2)
    assert found.x.tolist() == [START, 10, 11, SEG, 12, END, NOT, NOT]
    assert found.y.tolist() == [-1, -1, -1, 12, END, -1, -1, -1]
    assert found.num_input == 3


def test_a_piece_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="4 tokens does not fit into a context of 6"):
        build_example(np.arange(4), True, "lm", 6, SIZE, 1)


def check(tokens: np.ndarray, ends: bool, context: int, seed: int, mode: str) -> tuple[int, int]:
    """Hold an example against the rules; return the prefix's length and the number of masks."""
    found = build_example(tokens, ends, mode, context, SIZE, seed)
    x, y = found.x, found.y
    prefix = found.num_input - 1
    body = tokens[prefix:]
    assert x[0] == START
    assert x[1 + prefix] == SEG
    assert x[2 + prefix : 2 + prefix + len(body)].tolist() == body.tolist()
    rest = x[2 + prefix + len(body) :].tolist()
    assert rest == ([END] if ends else []) + [NOT] * (len(rest) - ends)
    expected = [*body.tolist(), END if ends and (mode != "mlm" or len(body)) else -1]
    assert y[1 + prefix : 2 + prefix + len(body)].tolist() == expected
    assert (y[2 + prefix + len(body) :] == -1).all()
    masked = np.flatnonzero(y[: 1 + prefix] != -1) + 1
    assert y[prefix] == -1, "no target at the last prefix token but from the segmenter on"
    untouched = np.setdiff1d(np.arange(1, prefix + 1), masked)
    assert (x[untouched] == tokens[untouched - 1]).all()
    assert (y[masked - 1] == tokens[masked - 1]).all(), "one place before, the token itself"
    assert (x[masked] < START + 2).all()
    assert abs(len(masked) - min(100, 0.08 * prefix)) < 1 or mode == "mlm"
    assert len(masked) <= 100
    return prefix, len(masked)


@settings(max_examples=300)
@given(
    length=st.integers(1, 300),
    ends=st.booleans(),
    spare=st.integers(0, 20),
    seed=st.integers(0, 2**64 - 1),
    mode=st.sampled_from(["hybrid", "mlm"]),
)
def test_hybrid_and_masked_examples_obey(
    length: int, ends: bool, spare: int, seed: int, mode: str
) -> None:
    tokens = np.random.default_rng(seed % 2**32).integers(0, START, length)
    prefix, masks = check(tokens, ends, length + 2 + ends + spare, seed, mode)
    if mode == "mlm":
        assert prefix == length
        assert masks >= 1
    else:
        assert prefix < length


def test_shares_over_a_thousand_documents() -> None:
    draw = np.random.default_rng(5)
    prefixes = masks = 0
    shown = {"mask": 0, "other": 0, "same": 0}
    cuts = []
    for number in range(1000):
        tokens = draw.integers(0, START, 600)
        seed = example_seed(3, f"{number:032x}", 0)
        found = build_example(tokens, True, "hybrid", 640, SIZE, seed)
        cuts.append((found.num_input - 1) / 600)
        prefixes += found.num_input - 1
        for place in np.flatnonzero(found.y[: found.num_input] != -1) + 1:
            masks += 1
            value = found.x[place]
            kind = "mask" if value == MASK else "same" if value == tokens[place - 1] else "other"
            shown[kind] += 1
    assert masks / prefixes == pytest.approx(0.08, abs=0.002)
    assert shown["mask"] / masks == pytest.approx(0.8, abs=0.02)
    assert shown["other"] / masks == pytest.approx(0.1, abs=0.015)
    assert np.histogram(cuts, 10, (0, 1))[0] == pytest.approx(100, abs=40)


def test_at_most_a_hundred_masks() -> None:
    found = build_example(np.arange(5000) % START, True, "mlm", 5003, SIZE, 7)
    assert (found.y[: found.num_input] != -1).sum() == 100


def test_seeds_hang_on_document_place_and_epoch() -> None:
    seeds = {
        example_seed(seed, name, start, epoch)
        for seed in (0, 1)
        for name in ("0" * 32, "f" * 32)
        for start in (0, 9)
        for epoch in (0, 1)
    }
    assert len(seeds) == 16


def test_tokens_come_back_from_x(small: Vocabulary) -> None:
    tokens = np.array([1, 2, 3, 4])
    for prefix in range(5):
        found = build_example(tokens, True, "lm", 12, len(small), 0, prefix)
        assert rebuild_tokens(found.x, small).tolist() == tokens.tolist()
