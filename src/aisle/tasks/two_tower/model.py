"""Two encoders with their pooling, the pieces of words beside them, and heads for brand and category.

Legend: B texts, D vector length.
"""

from __future__ import annotations

import copy
from pathlib import Path

from torch import Tensor, nn
from torch.nn.functional import normalize

from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.sentence.towers import PRODUCT_FOLDER, TowersConfig
from aisle.tasks.two_tower.pieces import PieceTable
from aisle.text.templates import Template
from aisle.text.tokenizer import Tokenizer
from aisle.training.packed import PackedBatch, packed_forward, packed_pool


class TwoTowers(nn.Module):
    """Queries and products to vectors of unit length in one space. Source: ITEMS (arXiv 2209.05555)."""

    def __init__(
        self,
        query: Encoder,
        product: Encoder,
        pooling: PoolingConfig,
        *,
        brands: int = 0,
        categories: int = 0,
    ) -> None:
        """`query` and `product` are one object where the towers are tied. A head of fewer than two classes is none."""
        super().__init__()
        self.query = query
        self.product = product
        self.pooling = pooling
        D = query.config.hidden_size
        self.brand_head = nn.Linear(D, brands) if brands > 1 else None
        self.category_head = nn.Linear(D, categories) if categories > 1 else None
        self.pieces: PieceTable | None = None

    @property
    def tied(self) -> bool:
        """Whether queries and products share all weights."""
        return self.query is self.product

    def queries(self, batch: PackedBatch) -> Tensor:
        """One vector (B, D) a query."""
        return self._vectors(self.query, batch)

    def products(self, batch: PackedBatch) -> Tensor:
        """One vector (B, D) a product."""
        return self._vectors(self.product, batch)

    def untie(self) -> None:
        """Give the products weights of their own, which start as those of the queries."""
        if self.tied:
            self.product = copy.deepcopy(self.query)

    def _vectors(self, encoder: Encoder, batch: PackedBatch) -> Tensor:
        pooled_BD = packed_pool(encoder, packed_forward(encoder, batch), batch, self.pooling.mode)
        return normalize(pooled_BD.float(), dim=1)

    def save(self, directory: Path, tokenizer: Tokenizer, template: Template) -> None:
        """Write what `aisle.sentence.towers.Towers` loads: query tower, `product/`, pieces, and `towers.json`."""
        _save_tower(directory, self.query, tokenizer, self.pooling)
        if self.pieces is not None:
            self.pieces.save(directory)
        if not self.tied:
            _save_tower(directory / PRODUCT_FOLDER, self.product, tokenizer, self.pooling)
        TowersConfig(template=template, tied=self.tied, dim=self.query.config.hidden_size).save(directory)


def _save_tower(directory: Path, encoder: Encoder, tokenizer: Tokenizer, pooling: PoolingConfig) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    encoder.save(directory)
    tokenizer.save(directory)
    pooling.save(directory, encoder.config)
