"""From what the words and the meaning found to one ranking.

The score of a product is the number of its tier of exactness plus a weighted sum of its lexical score and its cosine,
both on absolute scales, or what a learned ranker makes of them. What a product scores depends on the query, the whole
catalogue and itself, so pages and filters never change it. Scaling by the highest score of a result list, or adding up
ranks, would not have that property; on the tuning queries of `benchmarks/relevance.py` both also ranked worse.

Legend: N products, C candidates.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from aisle.search import analysis
from aisle.search.inverted import InvertedIndex
from aisle.search.weights import HybridWeights

_LONGEST_NUMBER_QUERY = 3  # words: "item 100017", "sku 4835-38"
_SHORTEST_NUMBER = 5
_FARTHEST = 200.0


class Tier(IntEnum):
    """How literally a product matches; a higher tier goes before a lower one whatever the scores."""

    NONE = 0
    WORDS = 1
    """The query names a number, a size or a code, and the product holds every word of it."""
    BRAND = 2
    """The query is the brand."""
    TITLE = 3
    """The query is the title."""
    NUMBER = 4
    """The query, or a long word of it that has digits, is the product's number."""


def tiers(query: str, inverted: InvertedIndex, literal_N: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """The tier of every product of one index, (N,)."""
    tiers_N = np.zeros(inverted.size, np.uint8) if literal_N is None else literal_N.astype(np.uint8)
    for tier, keys in (
        (Tier.BRAND, [analysis.brand_key(query)]),
        (Tier.TITLE, [analysis.title_key(query)]),
        (Tier.NUMBER, _number_keys(query)),
    ):
        for key in keys:
            tiers_N[inverted.postings(key)[0]] = tier
    return tiers_N


def _number_keys(query: str) -> list[int]:
    keys = [analysis.number_key(query)]
    parts = query.split()
    if 1 < len(parts) <= _LONGEST_NUMBER_QUERY:
        keys += [
            analysis.number_key(part) for part in parts if len(part) >= _SHORTEST_NUMBER and any(map(str.isdigit, part))
        ]
    return keys


def fuse(
    tiers_C: NDArray[np.uint8],
    lexical_C: NDArray[np.float32] | None,
    meaning_C: NDArray[np.float32] | None,
    weights: HybridWeights,
) -> NDArray[np.float64]:
    """Scores of the candidates: tier plus a number from 0 to 1.

    None for a way of retrieval that takes no part; the other one then counts whole.
    """
    # Rounded, so that what differs in the last bits alone counts as equal.
    return np.round(tiers_C + blend(lexical_C, meaning_C, weights), 6)


def blend(
    lexical_C: NDArray[np.float32] | None, meaning_C: NDArray[np.float32] | None, weights: HybridWeights
) -> NDArray[np.float64]:
    """The two scores as one from 0 to 1; None for a way of retrieval that takes no part."""
    if lexical_C is None:
        assert meaning_C is not None
        return _kept_in_range(meaning_C)
    if meaning_C is None:
        return _kept_in_range(lexical_C)
    return weights.lexical * _kept_in_range(lexical_C) + (1 - weights.lexical) * _kept_in_range(meaning_C)


def _kept_in_range(scores_C: NDArray[np.float32]) -> NDArray[np.float64]:
    # A negative number says "unrelated" as zero does. The margin below 1 keeps the tiers apart.
    return np.clip(scores_C.astype(np.float64), 0, 1 - 1e-6)


def with_ranker(tiers_C: NDArray[np.uint8], ranked_C: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores of the candidates by a ranker: tier plus its answer x, brought between 0 and 1 by (1 + x / (1 + |x|)) / 2.

    The logistic function would make far answers equal: at 15 it is 1 but for what rounding takes.
    """
    answers_C = np.clip(ranked_C.astype(np.float64), -_FARTHEST, _FARTHEST)
    within_C: NDArray[np.float64] = (1 + answers_C / (1 + np.abs(answers_C))) / 2
    scores_C: NDArray[np.float64] = np.round(tiers_C + within_C, 6)
    return scores_C


def ranking(scores_C: NDArray[np.float64], numbers_C: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the candidates, best first; equal scores in the order of the product numbers."""
    return np.lexsort((numbers_C, -scores_C))
