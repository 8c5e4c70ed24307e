from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aisle.evaluation.correlation import pearson, ranks, spearman

NUMBERS = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6).map(lambda value: round(value, 4)))
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=40)


def test_ranks_share_the_mean_of_the_places_that_equal_values_span() -> None:
    assert ranks([10, 20, 10]).tolist() == [1.5, 3, 1.5]
    assert ranks([5, 5, 5, 1]).tolist() == [3, 3, 3, 1]
    assert ranks([]).tolist() == []


def test_pearson_by_hand() -> None:
    # Centred: (-1, 0, 1) and (-4, -1, 5); product 9, lengths sqrt(2) and sqrt(42).
    assert pearson([1, 2, 3], [0, 3, 9]) == pytest.approx(9 / math.sqrt(2 * 42), abs=1e-15)


def test_spearman_by_hand_with_a_tie() -> None:
    # Ranks (1, 2, 3, 4) and (1.5, 1.5, 4, 3), centred: product 1.5 + 0.5 + 0.75 + 0.75, lengths sqrt(5), sqrt(4.5).
    assert spearman([1, 2, 3, 4], [7, 7, 9, 8]) == pytest.approx(3.5 / math.sqrt(5 * 4.5), abs=1e-15)


def test_order_is_all_that_spearman_sees() -> None:
    assert spearman([1, 2, 3], [1, 100, 1e9]) == pytest.approx(1, abs=1e-15)
    assert spearman([1, 2, 3], [3, 2, -50]) == pytest.approx(-1, abs=1e-15)


@pytest.mark.parametrize(("a", "b"), [([], []), ([1], [2]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [4, 4, 4])])
def test_undefined_correlations_are_nan(a: list[float], b: list[float]) -> None:
    assert math.isnan(pearson(a, b))
    assert math.isnan(spearman(a, b))


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        pearson([1, 2], [1, 2, 3])


@settings(deadline=None)
@given(PAIRS)
def test_both_agree_with_scipy(pairs: list[tuple[float, float]]) -> None:
    a, b = np.array(pairs).T
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
    # Nearly constant lists make scipy warn; there rounding decides and neither side is right.
    if np.ptp(a) > 1e-3 * np.abs(a).max() and np.ptp(b) > 1e-3 * np.abs(b).max():
        assert pearson(a, b) == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-12)


@settings(deadline=None)
@given(PAIRS)
def test_spearman_ignores_the_order_of_pairs_and_of_the_two_sides(pairs: list[tuple[float, float]]) -> None:
    a, b = np.array(pairs).T
    forward = spearman(a, b)
    assert spearman(b, a) == pytest.approx(forward, abs=1e-12, nan_ok=True)
    assert spearman(a[::-1], b[::-1]) == pytest.approx(forward, abs=1e-12, nan_ok=True)
