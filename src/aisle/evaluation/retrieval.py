"""Retrieval: do the products that people judged relevant stand high in the list?

Measures as in the TREC evaluations. Queries without a relevant product say nothing about a ranking; they are left out
of the means and counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rich.table import Table

from aisle.errors import UserError
from aisle.evaluation.result import shown
from aisle.evaluation.rows import required_rows

RECALL_DEPTH = 20
RANK_DEPTH = 10

Judgments: TypeAlias = dict[str, dict[str, float]]
"""For each query, how relevant each judged product is; products that were not judged count as not relevant."""
Measures: TypeAlias = tuple[float, float, float]
"""Recall, nDCG and reciprocal rank of one query."""
Search: TypeAlias = Callable[[str], Sequence[str]]
"""A query to product ids, best first, at least `RECALL_DEPTH` of them where there are so many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalResult:
    """Means over the queries that have a relevant product, each between 0 and 1."""

    queries: int
    """Queries measured."""
    without_relevant: int
    """Queries left out because no product reaches the relevance asked for."""
    recall: float
    """Share of a query's relevant products that are among the first 20."""
    ndcg: float
    """Discounted gain of the first 10, gains being the judged relevance, over that of the best possible order."""
    mrr: float
    """1 / rank of the first relevant product among the first 10, 0 where there is none."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "queries": self.queries,
            "queries_without_relevant": self.without_relevant,
            f"recall@{RECALL_DEPTH}": self.recall,
            f"ndcg@{RANK_DEPTH}": self.ndcg,
            f"mrr@{RANK_DEPTH}": self.mrr,
        }

    def __rich__(self) -> Table:
        names = (f"recall@{RECALL_DEPTH}", f"ndcg@{RANK_DEPTH}", f"mrr@{RANK_DEPTH}")
        table = Table("queries", *names, title="Retrieval")
        figures = (shown(value, digits=4) for value in (self.recall, self.ndcg, self.mrr))
        table.add_row(f"{self.queries:,}", *figures)
        return table


def read_judgments(path: str | Path) -> Judgments:
    """Judgments from a table with `query`, `product_id` and `relevance`; of two for one product the higher counts."""
    judgments: Judgments = {}
    for line, row in required_rows(path, ("query", "product_id", "relevance")):
        try:
            relevance = float(row["relevance"])
        except ValueError:
            relevance = math.nan
        if not math.isfinite(relevance):
            raise UserError(f"{path}, line {line}: relevance is {row['relevance']!r}; it must be a number")
        judged = judgments.setdefault(str(row["query"]), {})
        product_id = str(row["product_id"])
        judged[product_id] = max(relevance, judged.get(product_id, -math.inf))
    return judgments


def evaluate_retrieval(
    search: Search, judgments: Mapping[str, Mapping[str, float]], *, relevant: float
) -> RetrievalResult:
    """Search for every judged query; a product judged `relevant` or higher is relevant."""
    return means(measured(search, judgments, relevant=relevant), queries=len(judgments), relevant=relevant)


def measured(search: Search, judgments: Mapping[str, Mapping[str, float]], *, relevant: float) -> list[Measures]:
    """Recall, nDCG and reciprocal rank of every judged query that has a relevant product, in their order."""
    figures: list[Measures] = []
    for query, judged in judgments.items():
        wanted = {product_id for product_id, relevance in judged.items() if relevance >= relevant}
        if wanted:
            ranked = search(query)
            figures.append((recall_at(ranked, wanted), ndcg_at(ranked, judged), mrr_at(ranked, wanted)))
    return figures


def means(figures: Sequence[Measures], *, queries: int, relevant: float) -> RetrievalResult:
    """The means of what `measured` found among so many queries; the same however the queries were parted."""
    if not figures:
        raise UserError(f"no query has a product of relevance {relevant:g} or more; lower --relevant")
    recall, ndcg, mrr = (math.fsum(column) / len(figures) for column in zip(*figures, strict=True))
    return RetrievalResult(
        queries=len(figures),
        without_relevant=queries - len(figures),
        recall=recall,
        ndcg=ndcg,
        mrr=mrr,
    )


def recall_at(ranked: Sequence[str], wanted: set[str], k: int = RECALL_DEPTH) -> float:
    """Share of the wanted products among the first k."""
    return len(wanted.intersection(ranked[:k])) / len(wanted)


def mrr_at(ranked: Sequence[str], wanted: set[str], k: int = RANK_DEPTH) -> float:
    """1 / rank of the first wanted product among the first k, else 0."""
    return next((1 / rank for rank, product_id in enumerate(ranked[:k], 1) if product_id in wanted), 0.0)


def ndcg_at(ranked: Sequence[str], judged: Mapping[str, float], k: int = RANK_DEPTH) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002, with log2(rank + 1) for every rank)."""
    best = _gain(sorted(judged.values(), reverse=True)[:k])
    return _gain([judged.get(product_id, 0.0) for product_id in ranked[:k]]) / best if best > 0 else 0.0


def _gain(relevances: Sequence[float]) -> float:
    return math.fsum(relevance / math.log2(rank + 1) for rank, relevance in enumerate(relevances, 1))
