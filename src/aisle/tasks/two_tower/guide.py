"""A guide: the encoder as it was before training, asked which "wrong" answers may be right.

Legend: A queries, M candidates, N products, D vector length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aisle.tasks.two_tower.encoding import encode
from aisle.tasks.two_tower.model import TwoTowers
from aisle.text.tokenizer import Tokenizer
from aisle.training.packed import TokenTable


class Guide:
    """Frozen towers with the vectors of the products they were asked for so far."""

    def __init__(
        self, model: TwoTowers, tokenizer: Tokenizer, products: TokenTable, *, margin: float, query_tokens: int
    ) -> None:
        """`margin` as in `too_close`. The model is kept as it is; give a copy of one that goes on training."""
        self.margin = margin
        self._model = model.eval().requires_grad_(False)
        self._tokenizer, self._query_tokens = tokenizer, query_tokens
        self._products = products
        self._vectors: dict[int, Tensor] = {}

    def queries(self, texts: Sequence[str]) -> Tensor:
        """The vectors (A, D) of queries."""
        table = TokenTable(self._tokenizer.encode_batch(texts, max_tokens=self._query_tokens).ids)
        return encode(self._model.queries, table, np.arange(len(table)))

    def products(self, products_M: Tensor) -> Tensor:
        """The vectors (M, D) of products by number."""
        numbers = products_M.tolist()
        new = sorted(set(numbers) - self._vectors.keys())
        if new:
            vectors_BD = encode(self._model.products, self._products, np.array(new, np.int64))
            self._vectors |= dict(zip(new, vectors_BD, strict=True))
        return torch.stack([self._vectors[number] for number in numbers]).to(products_M.device)
