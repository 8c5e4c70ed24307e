"""Cold start: queries that a product's own fields suggest, for products that the log says nothing of.

Shoppers name a thing by what it is, its brand and one property, in any order ("fernwood whole milk", "milk organic").
Permutations of catalogue fields resemble that closely enough to start from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations
from random import Random

from aisle.mining.pair import Pair
from aisle.shop.product import Product
from aisle.text.words import normalize

_WEIGHT = 0.5
_LONGEST_FIELD = 4  # words: a longer attribute is a sentence, not what people type
_PARTS = 3


def synthetic_pairs(products: Iterable[Product], known: set[str], most: int) -> list[Pair]:
    """At most `most` noisy pairs for each product whose id is not among `known`."""
    pairs = []
    for product in products:
        if product.product_id in known:
            continue
        queries = list(dict.fromkeys(_queries(product)))
        # The same draw for the same product, whatever the others are.
        Random(product.product_id).shuffle(queries)
        pairs += [
            Pair(query=query, product_id=product.product_id, weight=_WEIGHT, quality="noisy", source="catalogue")
            for query in queries[:most]
        ]
    return pairs


def _queries(product: Product) -> Iterator[str]:
    brand = normalize(product.brand)
    # The kind of thing: the last level of its category, and its title without brand and size.
    kind = normalize(product.category[-1]) if product.category else ""
    title = normalize(product.title.split(",")[0])
    name = " ".join(title.removeprefix(brand).split()) if brand else title
    facts = [normalize(attribute.split(":")[-1]) for attribute in product.attributes]
    facts = [fact for fact in facts if 0 < len(fact.split()) <= _LONGEST_FIELD]
    for thing in dict.fromkeys(filter(None, (kind, name))):
        yield thing
        for fact in ["", *facts]:
            parts = [part for part in dict.fromkeys((brand, fact, thing)) if part]
            for size in range(2, min(_PARTS, len(parts)) + 1):
                for chosen in permutations(parts, size):
                    if thing in chosen:
                        yield _once(" ".join(chosen))


def _once(text: str) -> str:
    """Each word once: "milk whole milk" is not typed."""
    return " ".join(dict.fromkeys(text.split()))
