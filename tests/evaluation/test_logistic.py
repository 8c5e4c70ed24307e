from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from aisle.evaluation.logistic import fit_logistic


def drawn(num_classes: int, *, rows: int = 300, features: int = 12) -> tuple[NDArray[Any], NDArray[Any]]:
    random = np.random.default_rng(num_classes)
    x_ND = random.normal(size=(rows, features)) + 0.5
    scores_NK = x_ND @ random.normal(size=(features, num_classes)) + 3 * random.gumbel(size=(rows, num_classes))
    return x_ND, scores_NK.argmax(axis=1)


def oracle(x_ND: NDArray[Any], y_N: NDArray[Any], strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, tol=1e-10, max_iter=10_000).fit(x_ND, y_N)


@pytest.mark.parametrize("strength", [0.1, 1.0, 7.0])
def test_two_points_by_hand(strength: float) -> None:
    # Rows -1 and 1: the slope of 2 C log(1 + e^-w) + w^2 / 2 vanishes where w (1 + e^w) = 2 C, and no intercept helps.
    fit = fit_logistic(np.array([[-1.0], [1.0]]), ["no", "yes"], [strength], tolerance=1e-12)
    weight = float(fit.weights_PDK[0, 0, 0])
    assert weight * (1 + math.exp(weight)) == pytest.approx(2 * strength, abs=1e-9)
    assert fit.intercepts_PK[0, 0] == pytest.approx(0, abs=1e-12)
    assert fit.predict(np.array([[-2.0], [0.5]])).tolist() == [["no", "yes"]]


def test_the_intercept_is_free_of_the_penalty() -> None:
    # Features that say nothing: the intercept alone must give the shares of the classes, 3 : 1.
    fit = fit_logistic(np.zeros((4, 1)), [1, 1, 1, 0], [1e-3], tolerance=1e-10)
    assert fit.intercepts_PK[0, 0] == pytest.approx(math.log(3), abs=1e-6)


@pytest.mark.parametrize("num_classes", [2, 3, 6])
@pytest.mark.parametrize("strength", [0.05, 1.0, 8.0])
def test_the_optimum_is_the_one_of_scikit_learn(num_classes: int, strength: float) -> None:
    x_ND, y_N = drawn(num_classes)
    fit, known = fit_logistic(x_ND, y_N, [strength], tolerance=1e-9), oracle(x_ND, y_N, strength)
    assert fit.converged
    np.testing.assert_allclose(fit.weights_PDK[0].T, known.coef_, atol=1e-4)
    np.testing.assert_allclose(fit.intercepts_PK[0], known.intercept_, atol=1e-4)
    assert (fit.predict(x_ND)[0] == known.predict(x_ND)).all()


@pytest.mark.parametrize("num_classes", [2, 4])
def test_fits_side_by_side_equal_fits_one_by_one(num_classes: int) -> None:
    x_ND, y_N = drawn(num_classes)
    strengths = [0.01, 4.0, 1.0, 4.0]
    rows_PN = np.random.default_rng(1).random((4, len(x_ND))) < 0.8
    together = fit_logistic(x_ND, y_N, strengths, rows_PN=rows_PN, tolerance=1e-8)
    for p, (strength, rows_N) in enumerate(zip(strengths, rows_PN, strict=True)):
        alone = fit_logistic(x_ND[rows_N], y_N[rows_N], [strength], tolerance=1e-8)
        np.testing.assert_allclose(together.weights_PDK[p], alone.weights_PDK[0], atol=1e-5)
        np.testing.assert_allclose(together.intercepts_PK[p], alone.intercepts_PK[0], atol=1e-5)


def test_float32_features_predict_as_float64_ones_do() -> None:
    x_ND, y_N = drawn(3)
    coarse, fine = fit_logistic(x_ND.astype(np.float32), y_N, [1.0]), fit_logistic(x_ND, y_N, [1.0], tolerance=1e-8)
    assert (coarse.predict(x_ND.astype(np.float32)) == fine.predict(x_ND)).mean() > 0.99


def test_moving_all_features_changes_no_weight() -> None:
    x_ND, y_N = drawn(2)
    here, there = (fit_logistic(x_ND + shift, y_N, [1.0], tolerance=1e-9) for shift in (0, 100))
    np.testing.assert_allclose(here.weights_PDK, there.weights_PDK, atol=1e-6)


def test_steps_that_do_not_suffice_are_reported() -> None:
    x_ND, y_N = drawn(2)
    fit = fit_logistic(x_ND, y_N, [8.0], tolerance=1e-9, max_steps=2)
    assert (fit.steps, fit.converged) == (2, False)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.floats(0.01, 100))
def test_the_gradient_vanishes_at_the_answer(seed: int, num_classes: int, strength: float) -> None:
    random = np.random.default_rng(seed)
    x_ND = random.normal(size=(30, 3)) * random.uniform(0.1, 10)
    y_N = np.concatenate([np.arange(num_classes), random.integers(num_classes, size=30 - num_classes)])
    fit = fit_logistic(x_ND, y_N, [strength], tolerance=1e-6)
    assert fit.converged
    logits_NK = x_ND @ fit.weights_PDK[0] + fit.intercepts_PK[0]
    if num_classes == 2:
        residuals_NK = 1 / (1 + np.exp(-logits_NK)) - y_N[:, None]
    else:
        powers_NK = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
        residuals_NK = powers_NK / powers_NK.sum(axis=1, keepdims=True) - (y_N[:, None] == np.arange(num_classes))
    slope_DK = strength * x_ND.T @ residuals_NK + fit.weights_PDK[0]
    # Centring the features mixes the intercept's slope into the others, hence the room.
    assert np.abs(slope_DK).max() < 1e-5 * strength * 30 * max(1, np.abs(x_ND).max())


@pytest.mark.parametrize(
    ("x", "labels", "strength", "message"),
    [
        (np.ones((2, 1)), [1, 1], 1.0, "two classes"),
        (np.ones((2, 1)), [0, 1, 1], 1.0, "do not fit"),
        (np.ones((2, 1)), [0, 1], 0.0, "must be positive"),
    ],
)
def test_impossible_problems_are_refused(x: NDArray[Any], labels: list[int], strength: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_logistic(x, labels, [strength])


def test_a_problem_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="without rows"):
        fit_logistic(np.ones((2, 1)), [0, 1], [1.0], rows_PN=np.zeros((1, 2), bool))
