"""What the training loop is handed to train a completer.

Legend: B blocks, T tokens of each, N tokens of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.model.decoder import Decoder
from aisle.objectives.causal_language_model import next_token_loss
from aisle.training.task import Loss, Task


class CompleterTask(Task):
    """A causal language model over a corpus cut into blocks of equal length.

    Neighbouring blocks share one token: what the first one ends with is told by it and starts the second one.
    """

    dev_metric = "log_probability"

    def __init__(
        self,
        decoder: Decoder,
        tokens_N: NDArray[np.uint16],
        held_out_N: NDArray[np.uint16],
        *,
        smoothing: float,
        save: Callable[[Decoder, Path], None],
    ) -> None:
        self.module: Decoder = decoder
        self._tokens_N, self._held_out_N = tokens_N, held_out_N
        self._smoothing, self._save = smoothing, save
        self._length = decoder.config.max_positions

    def num_examples(self) -> int:
        return max((len(self._tokens_N) - 1) // self._length, 0)

    def lengths(self) -> Sequence[int]:
        return [self._length + 1] * self.num_examples()

    def batch(self, examples: Sequence[int]) -> Tensor:
        return _blocks(self._tokens_N, np.asarray(examples, np.int64), self._length)

    def loss(self, batch: Tensor) -> Loss:
        value, tokens = next_token_loss(self.module, batch, smoothing=self._smoothing)
        return Loss(value, len(batch), tokens)

    def evaluate(self) -> Mapping[str, float]:
        """Mean log-probability of a held-out token in nats, and how often the most probable token is the right one."""
        length = min(self._length, len(self._held_out_N) - 1)
        total, right, tokens = 0.0, 0, 0
        device = next(self.module.parameters()).device
        for first in range(0, (len(self._held_out_N) - 1) // length, 16):
            places = np.arange(first, min(first + 16, (len(self._held_out_N) - 1) // length))
            ids_BT = _blocks(self._held_out_N, places, length).to(device)
            scores = self.module(ids_BT[:, :-1]).float().log_softmax(dim=-1)
            told_BT = ids_BT[:, 1:]
            total += float(scores.gather(2, told_BT[..., None]).sum())
            right += int((scores.argmax(dim=-1) == told_BT).sum())
            tokens += told_BT.numel()
        return {"log_probability": total / tokens, "accuracy": 100 * right / tokens}

    def save(self, directory: Path) -> None:
        self._save(self.module, directory)


def _blocks(tokens_N: NDArray[np.uint16], places: NDArray[np.int64], length: int) -> Tensor:
    """Blocks (B, length + 1) by their numbers."""
    at_BT = places[:, None] * length + np.arange(length + 1)
    return torch.from_numpy(tokens_N[at_BT].astype(np.int64))
