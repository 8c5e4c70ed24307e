"""A kept evaluation holds what is needed to understand and repeat it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.evaluation.record import SUFFIX, keep_evaluation, scatter


def keep(directory: Path, **changed: object) -> Path:
    facts = {"kind": "sts", "subject": "minilm", "data": ["a.tsv"], "command": ["aisle", "evaluate", "sts"]}
    return keep_evaluation(directory, numbers={"spearman": 82.03}, **(facts | changed))  # type: ignore[arg-type]


def test_it_holds_numbers_command_versions_and_date(tmp_path: Path) -> None:
    path = keep(tmp_path / "new" / "runs", figure={"kind": "scatter"})
    assert path.name.endswith(SUFFIX)
    record = json.loads(path.read_text())
    assert record["numbers"] == {"spearman": 82.03}
    assert record["command"] == ["aisle", "evaluate", "sts"]
    assert record["figure"] == {"kind": "scatter"}
    assert {"aisle", "numpy", "python"} == set(record["versions"])
    assert record["finished"].endswith("+00:00")


def test_two_evaluations_of_the_same_second_are_two_files(tmp_path: Path) -> None:
    assert keep(tmp_path) != keep(tmp_path, subject="other")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_in_place_of_the_directory_is_the_users_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(UserError, match="runs"):
        keep(tmp_path / "runs")


def test_a_large_picture_is_thinned_evenly_and_says_of_how_many() -> None:
    figure = scatter(np.arange(10_000), np.arange(10_000) / 10_000, most=1000)
    assert figure["of"] == 10_000
    assert len(figure["x"]) == len(figure["y"]) == 1000
    assert figure["x"][:3] == [0, 10, 20]
    assert scatter(np.array([1, 2]), np.array([0.1, 0.2]))["x"] == [1, 2]
