"""Which candidates say the same, by meaning.

Vectors that are close are looked for among the most popular candidates; of each close pair the guard decides. This is
done when a version is built: while someone types, no vector is touched.

Letters: C candidates, D vector length, G groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.shop.product import Product
from aisle.suggest.candidates import Candidate
from aisle.suggest.literal import word_family
from aisle.suggest.matching import fold
from aisle.suggest.needs import Guard, Sense
from aisle.suggest.support import Support
from aisle.text.plurals import fold_plural
from aisle.text.words import normalize

_BLOCK = 2048
_NEAREST = 64
_MOST_PRODUCTS = 400
_CARTS = 5
"""Cart-adds that say more than the words of titles."""


def guard_of(products: Sequence[Product], apart: frozenset[tuple[str, str]]) -> Guard:
    """The guard of a shop: words of its brands, and of the attributes that tell products of one kind apart."""
    brands: set[str] = set()
    telling: set[str] = set()
    kinds: set[str] = set()
    for product in products:
        brands.update(map(fold_plural, fold(product.brand).split()))
        for attribute in product.attributes:
            telling.update(map(fold_plural, fold(normalize(attribute).rpartition(":")[2]).split()))
        if product.category:
            kinds.update(map(fold_plural, fold(product.category[-1]).split()))
    # A brand called after what it makes ("Half & Half") would keep apart what the kind brings together.
    return Guard(brands=frozenset(brands - kinds), telling=frozenset(telling - brands), apart=apart)


def senses(candidates: Sequence[Candidate], support: Support, carted: Mapping[str, Mapping[str, int]]) -> list[Sense]:
    """What each candidate leads to: what people put into carts after it, else the products that have all its words."""
    found = []
    for candidate in candidates:
        key = fold(candidate.text)
        bought = carted.get(key, {})
        asked = sum(bought.values()) >= _CARTS
        if asked:
            weights: dict[object, float] = {product: float(count) for product, count in bought.items()}
        else:
            rows = sorted(support.rows(key))[:_MOST_PRODUCTS]
            weights = {support.products[row].product_id: 1.0 for row in rows}
        total = sum(weights.values())
        shares = {what: weight / total for what, weight in weights.items()}
        kinds: Counter[str] = Counter()
        for what, share in shares.items():
            product = support.product(str(what))
            if product is not None and product.category:
                kinds[product.category[-1]] += share  # type: ignore[assignment]
        found.append(Sense(key=key, products=shares, categories=dict(kinds), asked=asked))
    return found


def semantic_twins(
    meant: Sequence[Sense], vectors_CD: NDArray[np.float32], guard: Guard, threshold: float
) -> dict[str, set[str]]:
    """For each key the keys that say the same. `vectors_CD` are of unit length, in the order of `meant`."""
    twins: dict[str, set[str]] = {}
    for one, other, cosine in close_pairs(vectors_CD, threshold):
        # Of the same words in another order, `literal.py` decides: their products are the same whatever they mean.
        reordered = word_family(meant[one].key) == word_family(meant[other].key)
        if not reordered and guard.same(meant[one], meant[other], cosine, threshold):
            twins.setdefault(meant[one].key, set()).add(meant[other].key)
            twins.setdefault(meant[other].key, set()).add(meant[one].key)
    return twins


def close_pairs(
    vectors_CD: NDArray[np.float32], threshold: float, nearest: int = _NEAREST
) -> Iterator[tuple[int, int, float]]:
    """The pairs of rows with at least this cosine, block by block: bounded memory, one matrix product a block.

    Of the rows after it, each is paired with the `nearest` at most: where an encoder finds everything close to
    everything, there are millions of pairs, of which those far down say nothing.
    """
    for first in range(0, len(vectors_CD), _BLOCK):
        block = vectors_CD[first : first + _BLOCK]
        cosines = np.triu(block @ vectors_CD[first:].T, 1)
        close = cosines >= threshold
        for many in np.flatnonzero(close.sum(axis=1) > nearest):
            close[many] &= cosines[many] >= np.partition(cosines[many], -nearest)[-nearest]
        rows, columns = np.nonzero(close)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            yield first + row, first + column, float(cosines[row, column])
