"""`aisle complete` and `aisle train completer`, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from aisle.cli.main import main
from aisle.tasks.complete.completer import Completer
from aisle.tasks.complete.correspondence import letters
from aisle.tasks.complete.mixture import Mixture


def answered(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert main([*map(str, words), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    value: dict[str, Any] = json.loads(lines[0])
    return value


def test_without_a_model_the_packages_own_completes_what_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    found = answered(capsys, "complete", "Please let me know if you have any ques")
    assert found["completion"].startswith("tions")
    assert found["shown"]
    assert 0 < found["threshold"] <= found["probability"] <= 1
    assert "simulated" in found["model"]


def test_what_it_does_not_know_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert not answered(capsys, "complete", "Quantum gravity is ")["shown"]


def test_for_a_person_the_sentence_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complete", "Thank you for your pat"]) == 0
    assert "Thank you for your patience" in capsys.readouterr().out


def test_completing_loads_no_torch() -> None:
    code = "import sys; from aisle.cli.main import main; main(['complete', 'Thank you']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "nowhere"], "there is no completer at nowhere; train one with: aisle train completer"),
        (["--coverage", "2"], "coverage is 2"),
        (["--beams", "0"], "beams is 0"),
    ],
)
def test_wrong_use_is_one_clear_line(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main(["complete", "Hello", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_directory_with_something_else_is_no_completer(
    tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["complete", "Hello", "--model", str(tiny_encoder)]) == 2
    assert "is not a completer's vocabulary" in capsys.readouterr().err


SHAPE = ["--layers", 1, "--hidden-size", 32, "--heads", 2, "--vocab-size", 400, "--context", 48, "--batch-size", 4]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # at this size a second one would only wait
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "letters.txt"
    path.write_text("\n\n".join("\n".join(thread.messages) for thread in letters(120)))
    return path


def test_a_completer_is_trained_completes_and_goes_on_learning(
    tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "first"
    report = answered(capsys, "train", "completer", "--corpus", corpus, "--output", first, *SHAPE, "--max-steps", 40)
    assert report["threads"] == 117
    assert report["held_out"] == 3
    assert report["metrics"]["log_probability"] > -5.4  # a uniform guess among 400 tokens has -5.99
    assert {"completion", "probability", "shown"} <= answered(capsys, "complete", "Thank you", "--model", first).keys()
    second = tmp_path / "second"
    again = answered(
        capsys, "train", "completer", "--start", first, "--corpus", corpus, "--output", second, "--max-steps", 15,
        "--batch-size", 4, "--ngram-share", 0,
    )  # fmt: skip
    assert again["best"] > report["best"]
    # What was counted is mixed in, unless that was not wanted.
    assert isinstance(Completer.load(first).model, Mixture)
    assert not isinstance(Completer.load(second).model, Mixture)
    words = ["train", "completer", "--corpus", corpus, "--output", tmp_path / "third", *SHAPE, "--ngram-share", 1]
    assert main([*map(str, words)]) == 2
    assert "must be from 0 to below 1" in " ".join(capsys.readouterr().err.split())


def test_too_little_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "short.txt"
    path.write_text("Just this.\nAnd this.\n")
    assert main(["train", "completer", "--corpus", str(path), "--output", str(tmp_path / "out")]) == 2
    assert "give more text" in capsys.readouterr().err
