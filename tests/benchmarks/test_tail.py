"""The simulation of waiting against what queueing theory knows."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.tail import answered, simulate


@pytest.mark.parametrize("load", [0.3, 0.6])
def test_random_times_wait_as_the_formula_says(load: float) -> None:
    """M/M/1: a mean of 1 / (service rate - arrival rate)."""
    random = np.random.default_rng(1)
    took_Q = answered(random.exponential(10.0, size=200_000), load, 300_000, random)
    assert took_Q.mean() == pytest.approx(10 / (1 - load), rel=0.05)


def test_equal_times_wait_as_the_formula_says() -> None:
    """M/D/1: half the wait of random times (Pollaczek and Khinchine)."""
    took_Q = answered(np.full(3, 10.0), 0.5, 300_000, np.random.default_rng(2))
    assert took_Q.mean() == pytest.approx(15.0, rel=0.03)
    assert took_Q.min() == 10.0


def test_more_shards_are_slower_and_hedging_helps_the_tail() -> None:
    random = np.random.default_rng(3)
    samples = np.exp(random.normal(3, 0.5, size=5_000))
    one, _ = simulate(samples, 1, 0.3, 20_000, random)
    many, hedged = simulate(samples, 32, 0.3, 20_000, random)
    assert np.percentile(many, 50) > 2 * np.percentile(one, 50)
    assert np.percentile(hedged, 99) < np.percentile(many, 99)
