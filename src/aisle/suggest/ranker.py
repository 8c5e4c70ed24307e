"""The order of the candidates that match what has been typed.

Letters: C candidates, F candidates looked at, K categories, T taps.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aisle.suggest.layout import Contents
from aisle.suggest.mapped import Mapped
from aisle.suggest.matching import fold
from aisle.suggest.model import DYNAMIC, RankModel, dynamic_features
from aisle.suggest.sections import Found
from aisle.suggest.words import text_hash


@dataclass(frozen=True, slots=True)
class Before:
    """The query that this session submitted before."""

    key: str = ""
    category: int = 0
    """Place of its kind; 0 where it is not known."""


class Ranker:
    """The trained part of the order."""

    def __init__(self, mapped: Mapped, contents: Contents) -> None:
        self._mapped = mapped
        self.model = RankModel(weights=contents.weights)
        self._weights = {name: self.model.weight(name) for name in DYNAMIC if self.model.weight(name)}
        self._num_candidates = contents.candidates
        self._key_ends_C1 = np.asarray(mapped["key-ends"])
        self._categories_C = np.asarray(mapped["categories"])
        self._tap_pairs_T = np.asarray(mapped["tap-pairs"])
        self._tap_values_T = np.asarray(mapped["tap-values"])
        size = len(contents.categories)
        moves = np.asarray(mapped["moves"])
        self._moves_KK = moves.reshape(size, size) if len(moves) else None

    def before(self, text: str) -> Before:
        """What there is to know about the query before."""
        key = fold(text) if len(text) <= 200 else ""
        if not key or self._moves_KK is None:
            return Before(key)
        # A query that is no suggestion is taken for the longest of its endings that is one: "fernwood oat milk".
        for at in (0, *(at + 1 for at, sign in enumerate(key) if sign == " ")):
            number = self.number(key[at:])
            if number is not None and self._categories_C[number]:
                return Before(key, int(self._categories_C[number]))
        return Before(key)

    def number(self, key: str) -> int | None:
        """The candidate with this key."""
        whole = key.encode() + b" \0"
        at = self._place(whole)
        mapped = self._mapped
        if at == self._num_candidates or mapped.key_text[mapped.key_ends[at] : mapped.key_ends[at + 1]] != whole:
            return None
        return at

    def order(self, found: Sequence[Found], typed: str, before: Before) -> list[Found]:
        """The candidates with their final scores, best first; of equal ones the first in the alphabet."""
        if not self._weights or not typed or not found:
            return list(found)
        scores_F, numbers_F = _arrays(found)
        features = self._features(scores_F, numbers_F, typed, before)
        worth_F = sum(weight * features[name] for name, weight in self._weights.items())
        scores_F = scores_F * np.exp(worth_F)
        order_F = np.lexsort((numbers_F, -scores_F))
        return list(zip(scores_F[order_F].tolist(), numbers_F[order_F].tolist(), strict=True))

    def features(self, found: Sequence[Found], typed: str, before: Before) -> dict[str, Any]:
        """What of each candidate depends on what has been typed, each (F,)."""
        return self._features(*_arrays(found), typed, before)

    def _features(self, scores_F: Any, numbers_F: Any, typed: str, before: Before) -> dict[str, Any]:
        encoded = typed.encode()
        first, end = self._place(encoded), self._place(encoded + b"\xff")
        moves_F = repeated_F = None
        if before.category and self._moves_KK is not None:
            moves_F = self._moves_KK[before.category, self._categories_C[numbers_F]]
        if before.key:
            number = self.number(before.key)
            repeated_F = numbers_F == (-1 if number is None else number)
        return dynamic_features(
            typed=len(encoded),
            lengths_F=self._key_ends_C1[numbers_F + 1].astype(np.int64) - self._key_ends_C1[numbers_F] - 2,
            starts_F=(numbers_F >= first) & (numbers_F < end),
            pairs_F=self._pairs(typed, numbers_F),
            moves_F=moves_F,
            repeated_F=repeated_F,
            scores_F=scores_F,
        )

    def _pairs(self, typed: str, numbers_F: Any) -> Any:
        if not len(self._tap_pairs_T):
            return None
        wanted_F = np.uint64(text_hash(typed) << 32) | numbers_F.astype(np.uint64)
        places_F = np.minimum(np.searchsorted(self._tap_pairs_T, wanted_F), len(self._tap_pairs_T) - 1)
        return np.where(self._tap_pairs_T[places_F] == wanted_F, self._tap_values_T[places_F], np.float32(0))

    def _place(self, beginning: bytes) -> int:
        keys, ends = self._mapped.key_text, self._mapped.key_ends
        length = len(beginning)
        return bisect_left(
            range(self._num_candidates), beginning, key=lambda at: keys[ends[at] : min(ends[at] + length, ends[at + 1])]
        )


def _arrays(found: Sequence[Found]) -> tuple[Any, Any]:
    """Scores and numbers, each (F,)."""
    scores, numbers = zip(*found, strict=True)
    return np.array(scores), np.array(numbers)
