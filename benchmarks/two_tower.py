"""Two-tower training: what each part is worth, on the Home Depot judgments or on a sample shop with its known truth.

    python -m benchmarks.two_tower --data DIR [--rows vanilla softmax …] [--seeds 3]
        [--pairs 6400 --queries 500 --products 8000] [--scratch DIR]
    python -m benchmarks.two_tower --shop SHOP [--rows …]

`DIR/homedepot` has `products.tsv.gz` and `judgments.tsv.gz`. The queries are split by a hash of their text, as in
`benchmarks/relevance.py`: four fifths are trained on, one fifth is only asked for, over the whole catalogue. Noisy
pairs are those judged 2.33 or higher, those of high quality were judged 3; a product judged 2.5 or higher is relevant.
`SHOP` is what `aisle demo SHOP` made: pairs are mined from its log, queries of known meaning are asked for that
training never saw.

A whole Home Depot run takes about half an hour a row and seed on two cores. `--pairs`, `--queries` and `--products`
make a small one: so many training pairs and asked queries, and a catalogue of all products that these judge plus
others, taken by hash. Figures of small runs compare rows with each other and with nothing else. With `--scratch`, rows
that are there already are not trained again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from aisle.evaluation.retrieval import RECALL_DEPTH, evaluate_retrieval
from aisle.ranking.learning import learn
from aisle.ranking.model import Ranker
from aisle.ranking.settings import RankerSettings
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.search.request import SearchRequest
from aisle.sentence.towers import Towers
from aisle.shop.encoded_text import encoded_text
from aisle.storefront.gate import half_of
from aisle.storefront.ranker import candidate_lists
from aisle.storefront.reading import vectors_of
from aisle.storefront.training_pairs import wares
from aisle.storefront.vectors import piece_reader
from aisle.tasks.two_tower.data import number_pairs
from aisle.tasks.two_tower.loading import chosen_template
from aisle.tasks.two_tower.settings import TwoTowerSettings
from aisle.tasks.two_tower.stages import train_towers, warm_up_directory
from aisle.training.progress import Unwatched
from aisle.training.settings import TrainingSettings
from benchmarks.two_tower_world import World, home_depot, sample_shop

# Every part of the recipe off, so that a row shows one thing.
BARE = TwoTowerSettings(title_queries=0, typos=0, hard_negatives=0, heads=0, pieces=False, template="plain")
CASCADE = replace(BARE, stages="cascade")
ROWS: dict[str, TwoTowerSettings | None] = {
    "untrained": None,
    "vanilla": BARE,
    "softmax": replace(BARE, negatives="self-adversarial", alpha=5.0),
    "sigmoid": replace(BARE, negatives="self-adversarial", form="sigmoid", alpha=10.0),
    "hardness": replace(BARE, negatives="hardness", alpha=9.0),
    "cascade-tied": replace(CASCADE, towers="tied"),
    "cascade-untied": CASCADE,
    "pieces": replace(BARE, pieces=True),
    "labels": replace(BARE, template="labels"),
    "markers": replace(BARE, template="markers"),
    "markers-heads": replace(BARE, template="markers", heads=0.1),
    "wrong-answers": replace(BARE, hard_negatives=1),
    "titles": replace(BARE, title_queries=1.0),
    "typos": replace(BARE, typos=0.15),
    "default": TwoTowerSettings(),
}
_OF_FIELDS = ("labels", "markers", "markers-heads")
_OF_JUDGES = ("wrong-answers",)
SEARCHES = ("semantic", "hybrid", "ranked")
MEASURES = ("recall@20", "ndcg@10", "mrr@10")


def trained(
    there: World, settings: TwoTowerSettings, training: TrainingSettings, output: Path, encoder: str
) -> dict[str, Any]:
    """Train one row into a directory; seconds and pairs."""
    has_fields = any(product.brand or product.category or product.attributes for product in there.catalogue)
    template = chosen_template(settings, has_fields=has_fields)
    read = wares(there.catalogue, template)
    pairs = number_pairs(there.pairs, read.product_ids, settings, by_people=there.by_people)
    started = time.perf_counter()
    stages = train_towers(
        encoder, read, pairs, settings, training, output,
        template=template, about={"benchmark": "two_tower"}, progress=Unwatched(),
    )  # fmt: skip
    return {
        "pairs": len(pairs),
        "seconds": time.perf_counter() - started,
        "steps": sum(s.result.steps for s in stages if s.result),
    }


def searched(there: World, encoder: str | Path) -> dict[str, dict[str, float]]:
    """Figures by way of searching of one encoder."""
    towers = Towers.load(encoder)
    vectors_ND = towers.products.encode([encoded_text(product, towers.template) for product in there.products])
    found = {}
    with tempfile.TemporaryDirectory() as directory:
        build_search(Path(directory), there.products, vectors_ND, reader=piece_reader(towers))
        index = SearchIndex.open(Path(directory))
        vectors = vectors_of(index, towers.queries, list(there.judgments))
        rankers = [_ranker(index, towers, lesson) for lesson in there.lessons]
        for way in SEARCHES:
            found[way] = _measured(there, index, vectors, rankers, way)
    return found


def _ranker(index: SearchIndex, towers: Towers, lesson: Mapping[str, Mapping[str, float]]) -> Ranker:
    settings = RankerSettings(depth=100)
    lists, _ = candidate_lists(index, towers.queries, lesson, settings)
    assert lists is not None
    return learn(lists, settings, encoder="", about={})


def _measured(
    there: World, index: SearchIndex, vectors: Mapping[str, NDArray[np.float32]], rankers: Sequence[Ranker], way: str
) -> dict[str, float]:
    def ask(query: str) -> list[str]:
        asked = index.with_ranker(rankers[half_of(query)]) if way == "ranked" else index
        request = SearchRequest(query=query, mode="semantic" if way == "semantic" else "hybrid", k=RECALL_DEPTH)
        return [hit.product_id for hit in asked.search(request, vectors[query]).hits]

    result = evaluate_retrieval(ask, there.judgments, relevant=there.relevant)
    return dict(zip(MEASURES, (result.recall, result.ndcg, result.mrr), strict=True))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = options.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, help="directory that has homedepot/")
    where.add_argument("--shop", type=Path, help="sample shop that `aisle demo` made")
    options.add_argument("--encoder", default="minilm")
    options.add_argument("--rows", nargs="+", choices=list(ROWS))
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--epochs", type=float, default=3.0)
    options.add_argument("--learning-rate", type=float, default=1e-4)
    options.add_argument("--batch-size", type=int, default=128)
    options.add_argument("--pairs", type=int, default=0, help="Home Depot: training pairs (0: all)")
    options.add_argument("--queries", type=int, default=0, help="Home Depot: queries asked for (0: all)")
    options.add_argument("--products", type=int, default=0, help="Home Depot: products searched (0: all)")
    options.add_argument("--scratch", type=Path, help="directory to keep the figures in")
    given = options.parse_args()

    there = (
        sample_shop(given.shop) if given.shop else home_depot(given.data, given.pairs, given.queries, given.products)
    )
    left_out = _OF_JUDGES if given.shop else _OF_FIELDS
    names = given.rows or [name for name in ROWS if name not in left_out]
    console = Console()
    console.print(f"{len(there.judgments)} queries, {len(there.products)} products searched, {len(there.pairs)} pairs")
    with tempfile.TemporaryDirectory() as unkept:
        scratch = given.scratch or Path(unkept)
        scratch.mkdir(parents=True, exist_ok=True)
        results = scratch / "results.jsonl"
        known = [json.loads(line) for line in results.read_text().splitlines()] if results.is_file() else []
        for seed in range(given.seeds):
            for name in names:
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
                        shutil.rmtree(warm_up_directory(Path(encoder)))
                line |= searched(there, encoder)
                if settings is not None:
                    shutil.rmtree(encoder)
                known.append(line)
                with results.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                console.print_json(json.dumps(line), indent=None)
    table = Table("", "search", *MEASURES, caption="mean and standard deviation of the seeds")
    for name in names:
        lines = [line for line in known if line["row"] == name]
        for way in SEARCHES:
            figures = [np.array([line[way][measure] for line in lines]) for measure in MEASURES]
            shown = (f"{values.mean():.4f} ±{values.std():.3f}" for values in figures)
            table.add_row(name if way == SEARCHES[0] else "", way, *shown)
    console.print(table)


if __name__ == "__main__":
    main()
