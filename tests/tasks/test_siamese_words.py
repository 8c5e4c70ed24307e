"""Training over word vectors by the loop that trains Transformers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.model.word_config import WordConfig
from aisle.model.word_files import read_word_weights
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.siamese.loading import load_siamese
from aisle.tasks.siamese.model import encode
from aisle.tasks.siamese.settings import SiameseSettings, WordTowerSettings, suited
from aisle.tasks.siamese.words import word_table
from aisle.training.loop import train
from aisle.training.settings import TrainingSettings
from tests.model.word_encoders import write_words
from tests.tasks.siamese_tables import table

TRAINING = TrainingSettings(epochs=15, batch_size=8, learning_rate=2e-2, checkpoint_every=0, precision="f32")
SOFTMAX = SiameseSettings(objective="softmax")


@pytest.mark.parametrize(
    ("architecture", "fixed"), [("bilstm", True), ("dan", True), ("average", False), ("dan", False)]
)
def test_each_architecture_learns_and_what_it_saves_encodes_alike(
    tmp_path: Path, architecture: str, fixed: bool
) -> None:
    start = write_words(tmp_path / "words")
    data = table(tmp_path / "nli.tsv", "label", "sentence1", "sentence2")
    words = WordTowerSettings(
        architecture=architecture,  # type: ignore[arg-type]
        hidden_size=7,
        bigram_rows=13,
        word_vectors="trained" if not fixed and architecture == "dan" else "",
    )
    loaded = load_siamese(start, [data], None, SOFTMAX, TRAINING, words)
    assert loaded.unknown > 0  # "organic", "gluten", "free" and "oz" have no vector
    result = train(loaded.task, TRAINING, tmp_path / "run")
    first = float((tmp_path / "run" / "metrics.jsonl").read_text().split('"loss": ')[1].split(",")[0])
    assert result.loss < 0.95 * first
    saved = SentenceEncoder.load(tmp_path / "run")
    assert saved.dim == {"bilstm": 14, "dan": 7, "average": 6}[architecture]
    texts = ["oat milk", "the whole bread of the apple", "zebra"]
    theirs = encode(loaded.task.module.eval(), word_table(saved.tokenizer.encode_batch(texts).ids), 4096)
    np.testing.assert_allclose(saved.encode(texts, normalize=False), theirs.numpy(), rtol=0, atol=2e-6)
    before, after = (read_word_weights(folder)["words.weight"] for folder in (start, tmp_path / "run"))
    assert np.array_equal(before, after) == fixed


def test_the_same_seed_makes_the_same_encoder(tmp_path: Path) -> None:
    start = write_words(tmp_path / "words")
    data = table(tmp_path / "nli.tsv", "label", "sentence1", "sentence2")
    words = WordTowerSettings(architecture="bilstm", hidden_size=3)
    for name in ("a", "b"):
        train(
            load_siamese(start, [data], None, SOFTMAX, TRAINING, words).task,
            replace(TRAINING, epochs=1),
            tmp_path / name,
        )
    assert (tmp_path / "a" / "model.safetensors").read_bytes() == (tmp_path / "b" / "model.safetensors").read_bytes()


def test_training_goes_on_from_what_was_trained(tmp_path: Path) -> None:
    start = write_words(tmp_path / "lstm", architecture="bilstm")
    data = table(tmp_path / "sts.tsv", "score", "sentence1", "sentence2")
    task = load_siamese(start, [data], data, SiameseSettings(objective="cosine"), TRAINING).task
    assert train(task, replace(TRAINING, epochs=1), tmp_path / "run").metrics.keys() == {"spearman", "pearson"}
    assert WordConfig.load(tmp_path / "run") == WordConfig.load(start)


def test_what_does_not_fit_is_refused(tmp_path: Path, tiny_encoder: Path) -> None:
    data = table(tmp_path / "nli.tsv", "label", "sentence1", "sentence2")
    lstm = write_words(tmp_path / "lstm", architecture="bilstm")
    for encoder, settings, words, message in (
        (tiny_encoder, SOFTMAX, WordTowerSettings(architecture="dan"), "tiny is a Transformer"),
        (lstm, SOFTMAX, WordTowerSettings(architecture="dan"), "is a bilstm and cannot become a dan"),
        (lstm, replace(SOFTMAX, pooling="cls"), WordTowerSettings(), "pooling is for Transformers"),
        (lstm, replace(SOFTMAX, max_tokens=999), WordTowerSettings(), "the encoder reads at most 512"),
    ):
        with pytest.raises(UserError, match=message):
            load_siamese(encoder, [data], None, settings, TRAINING, words)


def test_what_suits_word_vectors_is_not_what_suits_a_transformer() -> None:
    assert suited("softmax", over_words=True) == (5.0, 1e-3)
    assert suited("softmax", over_words=False) == (1.0, 2e-5)


def test_words_that_are_dropped_in_training_are_not_in_evaluation(tmp_path: Path) -> None:
    data = table(tmp_path / "nli.tsv", "label", "sentence1", "sentence2")
    words = WordTowerSettings(architecture="bilstm", hidden_size=3, word_dropout=0.5)
    task = load_siamese(write_words(tmp_path / "words"), [data], None, SOFTMAX, TRAINING, words).task
    batch = task.batch(range(4))
    task.module.train()
    assert not torch.equal(task.module.vectors(batch.passes[0]), task.module.vectors(batch.passes[0]))
    task.module.eval()
    assert torch.equal(task.module.vectors(batch.passes[0]), task.module.vectors(batch.passes[0]))
