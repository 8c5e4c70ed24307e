"""Relevance of search on the Home Depot judgments: what each part of the ranking is worth.

    python benchmarks/relevance.py --data DIR [--encoder minilm] [--part tune|report] [--ablation]

`DIR/homedepot` has `products.tsv.gz` (product_id, title) and `judgments.tsv.gz` (query, product_id, relevance from 1 to
3). Every query is searched in the whole catalogue. The queries are split by a hash of their text: four fifths are for
tuning, one fifth is only for reporting, so that no number of `aisle/search/weights.py` was chosen on what is reported.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import aisle.search.plan as plan
from aisle.evaluation.retrieval import RECALL_DEPTH, Judgments, RetrievalResult, evaluate_retrieval, read_judgments
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.search.request import MODES, Mode, SearchRequest
from aisle.search.weights import LEXICAL_WEIGHTS, HybridWeights
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.towers import Towers
from aisle.shop.catalogue import read_catalogue
from aisle.shop.encoded_text import encoded_text
from aisle.shop.product import Product
from aisle.storefront.vectors import piece_reader

REPORTED = 5  # one query in so many


def part_of(query: str) -> str:
    """Whether a query is for tuning or for reporting; the same on every machine."""
    number = int.from_bytes(hashlib.sha256(query.encode()).digest()[:8], "big")
    return "tune" if number % REPORTED else "report"


def vectors(texts: Sequence[str], encoder: SentenceEncoder, kept: Path | None) -> NDArray[np.float32]:
    """Vectors of the texts, kept in a file between runs."""
    key = hashlib.sha256("\n".join([encoder.fingerprint, *texts]).encode()).hexdigest()[:24]
    path = None if kept is None else kept / f"{key}.npy"
    if path is not None and path.exists():
        return np.load(path)
    made = encoder.encode(texts)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, made)
    return made


def measure(
    index: SearchIndex, judgments: Judgments, by_query: dict[str, NDArray[np.float32]], mode: Mode, relevant: float
) -> tuple[RetrievalResult, float]:
    """The measures, and milliseconds a query without encoding it."""
    spent = 0.0

    def search(query: str) -> list[str]:
        nonlocal spent
        started = time.perf_counter()
        result = index.search(SearchRequest(query=query, mode=mode, k=RECALL_DEPTH), by_query[query])
        spent += time.perf_counter() - started
        return [hit.product_id for hit in result.hits]

    result = evaluate_retrieval(search, judgments, relevant=relevant)
    return result, spent / result.queries * 1e3


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True, help="directory that has homedepot/")
    options.add_argument("--encoder", default="minilm")
    options.add_argument("--part", choices=("tune", "report"), default="report")
    options.add_argument("--relevant", type=float, default=2.5, help="relevance that counts as relevant")
    options.add_argument("--most", type=int, default=0, help="measure only so many queries (0: all)")
    options.add_argument("--vectors", type=Path, help="directory to keep vectors in between runs")
    options.add_argument("--ablation", action="store_true", help="also measure with parts of the ranking left out")
    given = options.parse_args()

    judgments = read_judgments(given.data / "homedepot" / "judgments.tsv.gz")
    judgments = {query: judged for query, judged in judgments.items() if part_of(query) == given.part}
    if given.most:
        by_hash = sorted(judgments.items(), key=lambda item: hashlib.sha256(item[0].encode()).digest())
        judgments = dict(by_hash[: given.most])
    rows = read_catalogue(given.data / "homedepot" / "products.tsv.gz")
    products = [row for row in rows if isinstance(row, Product)]
    towers = Towers.load(given.encoder)
    texts = [encoded_text(product, towers.template) for product in products]
    vectors_ND = vectors(texts, towers.products, given.vectors)
    queries = list(judgments)
    by_query = dict(zip(queries, vectors(queries, towers.queries, given.vectors), strict=True))

    table = Table("", "queries", "recall@20", "ndcg@10", "mrr@10", "ms a query")

    def row(name: str, index: SearchIndex, mode: Mode) -> None:
        result, milliseconds = measure(index, judgments, by_query, mode, given.relevant)
        figures = (f"{value:.4f}" for value in (result.recall, result.ndcg, result.mrr))
        table.add_row(name, str(result.queries), *figures, f"{milliseconds:.2f}")

    with tempfile.TemporaryDirectory() as directory:
        build_search(Path(directory), products, vectors_ND, reader=piece_reader(towers))
        index = SearchIndex.open(Path(directory))
        for mode in MODES:
            row(mode, index, mode)
        if given.ablation:
            for share in (0.4, 0.5, 0.6, 0.65, 0.75, 0.8, 0.9):
                weights = HybridWeights(lexical=share)
                row(f"hybrid, lexical share {share}", SearchIndex.open(Path(directory), weights=weights), "hybrid")
            without = {
                "pairs of neighbours": {"pair": 0.0},
                "words written as one": {"joined": 1e-9},
                "words written as two": {"split": 1e-9},
                "beginnings of words": {"completed": 1e-9},
                "spelling": {"corrected": (1e-9, 1e-9)},
            }
            usual = plan.plan_query.__kwdefaults__["weights"]
            for name, changed in without.items():
                plan.plan_query.__kwdefaults__["weights"] = replace(LEXICAL_WEIGHTS, **changed)
                row(f"lexical without {name}", index, "lexical")
            plan.plan_query.__kwdefaults__["weights"] = usual
    Console().print(table)


if __name__ == "__main__":
    main()
