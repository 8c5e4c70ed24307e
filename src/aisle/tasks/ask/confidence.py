"""From a query's probability, and what it leaves out of the question, to how often such queries are right.

Free of torch.

Legend: N questions, F features.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from aisle.tasks.ask.coverage import Coverage

_LEAST_ANSWERED = 20
_MOST_COUNTED = 3
_STRENGTH = 1.0
_ROUNDS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Confidence:
    """A logistic model of being right. As it stands it gives the probability of the query back."""

    bias: float = 0.0
    probability: float = 1.0
    """Weight of the log odds of the whole query."""
    weakest: float = 0.0
    """Weight of the log probability of the least sure of its symbols."""
    strange: float = 0.0
    """Weight of each word that was never learned from and that the query does not stand for."""
    unused: float = 0.0
    """Weight of each number, time or value of the question that the query does not use."""
    columns: float = 0.0
    """Weight of each column that the question names and the query does not use."""

    def of(self, features_F: NDArray[np.float64]) -> float:
        """The chance, in 0..1, that a query with these features is right."""
        score = float(features_F @ self.weights_F)
        return 1 / (1 + math.exp(-min(max(score, -50.0), 50.0)))

    @property
    def weights_F(self) -> NDArray[np.float64]:
        """All weights, in the order of `features`."""
        return np.array([getattr(self, field.name) for field in fields(self)], np.float64)


def features(probability: float, weakest: float, coverage: Coverage) -> NDArray[np.float64]:
    """What a confidence is about: the probability of a query and of its least sure symbol, and what it leaves out.

    Of what is left out at most three count.
    """
    p = min(max(probability, 1e-9), 1 - 1e-6)
    counts = (min(len(words), _MOST_COUNTED) for words in (coverage.strange, coverage.unused, coverage.columns))
    return np.array([1.0, math.log(p / (1 - p)), math.log(min(max(weakest, 1e-9), 1.0)), *counts], np.float64)


def fitted_confidence(features_NF: NDArray[np.float64], right_N: NDArray[np.bool_]) -> Confidence:
    """The logistic model with the least log loss, drawn a little towards the plain probability (a Gaussian prior of
    variance 1 on each weight). What is left out can only lower a confidence.

    Newton's method (iteratively reweighted least squares); a weight of the wrong sign is set to 0 and the rest fitted
    anew.
    """
    default_F = Confidence().weights_F
    names = [field.name for field in fields(Confidence)]
    free = list(range(len(names)))
    while True:
        weights_F = default_F.copy()
        for _ in range(_ROUNDS):
            score_N = np.clip(features_NF @ weights_F, -50, 50)
            chance_N = 1 / (1 + np.exp(-score_N))
            x_NF = features_NF[:, free]
            slope_F = x_NF.T @ (right_N - chance_N) - _STRENGTH * (weights_F - default_F)[free]
            bend_FF = (x_NF.T * (chance_N * (1 - chance_N))) @ x_NF + _STRENGTH * np.eye(len(free))
            step_F = np.linalg.solve(bend_FF, slope_F)
            weights_F[free] += step_F
            if np.abs(step_F).max() < 1e-8:
                break
        wrong = [n for n in free if names[n] in ("strange", "unused", "columns") and weights_F[n] > 0]
        wrong += [n for n in free if names[n] in ("probability", "weakest") and weights_F[n] < 0]
        if not wrong:
            return Confidence(**dict(zip(names, map(float, weights_F), strict=True)))
        free = [n for n in free if n not in wrong]
        default_F[wrong] = 0.0


def chosen_threshold(confidence_N: NDArray[np.float64], right_N: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence from which on the share of right queries is at least `precision`.

    Where no confidence reaches it, the one with the highest share among those that at least 20 queries have (or all
    queries, if they are fewer).
    """
    order = np.argsort(-confidence_N, kind="stable")
    sorted_N, share_N = confidence_N[order], np.cumsum(right_N[order]) / np.arange(1, len(order) + 1)
    # A threshold takes in all queries of its confidence.
    last_N = np.append(sorted_N[1:] < sorted_N[:-1], True)
    reached = np.flatnonzero(last_N & (share_N >= precision))
    if len(reached):
        return float(sorted_N[reached[-1]])
    enough = np.flatnonzero(last_N & (np.arange(1, len(order) + 1) >= min(_LEAST_ANSWERED, len(order))))
    return float(sorted_N[enough[np.argmax(share_N[enough])]])
