"""How likely a place is looked at is found again from what a known habit of looking left behind."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.mining.propensity import ENOUGH, estimate_propensities


def log(looks: list[float], *, pairs: int = 400, shown: int = 60, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Pairs of very different appeal, each shown at three places, the appealing ones higher up."""
    draw = np.random.default_rng(seed)
    appeal_I = np.sort(draw.beta(1, 4, pairs))[::-1]
    rows = []
    for pair, appeal in enumerate(appeal_I):
        usual = 1 + pair * len(looks) // pairs
        places = {min(len(looks), max(1, usual + step)) for step in (-1, 0, 1)}
        rows += [(pair, place, shown, draw.binomial(shown, appeal * looks[place - 1])) for place in places]
    return tuple(np.array(column, np.int64) for column in zip(*rows, strict=True))


@pytest.mark.parametrize("looks", [[1.0, 0.62, 0.46, 0.38, 0.32], [1.0, 1.0, 1.0, 1.0], [1.0, 0.2, 0.9, 0.1]])
def test_looks_are_found_again(looks: list[float]) -> None:
    found = estimate_propensities(*log(looks))
    assert found is not None
    assert found == pytest.approx(looks, rel=0.15, abs=0.02)


def test_the_click_rate_of_places_alone_would_be_wrong() -> None:
    _, place_R, seen_R, engaged_R = log([1.0, 0.62, 0.46, 0.38, 0.32])
    rate_K = np.bincount(place_R - 1, engaged_R) / np.bincount(place_R - 1, seen_R)
    # The ranking puts appealing products first, so that lower places look worse than they are.
    assert rate_K[4] / rate_K[0] < 0.5 * 0.32


def test_one_place_alone_says_nothing() -> None:
    ones = np.ones(3, np.int64)
    assert estimate_propensities(np.arange(3), ones, ones * 1000, ones * 900) is None
    empty = np.zeros(0, np.int64)
    assert estimate_propensities(empty, empty, empty, empty) is None


def test_deep_places_with_few_engagements_take_over_the_last_that_has_enough() -> None:
    pair_R, place_R, seen_R, engaged_R = log([1.0, 0.5])
    more = np.array([0, 1], np.int64)
    found = estimate_propensities(
        np.append(pair_R, more),
        np.append(place_R, [7, 9]),
        np.append(seen_R, [5, 5]),
        np.append(engaged_R, [ENOUGH // 20, 0]),
    )
    assert found is not None
    assert len(found) == 9
    assert (found[2:] == found[2]).all()


def test_a_pair_that_nobody_engaged_with_changes_nothing() -> None:
    arrays = log([1.0, 0.5, 0.25])
    before = estimate_propensities(*arrays)
    pair = arrays[0].max() + 1
    extra = [np.array([pair, pair]), np.array([1, 3]), np.array([500, 500]), np.array([0, 0])]
    after = estimate_propensities(*(np.append(old, new) for old, new in zip(arrays, extra, strict=True)))
    assert before == pytest.approx(after)
