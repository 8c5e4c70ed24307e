"""Two processes train towers and pieces as one: started by torchrun, talking gloo over loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.sentence.pieces import Pieces
from tests.conftest import TINY, write_tiny_encoder
from tests.tasks.two_tower_shop import catalogue, pair_table

ROOT = Path(__file__).parent.parent.parent


def test_two_processes_have_the_loss_and_the_pieces_of_one(tmp_path: Path) -> None:
    # Whatever is drawn differs between processes, so nothing is drawn.
    encoder = write_tiny_encoder(tmp_path / "calm", config=replace(TINY, dropout=0.0, attention_dropout=0.0))
    wares, pairs = catalogue(tmp_path / "wares.tsv"), pair_table(tmp_path / "pairs.tsv")
    for processes in (1, 2):
        start = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        words = ["train", "two-tower", "--encoder", encoder, "--catalogue", wares, "--pairs", pairs]
        words += ["--output", tmp_path / str(processes), "--max-steps", 4, "--batch-size", 8, "--precision", "f32"]
        words += ["--typos", 0, "--pieces-negatives", 0, "--every-query", "--json", "--heads", 0]
        command = [*start, "--module", "aisle.cli.main", *map(str, words)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
    one, two = (
        [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("1", "2")
    )
    assert len(one) == len(two) == 4
    for a, b in zip(one, two, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], rel=1e-4)
        assert a["gradient"] == pytest.approx(b["gradient"], rel=1e-3)
    pieces = [Pieces.load(tmp_path / name) for name in ("1", "2")]
    assert pieces[0] is not None
    assert pieces[1] is not None
    np.testing.assert_allclose(pieces[1].vectors_VD, pieces[0].vectors_VD, atol=1e-3)
    np.testing.assert_allclose(pieces[1].weights_V, pieces[0].weights_V, rtol=1e-3)
