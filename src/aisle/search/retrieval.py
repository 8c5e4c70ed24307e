"""What a query finds: products by its words, products by its meaning, and both scores of each of them.

Legend: N products, C candidates, D vector length, F features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.search.fusion import tiers
from aisle.search.lexical import score
from aisle.search.pieces import QueryPieces
from aisle.search.plan import QueryPlan
from aisle.search.request import DEPTH, MEANING_ALONE_DEPTH, MEANING_DEPTH
from aisle.search.segments import Segments
from aisle.search.service import EVERYWHERE, Where
from aisle.search.top import merged, top
from aisle.search.weights import HybridWeights


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """What a query found, in the order of the product numbers."""

    numbers_C: NDArray[np.int64]
    tiers_C: NDArray[np.uint8]
    lexical_C: NDArray[np.float32] | None
    """None where words took no part."""
    cosines_C: NDArray[np.float32] | None
    """None where meaning took no part."""
    met_C: NDArray[np.float32] | None
    """How well pieces meet; None where meaning took no part or the towers have no pieces."""
    meaning_C: NDArray[np.float32] | None
    """Of both the weighted sum; the cosine where there are no pieces."""
    pieces: QueryPieces | None
    """Those of the query, where they took part."""
    cut: bool
    """Whether the words found more products than may be listed."""

    def of(self, kept_C: NDArray[np.bool_]) -> Candidates:
        """Only these."""
        return Candidates(
            numbers_C=self.numbers_C[kept_C],
            tiers_C=self.tiers_C[kept_C],
            lexical_C=None if self.lexical_C is None else self.lexical_C[kept_C],
            cosines_C=None if self.cosines_C is None else self.cosines_C[kept_C],
            met_C=None if self.met_C is None else self.met_C[kept_C],
            meaning_C=None if self.meaning_C is None else self.meaning_C[kept_C],
            pieces=self.pieces,
            cut=self.cut,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What a query found and what a ranker sees of it."""

    found: Candidates
    features_CF: NDArray[np.float32]
    """The features of `aisle.ranking.features`."""
    blended_C: NDArray[np.float64]
    """Scores without a ranker."""


def candidates(
    segments: Segments,
    text: str,
    plan: QueryPlan | None,
    query_D: NDArray[np.float32] | None,
    pieces: QueryPieces | None,
    allowed_N: NDArray[np.bool_] | None,
    weights: HybridWeights,
    where: Where = EVERYWHERE,
) -> Candidates:
    """The products that a query finds among the allowed ones (None: all).

    `plan` is that of its words, None to leave words out; `query_D` is its vector, None to leave meaning out; `pieces`
    are those of its words, None where the towers have none; `where` is what `allowed_N` was worked out from, for a
    service that finds the nearest products itself.
    """
    found: list[NDArray[np.int64]] = []
    cut = False
    if plan is not None:
        lexical_N, tiers_N = _by_words(segments, text, plan)
        values_N = lexical_N + tiers_N
        if allowed_N is not None:
            values_N *= allowed_N
        matching = np.flatnonzero(values_N)
        cut = len(matching) > DEPTH
        found.append(matching[top(values_N[matching], DEPTH)])
    if query_D is not None:
        depth = MEANING_ALONE_DEPTH if plan is None else MEANING_DEPTH
        found.append(segments.nearest(query_D, allowed_N, depth, where))
    numbers_C = np.zeros(0, np.int64)
    if found:
        numbers_C = found[0] if len(found) == 1 else merged(found)
    cosines_C = met_C = meaning_C = None
    if query_D is not None:
        cosines_C = meaning_C = segments.cosines(numbers_C, query_D)
        if pieces is not None:
            met_C = segments.met(numbers_C, pieces)
            meaning_C = (1 - np.float32(weights.pieces)) * cosines_C + np.float32(weights.pieces) * met_C
    return Candidates(
        numbers_C=numbers_C,
        tiers_C=np.zeros(len(numbers_C), np.uint8) if plan is None else tiers_N[numbers_C],
        lexical_C=None if plan is None else lexical_N[numbers_C],
        cosines_C=cosines_C,
        met_C=met_C,
        meaning_C=meaning_C,
        pieces=pieces,
        cut=cut,
    )


def _by_words(segments: Segments, text: str, plan: QueryPlan) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Lexical score and tier of every product."""
    scored = [score(plan, segment.inverted) for segment in segments]
    tiered = [tiers(text, segment.inverted, scores.literal_N) for segment, scores in zip(segments, scored, strict=True)]
    if len(scored) == 1:
        return scored[0].scores_N, tiered[0]
    return np.concatenate([scores.scores_N for scores in scored]), np.concatenate(tiered)
