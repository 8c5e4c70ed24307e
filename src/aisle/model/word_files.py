"""The weights of an encoder over word vectors as numpy arrays, read and written. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.tensor_files import read_tensors, write_tensors
from aisle.model.word_config import WordConfig


def read_word_weights(directory: str | Path) -> dict[str, NDArray[np.float32]]:
    """The weights in `model.safetensors`, by the names of `WordConfig.shapes`.

    Raises
        UserError: the file is missing or damaged, or does not fit `config.json`.
    """
    path = Path(directory) / "model.safetensors"
    if not path.is_file():
        raise UserError(f"{directory} has no model.safetensors; copy it there, or train the encoder again")
    weights = dict(read_tensors(path))
    expected = WordConfig.load(directory).shapes()
    found = {name: array.shape for name, array in weights.items()}
    if found != expected:
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise UserError(
            f"{path} and config.json do not belong together: {wrong[0]} has shape {found.get(wrong[0], 'none')}, and "
            f"the config calls for {expected.get(wrong[0], 'none')}"
        )
    return weights


def write_word_encoder(directory: Path, config: WordConfig, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Write `config.json` and `model.safetensors`; the tokenizer saves itself."""
    assert {name: array.shape for name, array in weights.items()} == config.shapes()
    directory.mkdir(parents=True, exist_ok=True)
    config.save(directory)
    write_tensors(directory / "model.safetensors", weights)
