"""What the training loop is handed to train a classifier.

Legend: B texts, N examples, C classes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.evaluation.calibration import best_temperature, best_thresholds, crossed_macro_f1, probabilities
from aisle.evaluation.classification import ClassificationResult, evaluate_classification
from aisle.evaluation.classification_picture import draw_classification
from aisle.files.atomic import write_atomic
from aisle.objectives.classification import classification_loss, multi_label_loss
from aisle.tasks.classify.description import Description
from aisle.tasks.classify.layers import freeze, parameter_groups
from aisle.tasks.classify.model import ClassifierModel
from aisle.tasks.classify.settings import ClassifierSettings
from aisle.text.tokenizer import Tokenizer
from aisle.training.batches import forwards
from aisle.training.packed import PackedBatch, TokenTable
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """Texts as tokens, with what is true of them."""

    table: TokenTable
    truth_NC: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassifierBatch:
    """Some examples."""

    packed: PackedBatch
    truth_BC: Tensor

    def to(self, device: torch.device) -> ClassifierBatch:
        """The same on a device."""
        return ClassifierBatch(packed=self.packed.to(device), truth_BC=self.truth_BC.to(device))


class ClassifierTask(Task):
    """Cross-entropy over classes, or a yes or no for each of them."""

    def __init__(
        self,
        model: ClassifierModel,
        tokenizer: Tokenizer,
        settings: ClassifierSettings,
        labels: tuple[str, ...],
        training: Encoded,
        *,
        dev: Encoded | None = None,
        multi_label: bool = False,
        token_budget: int = 4_096,
    ) -> None:
        self.module: ClassifierModel = model
        self.settings = settings
        self.labels = labels
        self.multi_label = multi_label
        self.dev_metric = "macro_f1" if multi_label else "accuracy"
        self._tokenizer, self._training, self._dev = tokenizer, training, dev
        self._token_budget = token_budget
        self._weights_C = class_weights(training.truth_NC, settings.class_weights, multi_label=multi_label)
        freeze(model, settings)

    def num_examples(self) -> int:
        return len(self._training.table)

    def lengths(self) -> Sequence[int]:
        lengths: list[int] = self._training.table.lengths_B.tolist()
        return lengths

    def batch(self, examples: Sequence[int]) -> ClassifierBatch:
        rows_B = np.asarray(examples, np.int64)
        truth_BC = torch.from_numpy(self._training.truth_NC[rows_B])
        return ClassifierBatch(packed=self._training.table.pack(rows_B), truth_BC=truth_BC)

    def loss(self, batch: ClassifierBatch) -> Loss:
        logits_BC = self.module.logits(batch.packed)
        weights_C = None if self._weights_C is None else self._weights_C.to(logits_BC.device)
        smoothing = self.settings.label_smoothing
        if self.multi_label:
            value = multi_label_loss(logits_BC, batch.truth_BC, weights_C=weights_C, smoothing=smoothing)
        else:
            classes_B = batch.truth_BC.int().argmax(dim=1)
            value = classification_loss(logits_BC, classes_B, weights_C=weights_C, smoothing=smoothing)
        return Loss(value, len(batch.truth_BC), batch.packed.tokens)

    def parameter_groups(self, settings: TrainingSettings) -> list[dict[str, Any]] | None:
        return parameter_groups(self.module, self.settings, settings)

    def evaluate(self) -> Mapping[str, float]:
        if self._dev is None:
            return {}
        result = self._judged(self._dev_logits(), calibrated=False)[1]
        return {"accuracy": result.accuracy, "macro_f1": result.macro_f1, "log_loss": result.log_loss}

    def save(self, directory: Path) -> None:
        """Calibrate on the dev data, and write the classifier; with dev data also `dev.json` and `dev.png`."""
        if self._dev is None:
            description = self._described(1.0, (0.5,) * len(self.labels) if self.multi_label else ())
            self.module.save(directory, self._tokenizer, description)
            return
        logits_NC = self._dev_logits()
        description, result = self._judged(logits_NC, calibrated=self.settings.calibrate)
        self.module.save(directory, self._tokenizer, description)
        numbers = result.as_dict()
        if self.multi_label:
            # Thresholds that these very examples chose flatter; this figure does not.
            chances_NC = probabilities(logits_NC, description.temperature, multi_label=True)
            numbers["macro_f1_crossed"] = crossed_macro_f1(chances_NC, self._dev.truth_NC)
        write_atomic(directory / "dev.json", json.dumps(numbers) + "\n")
        draw_classification(result, directory / "dev.png")

    def _described(self, temperature: float, thresholds: tuple[float, ...]) -> Description:
        return Description(
            labels=self.labels,
            multi_label=self.multi_label,
            activation=self.settings.activation,
            temperature=temperature,
            thresholds=thresholds,
            unsure=self.settings.unsure,
        )

    def _judged(self, logits_NC: NDArray[np.float64], *, calibrated: bool) -> tuple[Description, ClassificationResult]:
        """How the classifier would answer, and how good that is, both on the dev data."""
        assert self._dev is not None
        truth_NC = self._dev.truth_NC
        temperature = best_temperature(logits_NC, truth_NC, multi_label=self.multi_label) if calibrated else 1.0
        chances_NC = probabilities(logits_NC, temperature, multi_label=self.multi_label)
        thresholds_C = best_thresholds(chances_NC, truth_NC) if self.multi_label else None
        result = evaluate_classification(
            self.labels, truth_NC, chances_NC, thresholds_C=thresholds_C, unsure_below=self.settings.unsure
        )
        return self._described(temperature, () if thresholds_C is None else tuple(thresholds_C.tolist())), result

    @torch.no_grad()
    def _dev_logits(self) -> NDArray[np.float64]:
        assert self._dev is not None
        device = next(self.module.parameters()).device
        table = self._dev.table
        logits_NC = np.empty(self._dev.truth_NC.shape, np.float64)
        for texts in forwards(np.arange(len(table)), table.lengths_B, self._token_budget):
            logits_NC[texts] = self.module.logits(table.pack(texts).to(device)).cpu().numpy()
        return logits_NC


def class_weights(truth_NC: NDArray[np.bool_], kind: str, *, multi_label: bool) -> Tensor | None:
    """How much each class weighs (C,); None for all the same.

    One class a text: inverse to how common it is (`balanced`), or the root of that, scaled so that the mean over the
    texts is 1. Several: texts without it for every text with it, or the root of that.
    """
    if kind == "none":
        return None
    counts_C = np.maximum(truth_NC.sum(axis=0), 1).astype(np.float64)
    weights_C = (len(truth_NC) - counts_C) / counts_C if multi_label else len(truth_NC) / counts_C
    if kind == "root":
        weights_C = np.sqrt(weights_C)
    if not multi_label:
        weights_C /= np.average(weights_C, weights=counts_C)
    return torch.from_numpy(np.maximum(weights_C, 1e-3).astype(np.float32))
