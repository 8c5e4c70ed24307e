"""The words a shop knows, and the stores in which it sells something by them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce
from operator import and_

from aisle.shop.product import Product
from aisle.suggest.matching import fold
from aisle.text.plurals import fold_plural

_JOINED = re.compile(r"(?<=\d)(?=[^\W\d_]{2})")


class StoreSets:
    """Sets of stores as integers, one bit a store. A product that names no store is in every one."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.stores = sorted({store for product in products for store in product.stores})
        self._bits = {store: 1 << place for place, store in enumerate(self.stores)}
        self.every = (1 << len(self.stores)) - 1

    def of(self, product: Product) -> int:
        """The stores that carry a product."""
        return sum(self._bits[store] for store in set(product.stores)) if product.stores else self.every

    def names(self, stores: int) -> tuple[str, ...]:
        """The names of a set of stores; empty for every store."""
        if stores == self.every:
            return ()
        return tuple(store for store in self.stores if self._bits[store] & stores)


class Vocabulary:
    """Every word of titles, brands, categories and attributes, singular and plural as one: a shop that sells "banana"
    knows "bananas". Descriptions are left out: they hold anything."""

    def __init__(self, products: Iterable[Product], store_sets: StoreSets) -> None:
        self._every = store_sets.every
        self._stores: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        # Brands and categories come again and again.
        key_of = lru_cache(maxsize=50_000)(fold)
        form_of = lru_cache(maxsize=50_000)(fold_plural)
        for product in products:
            stores = store_sets.of(product)
            fields = (product.title, product.brand, *product.category, *product.attributes)
            for field in set(fields):
                for word in key_of(field).split():
                    self._counts[word] = self._counts.get(word, 0) + 1
                    for part in (word,) if word.isalpha() else (word, *parts(word)):
                        form = form_of(part)
                        self._stores[form] = self._stores.get(form, 0) | stores

    def stores(self, key: str) -> int | None:
        """The stores that have a product for each word of a folded text; None where no product has one of them."""
        stores = self._every
        for word in key.split():
            at_word = self._of_word(word)
            if at_word is None:
                return None
            stores &= at_word
        return stores

    def counts(self) -> Mapping[str, int]:
        """Every word as it is written, and how often."""
        return self._counts

    def _of_word(self, word: str) -> int | None:
        known = self._stores.get(fold_plural(word))
        if known is not None:
            return known
        pieces = parts(word)
        if len(pieces) == 1:
            return None
        at_parts = [self._of_word(piece) for piece in pieces]
        return None if None in at_parts else reduce(and_, at_parts)


def parts(word: str) -> list[str]:
    """Folding joins a number to the word after it ("12organic" in "12 organic eggs"): the two of them."""
    return _JOINED.split(word)
