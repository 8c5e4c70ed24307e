"""`aisle train classifier`, `aisle classify` and `aisle evaluate classifier` as a user runs them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_commands import aisle, done, refused
from tests.tasks.classify_tables import TELLING, labelled

FLAGS = ("--batch-size", 10, "--learning-rate", 3e-3, "--precision", "f32", "--epochs", 12)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Work this small only waits for a second thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier")
    labelled(folder / "train.tsv")
    labelled(folder / "dev.tsv", rows=30, seed=1)
    return folder


@pytest.fixture(scope="module")
def model(files: Path, tiny_encoder: Path) -> Path:
    words = [
        "train",
        "classifier",
        "--encoder",
        tiny_encoder,
        "--data",
        files / "train.tsv",
        "--dev",
        files / "dev.tsv",
    ]
    report = done(*words, "--output", files / "run", *FLAGS)
    assert report["labels"] == sorted(TELLING)
    assert report["best"] > 0.7
    return files / "run"


def test_it_is_evaluated_as_it_was_in_training(files: Path, model: Path) -> None:
    run = json.loads((model / "run.json").read_text())
    found = done("evaluate", "classifier", "--model", model, "--data", files / "dev.tsv")
    assert found["accuracy"] == pytest.approx(run["result"]["best"])
    assert found["macro_f1"] == pytest.approx(run["result"]["metrics"]["macro_f1"])
    assert found["examples"] == 30
    assert sum(map(sum, found["confusion"])) == 30
    words = ("evaluate", "classifier", "--model", model, "--data", files / "dev.tsv", "--picture", files / "a.png")
    shown = aisle(*words, "--record", files / "kept")
    assert "Confusion matrix" in shown.stdout
    assert (files / "a.png").stat().st_size > 1000
    (kept,) = (files / "kept").glob("*-classifier-*.evaluation.json")
    assert json.loads(kept.read_text())["numbers"]["confusion"] == found["confusion"]


def test_every_line_is_answered_without_torch(model: Path) -> None:
    code = "import sys; from aisle.cli.main import main; main(); assert 'torch' not in sys.modules"
    words = [sys.executable, "-c", code, "classify", "--model", str(model), "--precision", "f32"]
    run = subprocess.run(words, input="oat milk\n\nthe apple\n", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == ["oat milk", "", "the apple"]
    assert [answer["label"] for answer in answers] == ["dairy", None, "fruit"]
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1)
    assert max(answers[0]["probabilities"], key=answers[0]["probabilities"].get) == "dairy"
    assert "1 texts were empty and got no class" in run.stderr


def test_the_column_of_a_table_is_classified(files: Path, model: Path) -> None:
    run = aisle("classify", "--model", model, "--input", files / "dev.tsv", "--unsure", 1)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == 30
    for answer in answers:
        assert (answer["label"] == "unsure") == (max(answer["probabilities"].values()) < 1)
    assert "unsure" in {answer["label"] for answer in answers}
    message = refused("classify", "--model", model, "--input", files / "dev.tsv", "--text-column", "tweet")
    assert "its columns are label, text" in message


def test_bad_input_is_one_clear_line(files: Path, model: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    assert "holds no classifier" in refused("classify", "--model", tiny_encoder, given="a\n")
    assert "unsure is 2" in refused("classify", "--model", model, "--unsure", 2, given="a\n")
    unseen = tmp_path / "unseen.tsv"
    unseen.write_text("label\ttext\nfish\toat\n")
    assert "'fish' was never seen" in refused("evaluate", "classifier", "--model", model, "--data", unseen)
    words = ("train", "classifier", "--encoder", tiny_encoder, "--output", tmp_path / "run", "--data")
    one = tmp_path / "one.tsv"
    one.write_text("label\ttext\nfish\toat\nfish\tmilk\n")
    assert "every text has the label 'fish'" in refused(*words, one)
    assert "never seen in training" in refused(*words, files / "train.tsv", "--dev", unseen)
    assert not (tmp_path / "run").exists()


def test_a_disk_that_fills_up_loses_nothing(files: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    words = ["train", "classifier", "--encoder", tiny_encoder, "--data", files / "train.tsv", *FLAGS[:-1], 2]
    words += ["--output", tmp_path / "run", "--json", "--checkpoint-every", 4]
    weights = (tiny_encoder / "model.safetensors").stat().st_size
    command = " ".join(map(shlex.quote, [sys.executable, "-m", "aisle.cli.main", *map(str, words)]))
    # A checkpoint is thrice as large as the weights: there is room for the records only.
    full = subprocess.run(
        ["bash", "-c", f"ulimit -f {weights // 2048}; exec {command}"], capture_output=True, text=True, check=False
    )
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert "no room left" in full.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "stopped"
    assert done(*words[:-3], "--checkpoint-every", 4)["steps"] == 12
