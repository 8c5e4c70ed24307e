"""Completions that nobody has searched for: made of words that stand together in products.

What has been typed before the last word picks the products that have all of it; the word being typed is completed by
the words of those products, the commonest first. So a completion always has results.

Letters: V words, P products in stock, S stores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aisle.suggest.mapped import Mapped
from aisle.suggest.words import Words

_PRODUCTS = 1_000
"""Products that are looked through, of however many."""
_LEAST = 2
"""Letters that the word being typed must have."""
_WORDS = 8


class Completions:
    """The products and words of one index."""

    def __init__(self, mapped: Mapped, words: Words, carriers: tuple[str, ...]) -> None:
        self._words = words
        self._ends_V1 = np.asarray(mapped["product-ends"])
        self._products = np.asarray(mapped["products"])
        self._spelling_ends_P1 = np.asarray(mapped["spelling-ends"])
        self._spellings = np.asarray(mapped["spellings"])
        self._carriers = {store: place for place, store in enumerate(carriers)}
        self._carried_PS = np.asarray(mapped["carried"]).reshape(-1, len(carriers)) if carriers else None

    def complete(self, typed: str, *, store: str, most: int) -> list[tuple[str, int]]:
        """Whole keys that go on from the typed key, with the number of products in stock (of those looked through)."""
        parts = typed.split()
        if not 0 < len(parts) <= _WORDS or len(self._spelling_ends_P1) < 2:
            return []
        last = "" if typed.endswith(" ") else parts.pop()
        if last and len(last) < _LEAST:
            return []
        first, end = self._words.place(last), self._words.place(last + "\U0010ffff")
        if last and first == end:
            return []
        rows = self._rows(parts, store)
        if rows is None:
            counts_V = np.diff(self._ends_V1[first : end + 1])
            if store:
                counts_V = self._in_store(first, end, counts_V, store)
        elif not last:
            return [(" ".join(parts), len(rows))] if len(rows) else []
        else:
            counts_V = np.bincount(self._words_of(rows, first, end), minlength=end - first)
        best = np.argsort(-counts_V, kind="stable")[: most + len(parts)].tolist()
        found = [(self._words.word(first + at), int(counts_V[at])) for at in best if counts_V[at] > 0]
        # "sauce applesauce" helps nobody.
        return [(" ".join([*parts, word]), count) for word, count in found if not any(part in word for part in parts)][
            :most
        ]

    def _rows(self, parts: list[str], store: str) -> Any:
        """Products that have all of the words; None where there are no words to have."""
        lists = []
        for part in parts:
            at = self._words.place(part)
            if at == len(self._words) or self._words.word(at) != part:
                return np.empty(0, np.uint32)
            lists.append(self._products[self._ends_V1[at] : self._ends_V1[at + 1]])
        if not lists:
            return None
        lists.sort(key=len)
        rows = self._carried(lists[0][:_PRODUCTS], store)
        for other in lists[1:]:
            places = np.minimum(np.searchsorted(other, rows), max(len(other) - 1, 0))
            rows = rows[other[places] == rows] if len(other) else rows[:0]
        return rows

    def _carried(self, rows: Any, store: str) -> Any:
        if not store or self._carried_PS is None:
            return rows
        place = self._carriers.get(store)
        # A store that no product names carries what every store carries.
        wanted: Any = self._carried_PS.all(axis=1) if place is None else self._carried_PS[:, place]
        return rows[wanted[rows].astype(bool)]

    def _words_of(self, rows: Any, first: int, end: int) -> Any:
        starts = self._spelling_ends_P1[rows].astype(np.int64)
        lengths = self._spelling_ends_P1[rows + 1] - starts
        # The places of all words of all rows, without going through the rows one by one.
        places = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(int(lengths.sum()))
        every = self._spellings[places]
        return every[(every >= first) & (every < end)].astype(np.int64) - first

    def _in_store(self, first: int, end: int, counts_V: Any, store: str) -> Any:
        """Counts within a store, of the commonest words alone."""
        counted = np.zeros_like(counts_V)
        for at in np.argsort(-counts_V.astype(np.int64), kind="stable")[:16].tolist():
            rows = self._products[self._ends_V1[first + at] : self._ends_V1[first + at + 1]][:_PRODUCTS]
            counted[at] = len(self._carried(rows, store))
        return counted
