"""A task small enough for tests: tell which of two halves of the vocabulary a text's tokens come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aisle.model.encoder import Encoder
from aisle.training.packed import PackedBatch, TokenTable, packed_forward, packed_pool
from aisle.training.ranks import rows_of_all
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss, Task
from tests.conftest import TINY

SETTINGS = TrainingSettings(epochs=2, batch_size=8, learning_rate=1e-3, checkpoint_every=0, precision="f32")


class Toy(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.encoder = Encoder(replace(TINY, dropout=dropout, attention_dropout=dropout))
        self.head = nn.Linear(TINY.hidden_size, 2)


@dataclass
class ToyBatch:
    packed: PackedBatch
    labels_B: Tensor


class ToyTask(Task):
    """Texts of 3 to 9 tokens. `separable` False computes the same mean over the rows of all processes."""

    dev_metric = "accuracy"

    def __init__(self, *, examples: int = 40, dropout: float = 0.1, separable: bool = True) -> None:
        self.module = Toy(dropout)
        self.separable = separable
        random = np.random.default_rng(0)
        self.labels_N = random.integers(0, 2, examples)
        ids = [
            [2, *random.integers(5 + 40 * label, 45 + 40 * label, random.integers(1, 8)), 3] for label in self.labels_N
        ]
        self.table = TokenTable(ids)

    def num_examples(self) -> int:
        return len(self.table)

    def lengths(self) -> Sequence[int]:
        lengths: list[int] = self.table.lengths_B.tolist()
        return lengths

    def batch(self, examples: Sequence[int]) -> ToyBatch:
        return ToyBatch(self.table.pack(examples), torch.from_numpy(self.labels_N[list(examples)]))

    def loss(self, batch: ToyBatch) -> Loss:
        logits_BC, labels_B = self.logits(batch), batch.labels_B
        if not self.separable:
            logits_BC, labels_B = rows_of_all(logits_BC), rows_of_all(labels_B)
        value = nn.functional.cross_entropy(logits_BC, labels_B)
        return Loss(value, len(batch.labels_B), batch.packed.tokens)

    def logits(self, batch: ToyBatch) -> Tensor:
        x_ND = packed_forward(self.module.encoder, batch.packed)
        logits_BC: Tensor = self.module.head(packed_pool(self.module.encoder, x_ND, batch.packed, "mean"))
        return logits_BC

    def evaluate(self) -> Mapping[str, float]:
        batch = self.batch(range(len(self.table)))
        return {"accuracy": float((self.logits(batch).argmax(1) == batch.labels_B).float().mean())}

    def save(self, directory: Path) -> None:
        torch.save(self.module.state_dict(), directory / "weights.pt")


def product(directory: Path) -> dict[str, Any]:
    """The weights that a run saved."""
    weights: dict[str, Any] = torch.load(directory / "weights.pt")
    return weights


def same_bits(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
