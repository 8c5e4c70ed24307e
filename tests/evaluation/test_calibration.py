from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aisle.evaluation.calibration import (
    HIGHEST,
    LOWEST,
    best_temperature,
    best_thresholds,
    crossed_macro_f1,
    log_loss,
    probabilities,
    reliability,
)


def drawn(random: np.random.Generator, logits_NC: np.ndarray) -> np.ndarray:
    """What is true, drawn with the probabilities that the logits say."""
    chances = probabilities(logits_NC, 1.0, multi_label=False)
    classes = [random.choice(logits_NC.shape[1], p=row) for row in chances]
    return np.eye(logits_NC.shape[1], dtype=bool)[classes]


@given(arrays(np.float64, (3, 4), elements=st.floats(-800, 800)), st.floats(0.05, 20))
def test_probabilities_are_probabilities(logits_NC: np.ndarray, temperature: float) -> None:
    found_NC = probabilities(logits_NC, temperature, multi_label=False)
    np.testing.assert_allclose(found_NC.sum(axis=1), 1)
    # No order is turned round, though near ones may become the same.
    np.testing.assert_array_equal(found_NC[np.arange(3), logits_NC.argmax(axis=1)], found_NC.max(axis=1))
    each_NC = probabilities(logits_NC, temperature, multi_label=True)
    assert ((each_NC >= 0) & (each_NC <= 1)).all()


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found_again(true_temperature: float) -> None:
    random = np.random.default_rng(0)
    logits_NC = random.normal(size=(6_000, 5)) * 2
    truth_NC = drawn(random, logits_NC)
    found = best_temperature(logits_NC * true_temperature, truth_NC, multi_label=False)
    assert found == pytest.approx(true_temperature, rel=0.06)
    yes_NC = random.random((6_000, 5)) < probabilities(logits_NC, 1.0, multi_label=True)
    assert best_temperature(logits_NC * true_temperature, yes_NC, multi_label=True) == pytest.approx(
        true_temperature, rel=0.06
    )


def test_calibration_lowers_log_loss_and_calibration_error_and_moves_no_decision() -> None:
    random = np.random.default_rng(1)
    logits_NC = random.normal(size=(4_000, 3)) * 2
    truth_NC = drawn(random, logits_NC)
    sharp_NC = logits_NC * 4
    temperature = best_temperature(sharp_NC, truth_NC, multi_label=False)
    assert log_loss(sharp_NC, truth_NC, temperature, multi_label=False) < log_loss(
        sharp_NC, truth_NC, 1.0, multi_label=False
    )
    errors = []
    for t in (1.0, temperature):
        chances_NC = probabilities(sharp_NC, t, multi_label=False)
        right_N = truth_NC[np.arange(len(truth_NC)), chances_NC.argmax(axis=1)]
        errors.append(reliability(chances_NC.max(axis=1), right_N).error)
    assert errors[1] < 0.03 < 0.1 < errors[0]


def test_a_classifier_that_is_never_wrong_has_a_temperature_within_bounds() -> None:
    truth_NC = np.eye(2, dtype=bool)[[0, 1, 0, 1]]
    assert best_temperature(np.where(truth_NC, 1.0, -1.0), truth_NC, multi_label=False) == pytest.approx(LOWEST, 0.01)
    assert best_temperature(np.where(truth_NC, -1.0, 1.0), truth_NC, multi_label=False) == pytest.approx(HIGHEST, 0.01)


def test_thresholds_make_f1_greatest_and_rare_classes_take_that_of_all() -> None:
    random = np.random.default_rng(2)
    truth_NC = random.random((4_000, 3)) < (0.3, 0.3, 0.0)
    # The first class is told apart at 0.2, the second at 0.7, the third has no examples at all.
    chances_NC = np.where(truth_NC, (0.25, 0.8, 0.5), (0.15, 0.6, 0.05))
    thresholds_C = best_thresholds(chances_NC, truth_NC)
    assert 0.15 < thresholds_C[0] <= 0.25
    assert 0.6 < thresholds_C[1] <= 0.8
    assert 0 < thresholds_C[2] < 1


def test_f1_on_examples_that_did_not_choose_the_thresholds() -> None:
    random = np.random.default_rng(3)
    truth_NC = random.random((600, 2)) < 0.3
    told_NC = np.where(truth_NC, 0.6, 0.1)
    assert crossed_macro_f1(told_NC, truth_NC) == pytest.approx(1)
    # Of noise, saying yes to all has the best F1: twice the share over one plus it.
    assert crossed_macro_f1(random.random((600, 2)), truth_NC) == pytest.approx(0.6 / 1.3, abs=0.03)


def test_reliability_by_hand() -> None:
    sure = np.array([0.95, 0.97, 0.99, 0.5])
    curve = reliability(sure, np.array([True, True, False, True]))
    assert curve.counts.sum() == 4
    assert curve.counts[-1] == 3
    assert curve.accuracy[-1] == pytest.approx(2 / 3)
    assert curve.error == pytest.approx((3 * abs(0.97 - 2 / 3) + 0.5) / 4)
    assert reliability(np.zeros(0), np.zeros(0, bool)).error == 0
    assert reliability(np.array([0.0, 1.0]), np.array([False, True])).error == 0
