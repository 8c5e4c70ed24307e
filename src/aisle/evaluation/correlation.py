"""Pearson and Spearman correlation, ties included. N is the number of pairs of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pearson(a_N: ArrayLike, b_N: ArrayLike) -> float:
    """Linear correlation in [-1, 1]; NaN where either side is constant or there are fewer than two pairs."""
    a_N, b_N = _pair(a_N, b_N)
    if len(a_N) < 2 or np.ptp(a_N) == 0 or np.ptp(b_N) == 0:
        return float("nan")
    a_N, b_N = _unit(a_N), _unit(b_N)
    # Rounding may leave 1.0000000000000002.
    return float(np.clip(a_N @ b_N, -1.0, 1.0))


def spearman(a_N: ArrayLike, b_N: ArrayLike) -> float:
    """Rank correlation in [-1, 1]: Pearson of the ranks, equal numbers sharing their mean rank. NaN as in pearson."""
    a_N, b_N = _pair(a_N, b_N)
    return pearson(ranks(a_N), ranks(b_N))


def ranks(values_N: ArrayLike) -> NDArray[np.float64]:
    """Ranks from 1, lowest first; equal values share the mean of the ranks they span: [10, 20, 10] -> [1.5, 3, 1.5]."""
    _, which_N, counts = np.unique(np.asarray(values_N, np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[which_N], np.float64)


def _pair(a_N: ArrayLike, b_N: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a_N, b_N = np.asarray(a_N, np.float64), np.asarray(b_N, np.float64)
    if a_N.ndim != 1 or a_N.shape != b_N.shape:
        raise ValueError(f"correlation needs two lists of one length, got shapes {a_N.shape} and {b_N.shape}")
    return a_N, b_N


def _unit(values_N: NDArray[Any]) -> NDArray[Any]:
    """Centred and scaled to length 1; scaled down first, so that huge numbers do not overflow when squared."""
    centred_N = values_N - values_N.mean()
    centred_N = centred_N / np.abs(centred_N).max()
    return np.asarray(centred_N / np.linalg.norm(centred_N))
