"""What the training loop is handed to train a sentence encoder.

Legend: N examples of a batch, K texts of each, D vector length, M candidates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.evaluation.correlation import pearson, spearman
from aisle.objectives.cosine import cosine_regression
from aisle.objectives.distillation import distillation_loss
from aisle.objectives.in_batch import in_batch_loss
from aisle.objectives.matryoshka import matryoshka_loss
from aisle.objectives.triplet import triplet_loss
from aisle.tasks.siamese.data import Examples
from aisle.tasks.siamese.model import Towers, encode
from aisle.tasks.siamese.settings import SiameseSettings
from aisle.text.tokenizer import Tokenizer
from aisle.training.batches import forwards
from aisle.training.packed import PackedBatch, TokenTable
from aisle.training.ranks import rows_of_all
from aisle.training.task import Loss, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Dev:
    """Pairs to evaluate on after every epoch: scored ones, or labelled ones for softmax."""

    examples: Examples
    table: TokenTable
    metric: str
    """`spearman` or `accuracy`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiameseBatch:
    """All first texts, then all second ones, then the negatives there are."""

    passes: list[PackedBatch]
    order_B: Tensor
    """Where each text's vector lies among those of all passes."""
    texts_NK: Tensor
    """Numbers of the texts; -1 for no negative."""
    targets_N: Tensor | None

    @property
    def tokens(self) -> int:
        """Tokens of all texts."""
        return sum(part.tokens for part in self.passes)

    def to(self, device: torch.device) -> SiameseBatch:
        """The same on a device."""
        return SiameseBatch(
            passes=[part.to(device) for part in self.passes],
            order_B=self.order_B.to(device),
            texts_NK=self.texts_NK.to(device),
            targets_N=None if self.targets_N is None else self.targets_N.to(device),
        )


class SiameseTask(Task):
    """One objective over pairs, triplets, or texts and a teacher's vectors."""

    def __init__(
        self,
        model: Towers,
        tokenizer: Tokenizer,
        settings: SiameseSettings,
        examples: Examples,
        table: TokenTable,
        *,
        dev: Dev | None = None,
        token_budget: int = 4_096,
    ) -> None:
        """`table` holds the tokens of `examples.texts`; for softmax the model has its head."""
        self.module: Towers = model
        self.settings = settings
        self.dev_metric = dev.metric if dev else ""
        self.separable = settings.objective != "in-batch"
        self._tokenizer = tokenizer
        self._examples, self._table, self._dev = examples, table, dev
        self._token_budget = token_budget

    def num_examples(self) -> int:
        return len(self._examples)

    def lengths(self) -> Sequence[int]:
        columns_NK = self._examples.columns_NK
        lengths_NK = np.where(columns_NK >= 0, self._table.lengths_B[columns_NK], 0)
        lengths: list[int] = lengths_NK.sum(axis=1).tolist()
        return lengths

    def batch(self, examples: Sequence[int]) -> SiameseBatch:
        rows_N = np.asarray(examples, np.int64)
        texts_NK = self._examples.columns_NK[rows_N]
        texts_B = texts_NK.T.ravel()
        texts_B = texts_B[texts_B >= 0]
        passes = self._passes(self._table.lengths_B[texts_B])
        order_B = np.empty(len(texts_B), np.int64)
        order_B[np.concatenate(passes)] = np.arange(len(texts_B))
        targets_N = self._examples.targets_N
        return SiameseBatch(
            passes=[self._table.pack(texts_B[part]) for part in passes],
            order_B=torch.from_numpy(order_B),
            texts_NK=torch.from_numpy(texts_NK),
            targets_N=None if targets_N is None else torch.from_numpy(targets_N[rows_N]),
        )

    def _passes(self, lengths_B: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """The loop has cut what may be cut; only a whole batch is left to cut into passes here."""
        every = np.arange(len(lengths_B))
        return [every] if self.separable else forwards(every, lengths_B, self._token_budget)

    def loss(self, batch: SiameseBatch) -> Loss:
        vectors_BD = self.module.vectors_in_passes(batch.passes)[batch.order_B].float()
        N = len(batch.texts_NK)
        u_ND, v_ND, rest_D = vectors_BD[:N], vectors_BD[N : 2 * N], vectors_BD[2 * N :]
        return Loss(self._objective(u_ND, v_ND, rest_D, batch), N, batch.tokens)

    def _objective(self, u_ND: Tensor, v_ND: Tensor, rest_D: Tensor, batch: SiameseBatch) -> Tensor:
        settings = self.settings
        dims = settings.matryoshka and (*settings.matryoshka, u_ND.shape[1])
        if settings.objective == "softmax":
            assert self.module.head is not None
            loss: Tensor = self.module.head(u_ND, v_ND, batch.targets_N)
            return loss
        if settings.objective == "cosine":
            assert batch.targets_N is not None
            scores_N = batch.targets_N
            return matryoshka_loss(lambda u, v: cosine_regression(u, v, scores_N), dims or (u_ND.shape[1],), u_ND, v_ND)
        if settings.objective == "distill":
            assert batch.targets_N is not None
            return distillation_loss(u_ND, batch.targets_N)
        if settings.objective == "triplet":
            return matryoshka_loss(
                lambda a, p, n: triplet_loss(a, p, n, settings.margin), dims or (u_ND.shape[1],), u_ND, v_ND, rest_D
            )
        anchors_ND, positives_ND, negatives_D = rows_of_all(u_ND), rows_of_all(v_ND), rows_of_all(rest_D)
        left_out_NM = _same_texts(rows_of_all(batch.texts_NK))
        return matryoshka_loss(
            lambda a, c: in_batch_loss(a, c, scale=settings.scale, left_out_NM=left_out_NM),
            dims or (u_ND.shape[1],),
            anchors_ND,
            torch.cat([positives_ND, negatives_D]),
        )

    def evaluate(self) -> Mapping[str, float]:
        if self._dev is None:
            return {}
        columns_NK = torch.from_numpy(self._dev.examples.columns_NK)
        vectors_BD = encode(self.module, self._dev.table, self._token_budget)
        u_ND, v_ND = vectors_BD[columns_NK[:, 0]], vectors_BD[columns_NK[:, 1]]
        targets_N = self._dev.examples.targets_N
        assert targets_N is not None
        if self._dev.metric == "accuracy":
            assert self.module.head is not None
            found_N = self.module.head.logits(u_ND, v_ND).argmax(dim=1).cpu().numpy()
            return {"accuracy": 100 * float((found_N == targets_N).mean())}
        cosines_N = torch.nn.functional.cosine_similarity(u_ND.double(), v_ND.double(), dim=1).cpu().numpy()
        return {"spearman": 100 * spearman(cosines_N, targets_N), "pearson": 100 * pearson(cosines_N, targets_N)}

    def save(self, directory: Path) -> None:
        self.module.save(directory, self._tokenizer)


def _same_texts(texts_NK: Tensor) -> Tensor:
    """True (N, M) where a candidate is no negative of an anchor: it is the anchor's own text or one known to belong.

    Candidates are all positives, then the negatives there are.
    """
    anchors_N, positives_N = texts_NK[:, 0], texts_NK[:, 1]
    negatives = texts_NK[:, 2:].flatten()
    candidates_M = torch.cat([positives_N, negatives[negatives >= 0]])
    same_NM = (candidates_M[None] == positives_N[:, None]) | (candidates_M[None] == anchors_N[:, None])
    # Another positive of the same anchor.
    same_NM[:, : len(anchors_N)] |= anchors_N[None] == anchors_N[:, None]
    return same_NM
