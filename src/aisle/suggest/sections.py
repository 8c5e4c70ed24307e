"""One section of an opened index: candidates in the order of their scores, found by a prefix of any of their words."""

from __future__ import annotations

from bisect import bisect_left
from typing import TypeAlias

import numpy as np

from aisle.suggest.layout import NO_RANK, TOPS, WIDE, SectionPlace
from aisle.suggest.mapped import Mapped
from aisle.suggest.ranges import lowest, prefix_range

Found: TypeAlias = tuple[float, int]
"""The score and the number of a candidate."""


class Section:
    """The candidates that one answer may be made of, best first."""

    def __init__(self, mapped: Mapped, place: SectionPlace) -> None:
        self._keys = mapped.key_text
        self._starts = mapped["starts"][slice(*place.starts)]
        self.ranks = mapped["ranks"][slice(*place.starts)]
        self._order = mapped["order"][slice(*place.order)]
        self._scores = mapped["scores"][slice(*place.order)]
        self._wide = mapped["wide"][slice(*place.wide)]
        self._tops = mapped["tops"][TOPS * place.wide[0] : TOPS * place.wide[1]]

    def find(self, typed: bytes, count: int) -> tuple[Found | None, list[Found]]:
        """The candidate whose whole key is `typed`, and the `count` best of which a word begins with it, best first."""
        first, end = prefix_range(self._keys, self._starts, typed, 0, len(self._starts))
        best = [(self._scores[rank], self._order[rank]) for rank in self._best_ranks(first, end, count)]
        return self._whole(typed, first) if first < end else None, best

    def span(self, typed: bytes) -> tuple[int, int]:
        """The range of word starts at which `typed` stands."""
        return prefix_range(self._keys, self._starts, typed, 0, len(self._starts))

    def at(self, rank: int) -> Found:
        """The candidate at a rank."""
        return self._scores[rank], self._order[rank]

    def _whole(self, typed: bytes, first: int) -> Found | None:
        # An ended word sorts before a longer one, and of equal rests a whole key comes first: it can only be here.
        start, whole = self._starts[first], typed.rstrip(b" ") + b" \0"
        before = self._keys[max(start - 1, 0) : start]
        if before not in (b"", b"\0") or self._keys[start : start + len(whole)] != whole:
            return None
        rank = self.ranks[first]
        return self._scores[rank], self._order[rank]

    def _best_ranks(self, first: int, end: int, count: int) -> list[int]:
        if end - first > WIDE and count <= TOPS:
            row = bisect_left(self._wide, first << 32 | end)
            tops = self._tops[TOPS * row : TOPS * row + count].tolist()
            return [rank for rank in tops if rank != NO_RANK]
        ranks = self.ranks[first:end]
        if len(ranks) <= TOPS:
            # For a handful of numbers an array costs more than it saves.
            return sorted(set(ranks.tolist()))[:count]
        found: list[int] = lowest(np.asarray(ranks), count).tolist()
        return found
