"""The features of a query's candidates, as `aisle.ranking.features` names them.

Some of them compare a product with the query's first hits. Those are always the first hits of the whole catalogue, not
of what a filter leaves, so that a filter does not change a product's score.

Legend: N products, C candidates, D vector length, H first hits, F features, W words of the query.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.ranking.features import NAMES
from aisle.search import analysis
from aisle.search.columns import Columns
from aisle.search.fusion import blend
from aisle.search.inverted import InvertedIndex
from aisle.search.plan import Alternative, QueryPlan
from aisle.search.retrieval import Candidates
from aisle.search.segments import Segments
from aisle.search.weights import HybridWeights

FIRST_HITS = 10


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FirstHits:
    """What the first hits of a query in the whole catalogue are like."""

    best_lexical: float
    best_cosine: float
    center_D: NDArray[np.float32] | None
    """Their mean vector, of unit length; None without vectors."""
    best_feedback: float
    """Highest cosine of a first hit with `center_D`."""
    best_met: float
    """How well the best product's pieces meet the query."""
    best_meaning: float
    """Highest score by meaning."""
    categories: dict[tuple[str, ...], float]
    """Share of each category path."""
    shelves: dict[str, float]
    """Share of each department, the first level of the path."""
    log_price: float
    """Median of the logarithm of their prices; NaN where none is known."""


