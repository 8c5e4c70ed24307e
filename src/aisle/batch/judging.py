"""Judged queries searched in a shop, in shards; the means are those of one process to the last bit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from aisle.batch.shard import Shard
from aisle.evaluation.retrieval import RECALL_DEPTH, Measures, means, measured, read_judgments
from aisle.files.atomic import write_atomic
from aisle.files.checksums import sha256_file
from aisle.search.request import Mode
from aisle.storefront.shop import Shop

FIGURES_FILE = "figures.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeJob:
    """Recall, nDCG and reciprocal rank of the live version."""

    KIND: ClassVar[str] = "judge"
    shop: str
    """Directory of the shop."""
    judgments: str
    """Table with `query`, `product_id` and `relevance`."""
    mode: Mode = "hybrid"
    """How to search."""
    relevant: float = 2.5
    """A product judged this high or higher is relevant."""

    def identity(self) -> dict[str, Any]:
        """As `Job`."""
        with Shop.open(self.shop) as shop:
            return {
                "version": shop.version,
                "revision": shop.ledger.revision(),
                "judgments": sha256_file(Path(self.judgments)),
            }

    def share_out(self, place: Path, shards: int) -> None:
        """As `Job`: nothing, for judgments are few."""

    def run(self, shard: Shard, place: Path, target: Path) -> None:
        """As `Job`."""
        judgments = read_judgments(self.judgments)
        queries = list(judgments)[shard.part(len(judgments))]
        with Shop.open(self.shop) as shop:
            figures = measured(
                lambda query: [hit.product_id for hit in shop.search(query, k=RECALL_DEPTH, mode=self.mode).hits],
                {query: judgments[query] for query in queries},
                relevant=self.relevant,
            )
        (target / FIGURES_FILE).write_text(json.dumps({"queries": len(queries), "figures": figures}))

    def join(self, parts: Sequence[Path], output: Path) -> dict[str, Any]:
        """As `Job`: one JSON file with the means."""
        found = [json.loads((part / FIGURES_FILE).read_text()) for part in parts]
        figures: list[Measures] = [tuple(one) for part in found for one in part["figures"]]
        result = means(figures, queries=sum(part["queries"] for part in found), relevant=self.relevant)
        report = result.as_dict() | {"mode": self.mode}
        write_atomic(output, json.dumps(report) + "\n")
        return report
