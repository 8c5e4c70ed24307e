"""Logistic regression for frozen features: many fits over the same rows at once, by L-BFGS in plain numpy.

The transfer protocol fits one small classifier for every fold and every strength of regularisation, hundreds in all,
on the same vectors. Taken together their logits are one matrix product, which is why this is several times faster
than fitting one after the other.

Letters: N rows, D features, K columns of logits (one for two classes, else one a class), P problems (fits),
Q = (D + 1) * K parameters of one problem, M steps remembered.

Each problem minimises  C * sum of log-losses over its rows + |W|^2 / 2,  the intercept being free: the optimum of
scikit-learn's `LogisticRegression(C=C)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_REMEMBERED = 10
_ENOUGH_DECREASE = 1e-4


@dataclass(frozen=True, kw_only=True, slots=True)
class LogisticFit:
    """P classifiers over the same classes."""

    classes: NDArray[Any]
    """The labels, sorted."""

    weights_PDK: NDArray[np.float64]
    intercepts_PK: NDArray[np.float64]

    steps: int
    """Steps taken until the last problem converged."""

    converged: bool
    """False where a problem still had a gradient above the tolerance after `max_steps`."""

    def predict(self, x_ND: NDArray[Any]) -> NDArray[Any]:
        """The most probable label of every row by every classifier, of shape (P, N)."""
        weights_PDK = self.weights_PDK.astype(x_ND.dtype)
        logits_PNK = x_ND @ weights_PDK + self.intercepts_PK[:, None, :].astype(x_ND.dtype)
        if logits_PNK.shape[2] == 1:
            return np.asarray(self.classes[(logits_PNK[:, :, 0] > 0).astype(np.intp)])
        return np.asarray(self.classes[logits_PNK.argmax(axis=2)])


def fit_logistic(
    x_ND: NDArray[Any],
    labels_N: ArrayLike,
    strengths_P: ArrayLike,
    *,
    rows_PN: NDArray[np.bool_] | None = None,
    tolerance: float = 1e-4,
    max_steps: int = 1000,
) -> LogisticFit:
    """Fit P classifiers, the p-th with C = `strengths_P[p]` on the rows where `rows_PN[p]` is true (all by default).

    Products are taken in the dtype of `x_ND`. A problem is done when no entry of the gradient of its mean loss exceeds
    `tolerance`. Raises ValueError for shapes that do not fit, a C that is not positive, or fewer than two classes.
    """
    classes, y_N = np.unique(np.asarray(labels_N), return_inverse=True)
    strengths_P = np.atleast_1d(np.asarray(strengths_P, np.float64))
    if x_ND.ndim != 2 or len(x_ND) != len(y_N):
        raise ValueError(f"{len(y_N)} labels do not fit features of shape {x_ND.shape}")
    if len(classes) < 2:
        raise ValueError(f"a classifier needs at least two classes; the labels are all {classes.tolist()}")
    if not (strengths_P > 0).all():
        raise ValueError(f"C must be positive, got {strengths_P.tolist()}")
    if rows_PN is None:
        rows_PN = np.ones((len(strengths_P), len(x_ND)), bool)
    if not rows_PN.any(axis=1).all():
        raise ValueError("a problem without rows cannot be fitted")

    # The intercept is free, so moving the origin moves nothing but the intercept; it makes the problem rounder.
    centre_D = x_ND.mean(axis=0)
    problems = _Problems(
        x_ND=x_ND - centre_D,
        y_N=y_N,
        num_logits=1 if len(classes) == 2 else len(classes),
        rows_NP=np.ascontiguousarray(rows_PN.T),
        penalty_P=1 / (strengths_P * rows_PN.sum(axis=1)),
    )
    solved_PQ, steps, converged = _minimise(problems, tolerance=tolerance, max_steps=max_steps)
    weights_PDK, intercepts_PK = problems.split(solved_PQ)
    intercepts_PK = intercepts_PK - np.einsum("d,pdk->pk", centre_D, weights_PDK)
    return LogisticFit(
        classes=classes, weights_PDK=weights_PDK, intercepts_PK=intercepts_PK, steps=steps, converged=converged
    )


@dataclass(kw_only=True, slots=True)
class _Problems:
    """The loss of every problem and its gradient, by one product for all of them."""

    x_ND: NDArray[Any]
    y_N: NDArray[np.intp]
    num_logits: int
    rows_NP: NDArray[np.bool_]
    penalty_P: NDArray[np.float64]

    def split(self, parameters_PQ: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        parameters = parameters_PQ.reshape(len(parameters_PQ), self.x_ND.shape[1] + 1, self.num_logits)
        return parameters[:, :-1], parameters[:, -1]

    def value_and_gradient(
        self, parameters_PQ: NDArray[Any], which: NDArray[np.intp]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Mean loss plus penalty of the problems `which`, (P,), and its gradient, (P, Q)."""
        (num_rows, num_features), num_problems, dtype = self.x_ND.shape, len(which), self.x_ND.dtype
        weights_PDK, intercepts_PK = self.split(parameters_PQ)
        stacked_DC = np.moveaxis(weights_PDK, 0, 1).reshape(num_features, -1).astype(dtype)
        logits_NPK = (self.x_ND @ stacked_DC).reshape(num_rows, num_problems, -1) + intercepts_PK.astype(dtype)
        losses_NP, residuals_NPK = self._losses(logits_NPK)

        rows_NP = self.rows_NP[:, which]
        num_used_P = rows_NP.sum(axis=0)
        residuals_NPK *= rows_NP[:, :, None]
        losses_P = np.where(rows_NP, losses_NP, 0).sum(axis=0, dtype=np.float64) / num_used_P
        slopes_DC = self.x_ND.T @ residuals_NPK.reshape(num_rows, -1)
        slopes_PDK = np.moveaxis(slopes_DC.reshape(num_features, num_problems, -1), 1, 0).astype(np.float64)
        level_PK = residuals_NPK.sum(axis=0, dtype=np.float64)

        penalty_P = self.penalty_P[which]
        values_P = losses_P + penalty_P * np.square(weights_PDK).sum(axis=(1, 2)) / 2
        gradients = np.concatenate([slopes_PDK, level_PK[:, None, :]], axis=1) / num_used_P[:, None, None]
        gradients[:, :-1] += penalty_P[:, None, None] * weights_PDK
        return values_P, gradients.reshape(num_problems, -1)

    def _losses(self, logits_NPK: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The log-loss of each row, and its derivative by the logits."""
        if self.num_logits == 1:
            positive_N1 = self.y_N[:, None].astype(logits_NPK.dtype)
            logits_NP = logits_NPK[:, :, 0]
            shrunk_NP = np.exp(-np.abs(logits_NP))
            losses_NP = np.log1p(shrunk_NP) + np.maximum(logits_NP, 0) - positive_N1 * logits_NP
            probability_NP = np.where(logits_NP >= 0, 1, shrunk_NP) / (1 + shrunk_NP)
            return losses_NP, (probability_NP - positive_N1)[:, :, None]
        logits_NPK = logits_NPK - logits_NPK.max(axis=2, keepdims=True)
        powers_NPK = np.exp(logits_NPK)
        sums_NP = powers_NPK.sum(axis=2)
        rows = np.arange(len(self.y_N))
        losses_NP = np.log(sums_NP) - logits_NPK[rows, :, self.y_N]
        powers_NPK /= sums_NP[:, :, None]
        powers_NPK[rows, :, self.y_N] -= 1
        return losses_NP, powers_NPK


def _minimise(problems: _Problems, *, tolerance: float, max_steps: int) -> tuple[NDArray[np.float64], int, bool]:
    """L-BFGS (Nocedal and Wright, algorithm 7.5) on all problems in step; a solved one drops out."""
    num_problems = len(problems.penalty_P)
    solved_PQ = np.zeros((num_problems, (problems.x_ND.shape[1] + 1) * problems.num_logits))
    live = np.arange(num_problems)
    at_PQ = solved_PQ.copy()
    value_P, slope_PQ = problems.value_and_gradient(at_PQ, live)
    moves_MPQ, turns_MPQ = np.empty((2, 0, *at_PQ.shape))
    for step in range(max_steps + 1):
        done_P = np.abs(slope_PQ).max(axis=1) <= tolerance
        if done_P.any() or step == max_steps:
            solved_PQ[live] = at_PQ
            if done_P.all() or step == max_steps:
                return solved_PQ, step, bool(done_P.all())
            live, at_PQ, value_P, slope_PQ = live[~done_P], at_PQ[~done_P], value_P[~done_P], slope_PQ[~done_P]
            moves_MPQ, turns_MPQ = moves_MPQ[:, ~done_P], turns_MPQ[:, ~done_P]
        way_PQ = _direction(slope_PQ, moves_MPQ, turns_MPQ)
        new_PQ, value_P, new_slope_PQ = _search(problems, live, at_PQ, value_P, slope_PQ, way_PQ)
        moves_MPQ = np.concatenate([moves_MPQ[-(_REMEMBERED - 1) :], (new_PQ - at_PQ)[None]])
        turns_MPQ = np.concatenate([turns_MPQ[-(_REMEMBERED - 1) :], (new_slope_PQ - slope_PQ)[None]])
        at_PQ, slope_PQ = new_PQ, new_slope_PQ
    raise AssertionError("the last step returns")


def _direction(slope_PQ: NDArray[Any], moves_MPQ: NDArray[Any], turns_MPQ: NDArray[Any]) -> NDArray[Any]:
    """Where to go from here: minus the gradient times an inverse Hessian that the remembered steps suggest."""
    if not len(moves_MPQ):
        return np.asarray(-slope_PQ / np.maximum(np.linalg.norm(slope_PQ, axis=1, keepdims=True), 1))
    way_PQ = -slope_PQ
    bends_MP = np.einsum("mpq,mpq->mp", moves_MPQ, turns_MPQ)
    # Rounding can make a step too short to say anything about the curvature: weight zero forgets it.
    inverse_MP = np.divide(1, bends_MP, out=np.zeros_like(bends_MP), where=bends_MP > 0)
    shares = []
    for move_PQ, turn_PQ, inverse_P in zip(moves_MPQ[::-1], turns_MPQ[::-1], inverse_MP[::-1], strict=True):
        share_P = inverse_P * np.einsum("pq,pq->p", move_PQ, way_PQ)
        way_PQ = way_PQ - share_P[:, None] * turn_PQ
        shares.append(share_P)
    turned_P = np.einsum("pq,pq->p", turns_MPQ[-1], turns_MPQ[-1])
    scale_P = np.divide(bends_MP[-1], turned_P, out=np.ones_like(turned_P), where=bends_MP[-1] > 0)
    way_PQ = way_PQ * scale_P[:, None]
    for move_PQ, turn_PQ, inverse_P, share_P in zip(moves_MPQ, turns_MPQ, inverse_MP, shares[::-1], strict=True):
        back_P = inverse_P * np.einsum("pq,pq->p", turn_PQ, way_PQ)
        way_PQ = way_PQ + (share_P - back_P)[:, None] * move_PQ
    return np.asarray(way_PQ)


def _search(
    problems: _Problems,
    live: NDArray[np.intp],
    at_PQ: NDArray[Any],
    value_P: NDArray[Any],
    slope_PQ: NDArray[Any],
    way_PQ: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Halve the step of each problem until its loss falls enough (Armijo). Returns place, value and gradient."""
    fall_P = np.einsum("pq,pq->p", slope_PQ, way_PQ)
    length_P = np.ones(len(live))
    new_PQ = at_PQ + way_PQ
    new_value_P, new_slope_PQ = problems.value_and_gradient(new_PQ, live)
    # Below the rounding of the products a fall cannot be seen.
    noise_P = 8 * np.finfo(problems.x_ND.dtype).eps * np.abs(value_P)
    for _ in range(40):
        short = np.flatnonzero(new_value_P > value_P + _ENOUGH_DECREASE * length_P * fall_P + noise_P)
        if not len(short):
            break
        length_P[short] /= 2
        new_PQ[short] = at_PQ[short] + length_P[short, None] * way_PQ[short]
        new_value_P[short], new_slope_PQ[short] = problems.value_and_gradient(new_PQ[short], live[short])
    return new_PQ, new_value_P, new_slope_PQ
