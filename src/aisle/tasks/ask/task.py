"""What the training loop is handed to train a model that writes SQL.

Legend: N examples.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aisle.files.atomic import write_atomic
from aisle.objectives.allowed import allowed_symbol_loss
from aisle.sql.grammar import Grammar
from aisle.sql.tree import Query
from aisle.sql.writing import UNKNOWN
from aisle.tasks.ask.batches import Batches
from aisle.tasks.ask.confidence import Confidence, chosen_threshold, features, fitted_confidence
from aisle.tasks.ask.coverage import Coverage, coverage_of, learned_words
from aisle.tasks.ask.description import AskDescription
from aisle.tasks.ask.engine import AskEngine
from aisle.tasks.ask.examples import Example, lengths
from aisle.tasks.ask.model import AskBatch, AskModel
from aisle.tasks.ask.settings import AskSettings
from aisle.tasks.ask.writing import WIDTH, write_query
from aisle.text.tokenizer import Tokenizer
from aisle.training.optimizer import groups_by_decay
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss, Task

SEEN_IN_TRAINING = 150
"""Dev examples that are written out at each evaluation; all of them at the end, for the confidence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What was written for dev questions."""

    right_N: NDArray[np.bool_]
    """Whether it is what should be, the order of conditions aside."""
    answer_N: NDArray[np.bool_]
    """Whether it is a query; the others say that the question has none."""
    probability_N: NDArray[np.float64]
    features_NF: NDArray[np.float64]


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
        self._words = learned_words((one.sheet, one.symbols) for one in training if one.symbols != UNKNOWN)
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
        judged = self._judged(self._dev[:SEEN_IN_TRAINING], width=2)
        return {"exact": float(judged.right_N.mean()), "probability": float(judged.probability_N.mean())}

    def save(self, directory: Path) -> None:
        """Fit the confidence, choose from which on to answer, and write the model; with dev data also `dev.json`."""
        confidence, threshold = Confidence(), 0.0
        if self._dev:
            judged = self._judged(self._dev, width=WIDTH)
            asked_N = judged.answer_N
            if asked_N.any():
                right_N, features_NF = judged.right_N[asked_N], judged.features_NF[asked_N]
                confidence = fitted_confidence(features_NF, right_N)
                confidence_N = np.array([confidence.of(features_F) for features_F in features_NF])
                threshold = chosen_threshold(confidence_N, right_N, self.settings.precision_wanted)
                answered_N = confidence_N >= threshold
                share, right = float(answered_N.mean()), float(right_N[answered_N].mean())
            numbers = {
                "questions": len(judged.right_N),
                "exact": float(judged.right_N.mean()),
                "queries": int(asked_N.sum()),
                "answered": share if asked_N.any() else 0.0,
                "exact_of_answered": right if asked_N.any() else None,
            }
            write_atomic(directory / "dev.json", json.dumps(numbers) + "\n")
        description = AskDescription(
            settings=self.settings,
            about=self._about,
            confidence=confidence,
            threshold=threshold,
            words=sorted(self._words),
        )
        self.module.encoder.save(directory)
        self._tokenizer.save(directory)
        parts = {name: weight for name, weight in _weights(self.module).items() if not name.startswith("encoder.")}
        # Last, so that a directory that has an ask.json has the rest.
        description.save(directory, parts)

    def _judged(self, examples: Sequence[Example], *, width: int) -> Judged:
        engine = AskEngine(self.module.encoder.config, self.settings, _weights(self.module), self._tokenizer)
        right, answer, probability, rows = list[bool](), list[bool](), list[float](), list[NDArray[np.float64]]()
        for one in examples:
            written = write_query(engine, one.sheet, width=width)
            if written is None:
                right.append(False)
                answer.append(False)
                probability.append(0.0)
                rows.append(features(0.0, 0.0, Coverage()))
                continue
            right.append(same_query(written.query, Grammar(one.sheet).tree(one.symbols)))
            answer.append(written.query is not None)
            probability.append(written.probability)
            coverage = coverage_of(one.sheet, written.symbols, self._words)
            rows.append(features(written.probability, written.weakest, coverage))
        return Judged(
            right_N=np.array(right),
            answer_N=np.array(answer),
            probability_N=np.array(probability),
            features_NF=np.array(rows),
        )


def same_query(one: Query | None, other: Query | None) -> bool:
    """Whether two queries are the same but for the order of their conditions."""
    if one is None or other is None:
        return one is other
    sets = [frozenset(map(repr, query.where)) for query in (one, other)]
    return sets[0] == sets[1] and replace(one, where=()) == replace(other, where=())


def _weights(module: AskModel) -> dict[str, NDArray[np.float32]]:
    return {name: tensor.detach().float().cpu().numpy() for name, tensor in module.state_dict().items()}
