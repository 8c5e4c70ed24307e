"""Two-tower training on the Home Depot judgments: what each part is worth.

    python -m benchmarks.two_tower --data DIR [--rows vanilla softmax …] [--seeds 3]
        [--pairs 6400 --queries 500 --products 8000] [--scratch DIR]

`DIR/homedepot` has `products.tsv.gz` and `judgments.tsv.gz`. The queries are split by a hash of their text, as in
`benchmarks/relevance.py`: four fifths are trained on, one fifth is only asked for, over the whole catalogue. Noisy
pairs are those judged 2.33 or higher, those of high quality were judged 3; a product judged 2.5 or higher is relevant.

A whole run takes about half an hour a row and seed on two cores. `--pairs`, `--queries` and `--products` make a small
one: so many training pairs and asked queries, and a catalogue of all products that these judge plus others, taken by
hash. Figures of small runs compare rows with each other and with nothing else. With `--scratch`, rows that are there
already are not trained again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rich.console import Console
from rich.table import Table

from aisle.evaluation.retrieval import Judgments, read_judgments
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.sentence.towers import Towers
from aisle.shop.catalogue import read_catalogue
from aisle.shop.product import Product
from aisle.storefront.vectors import encoded_text
from aisle.tasks.two_tower.data import RatedPair, Wares, number_pairs
from aisle.tasks.two_tower.settings import TwoTowerSettings
from aisle.tasks.two_tower.stages import train_towers, warm_up_directory
from aisle.text.templates import Template
from aisle.training.progress import Unwatched
from aisle.training.settings import TrainingSettings
from benchmarks.relevance import measure, part_of

RELEVANT = 2.5
# Every part of the recipe off, so that a row shows one thing.
BARE = TwoTowerSettings(title_queries=0, typos=0, hard_negatives=0, heads=0, template="plain")
CASCADE = replace(BARE, stages="cascade")
ROWS: dict[str, TwoTowerSettings | None] = {
    "untrained": None,
    "vanilla": BARE,
    "softmax": replace(BARE, negatives="self-adversarial", alpha=5.0),
    "sigmoid": replace(BARE, negatives="self-adversarial", form="sigmoid", alpha=10.0),
    "hardness": replace(BARE, negatives="hardness", alpha=9.0),
    "cascade-tied": replace(CASCADE, towers="tied"),
    "cascade-untied": CASCADE,
    "wrong-answers": replace(BARE, hard_negatives=1),
    "titles": replace(BARE, title_queries=1.0),
    "typos": replace(BARE, typos=0.15),
    "default": TwoTowerSettings(template="plain"),
}
Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class World:
    """What is trained on and asked for."""

    products: list[Product]
    """That are searched."""
    wares: Wares
    """That are trained on: all of the catalogue."""
    pairs: list[RatedPair]
    judgments: Judgments
    """Of the queries asked for."""


def by_hash(items: Iterable[Item], most: int, key: str = "") -> list[Item]:
    """So many of the items (0: all), always the same ones."""
    listed = list(items)
    ordered = sorted(listed, key=lambda item: hashlib.sha256(f"{key}{item}".encode()).digest())
    return ordered[:most] if most else listed


def world(data: Path, pairs: int, queries: int, products: int) -> World:
    """Read the data set, or a part of it."""
    judged = read_judgments(data / "homedepot" / "judgments.tsv.gz")
    rows = read_catalogue(data / "homedepot" / "products.tsv.gz")
    catalogue = [row for row in rows if isinstance(row, Product)]
    asked = [query for query in judged if part_of(query) == "report" and max(judged[query].values()) >= RELEVANT]
    judgments = {query: judged[query] for query in by_hash(asked, queries)}
    trained = [
        RatedPair(query=query, product_id=product_id, weight=relevance)
        for query, by_product in judged.items()
        if part_of(query) == "tune"
        for product_id, relevance in by_product.items()
    ]
    right = by_hash((pair for pair in trained if pair.weight >= 2.33), pairs)
    kept = {pair.query for pair in right}
    wrong = [pair for pair in trained if pair.weight < 2.33 and pair.query in kept]
    searched = {product_id for by_product in judgments.values() for product_id in by_product}
    others = [product.product_id for product in catalogue if product.product_id not in searched]
    searched |= set(by_hash(others, max(products - len(searched), 1) if products else 0))
    return World(
        products=[product for product in catalogue if product.product_id in searched],
        wares=Wares(
            product_ids=tuple(product.product_id for product in catalogue),
            titles=tuple(product.title for product in catalogue),
            texts=tuple(product.title for product in catalogue),
            brands=("",) * len(catalogue),
            categories=("",) * len(catalogue),
        ),
        pairs=[*right, *wrong],
        judgments=judgments,
    )


def trained(
    there: World, settings: TwoTowerSettings, training: TrainingSettings, output: Path, encoder: str
) -> dict[str, Any]:
    """Train one row into a directory; seconds and pairs."""
    pairs = number_pairs(there.pairs, there.wares.product_ids, settings, by_people=True)
    template: Template = "plain"
    started = time.perf_counter()
    stages = train_towers(
        encoder, there.wares, pairs, settings, training, output,
        template=template, about={"benchmark": "two_tower"}, progress=Unwatched(),
    )  # fmt: skip
    return {
        "pairs": len(pairs),
        "seconds": time.perf_counter() - started,
        "steps": sum(s.result.steps for s in stages if s.result),
    }


def searched(there: World, encoder: str | Path) -> dict[str, dict[str, float]]:
    """Figures by mode of one encoder's search."""
    towers = Towers.load(encoder)
    vectors_ND = towers.products.encode([encoded_text(product, towers.template) for product in there.products])
    queries = list(there.judgments)
    by_query = dict(zip(queries, towers.queries.encode(queries), strict=True))
    found = {}
    with tempfile.TemporaryDirectory() as directory:
        build_search(Path(directory), there.products, vectors_ND)
        index = SearchIndex.open(Path(directory))
        for mode in ("semantic", "hybrid"):
            result, _ = measure(index, there.judgments, by_query, mode, RELEVANT)
            found[mode] = {"recall@20": result.recall, "ndcg@10": result.ndcg, "mrr@10": result.mrr}
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True, help="directory that has homedepot/")
    options.add_argument("--encoder", default="minilm")
    options.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--epochs", type=float, default=3.0)
    options.add_argument("--learning-rate", type=float, default=2e-4)
    options.add_argument("--batch-size", type=int, default=128)
    options.add_argument("--pairs", type=int, default=0, help="training pairs (0: all)")
    options.add_argument("--queries", type=int, default=0, help="queries asked for (0: all)")
    options.add_argument("--products", type=int, default=0, help="products searched (0: all)")
    options.add_argument("--scratch", type=Path, help="directory to keep trained towers and figures in")
    given = options.parse_args()

    there = world(given.data, given.pairs, given.queries, given.products)
    console = Console()
    console.print(f"{len(there.judgments)} queries, {len(there.products)} products searched")
    with tempfile.TemporaryDirectory() as unkept:
        scratch = given.scratch or Path(unkept)
        scratch.mkdir(parents=True, exist_ok=True)
        results = scratch / "results.jsonl"
        known = [json.loads(line) for line in results.read_text().splitlines()] if results.is_file() else []
        for seed in range(given.seeds):
            for name in given.rows:
                if any((line["row"], line["seed"]) == (name, seed) for line in known) or (seed and name == "untrained"):
                    continue
                settings, line = ROWS[name], {"row": name, "seed": seed}
                encoder: str | Path = given.encoder
                if settings is not None:
                    encoder = scratch / f"{name}-{seed}"
                    training = TrainingSettings(
                        epochs=given.epochs, batch_size=given.batch_size, learning_rate=given.learning_rate, seed=seed
                    )
                    line |= trained(there, settings, training, Path(encoder), given.encoder)
                    if settings.stages == "cascade":
                        line["warm-up"] = searched(there, warm_up_directory(Path(encoder)))
                line |= searched(there, encoder)
                known.append(line)
                with results.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                console.print_json(json.dumps(line), indent=None)
    table = Table(
        "",
        "seeds",
        *(f"{mode} {name}" for mode in ("semantic", "hybrid") for name in ("recall@20", "ndcg@10", "mrr@10")),
    )
    for name in given.rows:
        lines = [line for line in known if line["row"] == name]
        figures = [
            np.array([line[mode][measured] for line in lines])
            for mode in ("semantic", "hybrid")
            for measured in ("recall@20", "ndcg@10", "mrr@10")
        ]
        table.add_row(name, str(len(lines)), *(f"{values.mean():.4f} ± {values.std():.4f}" for values in figures))
    console.print(table)


if __name__ == "__main__":
    main()
