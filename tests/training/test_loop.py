"""The loop: what it leaves, that it learns, that cutting a batch changes nothing, that it stops when it must."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aisle.errors import AisleError, UserError
from aisle.training.loop import train
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss
from tests.training.toy import SETTINGS, ToyBatch, ToyTask, product, same_bits


class Watcher:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps: list[tuple[int, int]] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None:
        self.steps.append((done, total))


def test_a_run_learns_and_leaves_its_records(tmp_path: Path) -> None:
    watcher = Watcher()
    settings = replace(SETTINGS, epochs=12)
    result = train(ToyTask(), settings, tmp_path / "run", progress=watcher, about={"encoder": "toy"})
    assert result.steps == 60
    assert result.best is not None
    assert result.best > 0.9
    assert watcher.steps == [(step, 60) for step in range(1, 61)]
    assert "f32" in watcher.lines[0]
    assert "threads" in watcher.lines[0]
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["status"] == "finished"
    assert run["settings"]["batch_size"] == 8
    assert run["about"] == {"encoder": "toy"}
    assert run["precision"] == watcher.lines[0]
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == list(range(1, 61))
    assert [line["step"] for line in lines if "dev" in line] == list(range(5, 61, 5))
    assert (tmp_path / "run" / "curves.png").read_bytes()[:4] == b"\x89PNG"
    assert not (tmp_path / "run" / "checkpoints").exists()
    assert product(tmp_path / "run")


def test_cutting_a_batch_into_passes_and_parts_changes_nothing_but_rounding(tmp_path: Path) -> None:
    kinds = {"whole": {}, "passes": {"token_budget": 14}, "parts": {"accumulation": 4}}
    weights = {}
    for name, change in kinds.items():
        train(ToyTask(dropout=0), replace(SETTINGS, **change), tmp_path / name)
        weights[name] = product(tmp_path / name)
    for name in ("passes", "parts"):
        for weight, whole in weights["whole"].items():
            torch.testing.assert_close(weights[name][weight], whole, rtol=1e-4, atol=2e-5)


def test_the_weights_of_the_best_evaluation_are_kept(tmp_path: Path) -> None:
    class Worsens(ToyTask):
        scores = iter([0.1, 0.9, 0.5, 0.4])
        kept: dict[str, torch.Tensor]

        def evaluate(self) -> dict[str, float]:
            score = next(self.scores)
            if score == 0.9:
                self.kept = {name: weight.clone() for name, weight in self.module.state_dict().items()}
            return {"accuracy": score}

    task = Worsens()
    result = train(task, replace(SETTINGS, epochs=20, patience=2), tmp_path / "run")
    assert (result.steps, result.best_step, result.best) == (20, 10, 0.9)
    assert same_bits(product(tmp_path / "run"), task.kept)


def test_a_loss_that_is_no_number_stops_with_the_batch_saved(tmp_path: Path) -> None:
    class Breaks(ToyTask):
        calls = 0

        def loss(self, batch: ToyBatch) -> Loss:
            found = super().loss(batch)
            self.calls += 1
            return Loss(found.value * (float("nan") if self.calls == 4 else 1), found.examples, found.tokens)

    with pytest.raises(AisleError, match=r"at step 4 the loss is nan.*step-00000002") as caught:
        train(Breaks(), replace(SETTINGS, checkpoint_every=2), tmp_path / "run")
    assert not isinstance(caught.value, UserError)
    saved = torch.load(tmp_path / "run" / "failed-step-4.pt", weights_only=False)
    assert len(saved["examples"]) == len(saved["batch"].labels_B) == 8
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["status"] == "stopped"
    assert "lower the learning rate" in run["result"]["reason"]


def test_a_finished_run_is_not_overwritten_and_other_settings_do_not_go_on(tmp_path: Path) -> None:
    train(ToyTask(), SETTINGS, tmp_path / "run")
    with pytest.raises(UserError, match="holds a finished run"):
        train(ToyTask(), SETTINGS, tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps(facts | {"status": "running"}))
    with pytest.raises(UserError, match=r"learning_rate 0.001 there and 0.002 now"):
        train(ToyTask(), replace(SETTINGS, learning_rate=2e-3), tmp_path / "run")


def test_a_wholly_frozen_model_cannot_be_trained(tmp_path: Path) -> None:
    task = ToyTask()
    task.module.requires_grad_(False)
    with pytest.raises(UserError, match="every weight is frozen"):
        train(task, SETTINGS, tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"warmup": 2.0}, "from 0 to 1"),
        ({"schedule": "steep"}, "linear, cosine, one-cycle, constant"),
        ({"accumulation": 64}, "cannot be cut"),
        ({"learning_rate": 0.0}, "greater than 0"),
        ({"clip": -1.0}, "must not be negative"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        TrainingSettings(**change)  # type: ignore[arg-type]
