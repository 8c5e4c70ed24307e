"""Kneser–Ney by hand, and as a distribution."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.tasks.complete.ngrams import NgramModel

# a b a b a c, as 0 1 0 1 0 2
TOKENS = np.array([0, 1, 0, 1, 0, 2])


def test_bigrams_by_hand() -> None:
    model = NgramModel(TOKENS, 3, order=2)
    # Bigrams: ab 2, ba 2, ac 1; the discount is n1 / (n1 + 2 n2) = 1 / 5.
    # Tokens that a token was seen after: a 1, b 1, c 1; with half a count for each of three tokens: 1.5 / 4.5.
    after_a = np.exp(model.log_probabilities([0]))
    assert after_a[1] == pytest.approx((2 - 0.2) / 3 + 0.2 * 2 / 3 / 3)
    assert after_a[2] == pytest.approx((1 - 0.2) / 3 + 0.2 * 2 / 3 / 3)
    assert after_a[0] == pytest.approx(0.2 * 2 / 3 / 3)


def test_a_history_that_was_never_seen_falls_back_to_its_later_part() -> None:
    model = NgramModel(TOKENS, 3, order=3)
    np.testing.assert_array_equal(model.log_probabilities([2, 0]), model.log_probabilities([0]))
    np.testing.assert_array_equal(model.log_probabilities([0, 1, 2, 0]), model.log_probabilities([2, 0]))


@given(
    tokens=st.lists(st.integers(0, 6), min_size=5, max_size=60),
    context=st.lists(st.integers(0, 6), max_size=5),
    order=st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_every_distribution_sums_to_one_and_leaves_nothing_out(
    tokens: list[int], context: list[int], order: int
) -> None:
    probabilities_V = np.exp(NgramModel(np.array(tokens), 7, order=order).log_probabilities(context).astype(float))
    assert probabilities_V.sum() == pytest.approx(1, abs=1e-5)
    assert (probabilities_V > 0).all()


def test_what_was_seen_often_is_likelier_with_a_longer_history() -> None:
    tokens = np.tile([1, 2, 3, 4, 1, 5], 40)
    long, short = NgramModel(tokens, 6, order=3), NgramModel(tokens, 6, order=2)
    assert long.told(tokens).mean() > short.told(tokens).mean()


def test_rows_go_on_each_by_itself() -> None:
    model = NgramModel(TOKENS, 3, order=3)
    rows = model.after([0, 1])
    rows.select(np.array([0, 0]))
    scores_BV = rows.extend(np.array([[0], [2]]))
    np.testing.assert_array_equal(scores_BV[0], model.log_probabilities([0, 1, 0]))
    np.testing.assert_array_equal(scores_BV[1], model.log_probabilities([0, 1, 2]))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="64 bits"):
        NgramModel(TOKENS, 50_000, order=5)
    with pytest.raises(UserError, match="too few"):
        NgramModel(TOKENS[:2], 3, order=4)


@given(tokens=st.lists(st.integers(0, 6), min_size=8, max_size=80), most=st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_the_frequent_ones_alone_are_a_distribution_too(tokens: list[int], most: int) -> None:
    model = NgramModel(np.array(tokens), 7, order=3).frequent(most)
    for context in ([], tokens[:1], tokens[:2], [6, 6]):
        probabilities_V = np.exp(model.log_probabilities(context).astype(float))
        assert probabilities_V.sum() == pytest.approx(1, abs=1e-5)
        assert (probabilities_V > 0).all()
    assert all(len(keys) <= most for keys, _ in model._orders[1:])


def test_what_is_kept_is_what_was_seen_most() -> None:
    tokens = np.array([0, 1] * 20 + [2, 3])
    full = NgramModel(tokens, 5, order=2)
    kept = full.frequent(2)
    assert np.exp(kept.log_probabilities([0]))[1] > 0.9
    np.testing.assert_array_equal(kept.log_probabilities([2]), kept.log_probabilities([]))
    np.testing.assert_array_equal(full.frequent(100).log_probabilities([2]), full.log_probabilities([2]))


def test_saved_counts_say_the_same(tmp_path: Path) -> None:
    assert NgramModel.load(tmp_path) is None
    model = NgramModel(np.random.default_rng(0).integers(0, 50, 2000), 50, order=4, max_tokens=64)
    model.save(tmp_path)
    again = NgramModel.load(tmp_path)
    assert again is not None
    assert (again.V, again.order, again.max_tokens) == (50, 4, 64)
    for context in ([], [3], [3, 4, 5]):
        np.testing.assert_array_equal(again.log_probabilities(context), model.log_probabilities(context))


@pytest.mark.parametrize("content", [b"", b"PK", b"something else"])
def test_damaged_counts_are_said_to_be(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ngrams.npz").write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        NgramModel.load(tmp_path)