class FirstHitsMemo:
    """Remembers the first hits of the last queries: pages and filters of one query need them again."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, bytes], FirstHits] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, query: str, query_D: NDArray[np.float32], look: Callable[[], FirstHits]) -> FirstHits:
        """What is remembered of the query with this vector, or what `look` finds."""
        key = (query, query_D.tobytes())
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        found = look()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


def first_hits(segments: Segments, found: Candidates, weights: HybridWeights) -> FirstHits:
    """What the best of the candidates are like; `found` must be those of the whole catalogue."""
    blended_C = blend(found.lexical_C, found.meaning_C, weights)
    order_H = np.lexsort((found.numbers_C, -blended_C - found.tiers_C))[:FIRST_HITS]
    numbers_H = np.sort(found.numbers_C[order_H])
    categories: dict[tuple[str, ...], float] = {}
    shelves: dict[str, float] = {}
    prices: list[float] = []
    for segment, _, inside in segments.parts(numbers_H):
        columns = segment.columns
        prices += [float(price) for price in columns.prices_N[inside] if price > 0]
        for place in columns.categories_N[inside].tolist():
            path = columns.categories[place]
            if path:
                categories[path] = categories.get(path, 0.0) + 1 / len(numbers_H)
                shelves[path[0]] = shelves.get(path[0], 0.0) + 1 / len(numbers_H)
    center_D = None if found.cosines_C is None else _center(segments, numbers_H)
    feedback_H = _cosines(segments, numbers_H, center_D)
    return FirstHits(
        best_lexical=_highest(found.lexical_C),
        best_cosine=_highest(found.cosines_C),
        center_D=center_D,
        best_feedback=_highest(feedback_H),
        best_met=_highest(found.met_C),
        best_meaning=_highest(found.meaning_C),
        categories=categories,
        shelves=shelves,
        log_price=float(np.median(np.log(prices))) if prices else math.nan,
    )


def feature_matrix(
    segments: Segments,
    found: Candidates,
    plan: QueryPlan | None,
    words: Sequence[str],
    first: FirstHits,
    weights: HybridWeights,
) -> NDArray[np.float32]:
    """The features of all candidates, (C, F)."""
    count = len(found.numbers_C)
    zeros_C = np.zeros(count, np.float32)
    lexical_C = zeros_C if found.lexical_C is None else found.lexical_C
    cosines_C = zeros_C if found.cosines_C is None else found.cosines_C
    meaning_C = zeros_C if found.meaning_C is None else found.meaning_C
    columns: dict[str, NDArray[np.float32]] = {
        "lexical": lexical_C,
        "cosine": cosines_C,
        "lexical_behind": first.best_lexical - lexical_C,
        "cosine_behind": first.best_cosine - cosines_C,
        "meaning": meaning_C,
        "meaning_behind": first.best_meaning - meaning_C,
        "blended": blend(found.lexical_C, found.meaning_C, weights).astype(np.float32),
        "query_words": np.full(count, len(words), np.float32),
    }
    if found.met_C is not None:
        columns["pieces"] = found.met_C
        columns["pieces_behind"] = first.best_met - found.met_C
    feedback_C = _cosines(segments, found.numbers_C, first.center_D)
    columns["feedback"] = feedback_C
    columns["feedback_behind"] = first.best_feedback - feedback_C
    for name in NAMES:
        columns.setdefault(name, np.zeros(count, np.float32))
    for segment, part, inside in segments.parts(found.numbers_C):
        if len(inside):
            _fill_words(columns, part, inside, segment.inverted, plan, words)
            _fill_facts(columns, part, inside, segment.columns, segment.inverted, words, first)
    return np.stack([columns[name] for name in NAMES], axis=1).astype(np.float32)


def _fill_words(
    columns: dict[str, NDArray[np.float32]],
    part: slice,
    inside_C: NDArray[np.int64],
    inverted: InvertedIndex,
    plan: QueryPlan | None,
    words: Sequence[str],
) -> None:
    clauses = [] if plan is None else [clause for clause in plan.clauses if clause.required]
    if not clauses:
        return
    held_WC = np.array([_any_held(clause.alternatives, inside_C, inverted) for clause in clauses])
    exact = [[one for one in clause.alternatives if one.how == "exact"] for clause in clauses]
    exact_WC = np.array([_any_held(alternatives, inside_C, inverted) for alternatives in exact])
    weights_W = np.array([clause.weight for clause in clauses], np.float32)
    columns["words_held"][part] = held_WC.mean(axis=0)
    columns["weight_held"][part] = weights_W @ held_WC / max(float(weights_W.sum()), 1e-9)
    columns["words_exact"][part] = exact_WC.mean(axis=0)
    columns["head_held"][part] = held_WC[-1]
    columns["first_held"][part] = held_WC[0]
    columns["rarest_held"][part] = held_WC[int(weights_W.argmax())]
    numeric_W = np.array([any(map(str.isdigit, clause.word)) for clause in clauses])
    if numeric_W.any():
        columns["numbers_missed"][part] = 1 - held_WC[numeric_W].mean(axis=0)
    if plan is not None and plan.pairs:
        pairs_C = np.mean([_any_held([pair], inside_C, inverted) for pair in plan.pairs], axis=0)
        columns["pairs_held"][part] = pairs_C * len(plan.pairs) / max(1, len(words) - 1)


def _fill_facts(
    columns: dict[str, NDArray[np.float32]],
    part: slice,
    inside_C: NDArray[np.int64],
    facts: Columns,
    inverted: InvertedIndex,
    words: Sequence[str],
    first: FirstHits,
) -> None:
    title_C = inverted.title_words_N[inside_C].astype(np.float32)
    columns["title_words"][part] = np.log1p(title_C)
    columns["title_covered"][part] = np.minimum(columns["words_held"][part] * len(words) / np.maximum(title_C, 1), 1)
    columns["brand_named"][part] = _brand_named(inside_C, inverted, words)
    columns["popularity"][part] = facts.popularity_N[inside_C]
    columns["in_stock"][part] = facts.in_stock_N[inside_C]
    places_C = facts.categories_N[inside_C]
    places, back_C = np.unique(places_C, return_inverse=True)
    paths = [facts.categories[place] for place in places.tolist()]
    shares = np.array([(first.categories.get(path, 0.0), first.shelves.get("".join(path[:1]), 0.0)) for path in paths])
    columns["category_share"][part], columns["shelf_share"][part] = shares[back_C].T
    if not math.isnan(first.log_price):
        prices_C = facts.prices_N[inside_C]
        known_C = prices_C > 0
        gaps_C = np.zeros(len(inside_C), np.float32)
        gaps_C[known_C] = np.abs(np.log(prices_C[known_C]) - first.log_price)
        columns["price_gap"][part] = gaps_C


def _brand_named(inside_C: NDArray[np.int64], inverted: InvertedIndex, words: Sequence[str]) -> NDArray[np.bool_]:
    named_C = np.zeros(len(inside_C), np.bool_)
    for size in (1, 2, 3):
        for start in range(len(words) - size + 1):
            named_C |= _held(analysis.brand_key(" ".join(words[start : start + size])), inside_C, inverted)
    return named_C


def _any_held(
    alternatives: Sequence[Alternative], inside_C: NDArray[np.int64], inverted: InvertedIndex
) -> NDArray[np.bool_]:
    held_C = np.zeros(len(inside_C), np.bool_)
    for alternative in alternatives:
        held_C |= _held(alternative.key, inside_C, inverted)
    return held_C


def _held(key: int, inside_C: NDArray[np.int64], inverted: InvertedIndex) -> NDArray[np.bool_]:
    products, _ = inverted.postings(key)
    if not len(products):
        return np.zeros(len(inside_C), np.bool_)
    at_C = np.minimum(np.searchsorted(products, inside_C), len(products) - 1)
    held_C: NDArray[np.bool_] = products[at_C] == inside_C
    return held_C


def _center(segments: Segments, numbers_H: NDArray[np.int64]) -> NDArray[np.float32] | None:
    found = segments.rows(numbers_H)
    if not any(map(len, found)):
        return None
    mean_D = np.concatenate(found).mean(axis=0)
    length = float(np.linalg.norm(mean_D))
    return (mean_D / length).astype(np.float32) if length > 0 else None


def _cosines(
    segments: Segments, numbers_C: NDArray[np.int64], center_D: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    return np.zeros(len(numbers_C), np.float32) if center_D is None else segments.cosines(numbers_C, center_D)


def _highest(values: NDArray[np.float32] | None) -> float:
    return 0.0 if values is None or not len(values) else float(values.max())
