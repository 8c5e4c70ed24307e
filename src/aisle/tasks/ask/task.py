"""What the training loop is handed to train a model that writes SQL.

Legend: N examples.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aisle.files.atomic import write_atomic
from aisle.objectives.allowed import allowed_symbol_loss
from aisle.tasks.ask.batches import Batches
from aisle.tasks.ask.confidence import chosen_threshold, fitted_temperature
from aisle.tasks.ask.description import AskDescription
from aisle.tasks.ask.engine import AskEngine
from aisle.tasks.ask.examples import Example, lengths
from aisle.tasks.ask.model import AskBatch, AskModel
from aisle.tasks.ask.settings import AskSettings
from aisle.tasks.ask.writing import write_query
from aisle.text.tokenizer import Tokenizer
from aisle.training.optimizer import groups_by_decay
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """Whether each dev query was written as it should be, and how probable the model found what it wrote."""

    right_N: NDArray[np.bool_]
    probability_N: NDArray[np.float64]


class AskTask(Task):
    """Write the symbols of a query, told the question and the schema."""

    dev_metric = "exact"

    def __init__(
        self,
        model: AskModel,
        tokenizer: Tokenizer,
        settings: AskSettings,
        training: Sequence[Example],
        dev: Sequence[Example],
        about: Mapping[str, Any],
    ) -> None:
        self.module: AskModel = model
        self.settings = settings
        self._tokenizer, self._training, self._dev, self._about = tokenizer, training, dev, about
        self._batches = Batches(tokenizer, model.names)
        model.encoder.embeddings.requires_grad_(False)
        for layer in model.encoder.layers[: model.frozen]:
            layer.requires_grad_(False)

    def num_examples(self) -> int:
        return len(self._training)

    def lengths(self) -> Sequence[int]:
        return lengths(self._training)

    def batch(self, examples: Sequence[int]) -> AskBatch:
        return self._batches.of([self._training[number] for number in examples])

    def loss(self, batch: AskBatch) -> Loss:
        told_BT: Tensor = batch.told_BT
        value, _ = allowed_symbol_loss(self.module(batch), batch.target_BT[:, 1:], told_BT)
        return Loss(value, len(batch.target_BT), int(batch.piece_mask_BP.sum()))

    def parameter_groups(self, settings: TrainingSettings) -> list[dict[str, Any]] | None:
        named = [(name, weight) for name, weight in self.module.named_parameters() if weight.requires_grad]
        encoder = [weight for name, weight in named if name.startswith("encoder.")]
        parts = [weight for name, weight in named if not name.startswith("encoder.")]
        return [
            *groups_by_decay(encoder, settings, settings.learning_rate),
            *groups_by_decay(parts, settings, self.settings.part_learning_rate),
        ]

    def evaluate(self) -> Mapping[str, float]:
        if not self._dev:
            return {}
        judged = self._judged()
        return {"exact": float(judged.right_N.mean()), "probability": float(judged.probability_N.mean())}

    def save(self, directory: Path) -> None:
        """Choose the confidence from which on to answer, and write the model; with dev data also `dev.json`."""
        description = AskDescription(settings=self.settings, about=self._about)
        if self._dev:
            judged = self._judged()
            temperature = fitted_temperature(judged.probability_N, judged.right_N)
            description = AskDescription(settings=self.settings, about=self._about, temperature=temperature)
            confidence_N = np.array([description.confidence(float(p)) for p in judged.probability_N])
            threshold = chosen_threshold(confidence_N, judged.right_N, self.settings.precision_wanted)
            description = AskDescription(
                settings=self.settings, about=self._about, temperature=temperature, threshold=threshold
            )
            answered_N = confidence_N >= threshold
            numbers = {
                "questions": len(judged.right_N),
                "exact": float(judged.right_N.mean()),
                "answered": float(answered_N.mean()),
                "exact_of_answered": float(judged.right_N[answered_N].mean()) if answered_N.any() else None,
            }
            write_atomic(directory / "dev.json", json.dumps(numbers) + "\n")
        self.module.encoder.save(directory)
        self._tokenizer.save(directory)
        parts = {name: weight for name, weight in _weights(self.module).items() if not name.startswith("encoder.")}
        # Last, so that a directory that has an ask.json has the rest.
        description.save(directory, parts)

    def _judged(self) -> Judged:
        engine = AskEngine(self.module.encoder.config, self.settings, _weights(self.module), self._tokenizer)
        right, probability = [], []
        for one in self._dev:
            written = write_query(engine, one.sheet, width=2)
            right.append(written is not None and written.symbols == one.symbols)
            probability.append(written.probability if written is not None else 0.0)
        return Judged(right_N=np.array(right), probability_N=np.array(probability))


def _weights(module: AskModel) -> dict[str, NDArray[np.float32]]:
    return {name: tensor.detach().float().cpu().numpy() for name, tensor in module.state_dict().items()}
