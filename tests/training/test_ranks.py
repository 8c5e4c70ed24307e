"""Two processes train as one: started by torchrun, talking gloo over loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.toy import product

ROOT = Path(__file__).parent.parent.parent


def run(output: Path, processes: int, **orders: Any) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [*start, "--module", "tests.training.worker", str(output), json.dumps(orders)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def lines(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("separable", [True, False], ids=["examples apart", "whole batch"])
def test_two_processes_have_the_loss_curve_of_one(tmp_path: Path, separable: bool) -> None:
    orders = {"task": {"dropout": 0.0, "separable": separable, "examples": 41}, "settings": {"accumulation": 2}}
    for processes in (1, 2):
        ended = run(tmp_path / str(processes), processes, **orders)
        assert ended.returncode == 0, ended.stderr
    one, two = lines(tmp_path / "1"), lines(tmp_path / "2")
    assert [line["step"] for line in one] == [line["step"] for line in two]
    for a, b in zip(one, two, strict=True):
        for name in ("loss", "gradient", "tokens"):
            if name in a:
                assert a[name] == pytest.approx(b[name], rel=1e-4)
    weights = product(tmp_path / "2")
    for name, weight in product(tmp_path / "1").items():
        torch.testing.assert_close(weights[name], weight, rtol=1e-3, atol=1e-4)


def test_two_killed_processes_go_on_to_the_same_bits(tmp_path: Path) -> None:
    assert run(tmp_path / "unbroken", 2, settings={"checkpoint_every": 3}).returncode == 0
    assert run(tmp_path / "killed", 2, settings={"checkpoint_every": 3}, kill_at=5).returncode != 0
    resumed = run(tmp_path / "killed", 2, settings={"checkpoint_every": 3})
    assert resumed.returncode == 0, resumed.stderr
    assert "going on from step 3" in resumed.stderr
    unbroken = product(tmp_path / "unbroken")
    assert all(torch.equal(weight, unbroken[name]) for name, weight in product(tmp_path / "killed").items())
