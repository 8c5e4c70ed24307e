"""A run that was killed, or whose disk filled up, goes on to the bits of an unbroken one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from aisle.errors import AisleError, DamagedError
from aisle.training.checkpoint import Checkpoints, Position, weights
from aisle.training.optimizer import make_optimizer
from aisle.training.state_file import read_state, write_state
from tests.training.toy import SETTINGS, ToyTask, product, same_bits

ROOT = Path(__file__).parent.parent.parent


def worker(output: Path, **orders: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.training.worker", str(output), json.dumps(orders)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def losses(output: Path) -> list[tuple[int, float]]:
    lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    return [(line["step"], line["loss"]) for line in lines if "loss" in line]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("runs") / "unbroken"
    run = worker(output, settings={"checkpoint_every": 3})
    assert run.returncode == 0, run.stderr
    return output


# Killed before any checkpoint, and between an evaluation (step 5) and the checkpoint after it.
@pytest.mark.parametrize("step", [2, 6])
def test_a_killed_run_ends_with_the_bits_of_an_unbroken_one(unbroken: Path, tmp_path: Path, step: int) -> None:
    killed = worker(tmp_path / "run", settings={"checkpoint_every": 3}, kill_at=step)
    assert killed.returncode == -signal.SIGKILL
    resumed = worker(tmp_path / "run", settings={"checkpoint_every": 3})
    assert resumed.returncode == 0, resumed.stderr
    assert ("going on from step 3" in resumed.stderr) == (step > 3)
    assert same_bits(product(tmp_path / "run"), product(unbroken))
    assert losses(tmp_path / "run") == losses(unbroken)


def test_a_disk_that_fills_up_leaves_the_checkpoint_before(unbroken: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    killed = worker(output, settings={"checkpoint_every": 3}, kill_at=4)
    assert killed.returncode == -signal.SIGKILL
    checkpoint = output / "checkpoints" / "step-00000003.safetensors"
    size, bits = checkpoint.stat().st_size, checkpoint.read_bytes()
    # The kernel refuses any file from here on that grows beyond half a checkpoint: a write fails in the middle.
    full = worker(output, settings={"checkpoint_every": 3}, file_limit=size // 2)
    assert full.returncode == 1
    assert "no room left" in full.stderr
    # The best weights of step 5 are smaller, and had room.
    assert {path.name for path in (output / "checkpoints").iterdir()} == {checkpoint.name, "best.safetensors"}
    assert checkpoint.read_bytes() == bits
    assert json.loads((output / "run.json").read_text())["status"] == "stopped"
    assert worker(output, settings={"checkpoint_every": 3}).returncode == 0
    assert same_bits(product(output), product(unbroken))


def test_two_runs_with_one_seed_are_the_same_and_with_two_seeds_are_not(unbroken: Path, tmp_path: Path) -> None:
    assert worker(tmp_path / "again", settings={}).returncode == 0
    assert worker(tmp_path / "other", settings={"seed": 1}).returncode == 0
    assert same_bits(product(tmp_path / "again"), product(unbroken))
    assert not same_bits(product(tmp_path / "other"), product(unbroken))


def test_a_state_file_keeps_every_kind_of_number(tmp_path: Path) -> None:
    tensors = {
        "float": torch.randn(3, 4),
        "half": torch.randn(5).bfloat16(),
        "whole": torch.arange(7),
        "bytes": torch.randint(0, 255, (9,), dtype=torch.uint8),
        "single": torch.tensor(2.5),
        "none": torch.zeros(0, 3),
        "turned": torch.randn(3, 4).T,
    }
    write_state(tmp_path / "state.safetensors", tensors, {"step": 3, "scores": [0.5, None]})
    read, facts = read_state(tmp_path / "state.safetensors")
    assert same_bits(read, tensors)
    assert facts == {"step": 3, "scores": [0.5, None]}


def test_a_damaged_or_foreign_checkpoint_is_named(tmp_path: Path) -> None:
    task = ToyTask()
    optimizer = make_optimizer(task.module, SETTINGS, None)
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Position(step=3), task.module, optimizer)
    path = checkpoints.newest()
    assert path is not None
    bits = path.read_bytes()
    path.write_bytes(bits[: len(bits) // 2])
    with pytest.raises(DamagedError, match=r"step-00000003.safetensors is not a sound checkpoint"):
        checkpoints.restore(path, task.module, optimizer)
    write_state(path, weights(torch.nn.Linear(2, 2)), {"processes": 1})
    with pytest.raises(DamagedError, match="another model"):
        checkpoints.restore(path, task.module, optimizer)


def test_a_place_that_cannot_be_written_to_is_an_error_with_a_name(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match="cannot be written"):
        write_state(tmp_path / "missing" / "state.safetensors", {"a": torch.zeros(1)}, {})
