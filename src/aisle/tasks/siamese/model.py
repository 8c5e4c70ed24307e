"""Tied towers: both texts of a pair go through the same encoder, in one packed pass.

Legend: B texts, D vector length.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.checkpoint import checkpoint

from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.model.word_encoder import WordEncoder
from aisle.objectives.softmax import SoftmaxObjective
from aisle.text.tokenizer import Tokenizer
from aisle.training.batches import forwards
from aisle.training.packed import PackedBatch, TokenTable, packed_forward, packed_pool


class Towers(nn.Module, ABC):
    """One encoder for both texts, and the weights that only the objective has (`head`)."""

    head: SoftmaxObjective | None
    dim: int
    """Length D of a vector."""

    @abstractmethod
    def vectors(self, batch: PackedBatch) -> Tensor:
        """One vector (B, D) a text, in the order in which texts were asked for."""

    @abstractmethod
    def save(self, directory: Path, tokenizer: Tokenizer) -> None:
        """Write a checkpoint that `SentenceEncoder` loads."""

    def vectors_in_passes(self, passes: list[PackedBatch]) -> Tensor:
        """The vectors (B, D) of several batches, one after another, keeping only one pass in memory.

        What a pass computes on its way is computed again for its gradient, with the same dropout: as with gradient
        caching (arXiv 2101.06983), a batch may be as large as wanted.
        """
        if len(passes) == 1:
            return self.vectors(passes[0])
        return torch.cat([checkpoint(self.vectors, batch, use_reentrant=False) for batch in passes])


class Siamese(Towers):
    """A Transformer with its pooling. Source: arXiv 1908.10084, figure 1."""

    def __init__(self, encoder: Encoder, pooling: PoolingConfig, head: SoftmaxObjective | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.head = head
        self.dim = encoder.config.hidden_size

    def vectors(self, batch: PackedBatch) -> Tensor:
        pooled_BD = packed_pool(self.encoder, packed_forward(self.encoder, batch), batch, self.pooling.mode)
        return normalize(pooled_BD, dim=1) if self.pooling.normalize else pooled_BD

    def save(self, directory: Path, tokenizer: Tokenizer) -> None:
        """Sentence-transformers loads it too."""
        directory.mkdir(parents=True, exist_ok=True)
        self.encoder.save(directory)
        tokenizer.save(directory)
        self.pooling.save(directory, self.encoder.config)


class WordTowers(Towers):
    """An encoder over word vectors; what is packed for it are the known words of each text."""

    def __init__(self, encoder: WordEncoder, head: SoftmaxObjective | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self.dim = encoder.config.dim

    def vectors(self, batch: PackedBatch) -> Tensor:
        vectors_BD: Tensor = self.encoder(batch.ids_N, batch.runs)
        return vectors_BD[batch.place_B]

    def save(self, directory: Path, tokenizer: Tokenizer) -> None:
        self.encoder.save(directory)
        tokenizer.save(directory)


@torch.no_grad()
def encode(model: Towers, table: TokenTable, token_budget: int) -> Tensor:
    """The vectors (B, D) of all texts of a table, without gradients."""
    device = next(model.parameters()).device
    vectors_BD = torch.empty(len(table), model.dim, device=device)
    every = torch.arange(len(table)).numpy()
    for texts in forwards(every, table.lengths_B, token_budget):
        vectors_BD[torch.from_numpy(texts)] = model.vectors(table.pack(texts).to(device)).float()
    return vectors_BD
