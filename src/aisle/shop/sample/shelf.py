"""The search engine the simulated shoppers use: a small word matcher that makes the mistakes such engines make.

It sees the query alone, never the need. It knows some synonyms and not others, mends most typos, and mixes in
products that merely share a word. It is no part of the shop's own search.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.shop.product import Product
from aisle.shop.sample.chance import unit
from aisle.shop.sample.needs import Need
from aisle.shop.sample.phrasing import other_number, phrases

# Array names end in their shape: P products, S products of one store.
WORD = re.compile(r"[a-z0-9%.]+")
KNOWN_SYNONYMS = 0.7
CACHED_PAGES = 20_000
# A word of the title, of the category; a product of a kind that a known synonym names.
TITLE, CATEGORY, SYNONYM = 1.0, 0.5, 9.0


class Shelf:
    """Ranks the products of one catalogue for any query, the same way every time."""

    def __init__(self, products: Sequence[Product], needs: Sequence[Need], stores: Sequence[str]) -> None:
        self.products = products
        # A product's own pull, whatever the query: decides ties and adds some noise.
        self.pull_P = np.array([unit(product.product_id) for product in products], dtype=np.float32)
        self._store_P = {store: _carried(products, store) for store in stores}
        self._postings = _postings(products)
        self._kinds = _products_by_kind(products)
        self._synonyms = _known_synonyms(needs, set(self._kinds))
        self._deletions = _deletions(self._postings)
        self._mended: dict[str, str] = {}
        self._pages: OrderedDict[tuple[str, str, int], tuple[int, ...]] = OrderedDict()

    def page(self, query: str, store: str, size: int) -> tuple[int, ...]:
        """Rows of the best products in stock at the store, the best first; empty where nothing matches."""
        key = (query, store, size)
        found = self._pages.get(key)
        if found is not None:
            self._pages.move_to_end(key)
            return found
        found = self._rank(query, store, size)
        self._pages[key] = found
        if len(self._pages) > CACHED_PAGES:
            self._pages.popitem(last=False)
        return found

    def _rank(self, query: str, store: str, size: int) -> tuple[int, ...]:
        score_P = np.zeros(len(self.products), dtype=np.float32)
        words = WORD.findall(query)
        for word in words:
            posting = self._postings.get(self._form(word) or self._mend(word))
            if posting is not None:
                score_P[posting[0]] += posting[1]
        kinds = self._synonyms.get(query) or self._synonyms.get(" ".join(self._mend(word) for word in words), ())
        for kind in kinds:
            score_P[self._kinds[kind]] += SYNONYM
        score_P *= self._store_P[store]
        # Weak matches of one word among several are left out, as real engines do.
        hits_S = np.flatnonzero(score_P >= max(0.45 * float(score_P.max()), 1e-6))
        ranked_S = hits_S[np.argsort(-(score_P[hits_S] + 2.5 * self.pull_P[hits_S]), kind="stable")]
        return tuple(ranked_S[:size].tolist())

    def _form(self, word: str) -> str:
        """The word as the catalogue writes it, in either number; empty where it has neither."""
        if word in self._postings:
            return word
        other = other_number(word)
        return other if other in self._postings else ""

    def _mend(self, word: str) -> str:
        """The commonest catalogue word one slip away; the word itself where there is none."""
        if self._form(word) or len(word) < 4 or not word.isalpha():
            return word
        if word not in self._mended:
            near = {other for cut in _cuts(word) for other in self._deletions.get(cut, ())}
            best = min(near, key=lambda other: (-len(self._postings[other][0]), other), default=word)
            if len(self._mended) > CACHED_PAGES:
                self._mended.clear()
            self._mended[word] = best
        return self._mended[word]


def _carried(products: Sequence[Product], store: str) -> NDArray[np.float32]:
    """1 where the store has the product on its shelf, 0 where not."""
    return np.array([p.in_stock and (not p.stores or store in p.stores) for p in products], dtype=np.float32)


def _postings(products: Sequence[Product]) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """For each word, the rows of the products that have it and what it adds to their scores."""
    rows: dict[str, dict[int, float]] = {}
    for row, product in enumerate(products):
        for text, weight in ((" ".join(product.category), CATEGORY), (product.title, TITLE)):
            for word in WORD.findall(text.lower()):
                # A word in the name of the kind says most about what the product is.
                rows.setdefault(word, {})[row] = weight
    table = {}
    for word, found in rows.items():
        rarity = 1.0 + np.log(len(products) / len(found))
        table[word] = (np.array(list(found)), np.array(list(found.values()), dtype=np.float32) * np.float32(rarity))
    return table


def _products_by_kind(products: Sequence[Product]) -> dict[str, NDArray[np.int64]]:
    rows: dict[str, list[int]] = {}
    for row, product in enumerate(products):
        if product.category:
            rows.setdefault(product.category[-1], []).append(row)
    return {kind: np.array(found) for kind, found in rows.items()}


def _known_synonyms(needs: Sequence[Need], kinds: set[str]) -> dict[str, tuple[str, ...]]:
    """Ways of saying a bare kind or a family that somebody has taught the engine."""
    known: dict[str, tuple[str, ...]] = {}
    for need in needs:
        if need.kinds and not (need.flavour or need.trait or need.brand or need.size):
            for text, _ in phrases(need):
                if unit(f"knows {text}") < KNOWN_SYNONYMS:
                    known.setdefault(text, tuple(kind for kind in need.kinds if kind in kinds))
    return known


def _cuts(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _deletions(words: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]]) -> dict[str, list[str]]:
    """Every word under itself and itself less one letter: two words that share a key are about one slip apart."""
    table: dict[str, list[str]] = {}
    for word in words:
        if len(word) >= 4 and word.isalpha():
            for cut in _cuts(word):
                table.setdefault(cut, []).append(word)
    return table
