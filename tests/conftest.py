"""What many tests need: a tiny encoder, the real one, and a shop built once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.model.checkpoint import expected_shapes, write_weights
from aisle.model.config import EncoderConfig
from aisle.model.source import find_checkpoint
from aisle.sentence.encoder import SentenceEncoder
from aisle.text.tokenizer import Tokenizer
from aisle.text.vocabulary import Vocabulary

# What is worked out about encoders is kept beside pytest's own cache, not in the user's home; subprocesses inherit it.
os.environ.setdefault("AISLE_CACHE", str(Path(__file__).parent.parent / ".pytest_cache" / "aisle"))

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789%.,'-&/$"
WORDS = ("milk", "oat", "whole", "bread", "butter", "apple", "cheese", "organic", "gluten", "free", "the", "of", "oz")
TINY = EncoderConfig(
    vocab_size=5 + 2 * len(LETTERS) + len(WORDS),
    hidden_size=32,
    num_layers=2,
    num_heads=4,
    feed_forward_size=64,
    max_positions=64,
)


def write_tiny_encoder(directory: Path, *, seed: int = 0, config: EncoderConfig = TINY) -> Path:
    """A random BERT checkpoint of a few kilobytes, whole with its tokenizer."""
    random = np.random.default_rng(seed)
    directory.mkdir(parents=True)
    config.save(directory)
    weights = {
        name: (random.normal(size=shape) * 0.2 + (name.endswith("LayerNorm.weight"))).astype(np.float32)
        for name, shape in expected_shapes(config).items()
    }
    write_weights(directory, config, weights)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS]
    Tokenizer.of_vocabulary(Vocabulary.of({token: place for place, token in enumerate(tokens)})).save(directory)
    (directory / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 32}))
    return directory


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of a random encoder."""
    return write_tiny_encoder(tmp_path_factory.mktemp("encoders") / "tiny")


@pytest.fixture(scope="session")
def minilm() -> SentenceEncoder:
    """The real encoder; `make test` installs the package that carries its weights."""
    try:
        find_checkpoint("minilm")
    except UserError as error:
        pytest.fail(f"the suite needs the real encoder: {error}")
    return SentenceEncoder.load("minilm")
