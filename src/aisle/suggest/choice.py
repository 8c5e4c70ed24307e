"""Which of several alternatives is chosen: conditional logit, fitted by Newton's method.

The probability of alternative i of a set is e^(w x_i) over the sum of e^(w x_j). The loss is convex, there are a dozen
features, and each step solves one small system of equations, so a handful of steps reach the optimum.

Source: D. McFadden, "Conditional logit analysis of qualitative choice behavior", 1974, equations 12 to 19.

Letters: N alternatives of all sets, D features, S sets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAX_STEPS = 50
_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Sets of alternatives, one behind the other."""

    x_ND: NDArray[np.float64]
    """Features of the alternatives."""
    starts_S: NDArray[np.int64]
    """Where each set begins; ascending, the first at 0, none empty."""
    chosen_S: NDArray[np.int64]
    """The row of the alternative that was chosen."""
    weight_S: NDArray[np.float64]
    """How much each set counts."""


def fit_choice(choices: Choices, *, penalty: float) -> NDArray[np.float64]:
    """Weights (D,) that make the choices likeliest, less `penalty` / 2 times their squares, per unit of weight."""
    features = choices.x_ND.shape[1]
    w_D = np.zeros(features)
    lengths_S = np.diff(np.append(choices.starts_S, len(choices.x_ND)))
    assert lengths_S.min(initial=1) > 0, "a set of alternatives is empty"
    chosen_D = (choices.weight_S[:, None] * choices.x_ND[choices.chosen_S]).sum(axis=0)
    ridge = penalty * np.eye(features)
    value = -np.inf
    step_D = np.zeros(features)
    for _ in range(_MAX_STEPS):
        new_value, p_N = _likelihood(choices, lengths_S, w_D + step_D, penalty)
        halvings = 0
        while new_value < value and halvings < 30:
            step_D, halvings = step_D / 2, halvings + 1
            new_value, p_N = _likelihood(choices, lengths_S, w_D + step_D, penalty)
        if new_value - value < _TOLERANCE * (1 + abs(new_value)) and np.isfinite(value):
            break
        w_D, value = w_D + step_D, new_value
        weighted_N = p_N * np.repeat(choices.weight_S, lengths_S)
        gradient_D = chosen_D - weighted_N @ choices.x_ND - penalty * w_D
        mean_SD = np.add.reduceat(p_N[:, None] * choices.x_ND, choices.starts_S)
        hessian_DD = (weighted_N[:, None] * choices.x_ND).T @ choices.x_ND
        hessian_DD -= (choices.weight_S[:, None] * mean_SD).T @ mean_SD
        step_D = np.linalg.solve(hessian_DD + ridge, gradient_D)
    return w_D


def _likelihood(
    choices: Choices, lengths_S: NDArray[np.int64], w_D: NDArray[np.float64], penalty: float
) -> tuple[float, NDArray[np.float64]]:
    logits_N = choices.x_ND @ w_D
    logits_N -= np.repeat(np.maximum.reduceat(logits_N, choices.starts_S), lengths_S)
    powers_N = np.exp(logits_N)
    sums_S = np.add.reduceat(powers_N, choices.starts_S)
    value = float(choices.weight_S @ (logits_N[choices.chosen_S] - np.log(sums_S))) - penalty / 2 * float(w_D @ w_D)
    return value, powers_N / np.repeat(sums_S, lengths_S)
