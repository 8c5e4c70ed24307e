"""What a ranker learns, and that it is learned the same way every time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from aisle.ranking.features import NAMES
from aisle.ranking.learning import Lists, learn, loss
from aisle.ranking.settings import RankerSettings


def lists(rule: str, *, queries: int = 120, length: int = 20, seed: int = 3) -> Lists:
    """Random candidates; one of each query is relevant, by a rule over two of the features."""
    draw = np.random.default_rng(seed)
    features_RF = draw.random((queries * length, len(NAMES)), np.float32)
    first, second = features_RF[:, NAMES.index("lexical")], features_RF[:, NAMES.index("blended")]
    worth_R = {"sum": first + second, "both": np.where((first > 0.5) == (second > 0.5), 1.0, 0.0) + 0.01 * first}[rule]
    gains_R = np.zeros(len(worth_R), np.float32)
    for start in range(0, len(worth_R), length):
        gains_R[start + int(worth_R[start : start + length].argmax())] = 1
    return Lists(features_RF=features_RF, gains_R=gains_R, starts_Q=np.arange(0, len(worth_R), length))


def first_of(scores_R: NDArray[np.float32], found: Lists) -> float:
    """Share of queries whose relevant candidate comes first."""
    length = len(found.gains_R) // len(found)
    best = scores_R.reshape(-1, length).argmax(axis=1)
    return float((found.gains_R.reshape(-1, length).argmax(axis=1) == best).mean())


SETTINGS = RankerSettings(trees=60, levels=3, rate=0.3, regularisation=1.0)


@pytest.mark.parametrize("rule", ["sum", "both"])
def test_what_makes_a_product_relevant_is_found(rule: str) -> None:
    ranker = learn(lists(rule), SETTINGS, encoder="", about={})
    fresh = lists(rule, seed=4)
    scores_R = ranker.scores(fresh.features_RF)
    assert first_of(scores_R, fresh) > {"sum": 0.4, "both": 0.12}[rule]  # by chance 0.05
    assert loss(fresh, scores_R.astype(np.float64)) < 0.9 * loss(fresh, np.zeros(len(scores_R)))
    asked = {NAMES[place] for place in ranker.features_TL[:5].ravel().tolist()}
    assert {"lexical", "blended"} <= asked


def test_the_loss_of_equal_scores_is_the_logarithm_of_the_length() -> None:
    found = lists("sum", length=20)
    assert loss(found, np.zeros(len(found.gains_R))) == pytest.approx(np.log(20))


def test_the_loss_of_a_small_case_by_hand() -> None:
    found = Lists(
        features_RF=np.zeros((3, len(NAMES)), np.float32),
        gains_R=np.array([1.0, 0.0, 3.0], np.float32),
        starts_Q=np.array([0]),
    )
    scores_R = np.log([2.0, 1.0, 5.0])  # chances 0.25, 0.125, 0.625; targets 0.25, 0, 0.75
    assert loss(found, scores_R) == pytest.approx(-(0.25 * np.log(0.25) + 0.75 * np.log(0.625)))


def test_the_same_input_gives_the_same_ranker() -> None:
    rankers = [learn(lists("sum"), SETTINGS, encoder="", about={}) for _ in range(2)]
    for name in ("features_TL", "thresholds_TL", "leaves_TP", "means_TN"):
        assert np.array_equal(getattr(rankers[0], name), getattr(rankers[1], name))


def test_learning_stops_where_further_trees_do_not_help() -> None:
    draw = np.random.default_rng(0)
    found = lists("sum")
    noise = Lists(features_RF=draw.permutation(found.features_RF), gains_R=found.gains_R, starts_Q=found.starts_Q)
    assert len(learn(noise, RankerSettings(trees=500, rate=0.5), encoder="", about={}).leaves_TP) < 100


def test_features_that_never_differ_are_no_reason_to_fail() -> None:
    found = lists("sum")
    found.features_RF[:, 7] = 1
    found.features_RF[:, 9] = 0
    ranker = learn(found, SETTINGS, encoder="", about={})
    assert np.isfinite(ranker.scores(found.features_RF)).all()


def test_chosen_queries_keep_their_rows() -> None:
    found = lists("sum", queries=5, length=4)
    some = found.of(np.array([1, 3]))
    assert np.array_equal(some.features_RF, np.concatenate([found.features_RF[4:8], found.features_RF[12:16]]))
    assert some.starts_Q.tolist() == [0, 4]


def test_the_blended_score_is_what_there_is_before_any_lesson() -> None:
    blended = NAMES.index("blended")
    found = lists("sum")
    for start in found.starts_Q.tolist():
        rows = found.features_RF[start : start + 20]
        wanted = found.gains_R[start : start + 20] > 0
        rows[:, blended] = np.where(wanted, 0.9, 0.1)
    ranker = learn(found, RankerSettings(trees=1, rate=1e-6), encoder="", about={})
    assert ranker.slope > 5
    assert first_of(ranker.scores(found.features_RF), found) == 1


def test_a_blended_score_that_says_nothing_gets_no_slope() -> None:
    found = lists("sum")
    found.features_RF[:, NAMES.index("blended")] = 0.5
    assert learn(found, RankerSettings(trees=1), encoder="", about={}).slope == pytest.approx(0, abs=0.05)
