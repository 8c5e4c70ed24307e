"""The words of a shop and the products in stock that have them: what completions of unseen texts are made of.

Letters: V words, P products in stock, S stores.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.shop.product import Product
from aisle.suggest.matching import fold
from aisle.suggest.words import file_words

PRODUCT_WEIGHT = 0.01
"""What a product is worth beside a session, when it is guessed which word was meant."""


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """The products of an index, as far as completing needs them."""

    spellings: tuple[tuple[str, ...], ...]
    """For each product in stock its words, as they are written."""
    known: frozenset[str]
    """Words of products that are out of stock as well: they are no slips of the fingers."""
    carriers: tuple[str, ...]
    carried_PS: NDArray[np.uint8]

    @classmethod
    def of(cls, products: Iterable[Product]) -> Goods:
        """Read products."""
        key_of = lru_cache(maxsize=50_000)(fold)
        spellings: list[tuple[str, ...]] = []
        in_stock: list[Product] = []
        known: set[str] = set()
        for product in products:
            words: dict[str, None] = {}
            # Of "size: 1 gal", nobody types "size".
            values = (attribute.rpartition(":")[2] for attribute in product.attributes)
            for text in (product.title, product.brand, *product.category, *values):
                words.update(dict.fromkeys(key_of(text).split()))
            known.update(words)
            if product.in_stock:
                spellings.append(tuple(words))
                in_stock.append(product)
        carriers = tuple(sorted({store for product in in_stock for store in product.stores}))
        places = {store: place for place, store in enumerate(carriers)}
        carried_PS = np.zeros((len(in_stock), len(carriers)), np.uint8)
        for row, product in enumerate(in_stock):
            carried_PS[row, [places[store] for store in product.stores] if product.stores else slice(None)] = 1
        return cls(tuple(spellings), frozenset(known), carriers, carried_PS)


def word_arrays(keys: Sequence[str], popularity_C: NDArray[np.float64], goods: Goods) -> dict[str, NDArray[Any]]:
    """The word list of candidates and products, with the products of each word and the words of each product.

    A word weighs what the candidates with it are searched for, together, and a little for each product in stock; one
    of products that are out of stock alone is known, and no other word is corrected to it.
    """
    weights: dict[str, float] = defaultdict(float)
    for key, popularity in zip(keys, popularity_C.tolist(), strict=True):
        for word in set(key.split()):
            weights[word] += popularity
    for words in goods.spellings:
        for word in words:
            weights[word] += PRODUCT_WEIGHT
    for word in goods.known:
        weights.setdefault(word, 0)
    arrays = file_words(weights)
    places = {word: place for place, word in enumerate(sorted(weights))}
    spellings = [[places[word] for word in words] for words in goods.spellings]
    rows = np.repeat(np.arange(len(spellings)), [len(words) for words in spellings])
    flat = np.array([place for words in spellings for place in words], np.int64)
    order = np.lexsort((rows, flat))
    counts_V = np.bincount(flat, minlength=len(places)) if len(places) else np.zeros(0, np.int64)
    return {
        **arrays,
        "product-ends": np.concatenate([[0], np.cumsum(counts_V)]).astype(np.uint32),
        "products": rows[order].astype(np.uint32),
        "spelling-ends": np.cumsum([0, *map(len, spellings)]).astype(np.uint32),
        "spellings": flat.astype(np.uint32),
        "carried": goods.carried_PS.reshape(-1),
    }
