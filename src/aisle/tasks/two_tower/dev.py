"""Held-out queries, searched in the whole catalogue while training.

Legend: Q queries, N products, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from aisle.evaluation.retrieval import RECALL_DEPTH, mrr_at, recall_at
from aisle.tasks.two_tower.data import Pairs
from aisle.tasks.two_tower.encoding import encode
from aisle.tasks.two_tower.model import TwoTowers
from aisle.training.packed import PackedBatch, TokenTable


class Dev:
    """Queries with their right answers."""

    def __init__(self, pairs: Pairs, query_ids: Sequence[Sequence[int]]) -> None:
        """`query_ids` are the tokens of `pairs.queries`."""
        self._table = TokenTable(query_ids)
        self._wanted: dict[int, set[str]] = {}
        for query, product in pairs.pairs_P2.tolist():
            self._wanted.setdefault(query, set()).add(str(product))

    def evaluate(self, model: TwoTowers, products: TokenTable, token_budget: int) -> Mapping[str, float]:
        """recall@20 and mrr@10 over all products."""
        queries_Q = np.array(sorted(self._wanted), np.int64)
        device = next(model.parameters()).device
        query_QD = encode(_on(model.queries, device), self._table, queries_Q, token_budget)
        product_ND = encode(_on(model.products, device), products, np.arange(len(products)), token_budget)
        recalls, ranks = [], []
        for query, vector_D in zip(queries_Q.tolist(), query_QD, strict=True):
            best = torch.topk(product_ND @ vector_D, min(RECALL_DEPTH, len(product_ND))).indices
            ranked = [str(product) for product in best.tolist()]
            recalls.append(recall_at(ranked, self._wanted[query]))
            ranks.append(mrr_at(ranked, self._wanted[query]))
        return {"recall@20": float(np.mean(recalls)), "mrr@10": float(np.mean(ranks))}


def _on(vectors: Callable[[PackedBatch], Tensor], device: torch.device) -> Callable[[PackedBatch], Tensor]:
    return lambda batch: vectors(batch.to(device))
