from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.evaluation.folds import stratified_folds


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=5, max_size=80), st.integers(2, 5), st.integers(0, 99))
def test_sizes_and_classes_are_even_to_one_row(labels: list[str], num_folds: int, seed: int) -> None:
    folds_N = stratified_folds(labels, num_folds, seed=seed)
    sizes = [int((folds_N == fold).sum()) for fold in range(num_folds)]
    assert sum(sizes) == len(labels)
    assert max(sizes) - min(sizes) <= 1
    for label in set(labels):
        counts = Counter(folds_N[np.array(labels) == label].tolist())
        per_fold = [counts[fold] for fold in range(num_folds)]
        assert max(per_fold) - min(per_fold) <= 1


def test_the_same_seed_gives_the_same_folds_and_another_seed_others() -> None:
    labels = ["a", "b"] * 20
    assert (stratified_folds(labels, 4, seed=1) == stratified_folds(labels, 4, seed=1)).all()
    assert (stratified_folds(labels, 4, seed=1) != stratified_folds(labels, 4, seed=2)).any()


@pytest.mark.parametrize("num_folds", [1, 4])
def test_folds_that_cannot_be_are_refused(num_folds: int) -> None:
    with pytest.raises(ValueError, match="3 rows cannot be split"):
        stratified_folds(["a", "b", "a"], num_folds, seed=0)
