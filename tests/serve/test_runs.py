"""Runs and evaluations are found where they lie, whatever state they are in."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from aisle.evaluation.record import keep_evaluation
from aisle.serve.runs import MOST_POINTS, SILENT_AFTER, Runs, curves


def make_run(directory: Path, *, started: str = "2026-01-02T03:04:05+00:00", steps: int = 3) -> Path:
    directory.mkdir(parents=True)
    facts = {
        "status": "finished",
        "started": started,
        "precision": "f32",
        "settings": {"epochs": 2},
        "about": {"task": "siamese", "encoder": "minilm"},
        "command": ["aisle", "train", "siamese"],
        "versions": {"aisle": "0"},
        "result": {"best": 93.0, "loss": 0.1, "seconds": 5.0, "tokens_per_second": 100.0},
    }
    (directory / "run.json").write_text(json.dumps(facts))
    lines = [{"step": step + 1, "loss": 1 / (step + 1), "lr": 1e-5, "tokens": 5} for step in range(steps)]
    lines.append({"step": steps, "dev": {"spearman": 93.0}})  # type: ignore[dict-item]
    (directory / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return directory


def make_evaluation(directory: Path) -> Path:
    numbers = {"spearman": 82.0, "encoder": "minilm", "good": True}
    return keep_evaluation(directory, kind="sts", subject="minilm", data=["x/a.tsv"], command=["a"], numbers=numbers)


def test_runs_are_listed_newest_first_from_every_place_and_depth(tmp_path: Path) -> None:
    make_run(tmp_path / "a" / "old", started="2026-01-01T00:00:00+00:00")
    make_run(tmp_path / "b" / "group" / "deep" / "new", started="2026-02-01T00:00:00+00:00")
    listing = Runs([tmp_path / "a", tmp_path / "b", tmp_path / "missing"]).listing()
    assert [run["name"] for run in listing["runs"]] == ["group/deep/new", "old"]
    assert listing["runs"][1] | {"key": ""} == {
        "key": "",
        "name": "old",
        "task": "siamese",
        "encoder": "minilm",
        "status": "finished",
        "started": "2026-01-01T00:00:00+00:00",
        "precision": "f32",
        "best": 93.0,
        "loss": 0.1,
        "seconds": 5.0,
        "tokens_per_second": 100.0,
    }
    assert listing["complete"]


def test_a_run_that_was_killed_does_not_run_for_ever(tmp_path: Path) -> None:
    run = make_run(tmp_path / "killed")
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(facts | {"status": "running"}))

    def told() -> str:
        return str(Runs([tmp_path]).listing()["runs"][0]["status"])

    assert told() == "running"
    long_ago = time.time() - SILENT_AFTER - 60
    os.utime(run / "run.json", (long_ago, long_ago))
    assert told() == "running"  # its metrics are new
    os.utime(run / "metrics.jsonl", (long_ago, long_ago))
    assert told() == "silent"


def test_a_place_that_is_a_run_itself_is_found(tmp_path: Path) -> None:
    make_run(tmp_path / "mine")
    assert [run["name"] for run in Runs([tmp_path / "mine"]).listing()["runs"]] == ["mine"]


def test_a_run_named_through_two_places_is_one_run(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "one")
    assert len(Runs([tmp_path, tmp_path / "runs"]).listing()["runs"]) == 1


def test_checkpoints_hidden_directories_and_links_are_not_searched(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "checkpoints" / "inner")
    make_run(tmp_path / "runs" / ".hidden")
    make_run(tmp_path / "elsewhere")
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere")
    assert Runs([tmp_path / "runs"]).listing()["runs"] == []


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "\x00"])
def test_a_damaged_record_is_named_and_hides_nothing_else(tmp_path: Path, content: str) -> None:
    make_run(tmp_path / "good")
    (make_run(tmp_path / "bad") / "run.json").write_text(content)
    listing = Runs([tmp_path]).listing()
    assert listing["unreadable"] == ["bad"]
    assert [run["name"] for run in listing["runs"]] == ["good"]


def test_one_run_comes_with_settings_and_curves(tmp_path: Path) -> None:
    make_run(tmp_path / "one")
    runs = Runs([tmp_path])
    run = runs.run(runs.listing()["runs"][0]["key"])
    assert run is not None
    assert run["settings"] == {"epochs": 2}
    assert run["steps"][1] == {"step": 2, "loss": 0.5, "lr": 1e-5}
    assert run["devs"] == [{"step": 3, "dev": {"spearman": 93.0}}]
    assert run["thinned"] is False


def test_a_key_of_the_other_kind_or_of_nothing_finds_nothing(tmp_path: Path) -> None:
    make_run(tmp_path / "one")
    make_evaluation(tmp_path)
    runs = Runs([tmp_path])
    listing = runs.listing()
    assert runs.evaluation(listing["runs"][0]["key"]) is None
    assert runs.run(listing["evaluations"][0]["key"]) is None
    assert runs.run("../../etc/passwd") is None


def test_an_evaluation_shows_its_numbers_and_only_the_names_of_its_files(tmp_path: Path) -> None:
    make_evaluation(tmp_path)
    runs = Runs([tmp_path])
    (one,) = runs.listing()["evaluations"]
    assert one["scores"] == {"spearman": 82.0}
    assert one["data"] == ["a.tsv"]
    whole = runs.evaluation(one["key"])
    assert whole is not None
    assert whole["numbers"]["encoder"] == "minilm"


def test_a_long_curve_is_thinned_by_means_and_a_torn_line_left_out(tmp_path: Path) -> None:
    directory = make_run(tmp_path / "long", steps=2 * MOST_POINTS)
    with (directory / "metrics.jsonl").open("a") as file:
        file.write('{"step": 9999, "loss": 1')
    steps, devs, thinned = curves(directory / "metrics.jsonl")
    assert thinned
    assert len(steps) == MOST_POINTS
    assert steps[0] == {"step": 1.5, "loss": 0.75, "lr": 1e-5}
    assert len(devs) == 1
