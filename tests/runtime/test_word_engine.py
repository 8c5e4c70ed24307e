"""Encoders over word vectors without torch: the numbers of the torch module."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.model.word_encoder import load_word_encoder
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.text.word_level import known_words
from aisle.training.packed import TokenTable
from tests.model.word_encoders import write_words

TEXTS = ["oat milk", "the apple", "", "cheese", "Milk, of the WHOLE bread!", "whole zebra butter", "zebra"]


@pytest.mark.parametrize("architecture", ["average", "dan", "bilstm"])
def test_vectors_are_those_of_the_torch_module(tmp_path: Path, architecture: str) -> None:
    folder = write_words(tmp_path / "words", architecture=architecture, bigram_rows=11)
    encoder = SentenceEncoder.load(folder)
    module = load_word_encoder(folder)
    table = TokenTable(known_words(encoder.tokenizer.encode_batch(TEXTS).ids))
    batch = table.pack(range(len(TEXTS)))
    with torch.no_grad():
        theirs_BD = module(batch.ids_N, batch.runs)[batch.place_B].numpy()
    ours_BD = encoder.encode(TEXTS, normalize=False)
    assert ours_BD.shape == (len(TEXTS), encoder.dim) == (len(TEXTS), module.config.dim)
    np.testing.assert_allclose(ours_BD, theirs_BD, rtol=0, atol=2e-6)
    # No text's vector depends on the others.
    alone_BD = np.concatenate([encoder.encode([text], normalize=False) for text in TEXTS])
    np.testing.assert_allclose(ours_BD, alone_BD, rtol=0, atol=2e-6)


def test_words_without_a_vector_are_skipped_and_counted(tmp_path: Path) -> None:
    encoder = SentenceEncoder.load(write_words(tmp_path / "words"))
    found = encoder.encode_counted(["whole zebra butter", "whole butter", "zebra"], normalize=False)
    assert found.unknown_words == 2
    np.testing.assert_array_equal(found.vectors[0], found.vectors[1])
    assert not found.vectors[2].any()


def test_long_texts_are_cut_and_counted(tmp_path: Path) -> None:
    encoder = SentenceEncoder.load(write_words(tmp_path / "words", max_tokens=4))
    found = encoder.encode_counted(["oat milk whole bread"], normalize=False)
    assert (found.truncated_texts, found.truncated_tokens) == (1, 2)
    np.testing.assert_array_equal(found.vectors, encoder.encode(["oat milk"], normalize=False))


def test_another_arithmetic_is_refused(tmp_path: Path) -> None:
    folder = write_words(tmp_path / "words")
    with pytest.raises(UserError, match="compute in f32 alone"):
        SentenceEncoder.load(folder, settings=EngineSettings(precision="bf16"))
