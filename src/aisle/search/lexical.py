"""Scores by words: what a query's plan is worth in each product.

Legend: N products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.search.inverted import InvertedIndex
from aisle.search.plan import LITERAL, Alternative, Clause, QueryPlan
from aisle.search.top import merged


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """What the words of a query found."""

    scores_N: NDArray[np.float32]
    """From 0 to 1: the share of what a product with every word of the query, in its best form, would get."""
    literal_N: NDArray[np.bool_] | None
    """Products that hold every word to the letter; None where the query names no number, size or code."""


def score(plan: QueryPlan, inverted: InvertedIndex) -> LexicalScores:
    """Score all products of one index."""
    scores_N = np.zeros(inverted.size, np.float32)
    if plan.bound <= 0:
        return LexicalScores(scores_N, None)
    best_N: NDArray[np.float32] | None = None
    for clause in plan.clauses:
        if len(clause.alternatives) == 1:
            _add(scores_N, clause.alternatives[0], inverted)
            continue
        if best_N is None:
            best_N = np.zeros(inverted.size, np.float32)
        touched: list[NDArray[np.int32]] = []
        for alternative in clause.alternatives:
            products, impacts = inverted.postings(alternative.key)
            best_N[products] = np.maximum(best_N[products], impacts * np.float32(alternative.weight))
            touched.append(products)
        products = merged(touched)
        scores_N[products] += best_N[products]
        best_N[products] = 0
    for pair in plan.pairs:
        _add(scores_N, pair, inverted)
    scores_N /= np.float32(plan.bound)
    return LexicalScores(scores_N, _literal(plan, inverted) if plan.literal else None)


def _add(scores_N: NDArray[np.float32], alternative: Alternative, inverted: InvertedIndex) -> None:
    # A product occurs once among the postings of a key, so this adds each impact exactly once.
    products, impacts = inverted.postings(alternative.key)
    scores_N[products] += impacts * np.float32(alternative.weight)


def _literal(plan: QueryPlan, inverted: InvertedIndex) -> NDArray[np.bool_]:
    literal_N = np.ones(inverted.size, np.bool_)
    for clause in plan.clauses:
        if clause.required:
            held_N = np.zeros(inverted.size, np.bool_)
            for alternative in clause.alternatives:
                if alternative.how in LITERAL:
                    held_N[inverted.postings(alternative.key)[0]] = True
            literal_N &= held_N
    return literal_N


def worth(clause: Clause, product: int, inverted: InvertedIndex) -> tuple[Alternative, float] | None:
    """The alternative of a clause that counts in one product and what it adds; None if the product holds none."""
    found: tuple[Alternative, float] | None = None
    for alternative in clause.alternatives:
        value = held(alternative, product, inverted)
        if value > 0 and (found is None or value > found[1]):
            found = (alternative, value)
    return found


def held(alternative: Alternative, product: int, inverted: InvertedIndex) -> float:
    """What an alternative adds in one product; 0 if the product does not hold it."""
    products, impacts = inverted.postings(alternative.key)
    at = int(np.searchsorted(products, product))
    return float(impacts[at]) * alternative.weight if at < len(products) and int(products[at]) == product else 0.0
