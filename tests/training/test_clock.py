"""Runs that are given minutes: the last evaluation is in time, and an interruption does not give the time again."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.training.clock import Clock
from aisle.training.loop import train
from aisle.training.settings import TrainingSettings
from tests.training.toy import SETTINGS, ToyTask


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock to be set by hand."""
    seconds = [100.0]
    monkeypatch.setattr("aisle.training.clock.perf_counter", lambda: seconds[0])
    return seconds


def test_what_an_evaluation_takes_is_kept_back(now: list[float]) -> None:
    clock = Clock(1.0)
    now[0] += 30
    assert clock.elapsed == 30
    # A fiftieth of the minute is kept back for writing files.
    assert clock.way() == pytest.approx(30 / 58.8)
    assert not clock.is_over(28)
    assert clock.is_over(29)
    clock.evaluated(10)
    assert clock.way() == pytest.approx(30 / 43.8)
    assert clock.is_over(14)
    assert not clock.is_over(13)
    now[0] += 40
    assert clock.way() == 1


def test_evaluations_take_a_twentieth_of_the_time_at_most(now: list[float]) -> None:
    clock = Clock(1.0)
    now[0] += 7.4
    assert not clock.is_time_to_evaluate()
    now[0] += 0.2
    assert clock.is_time_to_evaluate()
    clock.evaluated(1.0)
    now[0] += 19
    assert not clock.is_time_to_evaluate()
    now[0] += 1
    assert clock.is_time_to_evaluate()


def test_time_before_the_run_and_before_an_interruption_counts(now: list[float]) -> None:
    clock = Clock(1.0, spent=12)
    assert clock.elapsed == 12
    clock.go_on(40)
    now[0] += 5
    assert clock.elapsed == 45


def test_a_run_ends_by_its_minutes_and_is_evaluated_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = count()
    monkeypatch.setattr("aisle.training.clock.perf_counter", lambda: 0.1 * next(looks))
    settings = replace(SETTINGS, minutes=0.1, schedule="linear")
    result = train(ToyTask(), settings, tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if "loss" in line]
    assert len(steps) == result.steps > 1
    assert [line["step"] for line in lines if "dev" in line][-1] == result.steps
    assert result.metrics["accuracy"] == result.best
    assert steps[-1]["lr"] < 0.2 * max(line["lr"] for line in steps)
    # The time went by in looks at the clock, all of them before its end.
    assert 0.1 * next(looks) <= 6.5


def test_time_that_is_used_up_before_the_first_step_trains_nothing(tmp_path: Path) -> None:
    result = train(ToyTask(), replace(SETTINGS, minutes=0.01), tmp_path / "run", spent=60)
    assert result.steps == 0
    assert "accuracy" in result.metrics


def test_minutes_may_not_be_negative() -> None:
    with pytest.raises(UserError, match="minutes is -1"):
        TrainingSettings(minutes=-1)
