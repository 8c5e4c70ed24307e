from __future__ import annotations

import numpy as np
import pytest

from aisle.suggest.choice import Choices, fit_choice


def choices(sets: list[list[list[float]]], chosen: list[int]) -> Choices:
    lengths = [len(rows) for rows in sets]
    starts_S = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return Choices(
        x_ND=np.array([row for rows in sets for row in rows], float),
        starts_S=starts_S,
        chosen_S=starts_S + np.array(chosen),
        weight_S=np.ones(len(sets)),
    )


def test_the_weight_of_one_feature_by_hand() -> None:
    # Three times of four the alternative with the feature is chosen: e^w / (1 + e^w) = 3/4.
    weights_D = fit_choice(choices([[[1.0], [0.0]]] * 4, [0, 0, 0, 1]), penalty=1e-9)
    assert weights_D == pytest.approx([np.log(3)], abs=1e-5)


def test_known_weights_are_found_again() -> None:
    random = np.random.default_rng(0)
    true_D = np.array([1.5, -0.7, 0.0])
    sets, chosen = [], []
    for _ in range(4000):
        x = random.normal(size=(5, 3))
        sets.append(x.tolist())
        chosen.append(int(np.argmax(x @ true_D + random.gumbel(size=5))))
    assert fit_choice(choices(sets, chosen), penalty=1.0) == pytest.approx(true_D, abs=0.08)


def test_the_gradient_is_nothing_at_the_optimum() -> None:
    random = np.random.default_rng(1)
    sets = [random.normal(size=(int(random.integers(2, 6)), 2)).tolist() for _ in range(50)]
    chosen = [int(random.integers(len(rows))) for rows in sets]
    w_D = fit_choice(choices(sets, chosen), penalty=0.5)
    gradient_D = -0.5 * w_D
    for rows, place in zip(sets, chosen, strict=True):
        x = np.array(rows)
        p = np.exp(x @ w_D)
        gradient_D += x[place] - (p / p.sum()) @ x
    assert np.abs(gradient_D).max() < 1e-4


def test_a_feature_that_decides_everything_stays_finite() -> None:
    weights_D = fit_choice(choices([[[1.0], [0.0]]] * 20, [0] * 20), penalty=1.0)
    assert 0 < weights_D[0] < 10
