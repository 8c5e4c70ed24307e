"""`aisle evaluate search`: ranking against human judgments, over the whole catalogue."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aisle.cli.judged_shop import judged_shop
from aisle.cli.output import notices, print_json, results
from aisle.cli.progress import progress_bar
from aisle.cli.recording import Recorded
from aisle.errors import UserError
from aisle.evaluation.retrieval import RECALL_DEPTH, evaluate_retrieval, read_judgments
from aisle.ranking.model import Ranker
from aisle.search.request import Mode
from aisle.storefront.ranker import part_of
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class EvaluateSearch(Recorded):
    """Recall, nDCG and reciprocal rank of judged queries, each searched in the whole catalogue."""

    encoder: str = ""
    """`minilm`, a checkpoint directory, or one that `aisle train two-tower` made; empty for the live encoder of
    `--shop`, and `minilm` without one. Not needed for lexical search."""
    catalogue: Path | None = None
    """Products: CSV, TSV, JSONL or Parquet, .gz too. Without it, those of `--shop`, which is searched as it is."""
    judgments: Path
    """Table with `query`, `product_id` and `relevance`."""
    mode: Mode = "hybrid"
    """How to search: by words, by meaning, or both."""
    relevant: float = 2.5
    """A product judged this high or higher is relevant."""
    map: Path | None = None
    """TOML or JSON file that says which column of the catalogue is which field."""
    ranker: Path | None = None
    """Ranker of `aisle train ranker` to order the hits of a hybrid search with: its file or its directory."""
    part: Literal["all", "tune", "report"] = "all"
    """Which of the queries: all, the four fifths that `aisle train ranker` learns from, or the fifth it does not."""
    shop: Path | None = None
    """Keep the shop that is built for this here and use it again, or search any shop of yours: as it is, or with
    `--encoder` a copy of its catalogue built with that one. Without it, a shop is built anew and deleted."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Build a shop from the catalogue, search for every query, and compare."""
        judgments = read_judgments(self.judgments)
        if self.part != "all":
            judgments = {query: judged for query, judged in judgments.items() if part_of(query) == self.part}
        ranker = None if self.ranker is None else Ranker.open(self.ranker)
        if ranker is not None and self.mode != "hybrid":
            raise UserError(f"--ranker orders hybrid searches alone, but mode is {self.mode}; leave one of them out")
        if self.catalogue is None and self.shop is None:
            raise UserError("there is nothing to search; give --catalogue FILE or --shop SHOP")
        with tempfile.TemporaryDirectory() as scratch, self._built(Path(scratch)) as shop:
            self._mention_unknown(shop, judgments)
            if ranker is not None:
                shop.use_ranker(ranker)
            started = time.perf_counter()
            result = evaluate_retrieval(
                lambda query: [hit.product_id for hit in shop.search(query, k=RECALL_DEPTH, mode=self.mode).hits],
                judgments,
                relevant=self.relevant,
            )
            seconds = (time.perf_counter() - started) / result.queries
        facts = {"mode": self.mode, "part": self.part, "seconds_per_query": seconds}
        numbers = result.as_dict() | facts | ({} if self.ranker is None else {"ranker": str(self.ranker)})
        ranked = "" if self.ranker is None else " + ranker"
        asked = self.encoder or (self.shop.name if self.shop else "minilm")
        self.keep("search", f"{asked}, {self.mode}{ranked}", [self.judgments], numbers)
        if self.json:
            print_json(numbers)
        else:
            results.print(result)
            notices.print(f"{self.mode}, {seconds * 1e3:.2f} ms a query")

    def _built(self, scratch: Path) -> Shop:
        encoder = "none" if self.mode == "lexical" and self.shop is None else self.encoder
        path = self.shop or scratch / "shop"
        with progress_bar(shown=not self.json) as progress:
            return judged_shop(path, self.catalogue, self.map, encoder, progress, scratch=scratch / "copy")

    def _mention_unknown(self, shop: Shop, judgments: dict[str, dict[str, float]]) -> None:
        known = {product.product_id for product in shop.ledger.products()}
        unknown = {product_id for judged in judgments.values() for product_id in judged} - known
        if unknown:
            notices.print(f"{len(unknown)} judged products are not in the catalogue and cannot be found")
