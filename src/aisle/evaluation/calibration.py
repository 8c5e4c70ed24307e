"""Probabilities that mean what they say: one temperature for all logits, a threshold a class, and how far off they are.

Letters: N examples, C classes, G thresholds to choose from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15
LOWEST, HIGHEST = 0.05, 20.0


def probabilities(logits_NC: NDArray[np.float64], temperature: float, *, multi_label: bool) -> NDArray[np.float64]:
    """Softmax of logits / temperature (N, C), or the sigmoid of each where a text may have several classes."""
    scaled_NC = np.asarray(logits_NC, np.float64) / temperature
    if multi_label:
        return np.asarray(np.exp(-np.logaddexp(0, -scaled_NC)), np.float64)
    shifted_NC = scaled_NC - scaled_NC.max(axis=1, keepdims=True)
    powers_NC = np.exp(shifted_NC)
    return np.asarray(powers_NC / powers_NC.sum(axis=1, keepdims=True), np.float64)


def log_loss(
    logits_NC: NDArray[np.float64], truth_NC: NDArray[np.bool_], temperature: float, *, multi_label: bool
) -> float:
    """Mean over examples of -log of the probability given to what is true (of all classes' yes and no together)."""
    scaled_NC = np.asarray(logits_NC, np.float64) / temperature
    if multi_label:
        return float(np.logaddexp(0, np.where(truth_NC, -scaled_NC, scaled_NC)).sum(axis=1).mean())
    high_N = scaled_NC.max(axis=1)
    normalizer_N = high_N + np.log(np.exp(scaled_NC - high_N[:, None]).sum(axis=1))
    return float((normalizer_N - scaled_NC[truth_NC]).mean())


def best_temperature(logits_NC: NDArray[np.float64], truth_NC: NDArray[np.bool_], *, multi_label: bool) -> float:
    """The temperature of least log loss: it changes no decision between classes, only how sure the model says it is.

    Source: Guo et al. 2017 (arXiv 1706.04599). The loss has one minimum over 1 / temperature, found by golden section
    within `LOWEST` and `HIGHEST`: a classifier that is never wrong would ask for 0.
    """
    inverse = _minimum(
        lambda inverse: log_loss(logits_NC, truth_NC, 1 / inverse, multi_label=multi_label), 1 / HIGHEST, 1 / LOWEST
    )
    return 1 / inverse


def _minimum(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley in [low, high] is least, to 1e-5."""
    golden = (np.sqrt(5) - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = of(left), of(right)
    while high - low > 1e-5:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = of(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = of(right)
    return float((low + high) / 2)


def best_thresholds(
    probabilities_NC: NDArray[np.float64], truth_NC: NDArray[np.bool_], *, prior: float = 10.0
) -> NDArray[np.float64]:
    """For each class the probability (C,) from which on to say yes, so that its F1 on these examples is greatest.

    A class with few examples would take a threshold that fits only them. So its counts are mixed with `prior` examples'
    worth of the counts that all classes together have at that threshold: common classes hardly feel it, and a class
    that has no examples at all takes the threshold that is best for all together.
    """
    grid_G = np.arange(0.02, 0.98, 0.01)
    hits_GC = np.array([((probabilities_NC >= least) & truth_NC).sum(axis=0) for least in grid_G], np.float64)
    said_GC = np.array([(probabilities_NC >= least).sum(axis=0) for least in grid_G], np.float64)
    true_C = truth_NC.sum(axis=0).astype(np.float64)
    share = prior / max(true_C.sum(), 1.0)
    pooled_hits_GC = hits_GC + share * hits_GC.sum(axis=1, keepdims=True)
    pooled_said_GC = said_GC + share * said_GC.sum(axis=1, keepdims=True)
    pooled_true_C = true_C + share * true_C.sum()
    f1_GC = 2 * pooled_hits_GC / np.maximum(pooled_said_GC + pooled_true_C, 1e-9)
    return np.asarray(grid_G[f1_GC.argmax(axis=0)], np.float64)


def crossed_macro_f1(probabilities_NC: NDArray[np.float64], truth_NC: NDArray[np.bool_]) -> float:
    """The macro F1 that `best_thresholds` reaches on examples that did not choose them.

    Every second example chooses the thresholds that judge the others, and the other way round.
    """
    says_NC = np.zeros(truth_NC.shape, np.bool_)
    for half, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        says_NC[other] = probabilities_NC[other] >= best_thresholds(probabilities_NC[half], truth_NC[half])
    hits_C = (says_NC & truth_NC).sum(axis=0)
    both_C = says_NC.sum(axis=0) + truth_NC.sum(axis=0)
    return float((2 * hits_C / np.maximum(both_C, 1)).mean())


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """Predictions by how sure they are, and how often they are right."""

    edges: NDArray[np.float64]
    """Borders of the bins, one more than there are bins."""
    counts: NDArray[np.int64]
    """Predictions in each bin."""
    confidence: NDArray[np.float64]
    """Mean probability in each bin; NaN in an empty one."""
    accuracy: NDArray[np.float64]
    """Share that is right in each bin; NaN in an empty one."""

    @property
    def error(self) -> float:
        """The expected calibration error: the mean distance of the two, by the number of predictions."""
        full = self.counts > 0
        gaps = np.abs(self.confidence[full] - self.accuracy[full])
        return float(np.average(gaps, weights=self.counts[full])) if full.any() else 0.0


def reliability(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> Reliability:
    """Predictions with probability `sure` that turned out `right` or not, in `BINS` bins of equal width.

    Source: Naeini et al. 2015 (AAAI, "Obtaining well calibrated probabilities using Bayesian binning").
    """
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.clip(np.digitize(sure, edges[1:-1], right=True), 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(bins, sure, BINS) / counts
        accuracy = np.bincount(bins, right.astype(np.float64), BINS) / counts
    return Reliability(edges=edges, counts=counts, confidence=confidence, accuracy=accuracy)
