from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.training.schedule import share_after, share_of_learning_rate
from aisle.training.settings import TrainingSettings


def shares(schedule: str, total: int = 10, warmup: float = 0.2) -> list[float]:
    settings = TrainingSettings(schedule=schedule, warmup=warmup)  # type: ignore[arg-type]
    return [round(share_of_learning_rate(settings, step, total), 6) for step in range(total)]


def test_linear_rises_over_the_warm_up_and_falls_to_nothing() -> None:
    assert shares("linear") == [0.5, 1.0, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]


def test_constant_stays_after_the_warm_up() -> None:
    assert shares("constant") == [0.5, *[1.0] * 9]
    assert shares("constant", warmup=0) == [1.0] * 10


def test_cosine_passes_the_middle_half_way_down() -> None:
    falling = shares("cosine", total=10, warmup=0)
    assert falling[0] == 1
    assert falling[5] == pytest.approx(0.5)
    assert falling[9] == pytest.approx((1 + -0.951057) / 2, abs=1e-6)


def test_one_cycle_rises_in_a_half_cosine() -> None:
    assert shares("one-cycle", total=10, warmup=0.4)[:4] == pytest.approx([0.146447, 0.5, 0.853553, 1.0], abs=1e-6)


@given(st.sampled_from(["linear", "cosine", "one-cycle", "constant"]), st.integers(1, 300), st.floats(0, 1), st.data())
def test_every_share_is_above_nothing_and_at_most_whole(
    schedule: str, total: int, warmup: float, data: st.DataObject
) -> None:
    settings = replace(TrainingSettings(), schedule=schedule, warmup=warmup)
    assert 0 < share_of_learning_rate(settings, data.draw(st.integers(0, total - 1)), total) <= 1


@pytest.mark.parametrize("schedule", ["linear", "cosine", "one-cycle", "constant"])
def test_over_time_it_is_what_it_is_over_many_steps(schedule: str) -> None:
    settings = TrainingSettings(schedule=schedule, warmup=0.2)  # type: ignore[arg-type]
    for step in range(1, 10_000, 97):
        by_steps = share_of_learning_rate(settings, step, 10_000)
        assert share_after(settings, step / 10_000) == pytest.approx(max(by_steps, 1e-3), abs=2e-3)
    assert share_after(settings, 1.0) == (1.0 if schedule == "constant" else 1e-3)
