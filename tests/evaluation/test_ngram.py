"""Kneser–Ney by hand, and as a distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.evaluation.ngram import NgramModel

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
    assert long.mean_log_probability(tokens) > short.mean_log_probability(tokens)


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
