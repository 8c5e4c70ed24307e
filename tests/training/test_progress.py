from __future__ import annotations

import io

import pytest
from rich.console import Console

from aisle.training.progress import Bar, Lines, Unwatched, bars, training_progress


def test_a_bar_shows_step_loss_speed_and_time_left() -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=120, highlight=False, no_color=True)
    with bars(console) as drawn:
        watcher = Bar(console, drawn)
        watcher.say("f32, [2] threads")
        watcher.step(3, 10, 0.12345, 1234.5)
        drawn.refresh()
    shown = text.getvalue()
    assert "f32, [2] threads" in shown
    assert "3/10" in shown
    assert "loss 0.1235" in shown
    assert "1,234 tokens/s" in shown
    assert "left" in shown


def test_without_a_terminal_only_lines_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    with training_progress() as watcher:
        assert isinstance(watcher, Lines)
        watcher.say("step 3: spearman 80")
        watcher.step(1, 2, 0.5, 10.0)
    captured = capsys.readouterr()
    assert captured.err == "step 3: spearman 80\n"
    assert captured.out == ""


def test_nothing_is_written_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    with training_progress(shown=False) as watcher:
        assert isinstance(watcher, Unwatched)
        watcher.say("hello")
        watcher.step(1, 2, 0.5, 10.0)
    assert capsys.readouterr() == ("", "")
