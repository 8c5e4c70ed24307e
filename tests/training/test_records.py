from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.training.curves import draw_curves, smoothed
from aisle.training.loop import TrainingResult
from aisle.training.records import Records
from aisle.training.settings import TrainingSettings


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.add(step=1, loss=0.5)
    records.add(step=1, dev={"spearman": 80.0})
    records.add(step=2, loss=0.25)
    with records.metrics_file.open("a") as file:
        file.write('{"step": 3, "lo')
    assert [line["step"] for line in records.metrics()] == [1, 1, 2]
    records.rewind(1)
    assert records.metrics() == [{"step": 1, "loss": 0.5}, {"step": 1, "dev": {"spearman": 80.0}}]
    records.add(step=2, loss=0.125)
    assert records.metrics()[-1] == {"step": 2, "loss": 0.125}


def test_a_run_says_what_it_is_and_how_it_ended(tmp_path: Path) -> None:
    records = Records(tmp_path / "run")
    records.begin(TrainingSettings(), {"encoder": "toy", "range": (0, 1)}, "f32 and so on")
    facts = records.read()
    assert facts["status"] == "running"
    assert facts["settings"]["learning_rate"] == 2e-5
    assert facts["about"] == {"encoder": "toy", "range": [0, 1]}
    assert set(facts["versions"]) == {"aisle", "torch", "numpy", "python"}
    # The same again goes on; another encoder does not.
    records.begin(TrainingSettings(), {"encoder": "toy", "range": (0, 1)}, "f32 and so on")
    with pytest.raises(UserError, match=r"encoder 'toy' there and 'minilm' now"):
        records.begin(TrainingSettings(), {"encoder": "minilm", "range": (0, 1)}, "f32 and so on")
    records.end("finished", {"steps": 3})
    assert records.read()["result"] == {"steps": 3}
    assert records.read()["started"] == facts["started"]


def test_a_directory_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("of great worth")
    with pytest.raises(UserError, match="is not empty and holds no run"):
        Records(tmp_path).begin(TrainingSettings(), {}, "f32")
    with pytest.raises(UserError, match="choose a directory"):
        Records(tmp_path / "thesis.txt" / "run").begin(TrainingSettings(), {}, "f32")


def test_smoothing_starts_at_the_first_number_and_follows() -> None:
    assert smoothed(np.array([4.0])).tolist() == [4.0]
    assert smoothed(np.full(50, 3.0)).tolist() == pytest.approx([3.0] * 50)
    falling = smoothed(np.array([4.0, 2.0]))
    assert falling[1] == pytest.approx((4 * 0.98 * 0.02 + 2 * 0.02) / (0.98 * 0.02 + 0.02))


def test_curves_are_drawn_with_and_without_dev_metrics(tmp_path: Path) -> None:
    steps = [{"step": step, "loss": 1 / step, "lr": 0.1} for step in range(1, 9)]
    draw_curves(steps, tmp_path / "plain.png")
    draw_curves([*steps, {"step": 8, "dev": {"spearman": 80.0}}], tmp_path / "dev.png", best_step=8)
    sizes = [(tmp_path / name).stat().st_size for name in ("plain.png", "dev.png")]
    assert sizes[1] > sizes[0] > 1000


def test_the_page_of_learning_names_every_part_of_the_records() -> None:
    page = (Path(__file__).parents[2] / "docs" / "learning.md").read_text()
    for field in dataclasses.fields(TrainingResult):
        assert re.search(rf"`[^`]*\b{field.name}\b[^`]*`", page), field.name
    for name in (
        "settings",
        "about",
        "precision",
        "command",
        "versions",
        "started",
        "status",
        "step",
        "gradient",
        "dev",
    ):
        assert re.search(rf"`[^`]*\b{name}\b[^`]*`", page), name
