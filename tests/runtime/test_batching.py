from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.runtime.batching import equal_length_batches

LENGTHS = st.lists(st.integers(1, 40), max_size=60)


@given(LENGTHS, st.integers(1, 100))
def test_every_text_is_in_exactly_one_batch(lengths: list[int], budget: int) -> None:
    batches = list(equal_length_batches(np.array(lengths, np.int64), budget))
    assert sorted(int(index) for batch in batches for index in np.unique(batch)) == list(range(len(lengths)))


@given(st.integers(1, 300), st.integers(1, 20), st.integers(1, 200))
def test_batches_of_one_length_have_few_sizes_and_little_is_computed_twice(
    texts: int, length: int, budget: int
) -> None:
    sizes = [len(batch) for batch in equal_length_batches(np.full(texts, length), budget)]
    full = max(1, budget // length)
    assert set(sizes) <= {full, *(1 << power for power in range(9) if 1 << power < full)}
    assert sum(sizes) - texts <= max(sizes) / 4
    assert len(sizes) <= texts // full + full.bit_length()


@given(LENGTHS, st.integers(1, 100))
def test_a_batch_has_one_length_and_keeps_to_the_budget(lengths: list[int], budget: int) -> None:
    for batch in equal_length_batches(np.array(lengths, np.int64), budget):
        assert len({lengths[index] for index in batch}) == 1
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= budget


def test_the_longest_come_first() -> None:
    batches = list(equal_length_batches(np.array([3, 9, 3, 5], np.int64), 100))
    assert [batch.tolist() for batch in batches] == [[1], [3], [0, 2]]


def test_a_budget_of_nothing_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        list(equal_length_batches(np.array([3], np.int64), 0))
