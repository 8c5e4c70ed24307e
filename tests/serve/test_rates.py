"""A client may burst, then goes on at a steady rate; it never costs another one anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.serve.rates import MOST_CLIENTS, RateLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_one_a_period() -> None:
    clock = Clock()
    limit = RateLimit(2.0, 3, clock=clock)
    assert [limit.wait("a") for _ in range(3)] == [0, 0, 0]
    assert limit.wait("a") == pytest.approx(0.5)
    clock.now = 0.25
    assert limit.wait("a") == pytest.approx(0.25)
    clock.now = 0.5
    assert limit.wait("a") == 0
    assert limit.wait("a") > 0
    clock.now = 100
    assert [limit.wait("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_clients_are_apart_and_only_so_many_are_remembered() -> None:
    limit = RateLimit(1.0, 1, clock=Clock())
    assert limit.wait("first") == 0
    assert limit.wait("first") > 0
    for number in range(MOST_CLIENTS):
        assert limit.wait(str(number)) == 0
    assert limit.wait("first") == 0


@given(st.lists(st.floats(0, 3), max_size=60))
def test_no_more_pass_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    clock = Clock()
    limit = RateLimit(2.0, 5, clock=clock)
    passed = 0
    for pause in pauses:
        clock.now += pause
        passed += limit.wait("a") == 0
    assert passed <= 5 + 2.0 * clock.now + 1e-6
