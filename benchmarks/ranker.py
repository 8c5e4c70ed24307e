"""The learned ranker on the Home Depot judgments: what it adds to hybrid search on queries it was not learned from.

    python -m benchmarks.ranker --data DIR [--encoder minilm] [--work DIR] [--cross-fit] [--levels 1 4]

The queries are split as in `benchmarks/relevance.py`: four fifths to learn from, one fifth to measure on. An encoder
that was itself trained on the four fifths is too sure of them, and a ranker learned there trusts its cosines too much:
with `--cross-fit` the ranker is learned on one half of the fifth and measured on the other, and the other way round, so
that neither encoder nor ranker has seen a query that is measured.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from aisle.evaluation.retrieval import Judgments, evaluate_retrieval, read_judgments
from aisle.ranking.learning import learn
from aisle.ranking.model import Ranker
from aisle.ranking.settings import RankerSettings
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.search.request import MODES, Mode, SearchRequest
from aisle.search.weights import HybridWeights
from aisle.sentence.towers import Towers
from aisle.shop.catalogue import read_catalogue
from aisle.shop.encoded_text import encoded_text
from aisle.shop.product import Product
from aisle.storefront.gate import half_of
from aisle.storefront.ranker import candidate_lists, gains_of_judgments, part_of
from aisle.storefront.reading import vectors_of
from aisle.storefront.vectors import piece_reader


class Known:
    """An encoder whose vectors of all queries are known already."""

    def __init__(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        self.vectors = vectors

    def knows(self, word: str) -> bool:
        """All: the queries were respelt before."""
        return True

    def encode(self, queries: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.vectors[query] for query in queries])


def built(data: Path, encoder: Towers, queries: Sequence[str], work: Path) -> dict[str, NDArray[np.float32]]:
    """Build the index into `work` unless it is there; the vectors of the queries."""
    if not (work / "queries.npy").exists():
        work.mkdir(parents=True, exist_ok=True)
        rows = read_catalogue(data / "homedepot" / "products.tsv.gz")
        products = [row for row in rows if isinstance(row, Product)]
        texts = [encoded_text(product, encoder.template) for product in products]
        build_search(work, products, encoder.products.encode(texts), reader=piece_reader(encoder))
        np.save(work / "queries.npy", list(vectors_of(SearchIndex.open(work), encoder.queries, queries).values()))
    return dict(zip(queries, np.load(work / "queries.npy"), strict=True))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True, help="directory that has homedepot/")
    options.add_argument("--encoder", default="minilm")
    options.add_argument("--work", type=Path, help="keep the index here and use it again")
    options.add_argument("--relevant", type=float, default=2.5)
    options.add_argument("--levels", type=int, nargs="+", default=[4], help="questions of a tree")
    options.add_argument("--trees", type=int, default=200)
    options.add_argument("--most", type=int, default=0, help="learn from so many queries (0: all)")
    options.add_argument("--measured", type=int, default=0, help="measure only so many queries (0: all)")
    options.add_argument("--cross-fit", action="store_true")
    options.add_argument(
        "--shares", type=float, nargs="*", default=[0.3, 0.5], help="lexical shares of the weighted sum"
    )
    given = options.parse_args()
    judgments = read_judgments(given.data / "homedepot" / "judgments.tsv.gz")
    reported = {query: judged for query, judged in judgments.items() if part_of(query) == "report"}
    measured = dict(list(reported.items())[: given.measured or None])
    tuned = {query: judged for query, judged in judgments.items() if query not in reported}
    table = Table("", "queries", "recall@20", "ndcg@10", "mrr@10", "ms a query")
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        vectors = built(given.data, Towers.load(given.encoder), list(judgments), work)
        index = SearchIndex.open(work)

        def row(name: str, search: SearchIndex, mode: Mode = "hybrid", rankers: Sequence[Ranker] = ()) -> None:
            spent = 0.0

            def ask(query: str) -> list[str]:
                nonlocal spent
                asked = search.with_ranker(rankers[half_of(query)]) if rankers else search
                started = time.perf_counter()
                found = asked.search(SearchRequest(query=query, mode=mode, k=20), vectors[query])
                spent += time.perf_counter() - started
                return [hit.product_id for hit in found.hits]

            result = evaluate_retrieval(ask, measured, relevant=given.relevant)
            figures = (f"{value:.4f}" for value in (result.recall, result.ndcg, result.mrr))
            table.add_row(name, str(result.queries), *figures, f"{spent / result.queries * 1e3:.1f}")
            Console(stderr=True).print(name, f"{result.recall:.4f} {result.ndcg:.4f} {result.mrr:.4f}")

        for mode in MODES:
            row(mode, index, mode)
        for share in given.shares:
            row(f"hybrid, lexical share {share}", SearchIndex.open(work, weights=HybridWeights(lexical=share)))
        parts: list[Judgments] = [tuned]
        if given.cross_fit:
            # The ranker at place h answers for half h, so it is learned from the other one.
            parts = [{query: judged for query, judged in reported.items() if half_of(query) != h} for h in (0, 1)]
        for levels in given.levels:
            settings = RankerSettings(levels=levels, trees=given.trees, depth=100)
            rankers = [learned(index, part, vectors, settings, given.relevant, given.most) for part in parts]
            trees = " and ".join(str(len(ranker.leaves_TP)) for ranker in rankers)
            name = f"hybrid with ranker, {levels} levels, {trees} trees"
            if given.cross_fit:
                row(f"{name}, cross-fitted", index, rankers=rankers)
            else:
                row(name, index.with_ranker(rankers[0]))
    Console().print(table)


def learned(
    index: SearchIndex,
    judgments: Judgments,
    vectors: Mapping[str, NDArray[np.float32]],
    settings: RankerSettings,
    relevant: float,
    most: int,
) -> Ranker:
    """A ranker learned from judgments."""
    gains = gains_of_judgments(judgments, relevant)
    if most:
        by_hash = sorted(gains.items(), key=lambda item: hashlib.sha256(item[0].encode()).digest())
        gains = dict(by_hash[:most])
    lists, _ = candidate_lists(index, Known(vectors), gains, settings)  # type: ignore[arg-type]
    assert lists is not None
    return learn(lists, settings, encoder="", about={})


if __name__ == "__main__":
    main()
