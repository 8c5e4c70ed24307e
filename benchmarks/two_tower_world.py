"""What `benchmarks/two_tower.py` trains on and asks for: Home Depot and its judges, or a shop with known truth."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aisle.evaluation.retrieval import Judgments, read_judgments
from aisle.shop.catalogue import read_catalogue
from aisle.shop.product import Product
from aisle.shop.sample.judgments import query_meanings, sample_judgments
from aisle.shop.sample.needs import sample_needs
from aisle.storefront.gate import half_of, held_out
from aisle.storefront.ranker import gains_of_judgments, gains_of_pairs
from aisle.storefront.shop import Shop
from aisle.storefront.training_pairs import for_training, mined
from aisle.tasks.two_tower.data import RatedPair
from benchmarks.relevance import part_of

RELEVANT = 2.5
"""Home Depot: the least mean of three judges that counts as an answer."""
DRAWN, SEED = 1500, 11
"""Sample shop: queries of known meaning that are drawn, as in `aisle demo`; one in ten is held out and asked for."""
Gains = Mapping[str, Mapping[str, float]]
Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class World:
    """What is trained on and asked for."""

    catalogue: list[Product]
    """That are trained on."""
    products: list[Product]
    """That are searched."""
    pairs: list[RatedPair]
    by_people: bool
    """Whether people judged the pairs, from 1 to 3."""
    judgments: Judgments
    """Of the queries asked for."""
    relevant: float
    """The least relevance that counts as an answer."""
    lessons: tuple[Gains, Gains]
    """What the ranker is learned from that answers for each half of the queries asked for."""


def by_hash(items: Iterable[Item], most: int, key: str = "") -> list[Item]:
    """So many of the items (0: all), always the same ones."""
    listed = list(items)
    ordered = sorted(listed, key=lambda item: hashlib.sha256(f"{key}{item}".encode()).digest())
    return ordered[:most] if most else listed


def home_depot(data: Path, pairs: int, queries: int, products: int) -> World:
    """The data set, or so much of it (0: all). An encoder is too sure of the queries it was trained on for a ranker to
    learn from them, so each half of the queries asked for is ranked by what the other half teaches."""
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
    first, second = (
        gains_of_judgments({query: found for query, found in judgments.items() if half_of(query) != half}, RELEVANT)
        for half in (0, 1)
    )
    return World(
        catalogue=catalogue,
        products=[product for product in catalogue if product.product_id in searched],
        pairs=[*right, *wrong],
        by_people=True,
        judgments=judgments,
        relevant=RELEVANT,
        lessons=(first, second),
    )


def sample_shop(path: Path) -> World:
    """A shop that `aisle demo` made: its log teaches encoder and ranker, its known truth judges them. The ranker learns
    from what the log says of queries that the encoder was not trained on, of the other half than those it ranks."""
    with Shop.open(path) as shop:
        products = list(shop.ledger.products())
    found = mined(path, products).pairs
    pairs = for_training(found)
    judgments: Judgments = {}
    queries = min(DRAWN, len(query_meanings(sample_needs(products))))
    for judgment in sample_judgments(products, queries=queries, seed=SEED):
        if held_out(judgment.query):
            judgments.setdefault(judgment.query, {})[judgment.product_id] = judgment.relevance
    kept = [pair for pair in found if held_out(pair.query)]
    first, second = (gains_of_pairs([pair for pair in kept if half_of(pair.query) != half]) for half in (0, 1))
    return World(
        catalogue=products,
        products=products,
        pairs=[
            RatedPair(query=pair.query, product_id=pair.product_id, weight=pair.weight, high=pair.quality == "high")
            for pair in pairs
        ],
        by_people=False,
        judgments=judgments,
        relevant=1.0,
        lessons=(first, second),
    )
