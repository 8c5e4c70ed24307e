"""What the training loop is handed to pre-train an encoder.

Legend: R rows, N tokens of all rows together, M tokens to be told, D hidden size, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.model.pooling_config import PoolingConfig
from aisle.objectives.masked_language_model import masked_language_model_loss
from aisle.objectives.next_sentence import next_sentence_loss
from aisle.tasks.pretrain.batches import BatchMaker, PretrainingBatch
from aisle.tasks.pretrain.model import PretrainingModel
from aisle.tasks.pretrain.rows import Rows
from aisle.text.tokenizer import Tokenizer
from aisle.training.optimizer import usual_groups
from aisle.training.packed import packed_forward, packed_pool
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss, Task

EVALUATED_RATE = 0.15
"""The share of tokens hidden in evaluations, whatever is hidden in training, so that runs can be compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowSets:
    """The rows of a corpus."""

    training: Rows
    held_out: Rows


class PretrainTask(Task):
    """Masked words, and next sentence if asked for."""

    dev_metric = "mlm_log_likelihood"

    def __init__(
        self,
        model: PretrainingModel,
        tokenizer: Tokenizer,
        maker: BatchMaker,
        rows: RowSets,
        *,
        token_budget: int = 4_096,
        pooling: PoolingConfig | None = None,
    ) -> None:
        """`pooling` is saved beside a checkpoint that was a sentence encoder and is to be one."""
        self.module: PretrainingModel = model
        self._tokenizer, self._maker, self._rows = tokenizer, maker, rows
        # Evaluated are single tokens, whatever training hides, under masks that never change.
        plain = replace(maker.settings, mask_rate=EVALUATED_RATE)
        self._evaluator = BatchMaker(maker.corpus, replace(maker.table, continues_V=None), plain)
        self._token_budget, self._pooling = token_budget, pooling
        self._characters_V = _characters(tokenizer)

    def num_examples(self) -> int:
        return len(self._rows.training)

    def lengths(self) -> Sequence[int]:
        lengths: list[int] = (self._rows.training.lengths_R + 2).tolist()
        return lengths

    def batch(self, examples: Sequence[int]) -> PretrainingBatch:
        # The loop saves torch's random state with its checkpoints, and so this.
        random = np.random.default_rng(int(torch.randint(2**62, ())))
        make = self._maker.singles if self.module.next is None else self._maker.pairs
        return make(self._rows.training, np.asarray(examples, np.int64), random)

    def loss(self, batch: PretrainingBatch) -> Loss:
        x_ND = packed_forward(self.module.encoder, batch.packed)
        value = masked_language_model_loss(x_ND, batch.at_M, batch.targets_M, self.module.words, self.module.table_VD)
        if self.module.next is not None:
            assert batch.follows_R is not None
            pooled_RD = packed_pool(self.module.encoder, x_ND, batch.packed, "pooler")
            value = value + next_sentence_loss(pooled_RD, batch.follows_R, self.module.next)
        return Loss(value, len(batch.packed.place_B), batch.tokens)

    def evaluate(self) -> Mapping[str, float]:
        """Loss (nats a token) and accuracy of masked words on held-out text, and what next sentence gets right.

        `mlm_bits_per_character` spreads the loss over the characters of the masked pieces, a space before each word
        among them: it compares vocabularies of different sizes, which the loss a token does not.
        """
        random = np.random.default_rng(0)
        losses, right, characters, count = 0.0, 0, 0, 0
        for places in self._passes(len(self._rows.held_out)):
            batch = self._evaluator.singles(self._rows.held_out, places, random).to(self._device)
            x_ND = packed_forward(self.module.encoder, batch.packed)
            scores_MV = self.module.words(x_ND[batch.at_M], self.module.table_VD).float()
            losses += float(torch.nn.functional.cross_entropy(scores_MV, batch.targets_M, reduction="sum"))
            right += int((scores_MV.argmax(1) == batch.targets_M).sum())
            characters += int(self._characters_V[batch.targets_M.cpu().numpy()].sum())
            count += len(batch.targets_M)
        found = {
            "mlm_loss": losses / count,
            "mlm_accuracy": 100 * right / count,
            "mlm_bits_per_character": losses / np.log(2) / characters,
            "mlm_log_likelihood": -losses / count,
        }
        return found if self.module.next is None else found | {"nsp_accuracy": self._next_sentence(random)}

    def _next_sentence(self, random: np.random.Generator) -> float:
        assert self.module.next is not None
        right = 0
        rows = self._rows.held_out
        for places in self._passes(len(rows)):
            batch = self._evaluator.pairs(rows, places, random).to(self._device)
            assert batch.follows_R is not None
            x_ND = packed_forward(self.module.encoder, batch.packed)
            scores_R2 = self.module.next(packed_pool(self.module.encoder, x_ND, batch.packed, "pooler"))
            right += int((scores_R2.argmax(1) == batch.follows_R).sum())
        return 100 * right / len(rows)

    def _passes(self, rows: int) -> list[NDArray[np.int64]]:
        size = max(self._token_budget // self._maker.corpus.max_tokens, 1)
        return [np.arange(first, min(first + size, rows)) for first in range(0, rows, size)]

    @property
    def _device(self) -> torch.device:
        table_VD: Tensor = self.module.table_VD
        return table_VD.device

    def parameter_groups(self, settings: TrainingSettings) -> list[dict[str, Any]]:
        beta2 = self._maker.settings.beta2
        return [group | {"betas": (0.9, beta2)} for group in usual_groups(self.module, settings)]

    def save(self, directory: Path) -> None:
        self.module.save(directory)
        self._tokenizer.save(directory)
        if self._pooling is not None:
            self._pooling.save(directory, self.module.encoder.config)


def _characters(tokenizer: Tokenizer) -> NDArray[np.int64]:
    """How many characters of text each piece stands for: a piece that begins a word has the space before it, too."""
    names = tokenizer.tokens(range(tokenizer.vocab_size))
    return np.array([len(name) - 2 if name.startswith("##") else len(name) + 1 for name in names], np.int64)
