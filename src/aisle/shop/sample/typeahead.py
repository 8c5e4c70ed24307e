"""The suggestion box the simulated shoppers see: the most popular ways of saying things that start as typed."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Sequence

from aisle.shop.sample.needs import Need
from aisle.shop.sample.phrasing import phrases

SHOWN = 6
CACHED_PREFIXES = 20_000


class Typeahead:
    """Suggestions by popularity alone. It is no part of the shop's own suggestions."""

    def __init__(self, needs: Sequence[Need]) -> None:
        self._weights: dict[str, float] = {}
        self._needs: dict[str, tuple[float, Need]] = {}
        for need in needs:
            for text, share in phrases(need):
                weight = need.weight * share
                self._weights[text] = self._weights.get(text, 0.0) + weight
                if weight > self._needs.get(text, (0.0, need))[0]:
                    self._needs[text] = (weight, need)
        self._sorted = sorted(self._weights)
        self._shown: dict[str, tuple[str, ...]] = {}

    def suggestions(self, prefix: str) -> tuple[str, ...]:
        """What is shown for a prefix, the most popular first."""
        found = self._shown.get(prefix)
        if found is None:
            start = bisect_left(self._sorted, prefix)
            end = bisect_left(self._sorted, prefix + "\U0010ffff")
            matching = self._sorted[start:end]
            found = tuple(heapq.nsmallest(SHOWN, matching, key=lambda text: (-self._weights[text], text)))
            if len(self._shown) >= CACHED_PREFIXES:
                self._shown.clear()
            self._shown[prefix] = found
        return found

    def meaning(self, text: str) -> Need:
        """The need most often said with this suggestion."""
        return self._needs[text][1]
