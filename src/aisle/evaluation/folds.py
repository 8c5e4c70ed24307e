"""Splitting rows into folds, every class spread evenly over them. N is the number of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def stratified_folds(labels_N: ArrayLike, num_folds: int, *, seed: int) -> NDArray[np.intp]:
    """The fold, from 0, that each row is tested in; a pure function of its arguments.

    Each class is shuffled and dealt out in turn, the next class going on where the last one stopped: the folds differ
    in size by at most one, and so does each class within them. Raises ValueError where there are fewer rows than folds.
    """
    classes_N = np.unique(np.asarray(labels_N), return_inverse=True)[1]
    if not 2 <= num_folds <= len(classes_N):
        raise ValueError(f"{len(classes_N)} rows cannot be split into {num_folds} folds of at least one row")
    shuffled_N = np.random.default_rng(seed).permutation(len(classes_N))
    dealt_N = shuffled_N[np.argsort(classes_N[shuffled_N], kind="stable")]
    folds_N = np.empty(len(classes_N), np.intp)
    folds_N[dealt_N] = np.arange(len(classes_N)) % num_folds
    return folds_N
