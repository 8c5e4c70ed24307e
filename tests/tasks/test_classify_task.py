"""Training classifiers: they learn, parts stay frozen, and numpy answers what torch was trained to answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.evaluation.calibration import probabilities
from aisle.model.encoder import Encoder
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.classify.classifier import Classifier
from aisle.tasks.classify.description import Description, read_head
from aisle.tasks.classify.loading import Loaded, load_classifier_task
from aisle.tasks.classify.settings import ClassifierSettings, epochs_for
from aisle.tasks.classify.task import class_weights
from aisle.training.loop import TrainingResult, train
from aisle.training.optimizer import make_optimizer
from aisle.training.packed import TokenTable
from aisle.training.settings import TrainingSettings
from tests.conftest import write_tiny_encoder
from tests.tasks.classify_tables import labelled

TRAINING = TrainingSettings(epochs=15, batch_size=10, learning_rate=3e-3, checkpoint_every=0, precision="f32")
F32 = EngineSettings(precision="f32", threads=1)


def loaded(encoder: Path, folder: Path, *, several: bool = False, dev: bool = True, **settings: Any) -> Loaded:
    data = labelled(folder / "train.tsv", several=several)
    held_out = labelled(folder / "dev.tsv", rows=30, seed=1, several=several) if dev else None
    return load_classifier_task(encoder, [data], held_out, ClassifierSettings(**settings), TRAINING)


def trained(encoder: Path, folder: Path, *, epochs: float = 15, **settings: Any) -> tuple[Loaded, TrainingResult]:
    task = loaded(encoder, folder, **settings)
    return task, train(task.task, replace(TRAINING, epochs=epochs), folder / "run")


@pytest.mark.parametrize(
    "settings",
    [
        {"pooling": "cls", "dense": ()},
        {"dense": (24, 0), "activation": "gelu", "label_smoothing": 0.05, "class_weights": "balanced"},
        {"several": True, "pooling": "max", "activation": "relu", "class_weights": "root"},
    ],
    ids=["cls, output layer alone", "two dense layers", "several classes"],
)
def test_it_learns_and_numpy_answers_as_torch(tiny_encoder: Path, tmp_path: Path, settings: dict[str, Any]) -> None:
    task, result = trained(tiny_encoder, tmp_path, **settings)
    assert result.best is not None
    assert result.best > 0.7  # by chance a third
    classifier = Classifier(tmp_path / "run", settings=F32)
    texts = ["oat milk of the bread", "apple", "whole organic milk"]
    found_NC, truncated = classifier.probabilities(texts)
    module = task.task.module.eval()
    batch = task.task._tokenizer.encode_batch(texts, max_tokens=32)
    with torch.no_grad():
        logits_NC = module.logits(TokenTable(batch.ids).pack(range(3))).double().numpy()
    several = task.multi_label
    expected_NC = probabilities(logits_NC, classifier.description.temperature, multi_label=several)
    np.testing.assert_allclose(found_NC, expected_NC, rtol=0, atol=1e-5)
    assert truncated == 0
    answers = classifier.classify(texts)
    assert set(answers[1].probabilities) == {"bakery", "dairy", "fruit"}
    assert answers[1].labels == ("fruit",)
    dev = json.loads((tmp_path / "run" / "dev.json").read_text())
    # The thresholds are chosen anew once probabilities are calibrated, so F1 may move a little.
    assert dev["macro_f1" if several else "accuracy"] == pytest.approx(result.best, abs=0.02 if several else 1e-9)
    assert (tmp_path / "run" / "dev.png").is_file()


def test_the_encoder_inside_is_an_encoder(tiny_encoder: Path, tmp_path: Path) -> None:
    trained(tiny_encoder, tmp_path, epochs=1)
    assert SentenceEncoder.load(tmp_path / "run", settings=F32).encode(["oat milk"]).shape == (1, 32)


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


@pytest.mark.parametrize(
    ("settings", "stays"),
    [
        ({"freeze_layers": 1}, (True, True, False)),
        ({"freeze_embeddings": True}, (True, False, False)),
        ({"freeze_layers": -1}, (True, True, True)),
    ],
)
def test_frozen_parts_stay_as_they_were(
    tiny_encoder: Path, tmp_path: Path, settings: dict[str, Any], stays: tuple[bool, ...]
) -> None:
    trained(tiny_encoder, tmp_path, epochs=1, dev=False, **settings)
    before, after = Encoder.load(tiny_encoder), Encoder.load(tmp_path / "run")
    pairs = [(before.embeddings, after.embeddings), *zip(before.layers, after.layers, strict=True)]
    assert tuple(same(*pair) for pair in pairs) == stays


def test_each_layer_learns_slower_than_the_one_above(tiny_encoder: Path, tmp_path: Path) -> None:
    task = loaded(tiny_encoder, tmp_path, dev=False, layer_decay=0.5, head_learning_rate=0.1).task
    optimizer = make_optimizer(task.module, TRAINING, task.parameter_groups(TRAINING))
    rates = {id(weight): group["peak"] for group in optimizer.param_groups for weight in group["params"]}
    encoder = task.module.encoder
    parts = (task.module.head, encoder.layers[1], encoder.layers[0], encoder.embeddings)
    found = [{rates[id(weight)] for weight in part.parameters()} for part in parts]
    assert found == [{0.1}, {3e-3}, {1.5e-3}, {0.75e-3}]
    assert len(rates) == len(list(task.module.parameters()))


def test_more_examples_are_gone_through_less_often_but_in_more_steps() -> None:
    counts = (10, 2_000, 16_000, 43_410, 67_349, 10_000_000)
    assert [epochs_for(count) for count in counts] == [12, 12, 4, 3, 2, 2]
    assert epochs_for(43_410, multi_label=True) == 5
    steps = [epochs_for(count) * count for count in counts]
    assert steps == sorted(steps)


def test_with_several_classes_a_fresh_head_says_how_common_each_is(tiny_encoder: Path, tmp_path: Path) -> None:
    task = loaded(tiny_encoder, tmp_path, several=True, dev=False).task
    shares_C = torch.from_numpy(task._training.truth_NC.mean(axis=0)).float()
    bias = task.module.head.layers[-1].bias
    assert isinstance(bias, torch.Tensor)
    torch.testing.assert_close(torch.sigmoid(bias), shares_C)


def test_class_weights_by_hand() -> None:
    truth_NC = np.eye(2, dtype=bool)[[0, 0, 0, 1]]
    assert class_weights(truth_NC, "none", multi_label=False) is None
    balanced = class_weights(truth_NC, "balanced", multi_label=False)
    root = class_weights(truth_NC, "root", multi_label=False)
    assert balanced is not None
    assert root is not None
    assert balanced.tolist() == pytest.approx([2 / 3, 2])  # both classes weigh 2 together
    assert (root[1] / root[0]).item() == pytest.approx(3**0.5)
    assert (root[0] * 3 + root[1]).item() == pytest.approx(4)
    several = class_weights(truth_NC, "balanced", multi_label=True)
    assert several is not None
    assert several.tolist() == pytest.approx([1 / 3, 3])


def test_without_dev_data_nothing_is_calibrated(tiny_encoder: Path, tmp_path: Path) -> None:
    _, result = trained(tiny_encoder, tmp_path, epochs=1, dev=False, several=True)
    assert (result.best, result.metrics) == (None, {})
    description = Description.load(tmp_path / "run")
    assert (description.temperature, description.thresholds) == (1.0, (0.5,) * 3)
    assert not (tmp_path / "run" / "dev.json").exists()


def test_below_the_threshold_the_answer_is_unsure(tiny_encoder: Path, tmp_path: Path) -> None:
    trained(tiny_encoder, tmp_path, epochs=1, unsure=1.0)
    classifier = Classifier(tmp_path / "run", settings=F32)
    (own,) = classifier.classify(["oat milk"])
    assert own.unsure
    assert own.labels == ()
    (asked,) = classifier.classify(["oat milk"], unsure_below=0.0)
    assert not asked.unsure
    assert len(asked.labels) == 1


def test_what_cannot_be_trained_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="freeze_layers is 3, and the encoder has 2 layers"):
        loaded(tiny_encoder, tmp_path, freeze_layers=3)
    with pytest.raises(UserError, match="max_tokens is 65, and the encoder has positions for 64"):
        loaded(tiny_encoder, tmp_path, max_tokens=65)
    bare = write_tiny_encoder(tmp_path / "bare")
    (bare / "tokenizer.json").unlink()
    with pytest.raises(UserError, match="it lacks a tokenizer"):
        loaded(bare, tmp_path)
    one = labelled(tmp_path / "one.tsv")
    several = labelled(tmp_path / "several.tsv", several=True)
    with pytest.raises(UserError, match="differ in whether a text may have several classes"):
        load_classifier_task(tiny_encoder, [one], several, ClassifierSettings(), TRAINING)
    unseen = tmp_path / "unseen.tsv"
    unseen.write_text("label\ttext\nfish\toat\n")
    with pytest.raises(UserError, match="line 2: the label 'fish' was never seen in training"):
        load_classifier_task(tiny_encoder, [one], unseen, ClassifierSettings(), TRAINING)


def test_a_damaged_classifier_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    trained(tiny_encoder, tmp_path, epochs=1, dev=False)
    run = tmp_path / "run"
    with pytest.raises(UserError, match="holds no classifier"):
        Classifier(tiny_encoder, settings=F32)
    with pytest.raises(UserError, match="takes 32 numbers and is given 16; encoder and head do not belong together"):
        read_head(run, 16, 3)
    with pytest.raises(UserError, match=r"has 3 outputs and classifier.json names 4 labels"):
        read_head(run, 32, 4)
    values = json.loads((run / "classifier.json").read_text())
    for change in ({"format": 2}, {"labels": None}, {"thresholds": [0.5]}, {"more": 1}):
        (run / "classifier.json").write_text(json.dumps(values | change))
        with pytest.raises(UserError, match=r"classifier.json is"):
            Description.load(run)
    (run / "classifier.safetensors").unlink()
    with pytest.raises(UserError, match=r"lacks classifier.safetensors"):
        read_head(run, 32, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dropout": 1.0}, "dropout is 1.0; it must be from 0 to 0.95"),
        ({"label_smoothing": -0.1}, "label_smoothing is -0.1"),
        ({"unsure": 1.5}, "unsure is 1.5"),
        ({"layer_decay": 0.0}, "layer_decay is 0.0"),
        ({"head_learning_rate": -1.0}, "must not be negative"),
        ({"dense": (-1,)}, "dense layers of"),
        ({"freeze_layers": -2}, "freeze_layers is -2"),
        ({"label_separator": ""}, "label_separator is empty"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        ClassifierSettings(**change)
