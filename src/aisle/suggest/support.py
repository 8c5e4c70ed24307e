"""Which products stand behind a text: all its words in one product that can be bought now.

Letters: P products in stock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aisle.shop.product import Product
from aisle.suggest.matching import fold
from aisle.suggest.vocabulary import parts
from aisle.text.plurals import fold_plural

_LOOKED_AT = 400
"""Products from which category and picture are taken."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a suggestion shows beside its text."""

    category: str = ""
    """The kind of product most of its products are; empty where they are of many kinds."""
    image: str = ""
    """The picture of its most wanted product."""


def product_words(product: Product) -> set[str]:
    """The words a product can be found by, singular and plural as one."""
    words: set[str] = set()
    for text in {product.title, product.brand, *product.category, *product.attributes}:
        for word in _key(text).split():
            words.update(map(_form, (word, *(() if word.isalpha() else parts(word)))))
    return words


_key = lru_cache(maxsize=50_000)(fold)
_form = lru_cache(maxsize=50_000)(fold_plural)


class Support:
    """The products in stock, by word."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.products: list[Product] = [product for product in products if product.in_stock]
        postings: dict[str, list[int]] = defaultdict(list)
        for row, product in enumerate(self.products):
            for word in product_words(product):
                postings[word].append(row)
        self._postings = {word: frozenset(rows) for word, rows in postings.items()}
        self._stores = {store for product in self.products for store in product.stores}
        self._rows = {product.product_id: row for row, product in enumerate(self.products)}

    def rows(self, key: str) -> frozenset[int]:
        """Products in stock that have every word of a key."""
        found: frozenset[int] | None = None
        for word in key.split():
            at_word = self._of_word(word)
            found = at_word if found is None else found & at_word
            if not found:
                break
        return found or frozenset()

    def _of_word(self, word: str) -> frozenset[int]:
        known = self._postings.get(_form(word))
        if known is not None:
            return known
        pieces = parts(word)
        if len(pieces) == 1:
            return frozenset()
        return frozenset.intersection(*(self._postings.get(_form(piece), frozenset()) for piece in pieces))

    def product(self, product_id: str) -> Product | None:
        """A product in stock by its id."""
        row = self._rows.get(product_id)
        return None if row is None else self.products[row]

    def carted_rows(self, carted: Mapping[str, int]) -> frozenset[int]:
        """Of the products that people put into carts, those in stock."""
        return frozenset(self._rows[product_id] for product_id in carted if product_id in self._rows)

    def stores(self, rows: Iterable[int]) -> tuple[str, ...] | None:
        """The stores that carry one of the products: empty for every store, None for none."""
        found: set[str] = set()
        empty = True
        for row in rows:
            empty = False
            if not self.products[row].stores:
                return ()
            found.update(self.products[row].stores)
        if empty:
            return None
        return () if found == self._stores else tuple(sorted(found))

    def shown(self, rows: frozenset[int], carted: Mapping[str, int]) -> Shown:
        """Category and picture, going by what people put into carts, else by what most products are."""
        votes: Counter[str] = Counter()
        bought = {self._rows[product_id]: count for product_id, count in carted.items() if product_id in self._rows}
        looked_at: Sequence[int] = sorted(rows)[:_LOOKED_AT]
        weights: Mapping[int, float] = bought if bought else dict.fromkeys(looked_at, 1.0)
        for row, weight in weights.items():
            path = self.products[row].category
            votes[path[-1] if path else ""] += weight  # type: ignore[assignment]
        if not votes:
            return Shown()
        category, count = votes.most_common(1)[0]
        best = max(weights, key=lambda row: (bool(self.products[row].image), weights[row], -row))
        return Shown(category if 2 * count >= sum(votes.values()) else "", self.products[best].image)
