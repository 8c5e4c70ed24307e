from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.training.batches import Order, forwards, share
from aisle.training.settings import TrainingSettings


@given(st.integers(1, 60), st.integers(1, 16), st.integers(0, 3))
def test_an_epoch_goes_through_every_example_once(count: int, batch_size: int, seed: int) -> None:
    order = Order(count, TrainingSettings(epochs=2, batch_size=batch_size, seed=seed))
    for epoch in range(2):
        steps = range(epoch * order.steps_per_epoch, (epoch + 1) * order.steps_per_epoch)
        seen = np.concatenate([order.examples(step) for step in steps])
        assert sorted(seen.tolist()) == list(range(count))
        assert [order.ends_epoch(step) for step in steps] == [False] * (len(steps) - 1) + [True]


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    order = Order(50, TrainingSettings(epochs=2, batch_size=50))
    other = Order(50, TrainingSettings(epochs=2, batch_size=50, seed=1))
    assert order.examples(0).tolist() != order.examples(1).tolist()
    assert order.examples(0).tolist() != other.examples(0).tolist()


def test_parts_of_epochs_and_limits_of_steps_count() -> None:
    assert Order(100, TrainingSettings(epochs=0.5, batch_size=10)).total_steps == 5
    assert Order(100, TrainingSettings(epochs=3, batch_size=30)).total_steps == 12
    assert Order(100, TrainingSettings(epochs=3, batch_size=30, max_steps=7)).total_steps == 7


def test_a_rest_too_small_for_all_processes_joins_the_batch_before() -> None:
    order = Order(9, TrainingSettings(batch_size=4), processes=2)
    assert [len(order.examples(step)) for step in range(order.steps_per_epoch)] == [4, 5]
    with pytest.raises(UserError, match="shared among 2 processes"):
        Order(1, TrainingSettings(batch_size=4), processes=2)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(1, 200))
def test_passes_hold_every_example_once_within_the_budget(lengths: list[int], budget: int) -> None:
    lengths_N = np.array(lengths)
    passes = forwards(np.arange(len(lengths)), lengths_N, budget)
    assert sorted(np.concatenate(passes).tolist()) == list(range(len(lengths)))
    for examples in passes:
        assert len(examples) == 1 or len(examples) * lengths_N[examples].max() <= budget


@given(st.lists(st.integers(1, 50), min_size=2, max_size=40), st.integers(1, 2))
def test_processes_share_a_batch_out_completely(lengths: list[int], processes: int) -> None:
    shares = [share(np.arange(len(lengths)), np.array(lengths), rank, processes) for rank in range(processes)]
    assert sorted(np.concatenate(shares).tolist()) == list(range(len(lengths)))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
