"""`aisle pretrain` and `aisle tokenizer train` as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aisle.cli.main import main
from aisle.tasks.pretrain.token_files import TokenFiles
from aisle.text.tokenizer import Tokenizer
from tests.cli.test_commands import done
from tests.tasks.pretrain_corpora import prose, write_tokenizer

FLAGS = ("--max-tokens", 16, "--processes", 1, "--batch-size", 8, "--precision", "f32")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(prose(60, paragraphs=4))
    return path


Run = Callable[..., Any]


@pytest.fixture
def quick(capsys: pytest.CaptureFixture[str]) -> Run:
    """What a command reports, run within this process: torch is loaded once."""

    def run(*words: object) -> Any:
        assert main([*(str(word) for word in words), "--json"]) == 0
        (line,) = capsys.readouterr().out.splitlines()
        return json.loads(line)

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Run:
    """The one line with which a command refuses."""

    def run(*words: object) -> str:
        assert main([str(word) for word in words]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return run


def test_from_raw_text_to_an_encoder_and_on(corpus: Path, tmp_path: Path, quick: Run, refused: Run) -> None:
    words = ["pretrain", "--corpus", corpus, "--size", "tiny", "--recipe-name", "bert", *FLAGS]
    report = done(*words, "--vocab-size", 120, "--steps", 3, "--output", tmp_path / "run")
    assert {"mlm_loss", "mlm_accuracy", "nsp_accuracy", "tokens_per_second"} <= report.keys()
    assert report["steps"] == 3
    assert 0 <= report["nsp_accuracy"] <= 100
    assert report["share_of_matrix_peak"] > 0
    assert report["corpus"]["documents"] == 60
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["about"]["recipe"] == "bert"
    assert run["settings"]["learning_rate"] == 1e-4
    further = ["pretrain", "--encoder", tmp_path / "run", "--corpus", corpus, "--steps", 2, *FLAGS]
    again = quick(*further, "--output", tmp_path / "on")
    assert again["nsp_accuracy"] is None
    assert again["parameters"] < report["parameters"]
    assert "holds a finished run" in refused(*words, "--vocab-size", 120, "--steps", 3, "--output", tmp_path / "run")


def test_runs_share_token_files_and_the_default_recipe_ends_in_its_minutes(
    corpus: Path, tmp_path: Path, quick: Run
) -> None:
    words = ["pretrain", "--corpus", corpus, "--size", "tiny", *FLAGS, "--tokens", tmp_path / "shared"]
    words += ["--vocab-size", 120, "--minutes", 0.02]
    first = quick(*words, "--output", tmp_path / "a")
    stamp = (tmp_path / "shared" / "tokens" / "tokens.bin").stat().st_mtime_ns
    quick(*words, "--seed", 1, "--output", tmp_path / "b")
    assert (tmp_path / "shared" / "tokens" / "tokens.bin").stat().st_mtime_ns == stamp
    assert first["nsp_accuracy"] is None
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    assert config["model_type"] == "roberta-prelayernorm"
    assert config["architectures"] == ["RobertaPreLayerNormForMaskedLM"]
    assert len(list((tmp_path / "shared").glob("vocabulary-*"))) == 1


def test_a_vocabulary_is_made_and_used(corpus: Path, tmp_path: Path, quick: Run, refused: Run) -> None:
    words = ["tokenizer", "train", "--corpus", corpus, "--vocab-size", 130]
    report = quick(*words, "--output", tmp_path / "vocabulary")
    assert report["pieces"] <= 130
    assert Tokenizer.load(tmp_path / "vocabulary").vocab_size == report["pieces"]
    lines = (tmp_path / "vocabulary" / "vocab.txt").read_text().splitlines()
    assert lines[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert "holds a tokenizer already" in refused(*words, "--output", tmp_path / "vocabulary")
    run = ["pretrain", "--corpus", corpus, "--tokenizer", tmp_path / "vocabulary", "--size", "tiny", "--steps", 1]
    quick(*run, *FLAGS, "--output", tmp_path / "run")
    assert TokenFiles(tmp_path / "run" / "corpus" / "tokens").counts.documents == 60


def test_wrong_use_is_one_clear_line(corpus: Path, tmp_path: Path, refused: Run) -> None:
    alone = tmp_path / "alone.txt"
    alone.write_text("Oat milk. " * 60)
    folder = write_tokenizer(tmp_path / "tokenizer")
    words = ["pretrain", "--size", "tiny", "--output", tmp_path / "run", *FLAGS]
    bert = [*words, "--recipe-name", "bert", "--tokenizer", folder]
    assert "single document" in refused(*bert, "--corpus", alone)
    assert "no such file" in refused(*words, "--corpus", tmp_path / "none.txt")
    both = refused(*words, "--corpus", corpus, "--steps", 1, "--minutes", 1)
    assert "steps and minutes were both given" in both
    on = ["pretrain", "--output", tmp_path / "run", "--corpus", corpus, "--encoder", "minilm"]
    assert "leave --tokenizer out" in refused(*on, "--tokenizer", folder)
    assert "leave --size out" in refused(*on, "--size", "tiny")
    assert "leave --recipe-name out" in refused(*on, "--recipe-name", "budget")
    assert "mask_rate is 2.0" in refused(*words, "--corpus", corpus, "--mask-rate", 2)
    assert not (tmp_path / "run" / "run.json").exists()
