"""Small encoders over word vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from aisle.model.word_config import WordConfig
from aisle.model.word_files import write_word_encoder
from aisle.text.word_level import SPECIALS, of_words

WORDS = ("oat", "milk", "whole", "bread", "butter", "apple", "cheese", "the", "of")


def write_words(directory: Path, *, seed: int = 0, **shape: Any) -> Path:
    """Such an encoder with weights at random and the words above; `shape` as in `WordConfig`."""
    given: dict[str, Any] = {"architecture": "average", "word_size": 6, "hidden_size": 5}
    config = WordConfig(vocab_size=len(SPECIALS) + len(WORDS), **given | shape)
    random = np.random.default_rng(seed)
    weights = {name: random.normal(size=size).astype(np.float32) for name, size in config.shapes().items()}
    weights["words.weight"][: len(SPECIALS)] = 0
    write_word_encoder(directory, config, weights)
    of_words(WORDS).save(directory)
    return directory
