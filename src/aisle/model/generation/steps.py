"""The torch models as something that says what comes next: with a key–value cache, and without one.

Legend: B rows, T tokens of each, S source tokens, V vocabulary.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.model.decoder import Decoder
from aisle.model.encoder_decoder import EncoderDecoder
from aisle.model.key_values import Cache


class DecoderSteps:
    """A decoder with a cache: each token goes through it once."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.cache = Cache(decoder.config.num_layers)

    @torch.no_grad()
    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores (B, V) of what comes next."""
        hidden_BTD = self.decoder.hidden(_on(self.decoder, tokens_BT), self.cache)
        return _numpy(self.decoder.scores(hidden_BTD[:, -1]))

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        self.cache.select(_on(self.decoder, rows_B))


class EncoderDecoderSteps:
    """The decoder half over sources (B, S) that are encoded once, with a cache. Its rows are those of the sources."""

    def __init__(self, model: EncoderDecoder, source_BS: Tensor, source_mask_BS: Tensor | None = None) -> None:
        self.model = model
        self.mask_BS = source_mask_BS
        self.cache = Cache(model.config.decoder_layers)
        with torch.no_grad():
            self.memory_BSD = model.encode(source_BS, source_mask_BS)

    @torch.no_grad()
    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores (B, V) of what comes next."""
        target_BT = _on(self.model, tokens_BT)
        return _numpy(self.model.decode(target_BT, self.memory_BSD, self.mask_BS, self.cache)[:, -1])

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        rows = _on(self.model, rows_B)
        self.cache.select(rows)
        self.memory_BSD = self.memory_BSD[rows]
        self.mask_BS = None if self.mask_BS is None else self.mask_BS[rows]


class RecomputedSteps:
    """A decoder without a cache: every step reads all tokens again. The slow way, against which the cache is tested."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.tokens_BT: NDArray[np.int64] | None = None

    @torch.no_grad()
    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores (B, V) of what comes next."""
        self.tokens_BT = tokens_BT if self.tokens_BT is None else np.concatenate([self.tokens_BT, tokens_BT], axis=1)
        return _numpy(self.decoder(_on(self.decoder, self.tokens_BT))[:, -1])

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        assert self.tokens_BT is not None, "nothing has been read yet"
        self.tokens_BT = self.tokens_BT[rows_B]


def _on(model: torch.nn.Module, numbers: NDArray[np.int64]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(numbers)).to(next(model.parameters()).device)


def _numpy(scores_BV: Tensor) -> NDArray[np.float32]:
    result: NDArray[np.float32] = scores_BV.float().cpu().numpy()
    return result
