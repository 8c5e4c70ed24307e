"""`aisle train siamese` as a user runs it, alone and as two processes."""

from __future__ import annotations

import dataclasses
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from aisle.model.encoder import Encoder
from tests.cli.test_commands import done, refused
from tests.conftest import TINY, write_tiny_encoder
from tests.tasks.siamese_tables import table

FLAGS = ("--batch-size", 8, "--learning-rate", 1e-3, "--precision", "f32")


def test_a_trained_encoder_is_an_encoder_for_every_other_command(tiny_encoder: Path, tmp_path: Path) -> None:
    data = table(tmp_path / "train.tsv", "score", "sentence1", "sentence2", rows=30)
    dev = table(tmp_path / "dev.tsv", "score", "sentence1", "sentence2", seed=1)
    words = ["train", "siamese", "--encoder", tiny_encoder, "--data", data, "--dev", dev]
    report = done(*words, "--objective", "cosine", "--output", tmp_path / "run", "--epochs", 2, *FLAGS)
    assert report["steps"] == 8
    assert report["examples"] == 30
    assert report["tokens_per_second"] > 0
    assert set(report["metrics"]) == {"spearman", "pearson"}
    found = done("evaluate", "sts", "--encoder", tmp_path / "run", "--data", dev)
    assert found["spearman"] == pytest.approx(report["best"], abs=0.01)
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["about"]["encoder"] == str(tiny_encoder)
    assert run["result"]["steps"] == 8
    message = refused(*words, "--objective", "cosine", "--output", tmp_path / "run", "--epochs", 2, *FLAGS)
    assert "holds a finished run" in message


def test_bad_input_is_one_clear_line(tiny_encoder: Path, tmp_path: Path) -> None:
    data = table(tmp_path / "train.tsv", "score", "sentence1", "sentence2")
    words = ["train", "siamese", "--encoder", tiny_encoder, "--data", data, "--output", tmp_path / "run"]
    assert "(label, entailment)" in refused(*words, "--objective", "softmax")
    assert "margin is -1" in refused(*words, "--objective", "cosine", "--margin", -1)
    assert "batch_size is 0" in refused(*words, "--objective", "cosine", "--batch-size", 0)
    (tmp_path / "empty").mkdir()
    words[3] = tmp_path / "empty"
    assert "lacks config.json" in refused(*words, "--objective", "cosine")
    assert not (tmp_path / "run").exists()


def test_a_trained_encoder_that_finds_no_room_is_not_lost(tiny_encoder: Path, tmp_path: Path) -> None:
    data = table(tmp_path / "train.tsv", "score", "sentence1", "sentence2")
    words = ["train", "siamese", "--encoder", tiny_encoder, "--data", data, "--objective", "cosine", *FLAGS]
    words += ["--epochs", 1, "--output", tmp_path / "run", "--json"]
    weights = (tiny_encoder / "model.safetensors").stat().st_size
    command = " ".join(map(shlex.quote, [sys.executable, "-m", "aisle.cli.main", *map(str, words)]))
    # Checkpoints are larger than the weights: without them, only the product is refused.
    limited = f"ulimit -f {weights // 2048}; exec {command}"
    full = subprocess.run(
        ["bash", "-c", f"{limited} --checkpoint-every 0"], capture_output=True, text=True, check=False
    )
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert "the trained weights cannot be written" in full.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "stopped"
    assert done(*words[:-1], "--checkpoint-every", 0)["steps"] == 3


def torchrun(processes: int, *words: object) -> None:
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [*start, "--module", "aisle.cli.main", *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_in_batch_negatives_of_two_processes_are_those_of_one_hard_negatives_among_them(tmp_path: Path) -> None:
    calm = dataclasses.replace(TINY, dropout=0.0, attention_dropout=0.0)
    encoder = write_tiny_encoder(tmp_path / "calm", config=calm)
    # Not every pair has a hard negative, so the processes have different numbers of them.
    data = table(tmp_path / "train.tsv", "label", "sentence1", "sentence2", rows=57)
    lines = data.read_text().splitlines()
    for place in range(3, 30, 3):  # an entailed and a contradicting text share their first text
        lines[place - 1] = "\t".join(["entailment", lines[place - 2].split("\t")[1], lines[place - 1].split("\t")[2]])
    data.write_text("\n".join(lines) + "\n")
    words = ["train", "siamese", "--encoder", encoder, "--data", data, "--objective", "in-batch", *FLAGS]
    curves: list[list[dict[str, Any]]] = []
    for processes in (1, 2):
        output = tmp_path / str(processes)
        torchrun(processes, *words, "--epochs", 2, "--output", output)
        curves.append([json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()])
    assert len(curves[0]) == len(curves[1]) > 4
    for one, two in zip(*curves, strict=True):
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-4)
        assert two["gradient"] == pytest.approx(one["gradient"], rel=1e-3)
    assert curves[0][-1]["loss"] < curves[0][0]["loss"]
    weights = Encoder.load(tmp_path / "2").state_dict()
    for name, weight in Encoder.load(tmp_path / "1").state_dict().items():
        torch.testing.assert_close(weights[name], weight, rtol=1e-2, atol=1e-3)
