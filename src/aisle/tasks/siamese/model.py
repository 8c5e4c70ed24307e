"""Tied towers: both texts of a pair go through the same encoder, in one packed pass.

Legend: B texts, D vector length.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.checkpoint import checkpoint

from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.objectives.softmax import SoftmaxObjective
from aisle.text.tokenizer import Tokenizer
from aisle.training.batches import forwards
from aisle.training.packed import PackedBatch, TokenTable, packed_forward, packed_pool


class Siamese(nn.Module):
    """The encoder with its pooling, and the weights that only the objective has. Source: arXiv 1908.10084, figure 1."""

    def __init__(self, encoder: Encoder, pooling: PoolingConfig, head: SoftmaxObjective | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.head = head

    def vectors(self, batch: PackedBatch) -> Tensor:
        """One vector (B, D) a text."""
        pooled_BD = packed_pool(self.encoder, packed_forward(self.encoder, batch), batch, self.pooling.mode)
        return normalize(pooled_BD, dim=1) if self.pooling.normalize else pooled_BD

    def vectors_in_passes(self, passes: list[PackedBatch]) -> Tensor:
        """The vectors (B, D) of several batches, one after another, keeping only one pass in memory.

        What a pass computes on its way is computed again for its gradient, with the same dropout: as with gradient
        caching (arXiv 2101.06983), a batch may be as large as wanted.
        """
        if len(passes) == 1:
            return self.vectors(passes[0])
        return torch.cat([checkpoint(self.vectors, batch, use_reentrant=False) for batch in passes])

    def save(self, directory: Path, tokenizer: Tokenizer) -> None:
        """Write a checkpoint that `SentenceEncoder` and sentence-transformers load."""
        directory.mkdir(parents=True, exist_ok=True)
        self.encoder.save(directory)
        tokenizer.save(directory)
        self.pooling.save(directory, self.encoder.config)


@torch.no_grad()
def encode(model: Siamese, table: TokenTable, token_budget: int) -> Tensor:
    """The vectors (B, D) of all texts of a table, without gradients."""
    device = next(model.parameters()).device
    D = model.encoder.config.hidden_size
    vectors_BD = torch.empty(len(table), D, device=device)
    every = torch.arange(len(table)).numpy()
    for texts in forwards(every, table.lengths_B, token_budget):
        vectors_BD[torch.from_numpy(texts)] = model.vectors(table.pack(texts).to(device)).float()
    return vectors_BD
