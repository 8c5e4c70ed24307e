"""Training sentence encoders: each objective learns, and what is saved is what sentence-transformers loads."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.siamese.loading import load_siamese
from aisle.tasks.siamese.model import Siamese, encode
from aisle.tasks.siamese.settings import SiameseSettings
from aisle.tasks.siamese.task import SiameseTask, _same_texts
from aisle.training.loop import TrainingResult, train
from aisle.training.packed import TokenTable
from aisle.training.settings import TrainingSettings
from tests.conftest import TINY, write_tiny_encoder
from tests.tasks.siamese_tables import table

TRAINING = TrainingSettings(epochs=1, batch_size=8, learning_rate=1e-3, checkpoint_every=0, precision="f32")
TEXTS = ["oat milk", "whole bread the butter", "apple", "gluten free organic cheese of 12 oz"]
COLUMNS = {
    "softmax": ("label", "sentence1", "sentence2"),
    "cosine": ("score", "sentence1", "sentence2"),
    "triplet": ("anchor", "positive", "negative"),
    "in-batch": ("anchor", "positive", "negative"),
}


def trained(
    encoder: Path, folder: Path, objective: str, *, epochs: float = 1, dev: Path | None = None, **settings: Any
) -> TrainingResult:
    data = table(folder / f"{objective}.tsv", *COLUMNS[objective])
    kind = SiameseSettings(objective=objective, **settings)  # type: ignore[arg-type]
    training = replace(TRAINING, epochs=epochs)
    loaded = load_siamese(encoder, [data], dev, kind, training)
    return train(loaded.task, training, folder / "run")


def ours(directory: Path, *, normalize: bool) -> np.ndarray[Any, Any]:
    encoder = SentenceEncoder.load(directory, settings=EngineSettings(precision="f32"))
    return encoder.encode(TEXTS, normalize=normalize)


def theirs(directory: Path) -> np.ndarray[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        return np.asarray(SentenceTransformer(str(directory), device="cpu").encode(TEXTS))


@pytest.mark.parametrize(
    ("objective", "settings"),
    [
        ("softmax", {"pooling": "mean"}),
        ("softmax", {"concatenation": "|u-v|,u*v", "pooling": "cls"}),
        ("cosine", {"pooling": "max"}),
        ("cosine", {"matryoshka": (8, 16)}),
        ("triplet", {"normalize": True}),
        ("in-batch", {"scale": 10.0}),
    ],
)
def test_every_objective_learns(tmp_path: Path, objective: str, settings: dict[str, Any]) -> None:
    # The texts are at random, so all that can be learnt is them by heart; without dropout that is certain.
    encoder = write_tiny_encoder(tmp_path / "calm", config=replace(TINY, dropout=0.0, attention_dropout=0.0))
    result = trained(encoder, tmp_path, objective, epochs=20, **settings)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    first = float(lines[0].split('"loss": ')[1].split(",")[0])
    assert result.loss < 0.95 * first
    assert SentenceEncoder.load(tmp_path / "run").dim == TINY.hidden_size


def test_a_student_of_fewer_layers_learns_the_vectors_of_its_teacher(tiny_encoder: Path, tmp_path: Path) -> None:
    data = table(tmp_path / "texts.tsv", "sentence1", "sentence2", rows=40)
    settings = SiameseSettings(objective="distill", teacher=str(tiny_encoder), keep_layers=(0,))
    training = replace(TRAINING, epochs=12, learning_rate=3e-3)
    loaded = load_siamese(tiny_encoder, [data], None, settings, training)
    assert loaded.examples == loaded.texts
    far = np.abs(encoded(loaded.task.module, loaded.task) - ours(tiny_encoder, normalize=False)).mean()
    train(loaded.task, training, tmp_path / "run")
    near = np.abs(ours(tmp_path / "run", normalize=False) - ours(tiny_encoder, normalize=False)).mean()
    assert EncoderConfig.load(tmp_path / "run").num_layers == 1
    assert near < 0.6 * far
    with pytest.raises(UserError, match="keep_layers names \\(2,\\); the encoder has the layers 0 to 1"):
        load_siamese(tiny_encoder, [data], None, replace(settings, keep_layers=(2,)), training)
    wide = write_tiny_encoder(tmp_path / "wide", config=replace(TINY, hidden_size=64))
    with pytest.raises(UserError, match="have 32 numbers and those of the encoder 64"):
        load_siamese(wide, [data], None, settings, training)


def encoded(model: Siamese, task: SiameseTask) -> np.ndarray[Any, Any]:
    ids = task._tokenizer.encode_batch(TEXTS, max_tokens=32).ids
    return encode(model.eval(), TokenTable(ids), 4096).numpy()


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("pooling", ["mean", "max", "cls"])
def test_sentence_transformers_encodes_alike(tiny_encoder: Path, tmp_path: Path, pooling: str, normalize: bool) -> None:
    trained(tiny_encoder, tmp_path, "cosine", pooling=pooling, normalize=normalize)
    np.testing.assert_allclose(ours(tmp_path / "run", normalize=normalize), theirs(tmp_path / "run"), rtol=0, atol=1e-5)


def test_a_checkpoint_saved_by_sentence_transformers_trains_and_encodes_alike(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        SentenceTransformer(str(tiny_encoder), device="cpu").save(str(tmp_path / "saved"))
    np.testing.assert_allclose(ours(tmp_path / "saved", normalize=False), theirs(tmp_path / "saved"), rtol=0, atol=1e-5)
    trained(tmp_path / "saved", tmp_path, "cosine")
    np.testing.assert_allclose(ours(tmp_path / "run", normalize=False), theirs(tmp_path / "run"), rtol=0, atol=1e-5)


def test_dev_metrics_follow_the_columns_of_the_dev_table(tiny_encoder: Path, tmp_path: Path) -> None:
    scored = table(tmp_path / "dev.tsv", *COLUMNS["cosine"], seed=1)
    labelled = table(tmp_path / "dev-nli.tsv", *COLUMNS["softmax"], seed=1)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert trained(tiny_encoder, tmp_path / "a", "softmax", dev=scored).metrics.keys() == {"spearman", "pearson"}
    assert trained(tiny_encoder, tmp_path / "b", "softmax", dev=labelled).metrics.keys() == {"accuracy"}


def test_a_dev_label_never_seen_in_training_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    dev = tmp_path / "dev.tsv"
    dev.write_text("label\tsentence1\tsentence2\nneutral\ta\tb\nunclear\tc\td\n")
    with pytest.raises(UserError, match=r"line 3: the label 'unclear' is never seen in training"):
        trained(tiny_encoder, tmp_path, "softmax", dev=dev)


def test_what_the_checkpoint_lacks_is_named(tmp_path: Path) -> None:
    encoder = write_tiny_encoder(tmp_path / "bare")
    (encoder / "tokenizer.json").unlink()
    with pytest.raises(UserError, match="it lacks a tokenizer"):
        trained(encoder, tmp_path, "cosine")
    whole = write_tiny_encoder(tmp_path / "whole")
    with pytest.raises(UserError, match="max_tokens is 99, and the encoder has positions for 64"):
        trained(whole, tmp_path, "cosine", max_tokens=99)
    with pytest.raises(UserError, match="matryoshka length 32 is not between 1 and 31"):
        trained(whole, tmp_path, "cosine", matryoshka=(32,))


@pytest.mark.parametrize("objective", ["cosine", "in-batch"])
def test_several_passes_have_the_gradient_of_one(tiny_encoder: Path, tmp_path: Path, objective: str) -> None:
    data = table(tmp_path / "data.tsv", *COLUMNS[objective], rows=16)
    gradients = []
    for budget in (10_000, 24):
        training = replace(TRAINING, token_budget=budget)
        task = load_siamese(tiny_encoder, [data], None, SiameseSettings(objective=objective), training).task  # type: ignore[arg-type]
        task.module.eval()  # no dropout
        batch = task.batch(range(16))
        assert (len(batch.passes) > 1) == (budget == 24 and objective == "in-batch")
        task.loss(batch).value.backward()
        gradients.append(
            {name: weight.grad for name, weight in task.module.named_parameters() if weight.grad is not None}
        )
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-4, atol=1e-6)


def test_texts_known_to_belong_together_are_no_negatives_of_each_other() -> None:
    #              anchor, positive, negative
    texts_NK = torch.tensor([[0, 1, 2], [0, 3, -1], [4, 5, 1], [3, 6, -1]])
    # Candidates: 1 3 5 6, then the negatives 2 1.
    assert _same_texts(texts_NK).int().tolist() == [
        [1, 1, 0, 0, 0, 1],  # 3 belongs to 0 too, and the last negative is its own positive's text
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 1, 0, 1, 0, 0],  # its own text
    ]


def test_long_texts_are_cut_and_counted(tmp_path: Path) -> None:
    encoder = write_tiny_encoder(tmp_path / "tiny", config=EncoderConfig(**{**_values(TINY), "max_positions": 8}))
    data = table(tmp_path / "data.tsv", *COLUMNS["cosine"])
    loaded = load_siamese(encoder, [data], None, SiameseSettings(objective="cosine", max_tokens=4), TRAINING)
    assert loaded.truncated > 0
    assert max(loaded.task.lengths()) == 8


def _values(config: EncoderConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__dataclass_fields__}
